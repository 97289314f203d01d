"""A snapshot with the indexes that planning asks for, built in one pass over its grants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model import names
from reconciler.model.privileges import Kind, Privilege
from reconciler.model.snapshot import HeldGrant, Snapshot

PUBLIC = "PUBLIC"
_NEVER_CHANGED = frozenset({"SYS", "SYSTEM", PUBLIC})
_BY_GRANTOR = (Kind.OBJECT, Kind.COLUMN)


@dataclass(frozen=True, slots=True)
class Holdings:
    """`by_grantee` are the rows of each grantee, `holders` the rows that give each role, both unordered; `objects` the types of the objects that the
    snapshot has, by schema and name; `proxies` are who may log on as each client."""

    snapshot: Snapshot
    by_grantee: Mapping[str, Sequence[HeldGrant]]
    holders: Mapping[str, Sequence[HeldGrant]]
    objects: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    proxies: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, grantee: str) -> Sequence[HeldGrant]:
        return self.by_grantee.get(grantee, ())

    def holders_of(self, role: str) -> Sequence[HeldGrant]:
        return self.holders.get(role, ())

    def roles_of(self, grantee: str) -> set[str]:
        """The roles granted to the grantee itself."""
        return {
            row.entitlement.privilege.name
            for row in self.of(grantee)
            if row.entitlement.privilege.kind is Kind.ROLE
        }

    def role_closure(self, roles: Iterable[str]) -> set[str]:
        """The roles and all roles nested in them."""
        reached: set[str] = set()
        waiting = list(roles)
        while waiting:
            role = waiting.pop()
            if role not in reached:
                reached.add(role)
                waiting += self.roles_of(role)
        return reached

    def is_protected(self, grantee: str) -> bool:
        """Whether nothing of this grantee is ever changed: Oracle's own, PUBLIC, our own accounts, and the gatekeeper."""
        return (
            grantee in _NEVER_CHANGED
            or grantee in (self.snapshot.account, self.snapshot.reader, names.GATE_SCHEMA)
            or self._is_oracles(grantee)
        )

    def _is_oracles(self, name: str) -> bool:
        user, role = self.snapshot.users.get(name), self.snapshot.roles.get(name)
        return bool((user and user.oracle_maintained) or (role and role.oracle_maintained))

    def is_lease_role(self, name: str) -> bool:
        return (
            name.startswith(names.LEASE_PREFIX)
            and name not in self.snapshot.users
            and names.lease_id_of_role(name) is not None
        )

    def is_of_lease(self, grantee: str) -> bool:
        """Whether what the grantee holds is for leases alone to judge."""
        temporary = grantee.startswith(names.USER_PREFIX) and grantee in self.snapshot.users
        return temporary or self.is_lease_role(grantee)

    def can_revoke(self, row: HeldGrant) -> bool:
        """Whether the account can revoke the row: only the owner's grants and its own, where a grantor is recorded; never the root's."""
        if row.inherited:
            return False
        privilege = row.entitlement.privilege
        owner = privilege.object if privilege.on == "USER" else privilege.owner
        return privilege.kind not in _BY_GRANTOR or row.grantor in (
            "",
            owner,
            self.snapshot.account,
        )


def index(snapshot: Snapshot) -> Holdings:
    by_grantee: dict[str, list[HeldGrant]] = defaultdict(list)
    holders: dict[str, list[HeldGrant]] = defaultdict(list)
    proxies: dict[str, set[str]] = defaultdict(set)
    for row in snapshot.grants:
        entitlement = row.entitlement
        by_grantee[entitlement.grantee].append(row)
        if entitlement.privilege.kind is Kind.ROLE:
            holders[entitlement.privilege.name].append(row)
        elif entitlement.privilege.kind is Kind.PROXY:
            proxies[entitlement.privilege.owner].add(entitlement.grantee)
    objects: dict[str, dict[str, str]] = defaultdict(dict)
    for owner, name, kind in snapshot.objects:
        objects[owner][name] = kind
    clients = {client: frozenset(found) for client, found in proxies.items()}
    return Holdings(snapshot, dict(by_grantee), dict(holders), dict(objects), clients)


def subject(privilege: Privilege) -> Privilege:
    """What one REVOKE takes away: Oracle cannot revoke from a column alone, only the privilege on the whole object. A tablespace has one quota of a user,
    whatever its size."""
    if privilege.kind is Kind.COLUMN:
        return privilege._replace(kind=Kind.OBJECT, column="")
    if privilege.kind is Kind.QUOTA:
        return privilege._replace(name="")
    return privilege
