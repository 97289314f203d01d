"""One run at a time on a target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.model.errors import DatabaseError, RefusedError
from reconciler.oracle import lock

SysRun = Callable[..., None]


def test_a_second_run_is_refused_and_told_who_is_at_work(database: Any) -> None:
    with database.session() as first, database.session() as second:
        with lock.hold(first, "hr-prod", run_id="a1b2c3", timeout=0):
            first.query("SELECT 1 FROM dual", expect=1)
            with (
                pytest.raises(RefusedError) as busy,
                lock.hold(second, "hr-prod", run_id="d4e5f6", timeout=0),
            ):
                pass
            assert busy.value.rule == "target.busy"
            assert "a1b2c3" in busy.value.message
        with lock.hold(second, "hr-prod", run_id="d4e5f6", timeout=0):
            pass


def test_two_targets_that_are_one_database_wait_for_each_other(database: Any) -> None:
    with (
        database.session() as first,
        database.session() as second,
        lock.hold(first, "hr-prod", run_id="a", timeout=0),
    ):
        first.query("SELECT 1 FROM dual", expect=1)
        with (
            pytest.raises(RefusedError, match="run a for hr-prod"),
            lock.hold(second, "hr-copy", run_id="b", timeout=0),
        ):
            pass


def test_a_session_that_ends_lets_go(database: Any) -> None:
    first = database.session()
    holding = lock.hold(first, "hr-prod", run_id="a", timeout=0)
    holding.__enter__()
    first.close()
    with database.session() as second, lock.hold(second, "hr-prod", run_id="b", timeout=5):
        pass
    holding.__exit__(None, None, None)


def test_the_lock_outlives_the_commits_of_grants(database: Any) -> None:
    with (
        database.session() as first,
        database.session() as second,
        lock.hold(first, "hr-prod", run_id="a", timeout=0),
    ):
        first.call("GRANT SELECT ON HR.JOBS TO APP_BOB")
        with (
            pytest.raises(RefusedError),
            lock.hold(second, "hr-prod", run_id="b", timeout=0),
        ):
            pass


def test_an_account_that_may_not_use_the_lock_is_told(database: Any, sys_run: SysRun) -> None:
    sys_run("REVOKE EXECUTE ON SYS.DBMS_LOCK FROM RECONCILER")
    with (
        database.session() as session,
        pytest.raises(DatabaseError) as refused,
        lock.hold(session, "hr-prod", run_id="a", timeout=0),
    ):
        pass
    assert refused.value.ora == 6550
    assert "DBMS_LOCK" in refused.value.hint
