"""The points that a target gives to every request: its environment, and labels that policies weigh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.documents import Policy, Target
from reconciler.model.risk import RiskPoint

ENVIRONMENT_LABELS = ("env", "environment", "tier")
"""Labels of a target whose value says what it is used for."""

_PRODUCTION = frozenset({"live", "prd", "prod", "production"})
_NEARLY = frozenset(
    {"acceptance", "pre-prod", "pre-production", "preprod", "preproduction", "stage", "staging", "uat"}
)  # fmt: skip
"""Often has production's data: half of the points."""
_OTHER = frozenset(
    {"ci", "demo", "dev", "development", "local", "qa", "sandbox", "test", "testing", "training"}
)
_SHOWN = 3


def environment_points(
    target: Target, policies: Iterable[Policy], points: int
) -> Iterator[RiskPoint]:
    """A label that policies weigh gives its own points. One that says what the target is used for gives them in the place of those for `environment`."""
    weighed = label_weights(policies)
    own = {
        f"{key}={value}": weighed[f"{key}={value}"]
        for key, value in sorted(target.labels.items())
        if f"{key}={value}" in weighed
    }
    environment = {
        text: weight for text, weight in own.items() if text.partition("=")[0] in ENVIRONMENT_LABELS
    }
    if environment:
        text, weight = max(environment.items(), key=lambda row: (row[1], row[0]))
        yield RiskPoint("environment", weight, f"{target.name} has the label {text}")
    else:
        yield _usual(target, points)
    for text, weight in own.items():
        if text not in environment:
            yield RiskPoint("label", weight, f"{target.name} has the label {text}")


def label_weights(policies: Iterable[Policy]) -> Mapping[str, int]:
    """Of several policies that weigh a label the larger number holds."""
    found: dict[str, int] = {}
    for policy in policies:
        for text, weight in policy.risk.labels.items():
            found[text] = max(weight, found.get(text, weight))
    return found


def _usual(target: Target, points: int) -> RiskPoint:
    labels = {key: target.labels[key] for key in ENVIRONMENT_LABELS if key in target.labels}
    said = {f"{key}={value}": value.lower() for key, value in labels.items()}
    for values, weight in ((_PRODUCTION, points), (_NEARLY, -(-points // 2)), (_OTHER, 0)):
        found = [text for text, value in said.items() if value in values]
        if found:
            return RiskPoint("environment", weight, f"{target.name} has the label {found[0]}")
    reason = f"no label {' or '.join(ENVIRONMENT_LABELS)} says what {target.name} is, so it is taken for production"
    return RiskPoint("environment", points, reason)


def shorten(words: Sequence[str]) -> str:
    """A list for one line: its beginning, and how many more there are."""
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more
