"""What access comes to in effect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from reconciler.model.access import Explanation, WantedBy
from reconciler.model.identities import ColumnView, column_view
from reconciler.model.names import AUDIT_ROLE, GATE_SCHEMA
from reconciler.model.privileges import Entitlement, Privilege, on_column, on_object, role
from reconciler.model.results import AccessPath
from reconciler.model.review import AccessDifference, Overlap
from reconciler.model.snapshot import DeadlineJob, HeldGrant, RoleAccount
from reconciler.planning.effective import Access, Explanations
from reconciler.planning.gained import Asked, difference
from reconciler.planning.holdings import index
from tests.planning.conftest import HOUR, NOW, READER, SELECT, SESSION, UPDATE, World

ROLE = "JIT_FIX"
OTHER = "JIT_OTHER"


def asked(*entitlements: Entitlement, grantee: str = "ALICE", through: str = ROLE) -> Asked:
    return Asked(grantee, entitlements, through)


def wanted(privilege: Privilege, *, option: bool = False) -> Entitlement:
    return Entitlement(ROLE, privilege, option)


def compare(
    question: Asked,
    *rows: HeldGrant,
    explained: Explanations | None = None,
    views: Mapping[str, ColumnView] | None = None,
    **changes: Any,
) -> AccessDifference:
    access = Access(index(World.snapshot(rows, **changes)))
    return difference(question, access, explained or {}, views or {}, NOW)


def test_what_nothing_else_gives_is_gained() -> None:
    assert compare(asked(wanted(SELECT), wanted(UPDATE))) == AccessDifference((SELECT, UPDATE))


def test_what_a_role_gives_already_is_held_and_stays_after_the_end() -> None:
    found = compare(
        asked(wanted(SELECT)), World.row("ALICE", READER), World.row("HR_READER", SELECT)
    )
    assert found.gained == ()
    assert found.held == (AccessPath(SELECT, ("HR_READER", "SELECT on HR.EMPLOYEES")),)
    assert found.left_after == found.held


def test_what_everybody_has_is_held() -> None:
    found = compare(asked(wanted(SELECT), grantee="JITU_FIX"), World.row("PUBLIC", SELECT))
    assert [path.through for path in found.held] == [("PUBLIC", "SELECT on HR.EMPLOYEES")]
    of_role = compare(
        asked(wanted(SELECT), grantee="HR_READER", through=""), World.row("PUBLIC", SELECT)
    )
    assert of_role.gained == (SELECT,)


def test_the_role_of_the_lease_itself_is_no_other_way() -> None:
    found = compare(asked(wanted(SELECT)), World.row("ALICE", role(ROLE)), World.row(ROLE, SELECT))
    assert found.gained == (SELECT,)


def test_a_way_that_a_document_wants_does_not_count_as_left_over() -> None:
    explained = {("ALICE", SELECT): Explanation(WantedBy.STANDING, "app")}
    found = compare(asked(wanted(SELECT)), World.row("ALICE", SELECT), explained=explained)
    assert [path.explained_by for path in found.held] == ["app"]
    assert found.left_after == ()


def test_a_role_counts_as_what_it_gives() -> None:
    inner = role("HR_WRITER")
    rows = (
        World.row("HR_READER", SELECT),
        World.row("HR_READER", inner),
        World.row("HR_WRITER", UPDATE),
        World.row("ALICE", UPDATE),
    )
    found = compare(asked(wanted(READER)), *rows)
    assert found.gained == (SELECT,)
    assert [path.privilege for path in found.held] == [UPDATE]


def test_a_role_that_gives_nothing_or_is_not_there_stands_for_itself() -> None:
    missing = role("NOWHERE")
    assert compare(asked(wanted(READER), wanted(missing))).gained == (READER, missing)


def test_a_role_to_pass_on_is_more_than_what_it_gives() -> None:
    found = compare(asked(wanted(READER, option=True)), World.row("HR_READER", SELECT))
    assert found.gained == (SELECT, READER)


def test_with_grant_option_is_more_than_without() -> None:
    found = compare(asked(wanted(SELECT, option=True)), World.row("ALICE", SELECT))
    assert found.gained == (SELECT,)
    same = compare(asked(wanted(SELECT, option=True)), World.row("ALICE", SELECT, option=True))
    assert same.gained == ()


def test_a_role_that_a_logon_leaves_out_and_a_part_of_the_columns_do_not_count() -> None:
    rows = (World.row("ALICE", READER), World.row("HR_READER", SELECT))
    not_default = frozenset({("ALICE", "HR_READER")})
    assert compare(asked(wanted(SELECT)), *rows, not_default=not_default).gained == (SELECT,)
    part = World.row("ALICE", on_column("UPDATE", "HR", "EMPLOYEES", "PHONE"))
    assert compare(asked(wanted(UPDATE)), part).gained == (UPDATE,)


def test_the_owner_has_it_as_the_owner() -> None:
    (path,) = compare(asked(wanted(SELECT), grantee="HR")).held
    assert path.through == ("owner of schema HR",)


def test_a_view_of_columns_counts_as_its_columns() -> None:
    view = column_view("HR", "EMPLOYEES", ["PHONE", "SALARY"])
    through = on_object("SELECT", GATE_SCHEMA, view.name)
    found = compare(asked(wanted(through)), views={view.name: view})
    assert found.gained == (
        on_column("SELECT", "HR", "EMPLOYEES", "PHONE"),
        on_column("SELECT", "HR", "EMPLOYEES", "SALARY"),
    )


def test_the_role_that_marks_for_the_audit_is_no_access() -> None:
    assert compare(asked(wanted(role(AUDIT_ROLE)), wanted(SESSION))).gained == (SESSION,)


def with_other_lease(end: timedelta | None = HOUR) -> AccessDifference:
    roles = {**World.snapshot().roles, OTHER: RoleAccount(OTHER)}
    job = DeadlineJob(OTHER, NOW + end, enabled=True, lease_id="other") if end else None
    rows = (
        World.row("ALICE", role(OTHER)),
        World.row("ALICE", READER),
        World.row(OTHER, SELECT),
        World.row(OTHER, UPDATE),
    )
    return compare(asked(wanted(SELECT)), *rows, roles=roles, deadlines={OTHER: job} if job else {})


def test_another_lease_that_gives_some_of_the_same_is_an_overlap() -> None:
    assert with_other_lease().overlaps == (Overlap("other", (SELECT,), NOW + HOUR),)


def test_an_overlap_without_a_known_end_is_told_and_one_that_is_over_is_not() -> None:
    assert with_other_lease(None).overlaps == (Overlap("other", (SELECT,), None),)
    assert with_other_lease(-HOUR).overlaps == ()


def test_another_lease_with_other_access_is_no_overlap() -> None:
    roles = {**World.snapshot().roles, OTHER: RoleAccount(OTHER)}
    rows = (World.row("ALICE", role(OTHER)), World.row(OTHER, UPDATE))
    assert compare(asked(wanted(SELECT)), *rows, roles=roles).overlaps == ()


def test_what_is_gained_and_what_is_held_are_all_that_was_asked_for() -> None:
    found = compare(asked(wanted(SELECT), wanted(UPDATE)), World.row("ALICE", UPDATE))
    assert {*found.gained, *(path.privilege for path in found.held)} == {SELECT, UPDATE}
