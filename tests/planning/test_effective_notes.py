"""What a plan tells of the access that it gives: who has it already, and what comes along."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import names
from reconciler.model.changes import Cause, Grant
from reconciler.model.diagnostics import Severity
from reconciler.model.identities import column_view
from reconciler.model.ledger import LedgerState
from reconciler.model.privileges import Entitlement, on_object, role, system
from reconciler.model.snapshot import HeldGrant, RoleAccount
from reconciler.planning.effective_notes import access_notes
from reconciler.planning.holdings import index
from reconciler.planning.plan import make

HELD = "access.already-held"
GIVES = "access.role-also-gives"


def notes(world: Any, rule: str, *, leases: Any = (), standing: Any = (), rows: Any = ()) -> Any:
    """What the plan says under a rule, without the target's other findings."""
    found = plan(world, leases=leases, standing=standing, rows=rows).findings
    assert not [row for row in found if row.rule in (HELD, GIVES) and row.is_error]
    return [row.message for row in found if row.rule == rule]


def plan(
    world: Any,
    *,
    leases: Any = (),
    standing: Any = (),
    rows: Any = (),
    snapshot: Any = None,
    ledger: Any = None,
) -> Any:
    roles = {name: RoleAccount(name) for name in ("HR_READER", "HR_WRITER", "INNER", "DBA")}
    before = snapshot or world.snapshot(
        rows,
        roles=roles,
        system_privileges=frozenset(
            {
                "SELECT ANY TABLE",
                "GRANT ANY ROLE",
                "ALTER SYSTEM",
                "CREATE VIEW",
                "CREATE SESSION",
            }
        ),
    )
    desired = world.desired(*leases, standing=standing)
    return make(desired, before, ledger or LedgerState(world.TARGET))


class TestAlreadyHeld:
    def test_a_lease_for_what_a_role_gives(self, world: Any) -> None:
        rows = [world.row("ALICE", world.READER), world.row("HR_READER", world.SELECT)]
        wanted = [Entitlement("ALICE", world.READER), Entitlement("HR_READER", world.SELECT)]
        (message,) = notes(world, HELD, leases=[world.lease()], standing=wanted, rows=rows)
        assert message == "lease fix: ALICE has already SELECT on HR.EMPLOYEES through HR_READER"

    def test_it_is_a_notice_at_the_request_and_not_in_the_way(self, world: Any) -> None:
        rows = [world.row("PUBLIC", world.SELECT)]
        found = plan(world, leases=[world.lease()], rows=rows)
        (row,) = (row for row in found.findings if row.rule == HELD)
        assert (row.severity, str(row.origin)) == (
            Severity.NOTICE,
            "grants/requests/fix.yaml:1:1",
        )
        assert row.message.endswith("through PUBLIC")
        assert not found.is_empty

    def test_several_privileges_are_one_line(self, world: Any) -> None:
        tables = [on_object("SELECT", "HR", f"T{number}") for number in range(6)]
        rows = [world.row("PUBLIC", table) for table in tables]
        lease = world.lease(privileges=[*tables, world.UPDATE])
        (message,) = notes(world, HELD, leases=[lease], rows=rows)
        assert message == (
            "lease fix: ALICE has already 6 of 7: SELECT on HR.T0, SELECT on HR.T1, SELECT on HR.T2 and 3 more through PUBLIC"
        )

    @pytest.mark.parametrize(
        ("rows", "by"),
        [
            ([("ALICE", system("SELECT ANY TABLE"))], "through SELECT ANY TABLE"),
            (
                [("ALICE", role("HR_WRITER")), ("HR_WRITER", system("SELECT ANY TABLE"))],
                "through HR_WRITER -> SELECT ANY TABLE",
            ),
            (
                [
                    ("PUBLIC", role("HR_WRITER")),
                    ("HR_WRITER", on_object("READ", "HR", "EMPLOYEES")),
                ],
                "through PUBLIC -> HR_WRITER -> READ on HR.EMPLOYEES",
            ),
        ],
    )
    def test_the_way_is_told(self, world: Any, rows: Any, by: str) -> None:
        standing = [Entitlement(grantee, held) for grantee, held in rows if grantee != "PUBLIC"]
        made = [world.row(grantee, held) for grantee, held in rows]
        (message,) = notes(world, HELD, leases=[world.lease()], standing=standing, rows=made)
        assert message.endswith(f" {by}")

    def test_the_owner(self, world: Any) -> None:
        """A standing grant to the owner is refused: Oracle takes none (ORA-01749)."""
        (message,) = notes(world, HELD, leases=[world.lease(grantee="HR")])
        assert message == "lease fix: HR has already SELECT on HR.EMPLOYEES as the owner"

    def test_by_another_lease_with_its_end(self, world: Any) -> None:
        other = world.lease("other")
        snapshot = world.in_force(other)
        found = plan(
            world,
            leases=[other, world.lease()],
            snapshot=snapshot,
            ledger=world.recorded(other),
        )
        assert [row.message for row in found.findings if row.rule == HELD] == [
            "lease fix: ALICE has already SELECT on HR.EMPLOYEES through JIT_OTHER (lease other until 2026-11-20T15:00:00Z)"
        ]

    def test_a_lease_that_runs_is_told_nothing_again(self, world: Any) -> None:
        lease = world.lease()
        snapshot = world.in_force(lease, world.snapshot([world.row("PUBLIC", world.SELECT)]))
        found = plan(world, leases=[lease], snapshot=snapshot, ledger=world.recorded(lease))
        assert [row for row in found.findings if row.rule == HELD] == []

    def test_what_the_plan_takes_away_is_not_held(self, world: Any) -> None:
        rows = [world.row("ALICE", world.READER), world.row("HR_READER", world.SELECT)]
        kept = [Entitlement("HR_READER", world.SELECT)]
        assert notes(world, HELD, leases=[world.lease()], standing=kept, rows=rows) == []
        both = [Entitlement("ALICE", world.READER)]
        assert notes(world, HELD, leases=[world.lease()], standing=both, rows=rows) == []

    def test_a_part_is_not_all_and_a_role_to_set_is_not_at_hand(self, world: Any) -> None:
        columns = [world.row("PUBLIC", world.SALARY)]
        lease = world.lease(privileges=[world.UPDATE])
        assert notes(world, HELD, leases=[lease], rows=columns) == []
        rows = [world.row("ALICE", world.READER), world.row("HR_READER", world.SELECT)]
        standing = [Entitlement("ALICE", world.READER), Entitlement("HR_READER", world.SELECT)]
        snapshot = world.snapshot(rows, not_default=frozenset({("ALICE", "HR_READER")}))
        found = plan(world, leases=[world.lease()], standing=standing, snapshot=snapshot)
        assert [row for row in found.findings if row.rule == HELD] == []

    def test_an_option_that_is_asked_for_must_be_held_too(self, world: Any) -> None:
        rows = [world.row("PUBLIC", world.SELECT)]
        wanted = [Entitlement("ALICE", world.SELECT, True)]
        assert notes(world, HELD, standing=wanted, rows=rows) == []
        both = [Entitlement(name, world.SELECT) for name in ("ALICE", "BOB")]
        assert [row.split()[3] for row in notes(world, HELD, standing=both, rows=rows)] == [
            "ALICE",
            "BOB",
        ]

    def test_p35_behind_a_column_view_are_the_columns_it_shows(self, world: Any) -> None:
        view = column_view("HR", "EMPLOYEES", ["PHONE", "SALARY"])
        wanted = Entitlement("ALICE", on_object("SELECT", names.GATE_SCHEMA, view.name))
        snapshot = world.snapshot(
            [world.row("PUBLIC", world.SELECT)], column_views={view.name: view}
        )
        desired = replace(world.desired(standing=[wanted]), views={view.name: view})
        found = access_notes([Grant(wanted, Cause.STANDING)], desired, index(snapshot))
        assert [row.message for row in found] == [
            "standing grant base: ALICE has already SELECT (PHONE) on HR.EMPLOYEES, SELECT (SALARY) on HR.EMPLOYEES through PUBLIC -> SELECT on HR.EMPLOYEES"
        ]

    def test_a_second_option_too(self, world: Any) -> None:
        whole = [world.row("PUBLIC", world.SELECT)]
        hierarchy = [Entitlement("ALICE", world.SELECT, False, True)]
        assert notes(world, HELD, standing=hierarchy, rows=whole) == []
        held = Entitlement("PUBLIC", world.SELECT, False, True)
        assert notes(world, HELD, standing=hierarchy, rows=[HeldGrant(held, "HR")])


