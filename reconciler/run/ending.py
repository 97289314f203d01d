"""Ending leases by command: which ones an order means, where they are, and the part of a survey that ends exactly these.

The documents are not asked whether a lease may end. They only tell of leases that were never granted, which the order closes so that they never start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.desired import leases as desired_leases
from reconciler.desired.break_glass import with_openings
from reconciler.documents.suggestions import did_you_mean
from reconciler.model.documents import AccessRequest, Mode, Target
from reconciler.model.errors import InvalidInputError, RefusedError
from reconciler.model.leases import EndReason, Lease, LeaseRecord, Phase, RecordStatus
from reconciler.model.ledger import Event, LedgerState
from reconciler.model.plan import digest_of
from reconciler.planning.holdings import index
from reconciler.planning.lease_ends import end_of_lease
from reconciler.run import record
from reconciler.run.ordered import Ordered
from reconciler.run.target import Survey
from reconciler.run.workspace import Workspace

MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """Which leases somebody wants ended, and why. Exactly one of `lease`, `person` and `target` says which: one lease, all of a person (`users` are his
    database users), or all on a target. `text` is his own reason, one clean line; `actor` and `author` are who he is to the operating system and to git."""

    reason: EndReason
    text: str
    actor: str
    author: tuple[str, str]
    lease: str = ""
    person: str = ""
    users: frozenset[str] = frozenset()
    target: str = ""

    def means(self, lease_id: str, requester: str, grantee: str) -> bool:
        if self.lease:
            return lease_id == self.lease
        if self.person:
            return requester == self.person or grantee in self.users
        return True

    @property
    def subject(self) -> str:
        """For messages: `payroll-fix`, `all of alice`, `all on hr-prod`."""
        whose = f"all of {self.person}" if self.person else f"all on {self.target}"
        return self.lease or whose


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the leases of an order are. `targets` are those to go to; `gone` are names of targets without a valid document that hold open ones, with the
    ids; `closed` are records that have ended already."""

    targets: tuple[Target, ...]
    gone: Mapping[str, tuple[str, ...]]
    closed: tuple[LeaseRecord, ...]


def reason_text(text: str, *, required: bool) -> str:
    """The reason as one line that cannot forge another or move a cursor. Raises InvalidInputError for one that is missing or too long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if required and not line:
        raise InvalidInputError(
            "reason.missing", "the reason is blank", hint="say in a few words why"
        )
    if len(line) > MAX_REASON:
        raise InvalidInputError(
            "reason.too-long", f"the reason has {len(line)} characters; {MAX_REASON} are allowed"
        )
    return line


def find(workspace: Workspace, order: Order, only: Iterable[str] = ()) -> Whereabouts:
    """Looks in ledger and documents, not in databases; `only` limits it to these targets. Raises LedgerError."""
    wanted = frozenset(only)
    targets = workspace.documents.targets
    names = sorted({*targets, *workspace.ledger.targets()})
    places: list[Target] = []
    gone: dict[str, tuple[str, ...]] = {}
    closed: list[LeaseRecord] = []
    for name in names:
        if (wanted and name not in wanted) or (order.target and name != order.target):
            continue
        state = workspace.ledger.read(name)
        meant = [row for row in state.leases.values() if means(order, row)]
        still_open = [row for row in meant if not row.is_closed]
        closed += [row for row in meant if row.is_closed]
        target = targets.get(name)
        if target is None:
            gone |= {name: tuple(row.id for row in still_open)} if still_open else {}
        elif still_open or any(unrecorded(workspace, target, order, state)):
            places.append(target)
    return Whereabouts(tuple(places), gone, tuple(closed))


def means(order: Order, row: LeaseRecord) -> bool:
    """Whether the order is about the record's lease."""
    return order.means(row.id, row.requester, row.grantee)


def unrecorded(
    workspace: Workspace, target: Target, order: Order, state: LedgerState
) -> Iterator[AccessRequest]:
    """The requests of the order that the ledger of the target does not know, those with errors included: mended, they would be granted. And openings of
    break-glass access that a killed run did not get to grant."""
    asking = with_openings(workspace.well_formed, state.openings.values(), state.leases)
    for name, request in sorted(asking.requests.items()):
        if name in state.leases or request.ended or not request.targets.selects(target):
            continue
        if order.means(name, request.requester, request.user):
            yield request


