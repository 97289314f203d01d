"""Whether the reconciler's own account may do what a plan asks of it, known before the first statement.

What the account lacks is told as the GRANT a DBA runs. A lease whose role or deadline the account cannot make gets nothing at all: access without a
deadline is what must not be. Ends go as far as the account's rights do. Rights count when the account holds them itself, through PUBLIC, or through a role
that its logon enables (SQL Language Reference, GRANT, prerequisites).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model import names
from reconciler.model.changes import (
    ArmDeadline,
    Change,
    CreateColumnView,
    CreateLeaseRole,
    CreateProfile,
    CreateTemporaryUser,
    DropDeadline,
    DropLeaseRole,
    DropTemporaryUser,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
    SetLogonNetworks,
    SetProfile,
    SetReadOnly,
    UnlockTemporaryUser,
)
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import Scope
from reconciler.model.privileges import Entitlement, Kind, Privilege, on_object, role, system
from reconciler.model.snapshot import Snapshot
from reconciler.planning.holdings import PUBLIC, subject

RULE = "rights.missing"

GATEKEEPER = on_object("EXECUTE", names.GATE_SCHEMA, "GATE")
"""What reaches users, profiles, sessions and column views: the account has no such powers of its own."""

ALWAYS = (
    system("CREATE SESSION"),
    system("CREATE ROLE"),
    system("CREATE JOB"),
    system("GRANT ANY OBJECT PRIVILEGE"),
)
"""What every target needs of the account, whatever its scope."""

TOO_MUCH = (
    "ALTER SYSTEM",
    "ALTER USER",
    "BECOME USER",
    "CREATE ANY JOB",
    "CREATE ANY PROCEDURE",
    "CREATE USER",
    "DROP ANY ROLE",
    "DROP USER",
    "EXECUTE ANY PROCEDURE",
    "GRANT ANY PRIVILEGE",
    "GRANT ANY ROLE",
)
"""System privileges that make their holder nearly a DBA, and that the reconciler works without."""

_IN_PLACE_OF = {"CREATE JOB": ("CREATE ANY JOB",)}
_LEASE_NOT_WHOLE = "another step of the lease needs a right that the reconciler's own account lacks"
_TO_PASS_ON = {
    Kind.SYSTEM: ("GRANT ANY PRIVILEGE",),
    Kind.ROLE: ("GRANT ANY ROLE",),
    Kind.SCHEMA: ("GRANT ANY SCHEMA PRIVILEGE", "GRANT ANY PRIVILEGE"),
}


@dataclass(frozen=True, slots=True)
class OwnRights:
    """`findings` name each GRANT that is missing. `blocked` says of each change that must not be tried why."""

    findings: tuple[Diagnostic, ...] = ()
    blocked: Mapping[Change, str] = field(default_factory=dict)


class Powers:
    """What the account may do, from its own rows in a snapshot. `made` are roles that it is about to create: who creates a role holds it WITH ADMIN OPTION."""

    def __init__(self, snapshot: Snapshot, *, made: Collection[str] = ()) -> None:
        self.account = snapshot.account
        self._administered = snapshot.created_roles.union(made)
        reached = _enabled(snapshot)
        self._held: dict[Privilege, bool] = {}
        for row in snapshot.grants:
            entitlement = row.entitlement
            if entitlement.grantee in reached:
                known = self._held.get(entitlement.privilege, False)
                self._held[entitlement.privilege] = known or entitlement.with_option
        if snapshot.has_gate:
            self._held.setdefault(GATEKEEPER, False)

    def may_use(self, privilege: Privilege) -> bool:
        others = _IN_PLACE_OF.get(privilege.name, ()) if privilege.kind is Kind.SYSTEM else ()
        return privilege in self._held or self._uses_any(others)

    def may_pass_on(self, privilege: Privilege) -> bool:
        """Whether it may grant and revoke the privilege. A role counts when the account itself holds it WITH ADMIN OPTION, not through another role."""
        if privilege.owner and privilege.owner == self.account:
            return True
        if self._uses_any(_TO_PASS_ON.get(privilege.kind, ())):
            return True
        if privilege.kind is Kind.ROLE:
            return privilege.name in self._administered
        if privilege.kind in (Kind.OBJECT, Kind.COLUMN):
            return self._uses_any(("GRANT ANY OBJECT PRIVILEGE",)) or any(
                self._held.get(held, False) for held in (privilege, subject(privilege))
            )
        return self._held.get(privilege, False)

    def may_drop(self, role_name: str) -> bool:
        return role_name in self._administered or self._uses_any(("DROP ANY ROLE",))

    def _uses_any(self, names_of: Iterable[str]) -> bool:
        return any(system(name) in self._held for name in names_of)


def _enabled(snapshot: Snapshot) -> set[str]:
    """The account, PUBLIC, and the roles that they enable at a logon."""
    roles: dict[str, list[str]] = defaultdict(list)
    for row in snapshot.grants:
        grantee, privilege = row.entitlement.grantee, row.entitlement.privilege
        if privilege.kind is Kind.ROLE and (grantee, privilege.name) not in snapshot.not_default:
            roles[grantee].append(privilege.name)
    reached: set[str] = set()
    waiting = [snapshot.account, PUBLIC]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += roles[name]
    return reached


def check(changes: Sequence[Change], snapshot: Snapshot) -> OwnRights:
    """What of the changes the account cannot do, and what would be missing for it."""
    if not changes:
        return OwnRights()
    powers = Powers(
        snapshot, made={row.role for row in changes if isinstance(row, CreateLeaseRole)}
    )
    lacking = {change: missing for change in changes if (missing := lacks(change, powers))}
    if not lacking:
        return OwnRights()
    waiting: dict[Entitlement, int] = defaultdict(int)
    for rights in lacking.values():
        for right in rights:
            waiting[right] += 1
    blocked = {change: _reason(rights) for change, rights in lacking.items()}
    dependent = dict.fromkeys(_dependent(changes, lacking), _LEASE_NOT_WHOLE)
    return OwnRights(
        tuple(_finding(snapshot, right, waiting[right]) for right in sorted(waiting)),
        dependent | blocked,
    )


def lacks(change: Change, powers: Powers) -> tuple[Entitlement, ...]:
    """The rights that the change needs and the account has not; what would be enough, not what else would do."""
    match change:
        case CreateLeaseRole():
            return _to_use(system("CREATE ROLE"), powers)
        case ArmDeadline():
            return _to_use(system("CREATE JOB"), powers)
        case DropLeaseRole(role=name):
            held = powers.may_drop(name)
            return () if held else (Entitlement(powers.account, role(name), with_option=True),)
        case Grant(entitlement=entitlement):
            return _to_pass_on(entitlement.privilege, powers)
        case Revoke(entitlement=entitlement, grantor=grantor):
            return _to_take_back(entitlement.privilege, grantor, powers)
        case Narrow(revoke=revoke, keep=keep, grantor=grantor):
            found = _to_take_back(revoke.privilege, grantor, powers)
            kept = (right for part in keep for right in _to_pass_on(part.privilege, powers))
            return tuple(dict.fromkeys((*found, *kept)))
        case MoveDeadline() | DropDeadline():
            return ()  # of jobs in its own schema
        case _:
            return _to_use(GATEKEEPER, powers)


def _to_use(privilege: Privilege, powers: Powers) -> tuple[Entitlement, ...]:
    return () if powers.may_use(privilege) else (Entitlement(powers.account, privilege),)


def _to_pass_on(privilege: Privilege, powers: Powers) -> tuple[Entitlement, ...]:
    if privilege.kind in (Kind.PROXY, Kind.QUOTA):
        return _to_use(GATEKEEPER, powers)
    if powers.may_pass_on(privilege):
        return ()
    if privilege.kind in (Kind.OBJECT, Kind.COLUMN):
        return (Entitlement(powers.account, system("GRANT ANY OBJECT PRIVILEGE")),)
    return (Entitlement(powers.account, privilege, with_option=True),)


def _to_take_back(privilege: Privilege, grantor: str, powers: Powers) -> tuple[Entitlement, ...]:
    """Its own grants the account can always revoke."""
    return () if grantor == powers.account else _to_pass_on(privilege, powers)


_MAKES_THE_LEASE = (CreateLeaseRole, ArmDeadline, CreateTemporaryUser)
_NEEDS_THE_LEASE = (
    *_MAKES_THE_LEASE,
    CreateProfile,
    CreateColumnView,
    SetProfile,
    SetReadOnly,
    SetLogonNetworks,
    UnlockTemporaryUser,
    Grant,
)


def _dependent(changes: Iterable[Change], blocked: Iterable[Change]) -> Iterator[Change]:
    """What must not be tried because something else can't be: the rest of a lease that can't be made whole, and the deadline of one that can't be ended."""
    not_made = {change.lease_id for change in blocked if isinstance(change, _MAKES_THE_LEASE)}
    not_gone = {
        change.lease_id
        for change in blocked
        if isinstance(change, DropLeaseRole | DropTemporaryUser)
    }
    for change in changes:
        starts = isinstance(change, _NEEDS_THE_LEASE) and change.lease_id in not_made
        keeps = isinstance(change, DropDeadline) and change.lease_id in not_gone
        if starts or keeps:
            yield change


