"""Plans as text: what is told, what is counted, and how long it gets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.model.changes import Cause, Change, DropLeaseRole, Grant, Narrow, Revoke
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Mode
from reconciler.model.leases import EndReason
from reconciler.model.plan import Brake, Drift, DriftKind, Plan
from reconciler.model.privileges import Entitlement, on_column, on_object
from reconciler.model.results import EndedBy, Receipt, Verdict
from reconciler.model.snapshot import DatabaseIdentity
from reconciler.render import text
from reconciler.render.terminal import Style

PLAIN = Style()
DATABASE = DatabaseIdentity("FREE", 7, "FREEPDB1", 23, "23.26.1.0.0")
ORIGIN = Origin("grants/standing/app.yaml", 9, 5)


def table(number: int) -> Entitlement:
    return Entitlement("ALICE", on_object("SELECT", "HR", f"T{number}"))


def plan(*changes: Change, brakes: tuple[Brake, ...] = (), drift: tuple[Drift, ...] = ()) -> Plan:
    at = datetime(2026, 11, 20, 14, tzinfo=UTC)
    return Plan(
        "prod",
        Mode.AUTHORITATIVE,
        "c" * 40,
        at,
        DATABASE,
        changes,
        drift,
        (),
        brakes,
        (),
        "sha256:d",
    )


def test_each_reason_is_told_once_with_all_its_changes() -> None:
    """Lease roles, deadlines and grants of several leases take turns when they run; reasons do not take turns when they are read."""
    found = plan(
        Grant(table(1), Cause.STANDING, origin=ORIGIN),
        Revoke(table(2), Cause.DRIFT, "HR"),
        Grant(table(3), Cause.STANDING, origin=ORIGIN),
    )
    assert text.plan(found, PLAIN).splitlines()[1:-1] == [
        "  standing grant   grants/standing/app.yaml:9:5",
        "    + grant ALICE: SELECT on HR.T1",
        "    + grant ALICE: SELECT on HR.T3",
        "  drift, to be repaired",
        "    - revoke ALICE: SELECT on HR.T2 (granted by HR)",
    ]


def test_every_cause_has_words() -> None:
    for cause in Cause:
        _, reason, *_ = text.plan(plan(Grant(table(1), cause)), PLAIN).splitlines()
        assert reason.strip()
        assert reason.strip() != cause.value


def test_a_role_that_nothing_explains_is_not_told_as_a_lease() -> None:
    shown = text.plan(plan(DropLeaseRole("x", "JIT_X", Cause.ORPHAN)), PLAIN)
    assert "  lease role that nothing explains\n    - drop lease role JIT_X\n" in shown


def test_a_gap_in_the_access_is_told() -> None:
    whole = Entitlement("BOB", on_object("UPDATE", "HR", "EMPLOYEES"))
    column = Entitlement("BOB", on_column("UPDATE", "HR", "EMPLOYEES", "SALARY"))
    shown = text.plan(plan(Narrow(whole, (column,), Cause.STANDING_REMOVED)), PLAIN)
    assert (
        "    ~ narrow BOB: UPDATE on HR.EMPLOYEES to UPDATE (SALARY) on HR.EMPLOYEES (gap: revoked and granted again at once)"
    ) in shown
    assert "plan: 0 to add, 1 to change, 0 to remove" in shown


def test_of_very_many_changes_the_rest_is_counted() -> None:
    shown = text.plan(plan(*(Grant(table(n), Cause.STANDING) for n in range(250))), PLAIN)
    assert shown.count("    + grant") == 200
    assert "  ... and 50 more; --output json has them all\n" in shown
    assert "plan: 250 to add" in shown


def test_drift_is_told_apart_from_what_the_plan_repairs() -> None:
    left = Drift(DriftKind.UNEXPECTED, table(1), "HR")
    repaired = Drift(DriftKind.UNEXPECTED, table(2), "HR")
    shown = text.plan(plan(Revoke(table(2), Cause.DRIFT, "HR"), drift=(left, repaired)), PLAIN)
    assert shown.count("! drift") == 1
    assert "  ! drift, not in any document: ALICE: SELECT on HR.T1\n" in shown


@pytest.mark.parametrize(
    ("brake", "words"),
    [
        (
            Brake("target count", "2", "3"),
            "it would take away 3 grants; removals.count allows 2",
        ),
        (
            Brake("target share", "25%", "3 of 10"),
            "it would take away 3 of 10 grants; removals.share allows 25%",
        ),
        (
            Brake("grantee count", "0", "1", "BOB"),
            "it would take away 1 grant from BOB; removals.granteeCount allows 0",
        ),
        (
            Brake("grantee share", "50%", "3 of 4", "BOB"),
            "it would take away 3 of 4 grants from BOB; removals.granteeShare allows 50%",
        ),
    ],
)
def test_a_brake_names_the_field_of_the_target_document(brake: Brake, words: str) -> None:
    first, hint = text.brakes(plan(brakes=(brake,)), PLAIN).splitlines()
    assert first == f"  stopped by the removal brake, nothing runs: {words}"
    assert words.split("; ")[1].split(maxsplit=1)[0] in hint


def test_names_from_documents_and_databases_cannot_act_on_a_terminal() -> None:
    evil = Entitlement("A\x1b[2J", on_object("SELECT", "HR", "T\nU"))
    shown = text.plan(plan(Grant(evil, Cause.STANDING, origin=Origin("a\x1b]0;x\x07.yaml"))), PLAIN)
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 4


def receipt(lease: str, verdict: Verdict) -> Receipt:
    at = datetime(2026, 11, 20, 14, tzinfo=UTC)
    by = EndedBy.DEADLINE
    return Receipt(
        lease, "prod", "ALICE", "JIT_X", EndReason.EXPIRED, by, at, at, at, verdict, (table(1),)
    )


def test_of_very_many_ends_those_that_failed_are_all_told() -> None:
    good = [receipt(f"good-{n}", Verdict.ENDED) for n in range(30)]
    bad = [receipt(f"bad-{n}", Verdict.NOT_ENDED) for n in range(30)]
    shown = "\n".join(text.receipts([*good, *bad], PLAIN))
    assert shown.count("receipt good-") == 25
    assert shown.count("receipt bad-") == 30
    assert shown.endswith("  ... and 5 more receipts, ended; --output json has them all")
