"""What the audit trail lets one say of a lease: used, not used, or not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.model.privileges import Entitlement, Kind, Privilege
from reconciler.model.snapshot import DatabaseIdentity, HeldGrant, Snapshot
from reconciler.model.usage import AuditOption, AuditRow, Refused, Source, Trail, Use, Watched
from reconciler.planning.holdings import index
from reconciler.planning.usage import judge

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROLE = "JIT_FIX"
PAYROLL = Privilege(Kind.OBJECT, "SELECT", "HR", "PAYROLL")
ALL = AuditOption("P", "BY USER", "ALICE", "STANDARD ACTION", "ALL", "NONE", "NONE")
SELECTS = ALL._replace(option="SELECT")


def row(**changes: Any) -> AuditRow:
    """Alice reads the payroll from her desk."""
    return AuditRow(
        "fix", "ALICE", "", "SELECT", "HR", "PAYROLL", 0, (), "desk", "10.0.0.7", "sqlplus", 1,
        START, START,
    )._replace(**changes)  # fmt: skip


def told(
    *privileges: Privilege, trail: Trail, grants: tuple[tuple[str, Privilege], ...] = ()
) -> Any:
    wanted = privileges or (PAYROLL,)
    held = frozenset(HeldGrant(Entitlement(who, what)) for who, what in grants)
    snapshot = Snapshot(
        "prod",
        START,
        DatabaseIdentity("FREE", 1, "FREEPDB1", 23, "23.0"),
        "RECONCILER",
        grants=held,
    )
    lease = Watched(
        "fix", "prod", "ALICE", ROLE, frozenset(Entitlement(ROLE, one) for one in wanted),
        START, START + timedelta(hours=4),
    )  # fmt: skip
    return judge(lease, trail, index(snapshot), read_at=START, last_login=None)


def test_use_is_counted_with_its_first_and_last_time_and_its_sources() -> None:
    later = START + timedelta(hours=1)
    rows = (
        row(times=3, last=later),
        row(host="laptop", first=later, last=later),
        row(lease_id="another"),
        row(object="EMPLOYEES"),
    )
    found = told(trail=Trail(rows, (ALL,)))
    assert (found.use, found.count, found.first, found.last) == (Use.USED, 4, START, later)
    assert found.sources == (
        Source("desk", "10.0.0.7", "sqlplus", "", 3),
        Source("laptop", "10.0.0.7", "sqlplus", "", 1),
    )
    assert [(one.object, one.times) for one in found.touched] == [("HR.PAYROLL", 4)]


def test_what_was_refused_is_no_use() -> None:
    found = told(
        trail=Trail((row(code=942), row(code=1017, action="LOGON", schema="", object="")), (ALL,))
    )
    assert found.use is Use.NOT_USED
    assert found.refused == (Refused(1017, "LOGON", "", 1), Refused(942, "SELECT", "HR.PAYROLL", 1))


@pytest.mark.parametrize(
    ("trail", "reason"),
    [
        (Trail(unreadable="no right", hint="GRANT"), "no right"),
        (Trail(), "auditing is off: no enabled audit policy covers ALICE"),
        (Trail(options=(ALL._replace(entity="BOB"),)), "auditing is off: no enabled audit policy covers ALICE"),
        (Trail(options=(ALL._replace(option="LOGON"),)), "no enabled audit policy records SELECT on HR.PAYROLL by ALICE"),
        (Trail(options=(ALL,), cut=True), "the trail holds more than is read: counts are too low"),
    ],
)  # fmt: skip
def test_silence_that_proves_nothing(trail: Trail, reason: str) -> None:
    found = told(trail=trail)
    assert (found.use, found.reason, found.hint) == (Use.UNKNOWN, reason, trail.hint)


def test_more_than_one_thing_that_nothing_records() -> None:
    found = told(PAYROLL, PAYROLL._replace(name="UPDATE"), trail=Trail(options=(ALL._replace(option="LOGON"),)))  # fmt: skip
    assert (
        found.reason == "no enabled audit policy records SELECT on HR.PAYROLL and 1 more by ALICE"
    )


@pytest.mark.parametrize(
    ("option", "covers"),
    [
        (ALL, True),
        (ALL._replace(entity="ALL USERS"), True),
        (ALL._replace(applies="BY GRANTED ROLE", entity=ROLE), True),
        (ALL._replace(applies="BY GRANTED ROLE", entity="STAFF"), True),
        (ALL._replace(applies="BY GRANTED ROLE", entity="OTHERS"), False),
        (ALL._replace(applies="EXCEPT USER", entity="BOB"), True),
        (ALL._replace(applies="EXCEPT USER", entity="ALICE"), False),
    ],
)
def test_whom_a_policy_is_enabled_for(option: AuditOption, covers: bool) -> None:
    grants = (("ALICE", Privilege(Kind.ROLE, "STAFF")),)
    found = told(trail=Trail(options=(option,)), grants=grants)
    assert found.use is (Use.NOT_USED if covers else Use.UNKNOWN)


OBJECT = ALL._replace(type="OBJECT ACTION", option="SELECT", schema="HR", object="PAYROLL")
SYSTEM = ALL._replace(type="SYSTEM PRIVILEGE", option="CREATE VIEW")
VIEW = Privilege(Kind.SYSTEM, "CREATE VIEW")
SCHEMA = Privilege(Kind.SCHEMA, "SELECT ANY TABLE", "HR")
LOGON = Privilege(Kind.SYSTEM, "CREATE SESSION")
PROXY = Privilege(Kind.PROXY, "CONNECT THROUGH", "HR_APP")


@pytest.mark.parametrize(
    ("privilege", "option", "covers"),
    [
        (PAYROLL, SELECTS, True),
        (PAYROLL._replace(name="READ"), SELECTS, True),
        (PAYROLL, OBJECT, True),
        (PAYROLL, OBJECT._replace(option="ALL"), True),
        (PAYROLL, OBJECT._replace(object="EMPLOYEES"), False),
        (PAYROLL, SYSTEM, False),
        (VIEW, SYSTEM, True),
        (VIEW, SELECTS, False),
        (VIEW, OBJECT, False),
        (VIEW, ALL._replace(type="ROLE PRIVILEGE", option="DBA"), False),
        (LOGON, ALL._replace(option="LOGON"), True),
        (PROXY, ALL._replace(option="LOGON"), True),
        (SCHEMA, SELECTS, True),
    ],
)
def test_what_a_policy_records(privilege: Privilege, option: AuditOption, covers: bool) -> None:
    found = told(privilege, trail=Trail(options=(option,)))
    assert found.use is (Use.NOT_USED if covers else Use.UNKNOWN)


@pytest.mark.parametrize(
    ("privilege", "seen", "used"),
    [
        (PAYROLL._replace(name="READ"), row(), True),
        (PAYROLL, row(action="UPDATE"), False),
        (PAYROLL._replace(name="ALTER"), row(action="ALTER TABLE"), True),
        (PAYROLL, row(schema="OE"), False),
        (Privilege(Kind.OBJECT, "READ", "", "PAYROLL"), row(schema=""), True),
        (VIEW, row(privileges=("CREATE VIEW",)), True),
        (VIEW, row(), False),
        (LOGON, row(action="LOGON"), True),
        (SCHEMA, row(), True),
        (SCHEMA, row(action="DELETE", privileges=("SELECT ANY TABLE",)), True),
        (SCHEMA, row(schema="OE"), False),
        (PROXY, row(user="HR_APP", proxy="ALICE"), True),
        (PROXY, row(), False),
    ],
)
def test_what_counts_as_use(privilege: Privilege, seen: AuditRow, used: bool) -> None:
    assert told(privilege, trail=Trail((seen,), (ALL,))).use is (Use.USED if used else Use.NOT_USED)


def test_a_policy_that_follows_a_role_in_the_lease_counts_after_the_lease() -> None:
    option = ALL._replace(applies="BY GRANTED ROLE", entity="AUDITED")
    found = told(PAYROLL, Privilege(Kind.ROLE, "AUDITED"), trail=Trail(options=(option,)))
    assert found.use is Use.NOT_USED


def test_a_role_is_used_by_what_it_holds_and_a_quota_leaves_no_trace() -> None:
    role, quota = Privilege(Kind.ROLE, "HR_READER"), Privilege(Kind.QUOTA, "1M", object="USERS")
    grants = (("HR_READER", Privilege(Kind.ROLE, "INNER")), ("INNER", PAYROLL))
    assert told(role, quota, trail=Trail((row(),), (ALL,)), grants=grants).use is Use.USED
    assert told(role, quota, trail=Trail((), (ALL,)), grants=grants).use is Use.NOT_USED
