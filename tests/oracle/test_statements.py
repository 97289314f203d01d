"""What a plan prints is what runs: changes as SQL text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import names, privileges
from reconciler.model.changes import (
    ArmDeadline,
    Cause,
    Change,
    CreateLeaseRole,
    DropDeadline,
    DropLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.privileges import Entitlement, Privilege
from reconciler.oracle.statements import UnrenderableError, render, render_unit


class Together(NamedTuple):
    changes: tuple[Change, ...]
    wave: int = 0


AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
SELECT = privileges.on_object("SELECT", "HR", "EMPLOYEES")
UPDATE = privileges.on_object("UPDATE", "HR", "EMPLOYEES")


def grant(grantee: str, privilege: Privilege, *, option: bool = False) -> Grant:
    return Grant(Entitlement(grantee, privilege, option), Cause.STANDING)


def revoke(grantee: str, privilege: Privilege) -> Revoke:
    return Revoke(Entitlement(grantee, privilege), Cause.STANDING_REMOVED)


def sql(*changes: Change) -> tuple[str, ...]:
    return render_unit(Together(changes), target="hr-prod", at=AT)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (CreateLeaseRole("fix", "JIT_FIX"), 'CREATE ROLE "JIT_FIX"'),
        (DropLeaseRole("fix", "JIT_FIX"), 'DROP ROLE "JIT_FIX"'),
        (grant("BOB", privileges.system("CREATE SESSION")), 'GRANT CREATE SESSION TO "BOB"'),
        (grant("BOB", privileges.role("HR_READER")), 'GRANT "HR_READER" TO "BOB"'),
        (
            grant("BOB", privileges.role("HR_READER"), option=True),
            'GRANT "HR_READER" TO "BOB" WITH ADMIN OPTION',
        ),
        (grant("BOB", SELECT), 'GRANT SELECT ON "HR"."EMPLOYEES" TO "BOB"'),
        (
            grant("BOB", SELECT, option=True),
            'GRANT SELECT ON "HR"."EMPLOYEES" TO "BOB" WITH GRANT OPTION',
        ),
        (
            grant("BOB", privileges.on_column("UPDATE", "HR", "EMPLOYEES", "SALARY")),
            'GRANT UPDATE ("SALARY") ON "HR"."EMPLOYEES" TO "BOB"',
        ),
        (
            grant("BOB", privileges.on_schema("SELECT ANY TABLE", "HR"), option=True),
            'GRANT SELECT ANY TABLE ON SCHEMA "HR" TO "BOB" WITH ADMIN OPTION',
        ),
        (revoke("BOB", privileges.role("Mixed Case")), 'REVOKE "Mixed Case" FROM "BOB"'),
        (
            revoke("BOB", privileges.on_schema("SELECT ANY TABLE", "HR")),
            'REVOKE SELECT ANY TABLE ON SCHEMA "HR" FROM "BOB"',
        ),
    ],
)
def test_one_change_is_one_statement_with_every_name_quoted(change: Change, text: str) -> None:
    assert render(change, target="hr-prod", at=AT) == (text,)


def test_a_column_privilege_is_revoked_from_the_whole_table_because_oracle_has_no_other_way() -> (
    None
):
    change = revoke("BOB", privileges.on_column("UPDATE", "HR", "EMPLOYEES", "SALARY"))
    assert render(change, target="t", at=AT) == ('REVOKE UPDATE ON "HR"."EMPLOYEES" FROM "BOB"',)


def test_grants_of_one_object_share_a_statement() -> None:
    changes = [grant(who, what) for who in ("A", "B") for what in (SELECT, UPDATE)]
    assert sql(*changes) == ('GRANT SELECT, UPDATE ON "HR"."EMPLOYEES" TO "A", "B"',)


def test_column_grants_of_one_object_share_a_statement_with_its_whole_grants() -> None:
    columns = [
        privileges.on_column("UPDATE", "HR", "EMPLOYEES", column) for column in ("SALARY", "PHONE")
    ]
    assert sql(*(grant("A", what) for what in (columns[0], SELECT, columns[1]))) == (
        'GRANT UPDATE ("SALARY", "PHONE"), SELECT ON "HR"."EMPLOYEES" TO "A"',
    )


def test_column_revokes_of_one_privilege_become_one_word() -> None:
    changes = [
        revoke("A", privileges.on_column("UPDATE", "HR", "EMPLOYEES", column))
        for column in ("SALARY", "PHONE")
    ]
    assert sql(*changes) == ('REVOKE UPDATE ON "HR"."EMPLOYEES" FROM "A"',)


@pytest.mark.parametrize(
    "changes",
    [
        (grant("A", SELECT), grant("B", UPDATE)),
        (grant("A", SELECT), grant("A", UPDATE, option=True)),
        (grant("A", SELECT), grant("A", privileges.on_object("SELECT", "HR", "JOBS"))),
        (grant("A", SELECT), revoke("A", UPDATE)),
        (CreateLeaseRole("a", "JIT_A"), CreateLeaseRole("b", "JIT_B")),
    ],
)
def test_a_unit_that_one_statement_cannot_mean_is_refused(changes: tuple[Change, ...]) -> None:
    with pytest.raises(UnrenderableError):
        sql(*changes)


def test_narrowing_revokes_all_and_grants_back_the_smaller_part() -> None:
    keep = tuple(
        Entitlement("BOB", privileges.on_column("UPDATE", "HR", "EMPLOYEES", column))
        for column in ("SALARY", "PHONE")
    )
    change = Narrow(Entitlement("BOB", UPDATE), keep, Cause.LEASE_EDIT)
    assert render(change, target="t", at=AT) == (
        'REVOKE UPDATE ON "HR"."EMPLOYEES" FROM "BOB"',
        'GRANT UPDATE ("SALARY", "PHONE") ON "HR"."EMPLOYEES" TO "BOB"',
    )


def test_a_privilege_that_is_more_than_words_never_becomes_sql() -> None:
    for text in ("SELECT ANY TABLE TO PUBLIC --", 'X" TO PUBLIC', "select", "", "A  B", "SELECT\n"):
        with pytest.raises(UnrenderableError):
            render(grant("BOB", privileges.system(text)), target="t", at=AT)


def test_a_deadline_is_armed_in_utc_to_the_microsecond_and_says_which_lease_it_ends() -> None:
    end = datetime.fromisoformat("2026-11-20T15:00:00.000250+01:00")
    (text,) = render(ArmDeadline("fix-it", "JIT_FIX_IT", end), target="hr-prod", at=AT)
    assert "TO_TIMESTAMP_TZ('2026-11-20 14:00:00.000250 +00:00'" in text
    assert "job_name => '\"JIT_FIX_IT\"'" in text
    assert '{"lease":"fix-it","target":"hr-prod","end":"2026-11-20T14:00:00Z"}' in text
    assert "auto_drop => FALSE" in text
    assert "enabled => TRUE" in text


def test_a_duration_that_waits_for_its_activation_counts_from_the_plan() -> None:
    change = ArmDeadline("fix", "JIT_FIX", None, timedelta(hours=4))
    (text,) = render(change, target="t", at=AT)
    assert "TO_TIMESTAMP_TZ('2026-11-20 18:00:00.000000 +00:00'" in text


def test_a_deadline_without_any_end_is_refused() -> None:
    with pytest.raises(UnrenderableError):
        render(ArmDeadline("fix", "JIT_FIX", None), target="t", at=AT)


def test_a_moved_deadline_stays_enabled_and_a_dropped_one_goes_even_while_it_runs() -> None:
    (moved,) = render(MoveDeadline("fix", "JIT_FIX", None, AT), target="t", at=AT)
    assert "'start_date'" in moved
    assert "'comments'" in moved
    assert "DBMS_SCHEDULER.ENABLE('\"JIT_FIX\"')" in moved
    (dropped,) = render(DropDeadline("fix", "JIT_FIX"), target="t", at=AT)
    assert "force => TRUE" in dropped


legal_names = st.text(
    st.characters(exclude_characters='"\0', exclude_categories=["Cs"]), min_size=1, max_size=32
)


def identifiers(text: str) -> list[str]:
    """The quoted identifiers of a statement, read back as Oracle's lexer does."""
    return text.split('"')[1::2]


@given(legal_names, legal_names, legal_names)
def test_any_legal_name_comes_back_from_the_statement_unchanged(
    owner: str, table: str, grantee: str
) -> None:
    change = grant(grantee, privileges.on_object("SELECT", owner, table))
    (text,) = render(change, target="t", at=AT)
    assert identifiers(text) == [owner, table, grantee]
    assert text == f'GRANT SELECT ON "{owner}"."{table}" TO "{grantee}"'


@given(st.text(max_size=40).filter(lambda text: '"' in text or "\0" in text or not text))
def test_no_illegal_name_becomes_sql(name: str) -> None:
    with pytest.raises(names.InvalidNameError):
        render(grant(name, SELECT), target="t", at=AT)


@given(st.text(max_size=60).filter(lambda text: "\0" not in text))
def test_a_target_name_cannot_leave_its_literal(target: str) -> None:
    (text,) = render(ArmDeadline("fix", "JIT_FIX", AT), target=target, at=AT)
    comment = text.rpartition("comments => '")[2].removesuffix("');\nEND;")
    assert "'" not in comment.replace("''", "")
