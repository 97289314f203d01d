"""Separation of duties over effective access: what no one may hold together, over all database users of a person.

What a run would give by a lease, and a standing grant that is new, are not granted when somebody would hold something of both sets by them. Whoever holds both
already is named in a warning, and keeps it. Break-glass access is not held back: its reviewers see the warning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.model import names
from reconciler.model.access import EVERYBODY
from reconciler.model.break_glass import is_lease
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.instants import format_instant
from reconciler.model.leases import Lease, Phase
from reconciler.model.ledger import LedgerState
from reconciler.model.policies import AccessPattern
from reconciler.model.privileges import Entitlement
from reconciler.model.separations import SeparationRule
from reconciler.model.separations import Side as Alternatives
from reconciler.planning.effective import Access
from reconciler.planning.holdings import Holdings
from reconciler.planning.separation_sides import Condition, Found, Side, Subjects

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Rule:
    rule: SeparationRule
    one: Side
    other: Side

    def both(
        self, users: Collection[str], new: Collection[Entitlement] = ()
    ) -> tuple[Found, Found] | None:
        one = self.one.held(users, new)
        other = self.other.held(users, new) if one else None
        return (one, other) if one and other else None


class Separating:
    """The rules of a target against who holds what there. What is admitted counts as held from then on, so the order of questions matters: leases first, then
    standing grants, each by name. `findings` are about who holds both sides without any new grant."""

    def __init__(self, desired: Desired, holdings: Holdings, ledger: LedgerState) -> None:
        self._desired = desired
        self._ledger = ledger
        self._access = Access(holdings)
        self._leases = {lease.role: lease for lease in desired.leases}
        self._temporary = {
            lease.ending.temporary_user: (lease.requester,)
            for lease in desired.leases
            if lease.ending.temporary_user and lease.requester
        }
        self._conditions: dict[AccessPattern, Condition] = {}
        rules = desired.separations.rules
        self._places = Subjects(self._access)
        self._rules = [_Rule(row, self._side(row.one), self._side(row.other)) for row in rules]
        self._held = {row.entitlement for row in holdings.snapshot.grants} if rules else set()
        self._users = self._users_of_subjects() if rules else {}
        self._count_what_is_granted()
        self.findings: list[Diagnostic] = list(self._who_holds_both())

    def _side(self, alternatives: Alternatives) -> Side:
        return Side([[self._condition(pattern) for pattern in row] for row in alternatives])

    def _condition(self, pattern: AccessPattern) -> Condition:
        if pattern not in self._conditions:
            self._conditions[pattern] = Condition(pattern, self._places, self._words)
        return self._conditions[pattern]

    def _words(self, role: str) -> str:
        lease = self._leases.get(role)
        return _of_lease(lease) if lease else f"role {names.display(role)}"

    def _users_of_subjects(self) -> Mapping[str, set[str]]:
        """All database users of each person or, of a user who is nobody's, he himself. The user of a temporary lease is its requester's. Oracle's own accounts
        and those that are never changed are nobody's to judge."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        holdings = self._access.holdings
        temporary = {lease.grantee for lease in self._desired.leases}
        for user in holdings.snapshot.users.keys() | temporary:
            if not holdings.is_protected(user):
                for subject in self._subjects(user):
                    found[subject].add(user)
        return found

    def _subjects(self, user: str) -> tuple[str, ...]:
        people = (*self._desired.separations.persons.get(user, ()), *self._temporary.get(user, ()))
        return people or (f"user {names.display(user)}",)

    def _count_what_is_granted(self) -> None:
        """Leases in force and standing grants of ours whose rights are missing just now: they are given again."""
        for lease in self._desired.leases:
            if lease.phase is Phase.ACTIVE and lease.id in self._ledger.leases:
                recorded = self._ledger.leases[lease.id].entitlements
                self._count(lease.grantee, recorded & lease.entitlements, _of_lease(lease))
                self._count(lease.grantee, lease.ending.direct, _of_lease(lease))
        for entitlement, name in self._desired.explanations.items():
            if not self._is_new(entitlement):
                self._count(entitlement.grantee, (entitlement,), f"standing grant {name}")

    def _count(self, holder: str, entitlements: Iterable[Entitlement], by: str) -> None:
        for condition in self._conditions.values():
            for entitlement in sorted(entitlements):
                condition.add(entitlement, holder, by)

    def _is_new(self, entitlement: Entitlement) -> bool:
        return entitlement not in self._held and entitlement not in self._ledger.granted

    def judge(self, lease: Lease) -> tuple[Lease | None, list[Diagnostic]]:
        """What of the lease may be granted, None for nothing, and why not all of it. What a run would give now is judged, whether the lease begins, was edited
        or is repaired; what the grantee has of it already goes on. What is admitted counts as held from then on."""
        new = self._new(lease) if self._rules else []
        found = list(self._conflicts(lease.grantee, new, f"lease {lease.id}", lease.origin))
        if found and is_lease(lease.id):
            self.findings += (_only_told(row) for row in found)
            found = []
        if not found:
            self._count(lease.grantee, new, _of_lease(lease))
            return lease, []
        kept = lease.entitlements.difference(new)
        goes_on = bool(kept) and not lease.ending.direct
        return (replace(lease, entitlements=kept) if goes_on else None), found

    def _new(self, lease: Lease) -> list[Entitlement]:
        """What the grantee does not have of the lease yet. The role of a proxy gives nobody anything."""
        holdings = self._access.holdings
        if lease.ending.direct:
            return [right for right in lease.ending.direct if right not in self._held]
        holders = {row.entitlement.grantee for row in holdings.holders_of(lease.role)}
        if lease.grantee not in holders:
            return sorted(lease.entitlements)
        return sorted(lease.entitlements - self._held)

    def standing_problems(
        self, entitlement: Entitlement, origin: Origin | None
    ) -> list[Diagnostic]:
        """The same for a standing entitlement."""
        if not self._rules or not self._is_new(entitlement):
            return []
        name = self._desired.explanations.get(entitlement, "")
        words = f"standing grant {name}"
        found = list(self._conflicts(entitlement.grantee, [entitlement], words, origin))
        if not found:
            self._count(entitlement.grantee, (entitlement,), words)
        return found

    def _conflicts(
        self, holder: str, new: Collection[Entitlement], words: str, origin: Origin | None
    ) -> Iterator[Diagnostic]:
        if not new:
            return
        for subject in self._affected(holder):
            for row in self._rules:
                both = row.both(self._users[subject], new)
                if both and (both[0].is_new or both[1].is_new):
                    yield self._refused(row.rule, subject, words, both, origin)

    def _affected(self, holder: str) -> list[str]:
        """Who has what the holder gets: he, those who have him as a role, and the proxies of all of them."""
        holdings = self._access.holdings
        reached: set[str] = set()
        waiting = [holder]
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting += [row.entitlement.grantee for row in holdings.holders_of(one)]
        reached |= {user for client in reached for user in self._access.proxies_of(client)}
        found = {subject for user in reached for subject in self._subjects(user)}
        return sorted(subject for subject in found if subject in self._users)

    def _who_holds_both(self) -> Iterator[Diagnostic]:
        for row in self._rules:
            one, other = row.one.holders(), row.other.holders()
            subjects = {subject for user in one | other for subject in self._subjects(user)}
            if EVERYBODY in one & other:
                subjects = set(self._users)
            for subject in sorted(subjects & self._users.keys()):
                both = row.both(self._users[subject])
                if both:
                    yield self._holds(row.rule, subject, both)

    def _holds(self, rule: SeparationRule, subject: str, both: tuple[Found, Found]) -> Diagnostic:
        return Diagnostic(
            "policy.separation-held",
            f"{subject} already holds both sides of {_named(rule)} on {self._desired.target.name}:"
            f" {_shown(both[0])}; and {_shown(both[1])}",
            rule.separation.origin,
            Severity.WARNING,
            hint="nothing is taken away for that; take one side away, or change the rule",
        )

    def _refused(
        self,
        rule: SeparationRule,
        subject: str,
        words: str,
        both: tuple[Found, Found],
        origin: Origin | None,
    ) -> Diagnostic:
        one, other = both
        kept, asked = (one, other) if other.is_new else (other, one)
        passes = (
            f"ask for one side only, and leave the other to somebody else: {_patterns(rule)}"
            if kept.is_new
            else f"it would pass without {_shown(asked)}, or once {subject} does not have: {_shown(kept)}"
        )
        return Diagnostic(
            "policy.separation",
            f"{words} would let {subject} hold both sides of {_named(rule)} on {self._desired.target.name}:"
            f" {_shown(one)}; and {_shown(other)}",
            origin,
            hint=passes,
            related=(rule.separation.origin,),
        )


def _only_told(found: Diagnostic) -> Diagnostic:
    return Diagnostic(
        "policy.separation-held",
        found.message,
        found.origin,
        Severity.WARNING,
        hint="break-glass access is not held back for it; whoever reviews it must know",
        related=found.related,
    )


def _of_lease(lease: Lease) -> str:
    return f"lease {lease.id}" + (f" until {format_instant(lease.end)}" if lease.end else "")


def _named(rule: SeparationRule) -> str:
    reason = f" ({rule.separation.reason})" if rule.separation.reason else ""
    return f"{rule.separation.name} of policy {rule.policy}{reason}"


def _patterns(rule: SeparationRule) -> str:
    sides = (rule.separation.one, rule.separation.other)
    return ", or ".join(" and ".join(row.text for row in side) for side in sides)


def _shown(found: Found) -> str:
    listed = found.ways[:_SHOWN]
    more = len(found.ways) - len(listed)
    return ", ".join(listed) + (f" and {more} more" if more else "")
