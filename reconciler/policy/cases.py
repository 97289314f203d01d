"""Example cases that are kept beside policies: what the policies say of a request that nobody made, held against what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from reconciler.model.approvals import NeededChain
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import AccessRequest, Documents, PolicyCase, Target
from reconciler.model.risk import Risk, TargetFacts
from reconciler.policy.approvals import needed
from reconciler.policy.caps import check_request
from reconciler.policy.risk import assess

FactsOf = Callable[[AccessRequest, Target], TargetFacts]
"""What is known about a request on a target besides the rules."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of a case. `approvals` are the groups that are asked for, in words and ordered; `risk` is that of the target with the most points. `problems`
    say what is not as expected, a line each; none: the case holds."""

    case: PolicyCase
    allowed: bool
    findings: tuple[Diagnostic, ...]
    approvals: tuple[str, ...]
    risk: Risk
    problems: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        return not self.problems

    @property
    def denials(self) -> tuple[str, ...]:
        """The rules that deny it, each once."""
        return tuple(dict.fromkeys(found.rule for found in self.findings if found.is_error))


def no_facts(request: AccessRequest, target: Target) -> TargetFacts:  # noqa: ARG001 - one of FactsOf
    return TargetFacts()


def run_case(case: PolicyCase, documents: Documents, facts_of: FactsOf = no_facts) -> CaseResult:
    """What policies say of the request of the case. `facts_of` tells what documents alone say of it, such as which classified columns it reaches or may reach.
    That no database was asked is no risk of its own here: a case is only an example.

    A case is judged as written, without a time of a change: notice is not part of it.
    """
    request = case.request
    targets = [one for _, one in sorted(documents.targets.items()) if request.targets.selects(one)]
    findings = check_request(request, documents) if targets else (_no_target(case),)
    looked_at = [_on_target(request, target, documents, facts_of) for target in targets]
    came = CaseResult(
        case,
        allowed=not any(found.is_error for found in findings),
        findings=findings,
        approvals=tuple(sorted({words for _, chains in looked_at for words in _words(chains)})),
        risk=max((risk for risk, _ in looked_at), key=lambda risk: risk.total, default=Risk()),
        problems=(),
    )
    return replace(came, problems=tuple(_problems(case, came)))


def _on_target(
    request: AccessRequest, target: Target, documents: Documents, facts_of: FactsOf
) -> tuple[Risk, tuple[NeededChain, ...]]:
    facts = replace(facts_of(request, target), known=True)
    risk = assess(request, target, documents, facts)
    return risk, needed(request, target, documents, risk, facts.reached, None)


def _words(chains: tuple[NeededChain, ...]) -> Iterator[str]:
    for chain in chains:
        for step in chain.steps:
            yield from (group.words for group in step.groups)


def _no_target(case: PolicyCase) -> Diagnostic:
    return Diagnostic(
        "case.no-target",
        "the request of the case names no target that there is",
        case.request.targets.origin,
        hint="Compare `targets` with the names and labels of the targets.",
    )


def _problems(case: PolicyCase, came: CaseResult) -> Iterator[str]:
    if case.allowed is not came.allowed:
        why = f" ({', '.join(came.denials)})" if came.denials else ""
        yield f"expected {verdict(case.allowed)}, came {verdict(came.allowed)}{why}"
    absent = [rule for rule in case.rules if rule not in came.denials]
    if absent:
        yield f"expected a denial by {', '.join(absent)}, came {', '.join(came.denials) or 'none'}"
    if case.approvals is not None and sorted(set(case.approvals)) != list(came.approvals):
        wanted = ", ".join(sorted(set(case.approvals))) or "none"
        yield f"expected approvals {wanted}, came {', '.join(came.approvals) or 'none'}"
    if case.risk_at_least is not None and came.risk.total < case.risk_at_least:
        yield f"expected a risk of at least {case.risk_at_least}, came {came.risk.total}"
    if case.risk_at_most is not None and came.risk.total > case.risk_at_most:
        points = ", ".join(f"{one.factor} {one.points}" for one in came.risk.points)
        yield f"expected a risk of at most {case.risk_at_most}, came {came.risk.total} ({points})"


def verdict(allowed: bool) -> str:
    return "allow" if allowed else "deny"
