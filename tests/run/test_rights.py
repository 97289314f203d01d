"""What a run does with the rights its account lacks: what it leaves out, what it says of it, and when it does not begin."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.model.changes import Cause, Grant
from reconciler.model.documents import Mode
from reconciler.model.errors import RefusedError
from reconciler.model.plan import Plan
from reconciler.model.privileges import Entitlement, on_object, role, system
from reconciler.model.results import ChangeOutcome, Execution, Status
from reconciler.model.snapshot import DatabaseIdentity, HeldGrant, Snapshot
from reconciler.run import rights

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
DATABASE = DatabaseIdentity("CDB1", 42, "HRPDB", 19, "19.21.0.0.0")
TABLE = Grant(Entitlement("ALICE", on_object("SELECT", "HR", "JOBS")), Cause.STANDING)
ROLE = Grant(Entitlement("ALICE", role("HR_READER")), Cause.STANDING)
OTHER = Grant(Entitlement("BOB", on_object("SELECT", "HR", "JOBS")), Cause.STANDING)


def plan(*changes: Any) -> Plan:
    return Plan("hr-prod", Mode.ADDITIVE, "c0", NOW, DATABASE, changes, (), (), (), (), "sha256:0")


def snapshot(*powers: str, container: str = "HRPDB") -> Snapshot:
    held = frozenset(HeldGrant(Entitlement("RECONCILER", system(power))) for power in powers)
    identity = DatabaseIdentity("CDB1", 42, container, 19, "19.21.0.0.0")
    return Snapshot("hr-prod", NOW, identity, "RECONCILER", grants=held)


def test_what_the_account_may_not_do_is_left_out_and_skipped_in_the_plans_order() -> None:
    wanted = plan(TABLE, ROLE, OTHER)
    found = rights.check(wanted, snapshot("GRANT ANY OBJECT PRIVILEGE"))
    assert rights.allowed(wanted, found) == (TABLE, OTHER)
    done = tuple(ChangeOutcome(change, Status.DONE) for change in (TABLE, OTHER))
    told = rights.with_blocked(Execution(done, 2, 1), wanted, found).outcomes
    assert [(row.change, row.status) for row in told] == [
        (TABLE, Status.DONE),
        (ROLE, Status.SKIPPED),
        (OTHER, Status.DONE),
    ]
    assert "lacks role HR_READER with admin option" in told[1].message


def test_an_execution_that_ended_early_says_nothing_of_what_it_did_not_reach() -> None:
    wanted = plan(TABLE, ROLE, OTHER)
    found = rights.check(wanted, snapshot("GRANT ANY OBJECT PRIVILEGE"))
    ended = Execution((ChangeOutcome(TABLE, Status.DONE),), 1, 1, interrupted="lost")
    told = rights.with_blocked(ended, wanted, found)
    assert [row.change for row in told.outcomes] == [TABLE, ROLE]
    assert told.interrupted == "lost"


def test_the_plan_keeps_its_digest_and_gets_the_findings() -> None:
    wanted = plan(TABLE, ROLE)
    found = rights.check(wanted, snapshot("GRANT ANY OBJECT PRIVILEGE"))
    told = rights.with_findings(wanted, found)
    assert (told.digest, told.changes) == (wanted.digest, wanted.changes)
    assert [row.rule for row in told.findings] == ["rights.missing"]


def test_with_all_rights_everything_is_as_it_was() -> None:
    wanted = plan(TABLE)
    found = rights.check(wanted, snapshot("GRANT ANY OBJECT PRIVILEGE"))
    execution = Execution((ChangeOutcome(TABLE, Status.DONE),), 1, 1)
    assert rights.with_blocked(execution, wanted, found) is execution
    assert rights.with_findings(wanted, found) == wanted
    assert rights.check(plan(), snapshot()).findings == ()


def test_p36_a_run_whose_account_may_do_nothing_of_it_does_not_begin() -> None:
    with pytest.raises(RefusedError) as refused:
        rights.check(plan(TABLE, ROLE), snapshot())
    assert refused.value.rule == "rights.missing"
    hints = [row.hint for row in refused.value.diagnostics()]
    assert any('GRANT "HR_READER" TO "RECONCILER" WITH ADMIN OPTION' in hint for hint in hints)
    assert any("GRANT ANY OBJECT PRIVILEGE" in hint for hint in hints)


def test_the_root_of_a_cdb_is_refused() -> None:
    rights.refuse_root(snapshot())
    with pytest.raises(RefusedError) as refused:
        rights.refuse_root(snapshot(container="CDB$ROOT"))
    assert refused.value.rule == "target.root-container"
