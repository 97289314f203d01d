"""Why the identity that a lease asks for can't be had in a database as it is now, and what its requester should know of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model import names, releases
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.identities import lets_create_objects
from reconciler.model.leases import Lease, Phase
from reconciler.model.ledger import LedgerState
from reconciler.model.privileges import Entitlement, Kind
from reconciler.planning import logon_networks
from reconciler.planning.holdings import Holdings
from reconciler.planning.lease_identities import is_held, other_proxies


@dataclass(frozen=True, slots=True)
class Rivals:
    """Who else wants a right that only one lease can have, because its end takes it: active leases that come first, and standing grants."""

    desired: Desired
    ledger: LedgerState

    def of(self, lease: Lease, right: Entitlement) -> str:
        """Empty when there is none."""
        if right in self.desired.standing:
            return f"the standing grant {self.desired.explanations.get(right, '')}".rstrip()
        for other in self.desired.leases:
            if other.phase is not Phase.ACTIVE or right not in other.ending.direct:
                continue
            if other.id != lease.id and self._rank(other) < self._rank(lease):
                return f"lease {other.id}"
        return ""

    def _rank(self, lease: Lease) -> tuple[bool, str]:
        return lease.id not in self.ledger.leases, lease.id


def user_problems(lease: Lease, holdings: Holdings, ledger: LedgerState) -> Iterator[str]:
    """Why the name of the temporary user is not ours to use. A user is ours when the ledger knows the lease, or its deadline names him."""
    user = lease.ending.temporary_user
    snapshot = holdings.snapshot
    job = snapshot.deadlines.get(lease.role)
    ours = lease.id in ledger.leases or (job is not None and job.ending.temporary_user == user)
    if user and user in snapshot.roles:
        yield f"there is a role {user}"
    elif user in snapshot.users and not ours:
        yield f"there is a user {user} that was not made for it"


def identity_problems(lease: Lease, holdings: Holdings, rivals: Rivals) -> Iterator[Diagnostic]:
    yield from _gate_problems(lease, holdings)
    database = holdings.snapshot.database
    if lease.session.read_only and not releases.of(database.release).read_only_users:
        yield Diagnostic(
            "lease.read-only-not-possible",
            f"lease {lease.id}: release {database.release} of {lease.target} has no read-only users",
            lease.origin,
            hint="leave `readOnly` out, and ask for nothing that changes data",
        )
    yield from logon_networks.problems(lease, holdings)
    if lease.ending.temporary_user:
        yield from _creating_problems(lease, holdings)
    for right in lease.ending.direct:
        yield from _proxy_problems(lease, right, holdings, rivals)


def _gate_problems(lease: Lease, holdings: Holdings) -> Iterator[Diagnostic]:
    snapshot = holdings.snapshot
    if snapshot.has_gate or not (any(lease.ending) or lease.session.needs_profile):
        return
    what = (
        "a temporary user"
        if lease.ending.temporary_user
        else "a proxy"
        if lease.ending.direct
        else "the end of sessions"
    )
    yield Diagnostic(
        "gate.missing",
        f"lease {lease.id}: {what} needs the gatekeeper package, and {names.display(snapshot.account)} has none on {lease.target}",
        lease.origin,
        hint=f"`reconciler bootstrap {lease.target} --gate --print-sql` writes the script that a DBA reviews and runs",
    )


def _creating_problems(lease: Lease, holdings: Holdings) -> Iterator[Diagnostic]:
    """What roles inside the lease hold counts too."""
    asked = [entitlement.privilege for entitlement in lease.entitlements]
    inner = holdings.role_closure(row.name for row in asked if row.kind is Kind.ROLE)
    held = [row.entitlement.privilege for name in inner for row in holdings.of(name)]
    creating = {row for row in (*asked, *held) if row.kind is Kind.SYSTEM}
    for privilege in sorted(creating):
        if lets_create_objects(privilege.name):
            yield Diagnostic(
                "lease.temporary-creates",
                f"lease {lease.id}: {privilege} lets a temporary user make objects, and who owns objects can't be dropped at the end",
                lease.origin,
                hint="ask for it with an existing user, or for privileges on objects of another schema",
            )


def _proxy_problems(
    lease: Lease, right: Entitlement, holdings: Holdings, rivals: Rivals
) -> Iterator[Diagnostic]:
    snapshot = holdings.snapshot
    client = right.privilege.owner
    shown = names.display(client)
    if holdings.is_protected(client):
        yield Diagnostic(
            "lease.protected-user", f"lease {lease.id}: nobody works as {shown}", lease.origin
        )
    elif client not in snapshot.users:
        message = f"lease {lease.id}: {shown} is no user of {snapshot.target}"
        yield Diagnostic("lease.unknown-user", message, lease.origin)
    rival = rivals.of(lease, right)
    job = snapshot.deadlines.get(lease.role)
    ours = lease.id in rivals.ledger.leases or (job is not None and right in job.ending.direct)
    if not rival and is_held(right, holdings) and not ours:
        rival = "somebody outside"
    if rival and not (ours and rival.startswith("the standing")):
        yield Diagnostic(
            "lease.proxy-shared",
            f"lease {lease.id}: {rival} gives {right} already, and the end of this lease would take it",
            lease.origin,
            hint="wait until the other one has ended, or work with the right that is there",
        )


def identity_notes(lease: Lease, holdings: Holdings) -> Iterator[Diagnostic]:
    """What the requester must know, although the lease can be granted."""
    snapshot = holdings.snapshot
    if lease.session.needs_profile and not snapshot.resource_limit:
        yield Diagnostic(
            "profile.resource-limit-off",
            f"lease {lease.id}: RESOURCE_LIMIT is FALSE on {lease.target}, so its bounds on sessions do not act",
            lease.origin,
            Severity.WARNING,
            hint="a DBA runs ALTER SYSTEM SET RESOURCE_LIMIT = TRUE; the end of the lease does not depend on it",
        )
    for right in lease.ending.direct:
        if not is_held(right, holdings):
            yield _brought_along(lease, right.privilege.owner, holdings)
        others = other_proxies(right, holdings)
        if others:
            listed = ", ".join(map(names.display, sorted(others)))
            yield Diagnostic(
                "lease.proxies-not-told-apart",
                f"lease {lease.id}: {listed} may log on as {names.display(right.privilege.owner)} too;"
                " Oracle does not tell whose a session is, so none is killed at the end",
                lease.origin,
                Severity.WARNING,
                hint="sessions that are left are listed in the receipt; end them by hand",
            )


def _brought_along(lease: Lease, client: str, holdings: Holdings) -> Diagnostic:
    """Documents do not list what a client may do; whoever reviews them must see it."""
    roles = sorted(holdings.role_closure(holdings.roles_of(client)))
    holders = (client, *roles)
    held = {row.entitlement.privilege for name in holders for row in holdings.of(name)}
    system = sorted(row.name for row in held if row.kind is Kind.SYSTEM)
    objects = sum(row.kind in (Kind.OBJECT, Kind.COLUMN) for row in held)
    parts = [
        f"roles {', '.join(map(names.display, roles))}" if roles else "no role",
        f"system privileges {', '.join(system)}" if system else "no system privilege",
        f"{objects} privileges on objects of others, and all on its own",
    ]
    return Diagnostic(
        "lease.proxy-brings",
        f"lease {lease.id}: who works as {names.display(client)} has {'; '.join(parts)}",
        lease.origin,
        Severity.NOTICE,
    )


def account_problem(lease: Lease, holdings: Holdings) -> Iterator[Diagnostic]:
    """An account that cannot log on: that of an existing user, of a client, or a temporary one that somebody locked."""
    clients = [right.privilege.owner for right in lease.ending.direct]
    for name in (lease.grantee, *clients):
        user = holdings.snapshot.users.get(name)
        made_so = lease.ending.temporary_user and user is not None and not user.locked_later
        if user is not None and user.is_locked and not made_so:
            yield Diagnostic(
                "lease.account-locked",
                f"lease {lease.id}: the account {names.display(name)} is {user.status} and cannot log on",
                lease.origin,
                Severity.WARNING,
                hint="whoever locked it unlocks it, or ends the lease"
                if lease.ending.temporary_user
                else "",
            )