class TestAlsoGives:
    def test_a_role_with_sweeping_privileges_however_deep(self, world: Any) -> None:
        rows = [
            world.row("HR_WRITER", role("INNER")),
            world.row("INNER", system("DELETE ANY TABLE")),
            world.row("INNER", system("ALTER USER")),
            world.row("INNER", system("CREATE VIEW")),
            world.row("HR_WRITER", world.READER, option=True),
        ]
        standing = [row.entitlement for row in rows]
        lease = world.lease(privileges=[role("HR_WRITER")])
        (message,) = notes(world, GIVES, leases=[lease], standing=standing, rows=rows)
        assert message == (
            "lease fix: role HR_WRITER also gives ALTER USER, DELETE ANY TABLE, role HR_READER to pass on"
        )

    def test_a_long_list_is_cut(self, world: Any) -> None:
        rows = [world.row("HR_WRITER", system(f"DROP ANY THING{n}")) for n in range(9)]
        standing = [row.entitlement for row in rows]
        lease = world.lease(privileges=[role("HR_WRITER")])
        (message,) = notes(world, GIVES, leases=[lease], standing=standing, rows=rows)
        assert message.endswith("DROP ANY THING5 and 3 more")

    def test_a_role_that_gives_objects_only_needs_no_word(self, world: Any) -> None:
        rows = [world.row("HR_READER", world.SELECT)]
        lease = world.lease(privileges=[world.READER])
        standing = [Entitlement("HR_READER", world.SELECT)]
        assert notes(world, GIVES, leases=[lease], standing=standing, rows=rows) == []

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("SELECT ANY TABLE", "reaches every schema that is not Oracle's own, 5 now"),
            ("GRANT ANY ROLE", "leads to every role, DBA too"),
            ("ALTER SYSTEM", "administers the database"),
        ],
    )
    def test_a_sweeping_privilege_that_is_asked_for(self, world: Any, name: str, said: str) -> None:
        (message,) = notes(world, GIVES, standing=[Entitlement("ALICE", system(name))])
        assert message.startswith(f"standing grant base: {name} {said}")

    def test_an_ordinary_one_needs_no_word(self, world: Any) -> None:
        assert notes(world, GIVES, standing=[Entitlement("ALICE", system("CREATE VIEW"))]) == []
