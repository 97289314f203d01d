"""What a user is told when the database refuses the logon, and what it never says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.documents import Target
from reconciler.model.errors import DatabaseError
from reconciler.oracle.session import connect


def refusal(target: Target, password: str) -> DatabaseError:
    with pytest.raises(DatabaseError) as refused:
        connect(target, environment={"HR_PROD_PASSWORD": password})
    error = refused.value
    assert password not in f"{error} {error.hint}"
    assert error.hint
    return error


def test_a_wrong_password(database: Any) -> None:
    error = refusal(database.target, "hunter2-wrong")
    assert (error.rule, error.ora) == ("target.wrong-password", 1017)


def test_a_locked_account(database: Any, password: str) -> None:
    database.run("ALTER USER RECONCILER ACCOUNT LOCK")
    error = refusal(database.target, password)
    assert (error.rule, error.ora) == ("target.locked", 28000)


def test_an_expired_password(database: Any, password: str) -> None:
    database.run("ALTER USER RECONCILER PASSWORD EXPIRE")
    error = refusal(database.target, password)
    assert (error.rule, error.ora) == ("target.password-expired", 28001)


def test_an_account_without_create_session(database: Any, password: str) -> None:
    database.run("REVOKE CREATE SESSION FROM RECONCILER")
    error = refusal(database.target, password)
    assert (error.rule, error.ora) == ("target.no-create-session", 1045)


def test_a_service_the_listener_does_not_know(database: Any, password: str) -> None:
    target = replace(database.target, dsn=database.dsn.replace("FREEPDB1", "NO_SUCH_SERVICE"))
    assert refusal(target, password).rule == "target.unknown-service"


def test_a_session_says_which_release_answers_and_who_it_is(database: Any) -> None:
    with database.session() as session:
        assert session.release == database.release
        rows = session.query(
            "SELECT username, program, module FROM gv$session WHERE sid = SYS_CONTEXT('USERENV', 'SID')",
            expect=1,
        )
        assert session.round_trips == 1
    assert rows == [("RECONCILER", "reconciler", "RECONCILER")]
