"""From which client networks temporary users log on: what a plan sets and clears, and what it says where the database does not look at them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model import names
from reconciler.model.changes import Cause, Change, ClearLogonNetworks, SetLogonNetworks
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.leases import Lease, Phase
from reconciler.model.logon_networks import networks_of
from reconciler.model.privileges import Kind, system
from reconciler.model.snapshot import LogonCheck, Snapshot
from reconciler.planning.holdings import Holdings

EXEMPTION = system("ADMINISTER DATABASE TRIGGER")
"""Whoever holds it is let in although a logon trigger raises an error, so that somebody can mend it (not verified on a real database)."""

_TRIGGER = f"{names.GATE_SCHEMA}.LOGON_CHECK"
_AGAIN = "a DBA runs what `reconciler bootstrap {target} --gate --logon-check --print-sql` prints"
_WRONG = {
    LogonCheck.DISABLED: ("is disabled", f"a DBA runs: ALTER TRIGGER {_TRIGGER} ENABLE"),
    LogonCheck.INVALID: (
        "is invalid: if Oracle cannot compile it at the next logon, nobody but administrators gets in (ORA-04098)",
        f"a DBA runs: ALTER TRIGGER {_TRIGGER} DISABLE, and looks at DBA_ERRORS; {_AGAIN} to make it again",
    ),
    LogonCheck.NO_TABLE: ("has lost its table, and lets no temporary user in", _AGAIN),
}
"""What is wrong with a check that is installed, and what to do."""


def changes(lease: Lease, snapshot: Snapshot, cause: Cause) -> Iterator[Change]:
    """Networks of a lease in force can be changed, not lifted: a document that says nothing of them may be one that can't be read."""
    user = lease.ending.temporary_user
    wanted = networks_of(lease.session.networks)
    held = snapshot.logon_networks.get(user, ())
    if not user or not wanted or wanted == held:
        return
    networks = tuple(row.network for row in wanted)
    why = Cause.LEASE_EDIT if held else cause
    yield SetLogonNetworks(lease.id, user, networks, why, lease.origin)


def problems(lease: Lease, holdings: Holdings) -> Iterator[Diagnostic]:
    """A lease with networks is not granted where nobody looks at them, nor to who would be let in from anywhere."""
    if not lease.session.networks:
        return
    yield from _exempt(lease, holdings)
    snapshot = holdings.snapshot
    if snapshot.logon_check is LogonCheck.ACTIVE:
        return
    found = _wrong(snapshot)
    what = f"the one of {lease.target} {found[0]}" if found else f"{lease.target} has none"
    hint = found[1] if found else f"{_again(snapshot)}, or the request goes without `from`"
    yield Diagnostic(
        "logon-check.missing",
        f"lease {lease.id}: its client networks need the logon check, and {what}",
        lease.origin,
        hint=hint,
    )


def _exempt(lease: Lease, holdings: Holdings) -> Iterator[Diagnostic]:
    asked = {row.privilege for row in lease.entitlements}
    inner = holdings.role_closure(row.name for row in asked if row.kind is Kind.ROLE)
    held = {row.entitlement.privilege for name in inner for row in holdings.of(name)}
    if EXEMPTION in asked | held:
        yield Diagnostic(
            "logon-check.exempt",
            f"lease {lease.id}: {EXEMPTION.name} lets its user in from any network, whatever a logon trigger says",
            lease.origin,
            hint="ask for it without `from`, or without this privilege and the roles that have it",
        )


def warnings(snapshot: Snapshot) -> Iterator[Diagnostic]:
    """A check that is installed and does not do its work, whether or not a lease needs it now."""
    found = _wrong(snapshot)
    if found:
        what, hint = found
        yield Diagnostic(
            "logon-check.broken",
            f"the logon check of {snapshot.target} {what}",
            severity=Severity.WARNING,
            hint=hint,
        )


def _wrong(snapshot: Snapshot) -> tuple[str, str] | None:
    """What is wrong, and what to do; None for a check that works or is not installed."""
    found = _WRONG.get(snapshot.logon_check)
    return (found[0], found[1].replace("{target}", snapshot.target)) if found else None


def _again(snapshot: Snapshot) -> str:
    return _AGAIN.replace("{target}", snapshot.target)


def leftovers(leases: Iterable[Lease], snapshot: Snapshot) -> Iterator[ClearLogonNetworks]:
    """Networks of users who are gone and whom no lease makes again: the gatekeeper clears them with the user, somebody else who drops him does not."""
    if not snapshot.has_gate:
        return
    made = {row.ending.temporary_user for row in leases if row.phase is Phase.ACTIVE}
    for user in sorted(snapshot.logon_networks.keys() - snapshot.users.keys() - made):
        if user.startswith(names.USER_PREFIX):
            yield ClearLogonNetworks(user)
