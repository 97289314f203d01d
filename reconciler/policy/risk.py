"""How risky a request is on one target: points, each with the reason for reviewers.

Every factor gives its points once, whatever number of tables, columns or privileges it is about, and its reason names them. A graded factor gives a share
of its points, by the worst of what it finds: the largest table, the length, the environment. Only labels that a policy weighs give a point each. So asking
for more never lowers the risk, and asking for the same in more columns does not raise it without end. What is not known counts as risk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta

from reconciler.model import names
from reconciler.model.classification import Level, Reached
from reconciler.model.documents import AccessRequest, Documents, Target
from reconciler.model.identities import IdentityKind
from reconciler.model.instants import format_duration
from reconciler.model.policies import PatternKind
from reconciler.model.risk import Risk, RiskPoint, TargetFacts
from reconciler.policy import privilege_classes as classes
from reconciler.policy.asked import Asked, asked_for
from reconciler.policy.covering import covering, kind_of
from reconciler.policy.lengths import length_of
from reconciler.policy.risk_environment import environment_points, shorten

FACTORS: Mapping[str, int] = {
    "environment": 30,
    classes.READS: 5,
    classes.WRITES: 15,
    classes.EXECUTES: 15,
    classes.DEFINES: 20,
    classes.ON_SCHEMA: 25,
    classes.ANY: 40,
    classes.ADMINISTERS: 40,
    classes.ROLE: 10,
    classes.PROXY: 30,
    classes.SPACE: 5,
    "option": 25,
    "wildcard": 10,
    "powers": 30,
    "restricted-columns": 40,
    "confidential-columns": 20,
    "internal-columns": 5,
    "sensitive-writes": 15,
    "size": 20,
    "duration": 20,
    "existing-user": 5,
    "service": 10,
    "first-access": 5,
    "revoked-before": 15,
    "often-extended": 5,
    "unknown-dictionary": 15,
}
"""The factors of risk and their usual points. A policy sets others in `risk.factors`; of several policies with weights the larger number holds."""

_CLASS_WORDS = {
    classes.READS: "reads",
    classes.WRITES: "changes data",
    classes.EXECUTES: "runs code or acts through something",
    classes.DEFINES: "makes or changes objects",
    classes.ON_SCHEMA: "reaches everything in a schema, now and later",
    classes.ANY: "reaches every schema",
    classes.ADMINISTERS: "administers the database",
    classes.ROLE: "brings whatever the role holds, now and later",
    classes.PROXY: "logs on as somebody else",
    classes.SPACE: "may store data",
}
_LENGTHS = (
    timedelta(hours=1),
    timedelta(hours=8),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=30),
)
"""Each of these that a request is longer than is a fifth of the points for `duration`."""
_ROWS = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
"""Each of these that the largest table has is a fifth of the points for `size`."""
_OFTEN = 3
"""Extensions from which on they count."""

_Weigh = Callable[[str], int]


def assess(
    request: AccessRequest, target: Target, documents: Documents, facts: TargetFacts
) -> Risk:
    """The points of the request on the target, the heaviest first. `facts` is what else is known about it: classified columns, sizes, history."""
    weigh = weights_for(target, documents)
    asked = asked_for(request, target, documents)
    found = [
        *environment_points(target, covering(target, documents), weigh("environment")),
        *_of_access(asked, weigh),
        *_of_data(facts, weigh),
        *_of_duration(request, target, documents, weigh),
        *_of_requester(request, documents, weigh),
        *_of_history(request, target, facts, weigh),
    ]
    counted = (one for one in found if one.points > 0)
    return Risk(tuple(sorted(counted, key=lambda one: (-one.points, one.factor, one.reason))))


def least_risk(target: Target, documents: Documents) -> int:
    """The points that no request on the target can be without."""
    weigh = weights_for(target, documents)
    points = environment_points(target, covering(target, documents), weigh("environment"))
    return sum(one.points for one in points)


def weights_for(target: Target, documents: Documents) -> _Weigh:
    """The points of each factor on the target."""
    weights = dict(FACTORS)
    given = [policy.risk.factors for policy in covering(target, documents)]
    for factor in FACTORS:
        told = [factors[factor] for factors in given if factor in factors]
        weights[factor] = max(told, default=weights[factor])
    return weights.__getitem__


def _of_access(asked: tuple[Asked, ...], weigh: _Weigh) -> Iterator[RiskPoint]:
    for factor, meaning in _CLASS_WORDS.items():
        found = [str(one) for one in asked if classes.class_of(one) == factor]
        yield from _point(factor, weigh(factor), meaning, found)
    optional = [" ".join((str(one), *one.options)) for one in asked if one.options]
    yield from _point("option", weigh("option"), "may be passed on", optional)
    wild = [str(one) for one in asked if _is_wild(one)]
    meaning = "covers objects that nobody named, later ones too"
    yield from _point("wildcard", weigh("wildcard"), meaning, wild)


def _is_wild(asked: Asked) -> bool:
    is_object = asked.kind is PatternKind.PRIVILEGE and not asked.is_schema
    return is_object and asked.place is not None and asked.place.object.is_wild


def _of_data(facts: TargetFacts, weigh: _Weigh) -> Iterator[RiskPoint]:
    for level in Level:
        factor = f"{level.value}-columns"
        found = [one for one in facts.reached if one.level is level]
        meaning = f"reaches {level.value} columns"
        if found and not any(one.certain for one in found):
            meaning = f"may reach {level.value} columns"
        yield from _point(factor, weigh(factor), meaning, map(_column_words, found))
    written = [_column_words(one) for one in facts.reached if one.writes]
    yield from _point("sensitive-writes", weigh("sensitive-writes"), "can change", written)
    yield from _point("powers", weigh("powers"), "its roles bring along", facts.powers)
    yield from _of_size(facts, weigh("size"))
    if not facts.known:
        reason = "the database's dictionary was not at hand: what roles, views and wildcards reach is not known"
        yield RiskPoint("unknown-dictionary", weigh("unknown-dictionary"), reason)


def _column_words(one: Reached) -> str:
    way = f" through {', '.join(one.through)}" if one.through else ""
    return f"{one.column} ({one.category}){way}"


def _of_size(facts: TargetFacts, points: int) -> Iterator[RiskPoint]:
    if not facts.rows:
        return
    (owner, table), rows = max(facts.rows.items(), key=lambda row: (row[1], row[0]))
    steps = sum(rows >= bound for bound in _ROWS)
    place = f"{names.display(owner)}.{names.display(table)}"
    reason = f"the largest table, {place}, has about {rows} rows"
    yield RiskPoint("size", share(points, steps, len(_ROWS)), _line(reason))


def _of_duration(
    request: AccessRequest, target: Target, documents: Documents, weigh: _Weigh
) -> Iterator[RiskPoint]:
    """A request with `until` alone may last as long as policies let it."""
    length = length_of(request)
    reason = f"lasts {format_duration(length)}" if length is not None else ""
    if length is None:
        longest = [policy.max_duration for policy in covering(target, documents)]
        length = min(longest, default=timedelta.max)
        reason = "has no start yet, so it may last as long as policies allow"
    steps = sum(length > bound for bound in _LENGTHS)
    yield RiskPoint("duration", share(weigh("duration"), steps, len(_LENGTHS)), reason)


def _of_requester(
    request: AccessRequest, documents: Documents, weigh: _Weigh
) -> Iterator[RiskPoint]:
    if request.identity is IdentityKind.EXISTING:
        reason = f"{names.display(request.user)} adds it to whatever that user has"
        yield RiskPoint("existing-user", weigh("existing-user"), _line(reason))
    kind = kind_of(request, documents)
    if kind != "human":
        what = f"is a {kind}, not a person" if kind else "is not known"
        yield RiskPoint("service", weigh("service"), _line(f"{request.requester} {what}"))


def _of_history(
    request: AccessRequest, target: Target, facts: TargetFacts, weigh: _Weigh
) -> Iterator[RiskPoint]:
    history, who = facts.history, f"{request.requester} on {target.name}"
    if history.granted == 0:
        yield RiskPoint("first-access", weigh("first-access"), f"the first access of {who}")
    if history.revoked > 0:
        reason = f"{history.revoked} of the leases of {who} were taken away by an operator"
        yield RiskPoint("revoked-before", weigh("revoked-before"), reason)
    if history.extended >= _OFTEN:
        reason = f"leases of {who} were extended {history.extended} times"
        yield RiskPoint("often-extended", weigh("often-extended"), reason)


def _point(factor: str, points: int, meaning: str, found: Iterable[str]) -> Iterator[RiskPoint]:
    """One point that names what was found, however much it is; none when nothing was."""
    listed = tuple(dict.fromkeys(found))
    if listed:
        yield RiskPoint(factor, points, _line(f"{meaning}: {shorten(listed)}"))


def share(points: int, steps: int, of: int) -> int:
    """So many of the steps of a graded factor, rounded up."""
    return -(-points * steps // of)


def _line(text: str) -> str:
    r"""On one line, whatever names the dictionary holds: control characters are shown as `\x0a`."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
