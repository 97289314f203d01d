"""Policies, classifications and the example cases of policies in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.classification import Classification
from reconciler.model.documents import Documents, Policy, PolicyTest
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.policies import AccessPattern, Approvals, Chain, Effect, Limits, Rule, Step
from reconciler.policy.hours import in_words
from reconciler.run.explaining.sentences import Sentence, listed, selector_words


def caps_of(policy: Policy) -> str:
    """The caps of a policy in one line: `at most 14d; asked by payroll, sales; a ticket of the form OPS-[0-9]+; never DELETE`."""
    return "; ".join(_caps(policy))


def _caps(policy: Policy) -> Iterator[str]:
    yield f"at most {format_duration(policy.max_duration)}"
    if policy.requesters:
        yield f"asked by {', '.join(policy.requesters)}"
    if policy.ticket_pattern:
        yield f"a ticket of the form {policy.ticket_pattern}"
    if policy.min_reason_length > 1:
        yield f"a reason of {policy.min_reason_length} characters at least"
    if policy.forbidden:
        yield f"never {', '.join(policy.forbidden)}"
    if policy.hours:
        yield f"begins {in_words(policy.hours)}"
    if policy.notice:
        yield f"written {format_duration(policy.notice.least)} before its start at least"
        if policy.notice.most:
            yield f"written {format_duration(policy.notice.most)} before its start at most"
    yield from _limits(policy.limits)
    if policy.rules:
        yield f"only what its rules allow: {', '.join(row.name for row in policy.rules)}"


def _limits(limits: Limits) -> Iterator[str]:
    if limits.concurrent is not None:
        yield f"at most {limits.concurrent} leases of one requester at a time"
    if limits.extensions is not None:
        yield f"at most {limits.extensions} extensions"
    if limits.hours_a_week is not None:
        yield f"at most {format_duration(limits.hours_a_week)} a week"


def policy(found: Policy, documents: Documents) -> Iterator[Sentence]:
    if found.documents:
        yield Sentence(f"It says who approves changes of {', '.join(found.documents)}.")
    else:
        yield Sentence(f"It holds for requests on {selector_words(found.targets, documents)}:")
        yield from (Sentence(part, depth=1) for part in _caps(found))
    if found.requesters:
        yield Sentence(f"Those who may ask are {listed(found.requesters, documents)}.")
    for rule in found.rules:
        yield Sentence(_rule(rule, documents), rule.origin)
    if found.rules:
        yield Sentence(
            "What no rule of a policy for the target allows is denied, and a denial wins.", depth=1
        )
    for separation in found.separations:
        yield Sentence(
            f"Nobody may hold both of {separation.name}: {_patterns(separation.one)}; and {_patterns(separation.other)} ({separation.reason}).",
            separation.origin,
        )
    for exception in found.exceptions:
        whom = ", ".join((*exception.requests, *exception.requesters))
        yield Sentence(
            f"Until {format_instant(exception.until)} {', '.join(exception.rules)} is no hindrance for {whom} ({exception.owner}: {exception.reason}).",
            exception.origin,
        )
    if found.approvals:
        yield from _approvals(found.approvals, documents)


def _rule(rule: Rule, documents: Documents) -> str:
    verb = "allows" if rule.effect is Effect.ALLOW else "denies"
    whom = [listed(rule.requesters, documents)] if rule.requesters else []
    whom += [f"{'/'.join(rule.kinds)} requesters"] if rule.kinds else []
    whom += [f"{'/'.join(rule.identities)} users"] if rule.identities else []
    longest = f", for {format_duration(rule.max_duration)} at most" if rule.max_duration else ""
    to = f" to {', '.join(whom)}" if whom else ""
    return f"Rule {rule.name} {verb} {_patterns(rule.access)}{to}{longest}."


def _patterns(found: Iterable[AccessPattern]) -> str:
    return ", ".join(pattern.text for pattern in found)


def _approvals(found: Approvals, documents: Documents) -> Iterator[Sentence]:
    yield Sentence(f"Approvals are proved by {found.evidence.value}:", found.origin)
    for chain in found.chains:
        bound = f"Up to {chain.up_to} points of risk" if chain.up_to is not None else "Otherwise"
        alone = len(found.chains) == 1 and chain.up_to is None
        yield Sentence(
            f"{'Always' if alone else bound}: {_chain(chain, documents)}.", chain.origin, 1
        )
    if found.activate_within:
        yield Sentence(
            f"They lapse when access has not begun {format_duration(found.activate_within)} after the merge.",
            depth=1,
        )


def _chain(chain: Chain, documents: Documents) -> str:
    if not chain.steps:
        return "nobody; it is approved in advance, and recorded as such"
    return ", then ".join(_step(step, documents) for step in chain.steps)


def _step(step: Step, documents: Documents) -> str:
    groups = (f"{row.count} of {listed(row.of, documents)}" for row in step.requirements)
    words = " and ".join(groups)
    if step.escalation is None:
        return words
    after = format_duration(step.escalation.after)
    return f"{words} (after {after} also {listed(step.escalation.to, documents)})"


def classification(found: Classification, documents: Documents) -> Iterator[Sentence]:
    where = selector_words(found.targets, documents)
    yield Sentence(f"On {where} these columns are {found.level.value} ({found.category}):")
    yield from (Sentence(str(column), depth=1) for column in found.columns)
    if found.owners:
        yield Sentence(f"{listed(found.owners, documents)} decide about them.")
    else:
        yield Sentence("Who owns the schema, or else the target, decides about them.")


def policy_test(found: PolicyTest, _: Documents) -> Iterator[Sentence]:
    yield Sentence("`reconciler policy test` holds the policies to these cases:")
    for case in found.cases:
        rules = f" by {', '.join(case.rules)}" if case.rules else ""
        approvals = (
            f", approved by {'; '.join(case.approvals) or 'nobody'}"
            if case.approvals is not None
            else ""
        )
        verdict = "allowed" if case.allowed else "denied"
        who = case.request.requester
        yield Sentence(
            f"{case.name}: what {who} asks for is {verdict}{rules}{approvals}.", case.origin, 1
        )
