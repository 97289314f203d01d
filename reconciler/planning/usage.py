"""Was it used? Judges what the audit trail says of a lease. Silence counts as "not used" only while an enabled policy records every privilege of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from reconciler.model import names
from reconciler.model.privileges import Kind, Privilege
from reconciler.model.usage import (
    AuditOption,
    AuditRow,
    Refused,
    Source,
    Touched,
    Trail,
    Usage,
    Use,
    Watched,
)
from reconciler.planning.holdings import Holdings

_ACTIONS = {"READ": "SELECT"}
_ALL_USERS = "ALL USERS"
Key = TypeVar("Key", bound=tuple[object, ...])
_LISTED = 50  # sources, objects and refusals of one answer


def judge(
    lease: Watched,
    trail: Trail,
    holdings: Holdings,
    *,
    read_at: datetime,
    last_login: datetime | None,
) -> Usage:
    """The answer for one lease. `holdings` are of a time when its user still had the access: roles and policies by role are looked up in them."""
    rows = [row for row in trail.rows if row.lease_id == lease.lease_id]
    wanted = _privileges(lease, holdings)
    done = [row for row in rows if row.code == 0 and any(_uses(row, one) for one in wanted)]
    use, reason = _verdict(lease, trail, wanted, done, holdings)
    return Usage(
        lease.lease_id,
        lease.target,
        lease.grantee,
        use,
        reason,
        trail.hint,
        lease.since,
        lease.until,
        read_at,
        count=sum(row.times for row in done),
        first=min((row.first for row in done), default=None),
        last=max((row.last for row in done), default=None),
        sources=_sources(done),
        touched=_touched(done),
        refused=_refused(rows),
        last_login=last_login,
    )


def _verdict(
    lease: Watched,
    trail: Trail,
    wanted: Collection[Privilege],
    done: Sequence[AuditRow],
    holdings: Holdings,
) -> tuple[Use, str]:
    if trail.unreadable:
        return Use.UNKNOWN, trail.unreadable
    cut = "the trail holds more than is read: counts are too low" if trail.cut else ""
    if done:
        return Use.USED, cut
    options = _options_for(lease, trail.options, holdings)
    user = names.display(lease.grantee)
    if not options:
        return Use.UNKNOWN, f"auditing is off: no enabled audit policy covers {user}"
    silent = sorted(str(one) for one in wanted if not any(_records(row, one) for row in options))
    if silent:
        more = f" and {len(silent) - 1} more" if len(silent) > 1 else ""
        return Use.UNKNOWN, f"no enabled audit policy records {silent[0]}{more} by {user}"
    return (Use.UNKNOWN, cut) if cut else (Use.NOT_USED, "")


def _privileges(lease: Watched, holdings: Holdings) -> frozenset[Privilege]:
    """What the lease gives: of roles in it what they hold. Quotas leave no trace of their own."""
    own = {entitlement.privilege for entitlement in lease.entitlements}
    roles = holdings.role_closure(one.name for one in own if one.kind is Kind.ROLE)
    inner = {row.entitlement.privilege for role in roles for row in holdings.of(role)}
    return frozenset(one for one in own | inner if one.kind not in (Kind.ROLE, Kind.QUOTA))


def _action(privilege: Privilege) -> str:
    return _ACTIONS.get(privilege.name, privilege.name)


def _uses(row: AuditRow, privilege: Privilege) -> bool:
    """Whether the row is an exercise of the privilege, by whatever way the user had it."""
    match privilege.kind:
        case Kind.SYSTEM:
            is_logon = privilege.name == "CREATE SESSION" and row.action == "LOGON"
            return is_logon or privilege.name in row.privileges
        case Kind.PROXY:
            return row.user == privilege.owner and bool(row.proxy)
        case Kind.SCHEMA:
            return row.schema == privilege.owner and (
                privilege.name in row.privileges or _verb(privilege) == _verb_of_action(row.action)
            )
        case _:
            here = row.object == privilege.object and privilege.owner in ("", row.schema)
            return here and _action(privilege) in (row.action, _verb_of_action(row.action))


def _verb(privilege: Privilege) -> str:
    """SELECT of SELECT ANY TABLE."""
    verb = privilege.name.partition(" ")[0]
    return _ACTIONS.get(verb, verb)


def _verb_of_action(action: str) -> str:
    """ALTER of ALTER TABLE."""
    return action.partition(" ")[0]


def _options_for(
    lease: Watched, options: Iterable[AuditOption], holdings: Holdings
) -> list[AuditOption]:
    """Those that apply to the lease's user. The lease role and the roles in it count although they have ended."""
    held = {row.privilege.name for row in lease.entitlements if row.privilege.kind is Kind.ROLE}
    roles = {lease.role, *holdings.role_closure(held | holdings.roles_of(lease.grantee))}
    found = list(options)
    excepted = {
        row.policy for row in found if row.applies == "EXCEPT USER" and row.entity == lease.grantee
    }
    return [
        row
        for row in found
        if (row.applies == "BY USER" and row.entity in (lease.grantee, _ALL_USERS))
        or (row.applies == "BY GRANTED ROLE" and row.entity in roles)
        or (row.applies == "EXCEPT USER" and row.policy not in excepted)
    ]


def _records(option: AuditOption, privilege: Privilege) -> bool:
    """Whether each use of the privilege would leave a row."""
    if option.type == "STANDARD ACTION":
        if option.option == "ALL":
            return True
        if privilege.kind is Kind.SYSTEM:
            return privilege.name == "CREATE SESSION" and option.option == "LOGON"
        if privilege.kind is Kind.PROXY:
            return option.option == "LOGON"
        wanted = _verb(privilege) if privilege.kind is Kind.SCHEMA else _action(privilege)
        return option.option == wanted
    if option.type == "SYSTEM PRIVILEGE":
        return privilege.kind is Kind.SYSTEM and option.option == privilege.name
    if option.type != "OBJECT ACTION" or privilege.kind not in (Kind.OBJECT, Kind.COLUMN):
        return False
    here = (option.schema, option.object) == (privilege.owner, privilege.object)
    return here and option.option in ("ALL", _action(privilege))


def _place(row: AuditRow) -> str:
    return ".".join(names.display(part) for part in (row.schema, row.object) if part)


def _sources(rows: Iterable[AuditRow]) -> tuple[Source, ...]:
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for row in rows:
        counted[row.host, row.address, row.program, row.proxy] += row.times
    return tuple(Source(*key, counted[key]) for key in _most(counted))


def _touched(rows: Iterable[AuditRow]) -> tuple[Touched, ...]:
    counted: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counted[row.action, _place(row)] += row.times
    return tuple(Touched(*key, counted[key]) for key in _most(counted))


def _refused(rows: Iterable[AuditRow]) -> tuple[Refused, ...]:
    counted: Counter[tuple[int, str, str]] = Counter()
    for row in rows:
        if row.code:
            counted[row.code, row.action, _place(row)] += row.times
    return tuple(Refused(*key, counted[key]) for key in _most(counted))


def _most(counted: Counter[Key]) -> list[Key]:
    """The most frequent first, the same order for the same counts."""
    return sorted(counted, key=lambda key: (-counted[key], str(key)))[:_LISTED]
