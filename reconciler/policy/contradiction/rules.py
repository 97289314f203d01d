"""Rules that decide nothing: swallowed by a denial, for nobody, on no target, or with a cap that never holds; and separations of what is the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.documents import BundleAccess, Documents, Person, Policy, Target
from reconciler.model.identities import IdentityKind
from reconciler.model.instants import format_duration
from reconciler.model.policies import AccessPattern, Effect, PatternKind, Rule, Separation
from reconciler.policy.asked import opened
from reconciler.policy.covering import covering
from reconciler.policy.matching import covers, forbidden_pattern, shape_of, touches
from reconciler.policy.selecting import requesters_of, targets_of

_IDENTITIES = frozenset(kind.value for kind in IdentityKind)
_SHOWN = 3


def find(documents: Documents) -> Iterator[Diagnostic]:
    for _, policy in sorted(documents.policies.items()):
        yield from _of_policy(policy, documents)
        for rule in policy.rules:
            yield from _for_nobody(rule, policy, documents)
            yield from _useless_cap(rule, policy)
            yield from _swallowed(rule, policy, documents)
        for separation in policy.separations:
            yield from _overlapping(separation)


def _of_policy(policy: Policy, documents: Documents) -> Iterator[Diagnostic]:
    if policy.documents:
        return
    targets = targets_of(policy, documents)
    if not targets:
        yield Diagnostic(
            "policy.no-target",
            f"policy {policy.name} selects no target, so no request ever meets it",
            policy.targets.origin,
            hint="Compare `targets` with the names and labels of the targets.",
        )
    closed = [target for target in targets if policy.rules and _allows_nothing(target, documents)]
    if closed:
        named = ", ".join(target.name for target in closed[:_SHOWN])
        yield Diagnostic(
            "policy.nothing-allowed",
            f"policy {policy.name} has rules, and no rule of any policy allows something on {named}: every request is denied there",
            policy.origin,
            hint="Add a rule with `effect: allow`, such as one for `*`, `role:*` and `bundle:*`.",
        )


def _allows_nothing(target: Target, documents: Documents) -> bool:
    rules = (rule for policy in covering(target, documents) for rule in policy.rules)
    return all(rule.effect is Effect.DENY for rule in rules)


def _people_of(rule: Rule, policy: Policy, documents: Documents) -> frozenset[str]:
    """Those who can meet the conditions of the rule."""
    named = documents.members(rule.requesters) if rule.requesters else frozenset(documents.people)
    identities = rule.identities or tuple(sorted(_IDENTITIES))
    return frozenset(
        name
        for name in requesters_of(policy, documents) & named
        if (not rule.kinds or documents.people[name].kind in rule.kinds)
        and any(_can_have(identity, documents.people[name]) for identity in identities)
    )


def _can_have(identity: str, person: Person) -> bool:
    """A temporary user's password is sealed to a key of the requester; the others log on as a database user of their own."""
    return bool(person.public_keys if identity == IdentityKind.TEMPORARY.value else person.users)


def _for_nobody(rule: Rule, policy: Policy, documents: Documents) -> Iterator[Diagnostic]:
    if not _people_of(rule, policy, documents):
        yield Diagnostic(
            "policy.rule-for-nobody",
            f"nobody whom policy {policy.name} lets ask meets the conditions of rule {rule.name}",
            rule.origin,
            hint="Compare its requesters, kinds and identities with the people: a temporary user needs `publicKeys`, the others need `users`.",
        )


def _useless_cap(rule: Rule, policy: Policy) -> Iterator[Diagnostic]:
    if rule.max_duration is not None and rule.max_duration > policy.max_duration:
        yield Diagnostic(
            "policy.rule-cap",
            f"rule {rule.name} allows {format_duration(rule.max_duration)}, but its policy {format_duration(policy.max_duration)}: the smaller one holds",
            rule.origin,
            hint="Lower the `maxDuration` of the rule, or raise that of the policy.",
            related=(policy.origin,),
        )


@dataclass(frozen=True, slots=True)
class _Denial:
    """Something that denies: a rule, or the list of what is forbidden to everybody."""

    what: str
    policy: Policy
    patterns: tuple[AccessPattern, ...]
    origin: Origin
    rule: Rule | None = None


def _denials(documents: Documents) -> Iterator[_Denial]:
    for _, policy in sorted(documents.policies.items()):
        for rule in policy.rules:
            if rule.effect is Effect.DENY:
                name = f"rule {rule.name} of policy {policy.name}"
                yield _Denial(name, policy, rule.access, rule.origin, rule)
        patterns = tuple(map(forbidden_pattern, policy.forbidden))
        yield _Denial(f"`forbidden` of policy {policy.name}", policy, patterns, policy.origin)


def _swallowed(rule: Rule, policy: Policy, documents: Documents) -> Iterator[Diagnostic]:
    """For an allowance: the first denial that leaves nothing of it, for anybody on any of its targets."""
    targets = targets_of(policy, documents)
    if rule.effect is not Effect.ALLOW or not targets:
        return
    for denial in _denials(documents):
        if (
            all(denial.policy.targets.selects(target) for target in targets)
            and _is_for_all_of(denial, rule, policy, documents)
            and all(_denied(pattern, denial, targets, documents) for pattern in rule.access)
        ):
            yield Diagnostic(
                "policy.rule-swallowed",
                f"{denial.what} denies all that rule {rule.name} of policy {policy.name} allows",
                rule.origin,
                hint="Deny less, or take the rule away: a denial always wins.",
                related=(denial.origin,),
            )
            return


def _is_for_all_of(denial: _Denial, rule: Rule, policy: Policy, documents: Documents) -> bool:
    """Whether the denial meets whoever meets the rule."""
    denying = denial.rule
    if denying is None:
        return True
    named = documents.members(denying.requesters)
    people = _people_of(rule, policy, documents)
    identities = frozenset(rule.identities) or _IDENTITIES
    return (
        (not denying.requesters or people <= named)
        and (
            not denying.kinds or {documents.people[one].kind for one in people} <= {*denying.kinds}
        )
        and (not denying.identities or identities <= {*denying.identities})
    )


def _denied(
    pattern: AccessPattern, denial: _Denial, targets: tuple[Target, ...], documents: Documents
) -> bool:
    """Whether the denial leaves nothing of the pattern. A bundle is asked for as a whole, so one thing in it is enough; an option is nothing by itself."""
    if pattern.kind is PatternKind.OPTION:
        return True
    if any(covers(denying, shape_of(pattern)) for denying in denial.patterns):
        return True
    if pattern.kind is not PatternKind.BUNDLE or pattern.name not in documents.bundles:
        return False
    bundle = (BundleAccess(pattern.name, denial.origin),)
    return all(
        any(
            touches(denying, one)
            for one in opened(bundle, target, documents)
            for denying in denial.patterns
        )
        for target in targets
    )


def _overlapping(separation: Separation) -> Iterator[Diagnostic]:
    for one, other in product(separation.one, separation.other):
        if touches(one, shape_of(other)) or touches(other, shape_of(one)):
            yield Diagnostic(
                "policy.separation-overlap",
                f"separation {separation.name}: `{one.text}` and `{other.text}` can be the same access, so whoever has it breaks the separation with it alone",
                separation.origin,
                Severity.ERROR,
                hint="Write `one` and `other` so that nothing is in both.",
            )
            return
