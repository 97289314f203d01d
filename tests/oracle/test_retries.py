"""What is refused for the moment is tried again inside the run; the rest is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from reconciler.model import privileges
from reconciler.model.changes import Cause, Change, CreateTemporaryUser, Grant
from reconciler.model.privileges import Entitlement
from reconciler.model.results import Execution, Status
from reconciler.oracle import gate
from reconciler.oracle.execute import PAUSES, execute
from reconciler.planning import packing
from reconciler.sandbox.engine.faults import Fault, FaultKind

SELECT = privileges.on_object("SELECT", "HR", "EMPLOYEES")
TO_ALICE = Grant(Entitlement("APP_ALICE", SELECT), Cause.STANDING)
TO_BOB = Grant(Entitlement("APP_BOB", privileges.system("CREATE TABLE")), Cause.STANDING)
AT_ONCE = tuple(0.0 for _ in PAUSES)


def run(
    database: Any, changes: Sequence[Change], passwords: dict[str, str] | None = None
) -> Execution:
    with database.session() as session:
        return execute(
            session,
            packing.pack(changes),
            target="hr-prod",
            at=database.now(),
            progress=lambda _done, _total: None,
            passwords=passwords or {},
            pauses=AT_ONCE,
        )


def order(database: Any, ora: int, times: int, matching: str) -> None:
    fault = Fault(FaultKind.ERROR, code=ora, times=times, matching=matching)
    database.instance.faults.set((fault,))


@pytest.mark.parametrize("ora", [54, 1940, 4020, 4021])
def test_a_passing_refusal_is_tried_again_until_it_succeeds(database: Any, ora: int) -> None:
    order(database, ora, len(PAUSES), 'ON "HR"')
    found = run(database, [TO_ALICE, TO_BOB])
    assert [row.status for row in found.outcomes] == [Status.DONE, Status.DONE]


def test_a_refusal_that_lasts_is_the_outcome_in_the_end(database: Any) -> None:
    order(database, 4021, len(PAUSES) + 1, 'ON "HR"')
    found = run(database, [TO_ALICE, TO_BOB])
    outcome = {row.change: row for row in found.outcomes}
    assert (outcome[TO_ALICE].status, outcome[TO_ALICE].ora) == (Status.FAILED, 4021)
    assert outcome[TO_ALICE].hint
    assert outcome[TO_BOB].status is Status.DONE
    assert not found.interrupted


def test_another_refusal_is_not_tried_again(database: Any) -> None:
    order(database, 1031, 1, 'ON "HR"')
    found = run(database, [TO_ALICE])
    assert [(row.status, row.ora) for row in found.outcomes] == [(Status.FAILED, 1031)]


def test_a_temporary_user_is_made_with_the_password_that_was_sealed(database: Any) -> None:
    install_gate(database)
    user = CreateTemporaryUser("fix", "JITU_FIX")
    found = run(database, [user], {"JITU_FIX": "Sealed_4_alice_only"})
    assert [row.status for row in found.outcomes] == [Status.DONE]
    database.run("ALTER USER JITU_FIX ACCOUNT UNLOCK", "GRANT CREATE SESSION TO JITU_FIX")
    with database.as_user("JITU_FIX", "Sealed_4_alice_only") as session:
        assert session.username == "JITU_FIX"


def test_without_a_sealed_password_no_user_is_made(database: Any) -> None:
    install_gate(database)
    found = run(database, [CreateTemporaryUser("fix", "JITU_FIX")])
    (outcome,) = found.outcomes
    assert (outcome.status, outcome.ora) == (Status.FAILED, 0)
    assert "no sealed password" in outcome.message


def test_a_user_that_cannot_be_made_fails_alone(database: Any) -> None:
    install_gate(database)
    database.run("CREATE USER JITU_FIX IDENTIFIED BY x")
    users = [CreateTemporaryUser("fix", "JITU_FIX"), CreateTemporaryUser("other", "JITU_OTHER")]
    passwords = {"JITU_FIX": "Sealed_4_alice_only", "JITU_OTHER": "Sealed_4_bob_only"}
    found = run(database, users, passwords)
    assert [(row.status, row.ora) for row in found.outcomes] == [
        (Status.FAILED, 1920),
        (Status.DONE, 0),
    ]
    assert not any(secret in repr(found) for secret in passwords.values())


def install_gate(database: Any) -> None:
    database.run_as_sys(*gate.script("RECONCILER", release=database.release))


def test_a_refusal_that_quotes_the_password_is_told_without_it(database: Any, sys_run: Any) -> None:
    """A customer's verify function writes its own message, and outcomes go into the ledger."""
    sys_run(
        *gate.script("RECONCILER", release=database.release)[:-1],
        f"CREATE OR REPLACE PACKAGE BODY {gate.PACKAGE} IS\n"
        "PROCEDURE CREATE_USER(username VARCHAR2, password VARCHAR2, profile VARCHAR2) IS BEGIN\n"
        "RAISE_APPLICATION_ERROR(-20003, 'too weak: ' || password || ' ' || UPPER(password)); END;\n"
        "END;",
        f"GRANT EXECUTE ON {gate.PACKAGE} TO RECONCILER",
    )
    change = CreateTemporaryUser("fix", "JITU_FIX", "")
    (outcome,) = run(database, [change], {"JITU_FIX": "Very_Secret_1"}).outcomes
    assert (outcome.status, outcome.ora) == (Status.FAILED, 20003)
    assert "too weak: *** ***" in outcome.message
    assert "secret" not in str(outcome).lower()
