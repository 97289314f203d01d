"""Opening break-glass access: who may, with which code, once; and the part of a survey that grants it and nothing else."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from reconciler.desired import leases as desired_leases
from reconciler.desired.break_glass import with_openings
from reconciler.documents.suggestions import did_you_mean
from reconciler.model import break_glass, names
from reconciler.model.break_glass import BreakGlass, Opening, Openings
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import Target
from reconciler.model.errors import InvalidInputError, RefusedError
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.ledger import Event, LedgerState
from reconciler.model.plan import digest_of
from reconciler.model.snapshot import Snapshot
from reconciler.planning.column_views import known_views, plan_views
from reconciler.planning.holdings import index
from reconciler.planning.leases import plan_leases
from reconciler.run.ordered import Ordered
from reconciler.run.target import Survey
from reconciler.run.workspace import Workspace

USUAL = timedelta(hours=1)
"""How long an opening lasts when nothing else is said."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who runs the command: to the operating system, to git, and the person whom git's address tells, empty if it tells nobody."""

    actor: str
    author: tuple[str, str]
    person: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks of a break-glass document. `reason` and `ticket` are clean lines; without `duration` it is an hour, or what the document allows."""

    name: str
    person: str
    reason: str
    ticket: str
    duration: timedelta | None


@dataclass(frozen=True, slots=True)
class Order:
    """An opening that everything but the databases allows."""

    glass: BreakGlass
    caller: Caller
    wish: Wish
    user: str
    lease: str
    duration: timedelta

    def opening(self, found: Survey) -> Opening:
        """Of the instant that the target's own clock shows, to the second, which is what the ledger can hold."""
        return Opening(
            lease=self.lease,
            target=found.target.name,
            document=self.glass.name,
            seal=self.glass.seal,
            person=self.wish.person,
            user=self.user,
            opened_by=self.caller.person,
            opened_at=found.snapshot.at.replace(microsecond=0),
            duration=self.duration,
            reason=self.wish.reason,
            ticket=self.wish.ticket,
        )


def document(workspace: Workspace, name: str) -> BreakGlass:
    """The document of that name. Raises InvalidInputError."""
    found = workspace.documents.break_glass.get(name)
    if found is not None:
        return found
    if name in workspace.left_out.get("BreakGlass", frozenset()):
        raise InvalidInputError(
            "break-glass.has-errors",
            f"the break-glass document {name} has errors",
            hint="reconciler validate names them",
        )
    known = sorted(workspace.documents.break_glass)
    raise InvalidInputError(
        "break-glass.unknown",
        f"there is no break-glass document {name!r}",
        hint=did_you_mean(name, known) or f"There are: {', '.join(known) or 'none'}.",
    )


def order(workspace: Workspace, wish: Wish, code: str, caller: Caller) -> Order:
    """Raises RefusedError for everything that forbids it, InvalidInputError for what does not exist, LedgerError."""
    glass = document(workspace, wish.name)
    openers = workspace.documents.members(glass.openers)
    if wish.person not in openers:
        raise RefusedError(
            "break-glass.not-opener",
            f"{wish.person!r} may not open {glass.name}",
            hint=did_you_mean(wish.person, openers) or f"Openers: {', '.join(sorted(openers))}.",
        )
    if not break_glass.fits(code, glass.seal):
        raise RefusedError(
            "break-glass.wrong-code",
            f"this is not the code that opens {glass.name}",
            hint="codes are used once; is it the one that belongs to the seal of today?",
        )
    duration = wish.duration or min(USUAL, glass.longest)
    if duration > glass.longest:
        raise RefusedError(
            "break-glass.too-long",
            f"{glass.name} opens for {format_duration(glass.longest)} at most, not for {format_duration(duration)}",
            hint="ask for less, and open a request beside it for the rest",
        )
    known = workspace.ledger.openings()
    refuse_again(workspace, glass, wish.person, known)
    lease = known.next_lease(glass.name)
    if any(review.lease == lease for review in glass.reviews):
        raise RefusedError(
            "break-glass.reviewed-in-advance",
            f"{glass.name} holds a review of {lease} already, which was never opened",
            hint="a review is written afterwards; remove it by a reviewed edit",
        )
    person = workspace.documents.people[wish.person]
    user = glass.users.get(wish.person) or person.users[0]
    return Order(glass, caller, wish, user, lease, duration)


def refuse_again(workspace: Workspace, glass: BreakGlass, person: str, known: Openings) -> None:
    """Raises RefusedError while the seal is broken, or something of the document or of the person waits for its review."""
    used = known.of_seal(glass.seal)
    if used:
        raise RefusedError(
            "break-glass.seal-used",
            f"the seal of {glass.name} was broken at {format_instant(used[0].opened_at)} by {used[0].lease}",
            hint="make a new one with reconciler break-glass seal, and merge it by review",
        )
    for row in known.known:
        about = row.document == glass.name or row.person == person
        document = workspace.documents.break_glass.get(row.document)
        if about and (document is None or document.review_of(row) is None):
            raise RefusedError(
                "break-glass.review-first",
                f"{row.lease} on {row.target}, opened for {row.person} at {format_instant(row.opened_at)}, is not reviewed yet",
                hint=f"a reviewer of {row.document} writes the review; until then nothing is opened from {glass.name} for {person}",
            )


