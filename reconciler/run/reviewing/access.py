"""The documents of a pull request that give access, each on each of its targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from reconciler.desired.history import summed
from reconciler.desired.windows import interval
from reconciler.documents.changed import Changed
from reconciler.ledger.store import Ledger
from reconciler.model import names
from reconciler.model.approvals import Verdict
from reconciler.model.break_glass import BreakGlass
from reconciler.model.classification import Reached
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import AccessRequest, Documents, StandingGrant, Target
from reconciler.model.instants import format_duration
from reconciler.model.leases import Lease, Phase
from reconciler.model.privileges import Entitlement
from reconciler.model.review import AccessDifference, AccessReview, Action, Overlap, Times
from reconciler.model.snapshot import RecordedSnapshot
from reconciler.planning.gained import Asked, difference
from reconciler.policy.approval.lessening import gives_no_more
from reconciler.policy.caps import NEVER, opens_at
from reconciler.policy.notice import least_notice
from reconciler.run.reviewing.judgement import Judgement
from reconciler.run.reviewing.plans import TargetPlans
from reconciler.run.reviewing.words import bundle_words, edit_words, end_words, grantee_words

_D = TypeVar("_D", AccessRequest, StandingGrant, BreakGlass)

_TOLD_OTHERWISE = frozenset({"access.already-held"})
"""Findings of plans that a review says in its own way."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """`documents` are those after the change, under the rules of the protected branch."""

    changed: Changed
    documents: Documents
    judgement: Judgement
    planned: Mapping[str, tuple[RecordedSnapshot, TargetPlans] | None]
    ledger: Ledger
    at: datetime

    def all(self) -> tuple[AccessReview, ...]:
        """Requests, standing grants and break-glass documents, by name and target. Raises LedgerError."""
        found = [*self._requests(), *self._standing(), *self._break_glass()]
        return tuple(sorted(found, key=lambda row: (row.kind, row.name, row.target)))

    # requests

    def _requests(self) -> Iterator[AccessReview]:
        pairs = list(self._pairs(self.changed.before.documents.requests, self.documents.requests))
        unusable = self.changed.after.left_out.get("AccessRequest", {})
        for name, old, new in pairs:
            if new is None and name in unusable:
                continue
            for target in self.documents.targets.values():
                before = old if old is not None and old.targets.selects(target) else None
                after = new if new is not None and new.targets.selects(target) else None
                if before is not None or after is not None:
                    yield self._request(before, after, target)

    def _pairs(
        self, before: Mapping[str, _D], after: Mapping[str, _D]
    ) -> Iterator[tuple[str, _D | None, _D | None]]:
        """What changed documents said and will say, by name."""
        for name in sorted(before.keys() | after.keys()):
            old, new = before.get(name), after.get(name)
            if any(row is not None and row.origin.path in self.changed.paths for row in (old, new)):
                yield name, old, new

    def _request(
        self, old: AccessRequest | None, new: AccessRequest | None, target: Target
    ) -> AccessReview:
        shown = new or old
        assert shown is not None
        plans = self._plans(target)
        ends = new is None or new.ended
        verdict, reached = self._verdict(old, new, target, plans)
        return AccessReview(
            kind="AccessRequest",
            name=shown.name,
            target=target.name,
            path=shown.origin.path,
            action=_action(old, new),
            person=shown.requester,
            grantees=(grantee_words(shown),),
            reason=shown.reason,
            ticket=shown.ticket,
            access=self._access(shown),
            times=self._times(shown, plans),
            verdict=verdict,
            begins="" if ends else self._begins(shown, target),
            edits=tuple(self._edits(old, new)),
            at_end=() if ends else tuple(end_words(shown)),
            difference=None if ends else self._lease_difference(shown.name, plans),
            reached=reached,
            findings=self._findings(shown.origin.path, plans),
            statements=self._statements(shown.origin.path, shown.name, plans),
            ends_only=ends,
        )

    def _verdict(
        self,
        old: AccessRequest | None,
        new: AccessRequest | None,
        target: Target,
        plans: TargetPlans | None,
    ) -> tuple[Verdict, tuple[Reached, ...]]:
        """Nobody has to approve an end, or an edit that gives nothing more."""
        if new is None or new.ended:
            return Verdict((new or old).origin.path), ()  # type: ignore[union-attr]
        known = plans.access if plans else None
        history = summed(self.ledger.history(target.name, new.requester))
        verdict, reached = self.judgement.of_request(new, target, known, history)
        if gives_no_more(old, new, self.changed.before.documents, self.documents):
            return Verdict(new.origin.path, risk=verdict.risk), reached
        return verdict, reached

    def _edits(self, old: AccessRequest | None, new: AccessRequest | None) -> Iterator[str]:
        if new is None:
            yield "The request goes: what it gives here ends with the next run"
        elif old is not None:
            words = list(edit_words(old, new, self.documents))
            yield from words or ("Nothing that counts changes",)
        elif new.ended:
            yield "It is ended before it began"

    def _times(self, request: AccessRequest, plans: TargetPlans | None) -> Times:
        record = plans.state.leases.get(request.name) if plans else None
        first = record.first_start if record else None
        held = interval(request.window, self.at, first)
        return Times(request.window.start or first, held.end, held.length)

    def _begins(self, request: AccessRequest, target: Target) -> str:
        """When access without a written start begins, where policies make it wait."""
        if request.window.start is not None:
            return ""
        wait = least_notice(request, target, self.documents)
        opens = opens_at(request, target, self.documents, self.at + wait)
        after = f"{format_duration(wait)} after the merge" if wait else ""
        if opens is None:
            return after
        hours = (
            "never: the hours of the policies do not meet"
            if opens == NEVER
            else "when the hours of the policies let it"
        )
        return ", ".join(filter(None, (after, hours)))

    def _lease_difference(self, name: str, plans: TargetPlans | None) -> AccessDifference | None:
        lease = plans.lease(name) if plans else None
        if lease is None or plans is None:
            return None
        asked = Asked(lease.grantee, (*lease.entitlements, *lease.ending.direct), lease.role)
        found = self._difference(asked, plans)
        return replace(found, overlaps=(*found.overlaps, *self._proposed(lease, plans)))

    def _proposed(self, lease: Lease, plans: TargetPlans) -> Iterator[Overlap]:
        """Other leases that the same change asks for, and that are not in the database yet."""
        wanted = {row.privilege for row in lease.entitlements}
        for other in plans.desired.leases:
            is_new = other.role not in plans.snapshot.roles and other.phase is Phase.ACTIVE
            if other.grantee == lease.grantee and other.id != lease.id and is_new:
                same = wanted & {row.privilege for row in other.entitlements}
                if same and _meet(lease, other, self.at):
                    yield Overlap(other.id, tuple(sorted(same)), other.end)

    def _difference(self, asked: Asked, plans: TargetPlans) -> AccessDifference:
        return difference(asked, plans.access, plans.explained, plans.plan.views, self.at)

    # standing grants

    def _standing(self) -> Iterator[AccessReview]:
        pairs = self._pairs(self.changed.before.documents.standing, self.documents.standing)
        unusable = self.changed.after.left_out.get("StandingGrant", {})
        for name, old, new in pairs:
            shown = new or old
            if shown is None or (new is None and name in unusable):
                continue
            for target in self.documents.targets.values():
                if any(row is not None and row.targets.selects(target) for row in (old, new)):
                    yield self._grant(shown, old, new, target)

    def _grant(
        self,
        shown: StandingGrant,
        old: StandingGrant | None,
        new: StandingGrant | None,
        target: Target,
    ) -> AccessReview:
        plans, path = self._plans(target), shown.origin.path
        return AccessReview(
            kind="StandingGrant",
            name=shown.name,
            target=target.name,
            path=path,
            action=_action(old, new),
            person=shown.owner,
            grantees=tuple(map(names.display, shown.grantees)),
            reason=shown.reason,
            ticket="",
            access=self._access(shown),
            times=Times(),
            verdict=self.judgement.of_document(path, "StandingGrant"),
            edits=tuple(_grant_edits(old, new)),
            difference=self._grant_difference(new, plans) if new else None,
            findings=self._findings(path, plans),
            statements=self._statements(path, "", plans),
            ends_only=new is None,
            review_by=shown.review_by.isoformat(),
        )

    def _grant_difference(
        self, grant: StandingGrant, plans: TargetPlans | None
    ) -> AccessDifference | None:
        """What at least one of the grantees gains, and what any of them has anyway."""
        if plans is None:
            return None
        wanted: dict[str, list[Entitlement]] = {}
        for entitlement, name in sorted(plans.desired.explanations.items()):
            if name == grant.name:
                wanted.setdefault(entitlement.grantee, []).append(entitlement)
        found = [
            self._difference(Asked(grantee, entitlements), plans)
            for grantee, entitlements in wanted.items()
        ]
        return AccessDifference(
            tuple(dict.fromkeys(row for one in found for row in one.gained)),
            tuple(dict.fromkeys(row for one in found for row in one.held)),
        )

    # break-glass documents

    def _break_glass(self) -> Iterator[AccessReview]:
        pairs = self._pairs(self.changed.before.documents.break_glass, self.documents.break_glass)
        for _, old, new in pairs:
            shown = new or old
            for target in shown.targets if shown else ():
                yield self._glass(shown, old, new, target)  # type: ignore[arg-type]

    def _glass(
        self, shown: BreakGlass, old: BreakGlass | None, new: BreakGlass | None, target: str
    ) -> AccessReview:
        return AccessReview(
            kind="BreakGlass",
            name=shown.name,
            target=target,
            path=shown.origin.path,
            action=_action(old, new),
            person=", ".join(shown.openers),
            grantees=tuple(map(names.display, sorted(self._users_of(shown)))),
            reason=shown.reason,
            ticket="",
            access=self._access(shown),
            times=Times(length=shown.longest),
            verdict=self.judgement.of_document(shown.origin.path, "BreakGlass"),
            begins="when somebody breaks its seal, and alerts at once",
            ends_only=new is None,
        )

    def _users_of(self, shown: BreakGlass) -> set[str]:
        """The database users who could get it: the chosen ones, else those of whoever may open it."""
        found: set[str] = set()
        for name in self.documents.members(shown.openers):
            person = self.documents.people.get(name)
            own = person.users if person else ()
            found.update([shown.users[name]] if name in shown.users else own)
        return found

    # what all of them share

    def _plans(self, target: Target) -> TargetPlans | None:
        found = self.planned.get(target.name)
        return found[1] if found else None

    def _access(self, document: AccessRequest | StandingGrant | BreakGlass) -> tuple[str, ...]:
        return tuple(
            words for item in document.access for words in bundle_words(item, self.documents)
        )

    def _findings(self, path: str, plans: TargetPlans | None) -> tuple[Diagnostic, ...]:
        """What would fail, and what comes along, as far as the plan knows."""
        return tuple(
            row
            for row in (plans.findings if plans else ())
            if row.origin and row.origin.path == path and row.rule not in _TOLD_OTHERWISE
        )

    def _statements(self, path: str, lease: str, plans: TargetPlans | None) -> tuple[str, ...]:
        if plans is None:
            return ()
        return plans.statements(
            [
                change
                for change in plans.runs
                if (lease and change.lease_id == lease)
                or (not lease and change.origin and change.origin.path == path)
            ]
        )


def _meet(one: Lease, other: Lease, now: datetime) -> bool:
    """Whether both hold at some instant; what has no start yet begins now."""
    starts = [lease.start or now for lease in (one, other)]
    ends = [
        lease.end or start + (lease.duration or timedelta())
        for lease, start in zip((one, other), starts, strict=True)
    ]
    return max(starts) < min(ends)


def _action(old: object | None, new: object | None) -> Action:
    if old is None:
        return Action.ADDED
    return Action.REMOVED if new is None else Action.CHANGED


def _grant_edits(old: StandingGrant | None, new: StandingGrant | None) -> Iterator[str]:
    if new is None:
        yield "The grant goes: what nothing else wants is revoked with the next run"
    elif old is not None:
        pairs: Iterable[tuple[str, object, object]] = (
            ("Owner", old.owner, new.owner),
            ("Reason", old.reason, new.reason),
            ("To be looked at again by", old.review_by, new.review_by),
        )
        yield from (f"{what}: {one} -> {two}" for what, one, two in pairs if one != two)
