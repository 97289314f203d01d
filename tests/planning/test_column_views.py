"""What a plan does for views that show columns: make, share, repair, leave, drop, and what it never does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.changes import (
    Cause,
    CreateColumnView,
    DropColumnView,
    Grant,
    Revoke,
    is_removal,
)
from reconciler.model.diagnostics import Severity
from reconciler.model.documents import Mode, Scope
from reconciler.model.identities import ColumnView, column_view
from reconciler.model.leases import Phase
from reconciler.model.names import GATE_SCHEMA, lease_role
from reconciler.model.privileges import Entitlement, on_column, on_object
from reconciler.model.results import ChangeOutcome, Status
from reconciler.model.snapshot import DatabaseObject, HeldGrant, UserAccount
from reconciler.planning.column_views import opened, unproved
from reconciler.planning.packing import Wave, wave_of
from reconciler.planning.plan import make
from reconciler.run.restrict import hold_back_removals

VIEW = column_view("HR", "EMPLOYEES", ["EMPLOYEE_ID", "SALARY"])
OTHER = column_view("HR", "EMPLOYEES", ["EMAIL"])
READS = on_object("SELECT", GATE_SCHEMA, VIEW.name)
BELOW = HeldGrant(Entitlement(GATE_SCHEMA, on_object("SELECT", "HR", "EMPLOYEES"), True), "HR")
FOR_ALICE = Entitlement("ALICE", READS)


@pytest.fixture(scope="session")
def database(world: Any) -> Any:
    """A snapshot of a database with the gatekeeper."""

    def make_snapshot(rows: Any = (), views: Any = (), **changes: Any) -> Any:
        base = world.snapshot(rows, has_gate=True, **changes)
        users = {**base.users, GATE_SCHEMA: UserAccount(GATE_SCHEMA, "LOCKED")}
        return replace(base, users=users, column_views={view.name: view for view in views})

    return make_snapshot


@pytest.fixture(scope="session")
def wanting(world: Any) -> Any:
    """What documents want that know VIEW and OTHER."""

    def make_desired(*leases: Any, **more: Any) -> Any:
        desired = world.desired(*leases, **more)
        return replace(desired, views={view.name: view for view in (VIEW, OTHER)})

    return make_desired


def granted(view: ColumnView, grantee: str = "ALICE") -> HeldGrant:
    privilege = on_object("SELECT", GATE_SCHEMA, view.name)
    return HeldGrant(Entitlement(grantee, privilege), GATE_SCHEMA)


def of_views(plan: Any) -> list[Any]:
    return [row for row in plan.changes if isinstance(row, CreateColumnView | DropColumnView)]


def of_base(plan: Any) -> list[Any]:
    return [
        row
        for row in plan.changes
        if isinstance(row, Revoke) and row.entitlement.grantee == GATE_SCHEMA
    ]


def rules(plan: Any) -> list[str]:
    return [found.rule for found in plan.findings]


class TestMaking:
    def test_p35_a_missing_view_is_made_once_under_the_first_lease_that_needs_it(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        first = world.lease("first", privileges=[READS])
        second = world.lease("second", grantee="BOB", privileges=[READS])
        plan = make(wanting(first, second), database(), world.ledger())
        (made,) = of_views(plan)
        assert made == CreateColumnView(VIEW, "first", Cause.LEASE_START, first.origin)
        assert plan.changes.index(made) < min(
            number for number, row in enumerate(plan.changes) if isinstance(row, Grant)
        )

    def test_p1_the_second_plan_is_empty(self, world: Any, database: Any, wanting: Any) -> None:
        lease = world.lease(privileges=[READS])
        desired = wanting(lease, standing=[FOR_ALICE])
        before, ledger = database(), world.ledger()
        plan = make(desired, before, ledger)
        after = world.execute(plan.changes, before)
        again = make(desired, after, world.ledger_after(ledger, desired, plan.changes))
        assert (again.changes, again.drift) == ((), ())

    def test_p35_the_plan_says_so_at_the_place_that_asks(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        lease = world.lease(privileges=[READS, on_object("READ", GATE_SCHEMA, VIEW.name)])
        plan = make(wanting(lease), database(), world.ledger())
        said = [found for found in plan.findings if found.rule == "column-view.used"]
        assert [(found.severity, found.origin) for found in said] == [
            (Severity.NOTICE, lease.origin)
        ] * 2
        assert (
            f"SELECT on columns EMPLOYEE_ID, SALARY of HR.EMPLOYEES through view {GATE_SCHEMA}.{VIEW.name}"
            in " ".join(found.message for found in said)
        )

    @pytest.mark.parametrize(
        ("grantee", "privilege", "warned"),
        [
            ("ALICE", on_object("UPDATE", "HR", "EMPLOYEES"), True),
            ("ALICE", on_column("UPDATE", "HR", "EMPLOYEES", "SALARY"), True),
            ("BOB", on_object("UPDATE", "HR", "EMPLOYEES"), False),
            ("ALICE", on_object("UPDATE", "HR", "JOBS"), False),
            ("ALICE", on_object("INSERT", "HR", "EMPLOYEES"), False),
        ],
    )
    def test_p35_who_reads_through_a_view_is_told_that_he_cannot_choose_rows_to_update(
        self, world: Any, database: Any, wanting: Any, grantee: Any, privilege: Any, warned: Any
    ) -> None:
        standing = [FOR_ALICE, Entitlement(grantee, privilege)]
        plan = make(wanting(standing=standing), database(), world.ledger())
        found = [row for row in plan.findings if row.rule == "column-view.update-cannot-choose"]
        assert [row.severity for row in found] == [Severity.WARNING] * warned
        assert {row.entitlement for row in plan.changes if isinstance(row, Grant)} == set(standing)

    def test_p35_the_same_is_said_within_a_lease_whatever_else_it_takes(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        lease = world.lease(privileges=[READS, world.UPDATE])
        before = database([world.row("CAROL", world.SELECT)])
        plan = make(wanting(lease), before, world.ledger())
        assert "column-view.update-cannot-choose" in rules(plan)
        assert Revoke(Entitlement("CAROL", world.SELECT), Cause.DRIFT, "HR") in plan.changes

    def test_p35_a_pending_lease_needs_no_view_yet(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        later = world.lease(
            privileges=[READS],
            phase=Phase.PENDING,
            start=world.NOW + world.HOUR,
            end=world.NOW + 2 * world.HOUR,
        )
        assert make(wanting(later), database(), world.ledger()).changes == ()

    @pytest.mark.parametrize(
        "there",
        [
            replace(VIEW, columns=("EMPLOYEE_ID", "SALARY", "SSN")),
            ColumnView(VIEW.name, "", "", ()),
        ],
        ids=["other columns", "no view of ours any more"],
    )
    def test_p35_an_altered_view_is_reported_and_made_again(
        self, world: Any, database: Any, wanting: Any, there: Any
    ) -> None:
        snapshot = database([granted(VIEW), BELOW], [there])
        plan = make(wanting(standing=[FOR_ALICE]), snapshot, world.ledger([FOR_ALICE]))
        assert plan.changes == (CreateColumnView(VIEW, "", Cause.REPAIR),)
        assert "column-view.altered" in rules(plan)

    def test_p35_what_its_owner_needs_of_the_table_is_granted_again(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        plan = make(
            wanting(standing=[FOR_ALICE]),
            database([granted(VIEW)], [VIEW]),
            world.ledger([FOR_ALICE]),
        )
        assert plan.changes == (CreateColumnView(VIEW, "", Cause.REPAIR),)

    def test_p35_nothing_is_made_on_an_observed_target(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        target = world.target(Mode.OBSERVE)
        desired = wanting(standing=[FOR_ALICE], target=target)
        assert make(desired, database(views=[OTHER]), world.ledger()).changes == ()


class TestRefusing:
    def test_p35_without_the_gatekeeper_the_item_alone_fails(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        columns = world.lease("columns", privileges=[READS])
        whole = world.lease("whole", grantee="BOB")
        plan = make(wanting(columns, whole), replace(database(), has_gate=False), world.ledger())
        (found,) = [row for row in plan.findings if row.rule == "gate.missing"]
        assert (found.severity, found.origin) == (Severity.ERROR, columns.origin)
        assert f"reconciler bootstrap {world.TARGET} --gate --print-sql" in found.hint
        assert {row.lease_id for row in plan.changes} == {"whole"}

    def test_p35_a_view_that_is_there_needs_no_gatekeeper(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        snapshot = replace(database([granted(VIEW), BELOW], [VIEW]), has_gate=False)
        plan = make(wanting(standing=[FOR_ALICE]), snapshot, world.ledger([FOR_ALICE]))
        assert (plan.changes, rules(plan)) == ((), [])

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"known_schemas": frozenset({"HR"})}, "object.unknown"),
            (
                {
                    "known_schemas": frozenset({"HR"}),
                    "objects": frozenset({DatabaseObject("HR", "EMPLOYEES", "SEQUENCE")}),
                },
                "column-view.no-columns",
            ),
            (
                {
                    "known_schemas": frozenset({"HR"}),
                    "objects": frozenset({DatabaseObject("HR", "EMPLOYEES", "TABLE")}),
                    "columns": {("HR", "EMPLOYEES"): frozenset({"EMPLOYEE_ID"})},
                },
                "column.unknown",
            ),
        ],
    )
    def test_p35_what_the_dictionary_does_not_have_is_predicted(
        self, world: Any, database: Any, wanting: Any, changes: Any, rule: Any
    ) -> None:
        lease = world.lease(privileges=[READS])
        plan = make(wanting(lease), database(**changes), world.ledger())
        assert (plan.changes, rules(plan)) == ((), [rule])

    def test_p35_no_view_is_made_on_what_belongs_to_oracle(self, world: Any, database: Any) -> None:
        view = column_view("SYS", "USER$", ["SPARE4"])
        lease = world.lease(privileges=[on_object("SELECT", GATE_SCHEMA, view.name)])
        desired = replace(world.desired(lease), views={view.name: view})
        plan = make(desired, database(), world.ledger())
        assert plan.changes == ()
        assert "object.oracle-maintained" in rules(plan)

    def test_p35_more_columns_than_the_dictionary_shows_of_a_view_are_refused(
        self, world: Any, database: Any
    ) -> None:
        view = column_view("HR", "EMPLOYEES", [f"C{number:03}{'X' * 100}" for number in range(40)])
        lease = world.lease(privileges=[on_object("SELECT", GATE_SCHEMA, view.name)])
        desired = replace(world.desired(lease), views={view.name: view})
        assert rules(make(desired, database(), world.ledger())) == ["column-view.too-long"]

    def test_p35_what_is_in_the_gatekeepers_schema_is_not_granted_by_name(
        self, world: Any, database: Any
    ) -> None:
        lease = world.lease(privileges=[on_object("EXECUTE", GATE_SCHEMA, "GATE")])
        plan = make(world.desired(lease), database(), world.ledger())
        assert (plan.changes, rules(plan)) == ((), ["name.reserved"])

    def test_p35_the_scope_is_about_the_table_not_about_the_schema_of_the_view(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        lease = world.lease(privileges=[READS])
        for schemas, allowed in ((("HR",), True), ((GATE_SCHEMA, "OE"), False)):
            scope = Scope(grantees=("*",), schemas=schemas, roles=(), system=())
            plan = make(
                wanting(lease, target=world.target(scope=scope)), database(), world.ledger()
            )
            assert (bool(plan.changes), "scope.outside" in rules(plan)) == (allowed, not allowed)

    def test_p35_the_gatekeeper_is_never_a_grantee_and_its_own_rights_are_never_drift(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        for_gate = Entitlement(GATE_SCHEMA, world.SELECT)
        snapshot = database([BELOW, granted(VIEW)], [VIEW])
        plan = make(wanting(standing=[for_gate, FOR_ALICE]), snapshot, world.ledger([FOR_ALICE]))
        assert (plan.changes, plan.drift, rules(plan)) == ((), (), ["grantee.protected"])


class TestDropping:
    def test_p35_a_view_nobody_needs_goes_with_what_its_owner_could_read_for_it(
        self, world: Any, database: Any
    ) -> None:
        plan = make(world.desired(), database([BELOW], [VIEW]), world.ledger())
        assert of_views(plan) == [DropColumnView(VIEW.name)]
        assert of_base(plan) == [Revoke(BELOW.entitlement, Cause.LEASE_END, "HR")]
        assert list(map(wave_of, plan.changes)) == [Wave.CLEAN_UP, Wave.CLEAN_UP_BELOW]

    def test_p35_the_end_of_the_last_lease_drops_it_in_the_same_run(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        lease = world.lease(privileges=[READS])
        before = world.in_force(lease, database([BELOW], [VIEW]))
        ending = world.lease(privileges=[READS], phase=Phase.ENDING)
        plan = make(wanting(ending), before, world.recorded(lease))
        (dropped,) = of_views(plan)
        assert (dropped.name, dropped.lease_id) == (VIEW.name, "fix")
        assert world.execute(plan.changes, before).column_views == {}

    def test_p35_who_still_holds_something_on_it_keeps_it(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        lease = world.lease(privileges=[READS])
        snapshot = world.in_force(lease, database([BELOW, granted(VIEW, "DBA")], [VIEW]))
        ending = world.lease(privileges=[READS], phase=Phase.ENDING)
        plan = make(wanting(ending), snapshot, world.recorded(lease))
        assert (of_views(plan), of_base(plan)) == ([], [])

    def test_p35_another_view_on_the_table_keeps_what_their_owner_can_read(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        snapshot = database([BELOW, granted(VIEW)], [VIEW, OTHER])
        plan = make(wanting(standing=[FOR_ALICE]), snapshot, world.ledger([FOR_ALICE]))
        assert plan.changes == (DropColumnView(OTHER.name),)

    def test_p35_a_view_that_cannot_be_read_keeps_everything_below(
        self, world: Any, database: Any
    ) -> None:
        foreign = ColumnView("MINE", "", "", ())
        plan = make(world.desired(), database([BELOW], [foreign]), world.ledger())
        assert plan.changes == ()
        assert rules(plan) == ["column-view.foreign"]

    def test_p35_cleaning_up_does_not_count_for_the_removal_brake(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        removals = replace(world.UNLIMITED, count=1, grantee_count=1)
        target = world.target(removals=removals)
        plan = make(
            wanting(target=target),
            database([BELOW, granted(VIEW)], [VIEW]),
            world.ledger([FOR_ALICE]),
        )
        assert plan.brakes == ()
        assert len(plan.changes) == 3

    def test_p35_it_stays_while_a_document_that_may_want_it_is_in_error(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        snapshot = database([BELOW, granted(VIEW)], [VIEW])
        plan = make(wanting(), snapshot, world.ledger([FOR_ALICE]))
        assert sum(map(is_removal, plan.changes)) >= 1
        held_back = hold_back_removals(plan, {"StandingGrant": frozenset({"payroll"})})
        assert held_back.changes == ()

    def test_p35_a_grant_on_a_view_that_nobody_wrote_down_is_taken(
        self, world: Any, database: Any, wanting: Any
    ) -> None:
        snapshot = database([BELOW, granted(VIEW), granted(VIEW, "BOB")], [VIEW])
        plan = make(wanting(standing=[FOR_ALICE]), snapshot, world.ledger([FOR_ALICE]))
        (revoked,) = plan.changes
        assert isinstance(revoked, Revoke)
        assert revoked.entitlement.grantee == "BOB"
        assert [row.entitlement.grantee for row in plan.drift] == ["BOB"]


class TestProof:
    def test_p35_a_privilege_on_a_view_is_looked_for_as_one_on_its_columns(
        self, world: Any, database: Any
    ) -> None:
        on_columns = {
            on_column("SELECT", "HR", "EMPLOYEES", name) for name in ("EMPLOYEE_ID", "SALARY")
        }
        known = {VIEW.name: VIEW}
        assert opened([READS, world.UPDATE], known, database(views=[VIEW])) == {
            *on_columns,
            world.UPDATE,
        }
        altered = replace(VIEW, columns=("SSN",))
        assert opened([READS], known, database(views=[altered])) == {*on_columns, READS}
        assert opened([READS], {}, database()) == {READS}

    def test_p35_what_the_dictionary_does_not_show_afterwards_is_not_taken_for_done(
        self, database: Any
    ) -> None:
        made = ChangeOutcome(CreateColumnView(VIEW), Status.DONE)
        dropped = ChangeOutcome(DropColumnView(OTHER.name), Status.DONE)
        found = unproved([made, dropped], database(views=[OTHER]))
        assert [row.rule for row in found] == [
            "column-view.not-in-dictionary",
            "column-view.not-gone",
        ]
        assert list(unproved([made, dropped], database(views=[VIEW]))) == []

    def test_p35_the_plan_knows_what_dropped_views_showed(self, world: Any, database: Any) -> None:
        plan = make(world.desired(), database([BELOW], [VIEW]), world.ledger())
        assert plan.views == {VIEW.name: VIEW}
        assert lease_role("fix") not in plan.views