def _finding(snapshot: Snapshot, right: Entitlement, waiting: int) -> Diagnostic:
    changes = "1 change waits" if waiting == 1 else f"{waiting} changes wait"
    return Diagnostic(
        RULE,
        f"{snapshot.target}: {names.display(snapshot.account)} lacks {_shown(right)}; {changes} for it",
        hint=f"ask a DBA to run: {grant_text(right)}",
    )


def _shown(right: Entitlement) -> str:
    return str(right).partition(": ")[2]


def _reason(rights: Iterable[Entitlement]) -> str:
    listed = ", ".join(map(_shown, rights))
    return f"the reconciler's own account lacks {listed}"


def grant_text(right: Entitlement) -> str:
    """The statement that gives the account the right, for a DBA to run. Raises InvalidNameError."""
    privilege = right.privilege
    word = names.quote(privilege.name) if privilege.kind is Kind.ROLE else privilege.name
    place = ""
    if privilege.kind is Kind.SCHEMA:
        place = f" ON SCHEMA {names.quote(privilege.owner)}"
    elif privilege.kind is Kind.OBJECT:
        place = f" ON {names.quote_qualified(privilege.owner, privilege.object)}"
    options = "".join(f" WITH {option} OPTION" for option in right.options)
    return f"GRANT {word}{place} TO {names.quote(right.grantee)}{options}"


def lacking_for(scope: Scope, snapshot: Snapshot) -> tuple[Entitlement, ...]:
    """What the account lacks to manage all that the scope names outright; what a pattern may cover is known only when a plan asks for it."""
    powers = Powers(snapshot)
    lacking = [
        Entitlement(powers.account, privilege)
        for privilege in ALWAYS
        if not powers.may_use(privilege)
    ]
    named = [role(name) for name in scope.roles if name in snapshot.roles]
    named += [system(name) for name in scope.system if "*" not in name]
    lacking += [
        Entitlement(powers.account, privilege, with_option=True)
        for privilege in named
        if not powers.may_pass_on(privilege)
    ]
    return tuple(lacking)


def more_than_needed(snapshot: Snapshot) -> tuple[str, ...]:
    """The powers of a DBA that the account has and that nothing here uses."""
    powers = Powers(snapshot)
    return tuple(name for name in TOO_MUCH if powers.may_use(system(name)))
