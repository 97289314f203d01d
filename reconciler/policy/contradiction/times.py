"""Hours, notice and lengths that leave no time: of one policy, or of several that cover a target."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.documents import Documents, Policy
from reconciler.model.instants import format_duration
from reconciler.policy.covering import covering
from reconciler.policy.hours import in_words, next_open

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Hours are looked through from here on, for more than a year: not from today, so that the same documents always give the same findings."""


def find(documents: Documents) -> Iterator[Diagnostic]:
    """Findings about each policy alone, and about each set of policies that covers a target, once."""
    for _, policy in sorted(documents.policies.items()):
        yield from _of_one(policy)
    together: dict[tuple[str, ...], tuple[tuple[Policy, ...], str]] = {}
    for _, target in sorted(documents.targets.items()):
        policies = covering(target, documents)
        names = tuple(policy.name for policy in policies)
        together.setdefault(names, (policies, target.name))
    for policies, name in together.values():
        yield from _hours_together(policies, name)
        yield from _notice_together(policies, name)
        yield from _notice_and_caps(policies, name)
        yield from _notice_and_approvals(policies, name)


def _of_one(policy: Policy) -> Iterator[Diagnostic]:
    if policy.hours is not None and next_open((policy.hours,), _SOME_DAY) is None:
        yield Diagnostic(
            "policy.hours-never",
            f"the hours of policy {policy.name} never begin: {in_words(policy.hours)}",
            policy.hours.origin,
            hint="Name at least one day, and a `to` that is later than `from`: hours do not go over midnight.",
        )


def _hours_together(policies: tuple[Policy, ...], target: str) -> Iterator[Diagnostic]:
    timed = [policy for policy in policies if policy.hours]
    hours = [policy.hours for policy in timed if policy.hours]
    if any(next_open((one,), _SOME_DAY) is None for one in hours):
        return
    if next_open(tuple(hours), _SOME_DAY) is None:
        names = ", ".join(policy.name for policy in timed)
        yield Diagnostic(
            "policy.hours-never",
            f"the hours of policies {names} never meet, so no access can begin on {target}",
            hours[0].origin,
            hint="Every policy that covers a target holds: let their hours have some time in common.",
            related=tuple(one.origin for one in hours[1:]),
        )


class _Wanted(NamedTuple):
    """The longest notice that policies want, and the one that wants it."""

    least: timedelta
    policy: str
    origin: Origin


def _wanted(policies: tuple[Policy, ...]) -> _Wanted:
    """No policy wants the notice of zero that is given when none wants any."""
    found = (
        _Wanted(policy.notice.least, policy.name, policy.notice.origin)
        for policy in policies
        if policy.notice
    )
    return max(found, key=lambda row: row.least, default=_Wanted(timedelta(0), "", Origin("")))


def _notice_together(policies: tuple[Policy, ...], target: str) -> Iterator[Diagnostic]:
    wanted = _wanted(policies)
    bounds = [
        (policy.notice.most, policy.name, policy.notice.origin)
        for policy in policies
        if policy.notice and policy.notice.most is not None
    ]
    most, bounding, place = min(bounds, default=(wanted.least, "", wanted.origin))
    if wanted.least > most:
        yield Diagnostic(
            "policy.notice-order",
            f"on {target} policy {wanted.policy} wants notice of at least {format_duration(wanted.least)}, policy {bounding} of at most"
            f" {format_duration(most)}: no written start keeps both",
            wanted.origin,
            hint="Lower `least`, or raise `most`.",
            related=(place,),
        )


def _notice_and_caps(policies: tuple[Policy, ...], target: str) -> Iterator[Diagnostic]:
    wanted = _wanted(policies)
    caps = [(policy.max_duration, policy.name, policy.origin) for policy in policies]
    cap, capping, place = min(caps, default=(timedelta.max, "", wanted.origin))
    if wanted.least >= cap and wanted.policy:
        yield Diagnostic(
            "policy.notice-cap",
            f"on {target} access without a start begins {format_duration(wanted.least)} after the merge (policy {wanted.policy}), and policy {capping} allows"
            f" {format_duration(cap)}: a request with `until` alone is over before it begins",
            wanted.origin,
            Severity.WARNING,
            hint="Requests with `duration` or with a `start` can pass; for the others lower `least` or raise `maxDuration`.",
            related=(place,),
        )


def _notice_and_approvals(policies: tuple[Policy, ...], target: str) -> Iterator[Diagnostic]:
    wanted = _wanted(policies)
    for policy in policies:
        if policy.approvals is None or policy.approvals.activate_within is None:
            continue
        within = policy.approvals.activate_within
        if wanted.least >= within:
            yield Diagnostic(
                "policy.notice-activation",
                f"on {target} access without a start begins {format_duration(wanted.least)} after the merge (policy {wanted.policy}), when its approvals have"
                f" lapsed: policy {policy.name} lets them count for {format_duration(within)}",
                policy.approvals.origin,
                hint="Raise `activateWithin`, or lower `least`.",
                related=(wanted.origin,),
            )
