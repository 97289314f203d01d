"""Caps that are counted while access runs: of several policies the smallest of each holds. Counting is for the run, which knows the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeVar

from reconciler.model.documents import AccessRequest, Documents, Target
from reconciler.model.policies import Limits
from reconciler.policy.covering import covering

_N = TypeVar("_N", int, timedelta)


def limits_for(request: AccessRequest, target: Target, documents: Documents) -> Limits:
    """The smallest of each limit of the policies that cover the target; without any limit all of them are None. `origin` is the first place that limits
    something, by the names of the policies. The request must name the target, or nothing limits it there."""
    policies = covering(target, documents) if request.targets.selects(target) else ()
    all_of_them = [policy.limits for policy in policies]
    return Limits(
        concurrent=_smallest(limits.concurrent for limits in all_of_them),
        extensions=_smallest(limits.extensions for limits in all_of_them),
        hours_a_week=_smallest(limits.hours_a_week for limits in all_of_them),
        origin=next((one.origin for one in all_of_them if one.origin), None),
    )


def activate_within(
    request: AccessRequest, target: Target, documents: Documents
) -> timedelta | None:
    """How long after the merge (or the written start, if that is later) approvals of the request are good for: the shortest time that a policy says,
    None if none does."""
    policies = covering(target, documents) if request.targets.selects(target) else ()
    return _smallest(policy.approvals.activate_within for policy in policies if policy.approvals)


def _smallest(values: Iterable[_N | None]) -> _N | None:
    return min((value for value in values if value is not None), default=None)