def unknown(workspace: Workspace, order: Order, only: Iterable[str] = ()) -> InvalidInputError:
    """The error for an order that means nothing that exists, or nothing on the targets that it is limited to."""
    limits = sorted(only)
    elsewhere = _places(find(workspace, order)) if limits else []
    if elsewhere:
        return InvalidInputError(
            "lease.other-target",
            f"{order.subject} has no lease on {', '.join(limits)}",
            hint=f"It is on: {', '.join(elsewhere)}.",
        )
    people = sorted(workspace.well_formed.people)
    if order.person:
        hint = did_you_mean(order.person, people) or f"People: {', '.join(people) or 'none'}."
        return InvalidInputError(
            "person.unknown",
            f"{order.person!r} is no person here, and no lease was ever his",
            hint=hint,
        )
    if order.target:
        known = sorted(workspace.documents.targets)
        hint = did_you_mean(order.target, known) or f"Targets: {', '.join(known) or 'none'}."
        return InvalidInputError(
            "target.unknown", f"{order.target!r} is no target, and never was one", hint=hint
        )
    ids = _open_ids(workspace)
    hint = did_you_mean(order.lease, ids) or f"Open leases: {', '.join(ids[:10]) or 'none'}."
    return InvalidInputError(
        "lease.unknown", f"no lease and no request is called {order.lease!r}", hint=hint
    )


def _places(found: Whereabouts) -> list[str]:
    closed = (row.target for row in found.closed)
    return sorted({*(row.name for row in found.targets), *found.gone, *closed})


def _open_ids(workspace: Workspace) -> list[str]:
    recorded = {
        row.id: row
        for name in workspace.ledger.targets()
        for row in workspace.ledger.read(name).leases.values()
    }
    asked = workspace.well_formed.requests.keys() - recorded.keys()
    return sorted({*asked, *(key for key, row in recorded.items() if not row.is_closed)})


def narrow(workspace: Workspace, order: Order, found: Survey) -> Survey:
    """The survey with a plan that ends the leases of the order and nothing else. Raises RefusedError for a target that is only observed."""
    if found.target.mode is Mode.OBSERVE:
        raise RefusedError(
            "revoke.observed-target",
            f"target {found.target.name} is only observed: nothing is changed there by reconciler",
            hint="end it by hand in the database, or change the mode of the target by a reviewed edit",
        )
    recorded, closed = _never_recorded(workspace, order, found)
    rows = [row for row in found.state.leases.values() if not row.is_closed and means(order, row)]
    begun = {
        row.id: replace(row, end_reason=row.end_reason or order.reason) for row in rows + recorded
    }
    requests = workspace.well_formed.requests
    ending = tuple(
        desired_leases.ending_now(row, order.reason, requests.get(key))
        for key, row in sorted(begun.items())
    )
    holdings = index(found.snapshot)
    changes = tuple(change for lease in ending for change in end_of_lease(lease, holdings))
    plan = replace(
        found.plan,
        changes=changes,
        drift=(),
        leases=ending,
        brakes=(),
        findings=(),
        digest=digest_of(found.plan.target, found.plan.database, changes),
    )
    stay = [row for row in found.plan.leases if row.phase is Phase.ACTIVE and row.id not in begun]
    ordered = Ordered(
        _event(order, found, begun, closed), tuple(begun.values()), closed, tuple(stay)
    )
    return replace(
        found,
        plan=plan,
        desired=replace(found.desired, leases=ending, lapsed=(), findings=()),
        state=replace(found.state, leases={**found.state.leases, **begun}),
        ordered=ordered,
    )


def _never_recorded(
    workspace: Workspace, order: Order, found: Survey
) -> tuple[list[LeaseRecord], tuple[LeaseRecord, ...]]:
    """Leases that the ledger does not know: what a killed run granted (to end now), and what was never granted or has run out (closed)."""
    target, at = found.target, found.snapshot.at
    leases = [
        desired_leases.not_recorded(workspace.well_formed, target, request, at)
        for request in unrecorded(workspace, target, order, found.state)
    ]
    granted = _recorded(found, leases)
    never = [row for row in leases if row.id not in granted]
    closed = record.records(
        replace(found.plan, leases=()), never, found.state, found.snapshot, ()
    ) + tuple(row for row in granted.values() if row.is_closed)
    reasoned = tuple(
        replace(row, end_reason=order.reason) if row.status is RecordStatus.LAPSED else row
        for row in closed
    )
    return [row for row in granted.values() if not row.is_closed], reasoned


def _recorded(found: Survey, leases: list[Lease]) -> dict[str, LeaseRecord]:
    """What the dictionary says of them, as records."""
    plan = replace(found.plan, leases=tuple(leases))
    return {row.id: row for row in record.records(plan, (), found.state, found.snapshot, ())}


def _event(
    order: Order, found: Survey, begun: Iterable[str], closed: Iterable[LeaseRecord]
) -> Event:
    name, email = order.author
    data = {
        "reason": order.reason.value,
        "text": order.text,
        "subject": order.subject,
        "ends": sorted(begun),
        "never_starts": sorted(row.id for row in closed),
        "actor": order.actor,
        "git": f"{name} <{email}>",
    }
    return Event("end-ordered", found.snapshot.at, data)
