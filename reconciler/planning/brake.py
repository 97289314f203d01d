"""The removal brake: a plan that would take away more than a reviewed file allows does not run at all.

A share says little about few removals (one of two is half), so shares count from SHARE_FROM removals on; below that the counts alone hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from reconciler.model.changes import Change, Narrow, Revoke, is_removal
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.documents import RemovalLimits, Target
from reconciler.model.instants import format_instant
from reconciler.model.plan import Brake

SHARE_FROM = 5


def check(
    changes: Iterable[Change],
    held: Mapping[str, int],
    limits: RemovalLimits,
    at: datetime,
    cascading: Mapping[str, int] = MappingProxyType({}),
) -> tuple[Brake, ...]:
    """Why the changes must not run; empty when they may. `held` counts the standing rows in scope of each grantee before the changes, `cascading` those
    that Oracle takes along with a grant option."""
    removals: Counter[str] = Counter(cascading)
    for change in changes:
        if isinstance(change, Revoke):
            removals[change.entitlement.grantee] += is_removal(change)
        elif isinstance(change, Narrow):
            removals[change.revoke.grantee] += is_removal(change)
    total = removals.total()
    if total <= _released(limits, at):
        return ()
    found = _check(total, sum(held.values()), limits.count, limits.share, "")
    for grantee in sorted(removals):
        found += _check(
            removals[grantee],
            held.get(grantee, 0),
            limits.grantee_count,
            limits.grantee_share,
            grantee,
        )
    return tuple(found)


def lifted(
    changes: Iterable[Change],
    held: Mapping[str, int],
    target: Target,
    at: datetime,
    cascading: Mapping[str, int] = MappingProxyType({}),
) -> tuple[Diagnostic, ...]:
    """Says for what written reason a plan runs that the limits alone would have stopped; empty when it needs no release."""
    limits = target.removals
    unreleased = replace(limits, release_until=None)
    changes = tuple(changes)
    stopped = check(changes, held, unreleased, at, cascading)
    if not stopped or check(changes, held, limits, at, cascading) or limits.release_until is None:
        return ()
    until = format_instant(limits.release_until)
    message = f"{target.name}: up to {limits.release_up_to} removals are released until {until}: {limits.release_reason}"
    return (Diagnostic("brake.released", message, target.origin, Severity.NOTICE),)


def _released(limits: RemovalLimits, at: datetime) -> int:
    in_time = limits.release_until is not None and at < limits.release_until
    return limits.release_up_to if in_time else 0


def _check(removals: int, held: int, count: int, share: float, grantee: str) -> list[Brake]:
    of = "grantee" if grantee else "target"
    found: list[Brake] = []
    if removals > count:
        found.append(Brake(f"{of} count", str(count), str(removals), grantee))
    if removals >= SHARE_FROM and removals > share * held:
        shown = f"{removals} of {held}"
        found.append(Brake(f"{of} share", f"{share:.0%}", shown, grantee))
    return found