def targets(workspace: Workspace, glass: BreakGlass, only: Iterable[str]) -> tuple[Target, ...]:
    """The targets to open it on. Raises InvalidInputError for one that the document does not name."""
    wanted = tuple(only) or glass.targets
    strange = [name for name in wanted if name not in glass.targets]
    if strange:
        raise InvalidInputError(
            "break-glass.other-target",
            f"{glass.name} does not open {strange[0]!r}",
            hint=f"It opens: {', '.join(glass.targets)}.",
        )
    return workspace.targets(wanted)


def narrow(workspace: Workspace, opened: Order, done: Iterable[str], found: Survey) -> Survey:
    """The survey with a plan that grants the opening's lease and nothing else; `done` are targets on which this command has opened it already.

    Raises RefusedError when somebody was faster, or when it cannot be granted."""
    own = frozenset(done)
    known = workspace.ledger.openings().known
    others = tuple(row for row in known if row.lease != opened.lease or row.target not in own)
    refuse_again(workspace, opened.glass, opened.wish.person, Openings(others))
    _refuse_forgotten(opened, found.snapshot, {row.lease for row in known})
    opening = opened.opening(found)
    bare = replace(workspace.documents, requests={}, standing={})
    desired = desired_leases.resolve(
        with_openings(bare, [opening], {}),
        found.target,
        found.snapshot.at,
        LedgerState(found.target.name),
        workspace.cap_of,
        (),
        found.snapshot.objects,
    )
    holdings = index(found.snapshot)
    plan = plan_leases(desired, holdings, found.state)
    access = tuple(row for row in plan.changes if row.lease_id == opened.lease)
    views = plan_views(desired, holdings, access)
    told = (*desired.findings, *plan.findings, *views.findings)
    findings = [row for row in told if _is_about(opened, row)]
    changes = (*views.made, *access)
    _refuse_impossible(opened, found, findings, nothing=not changes)
    return replace(
        found,
        plan=replace(
            found.plan,
            changes=changes,
            drift=(),
            leases=desired.leases,
            brakes=(),
            findings=tuple(findings),
            digest=digest_of(found.plan.target, found.plan.database, changes),
            views=known_views(desired, found.snapshot),
        ),
        desired=desired,
        ordered=Ordered(_event(opened, opening), openings=(opening,)),
    )


def _refuse_forgotten(opened: Order, snapshot: Snapshot, known: Container[str]) -> None:
    """Raises RefusedError for an opening that the database remembers and the ledger does not: a ledger that was lost, put back, or never left another clone
    cannot say that the seal is whole."""
    runs = (row.name for row in snapshot.deadline_runs)
    traces = (*snapshot.created_roles, *snapshot.deadlines, *runs)
    leases = {names.lease_id_of_role(name) or "" for name in traces}
    forgotten = sorted(
        lease
        for lease in leases
        if break_glass.is_lease(lease)
        and break_glass.document_of(lease) == opened.glass.name
        and lease not in known
    )
    if forgotten:
        raise RefusedError(
            "break-glass.ledger-lost",
            f"{snapshot.target} remembers {forgotten[0]}, and the ledger of this clone does not,"
            f" so nobody can tell whether the seal of {opened.glass.name} is whole",
            hint="bring the audit branch back; if it is gone for good, a document of another name with a new seal opens",
        )


def _is_about(opened: Order, row: Diagnostic) -> bool:
    in_document = row.origin is not None and row.origin.path == opened.glass.origin.path
    return in_document or opened.lease in row.message


def _refuse_impossible(
    opened: Order, found: Survey, findings: list[Diagnostic], *, nothing: bool
) -> None:
    errors = [row for row in findings if row.is_error]
    if not (errors or nothing):
        return
    message = f"{opened.glass.name} cannot be opened on {found.target.name}"
    raise RefusedError(
        "break-glass.cannot-open",
        message,
        hint="the seal is not used up; see what is reported with it",
        findings=(*errors, Diagnostic("break-glass.cannot-open", message, opened.glass.origin)),
    )


def _event(opened: Order, opening: Opening) -> Event:
    name, email = opened.caller.author
    data = {
        "lease": opening.lease,
        "document": opening.document,
        "person": opening.person,
        "user": opening.user,
        "seal": opening.seal,
        "duration": format_duration(opening.duration),
        "text": opening.reason,
        "ticket": opening.ticket,
        "notify": opened.glass.notify,
        "opened_by": opening.opened_by,
        "actor": opened.caller.actor,
        "git": f"{name} <{email}>",
    }
    return Event("break-glass-opened", opening.opened_at, data)
