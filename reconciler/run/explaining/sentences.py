"""What a document means, a true sentence at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Access, BundleAccess, Documents, TargetSelector
from reconciler.run.reviewing.words import access_words


class Sentence(NamedTuple):
    """`origin` is the place that says so, where another document does; `depth` is how far it belongs under the sentence before it."""

    text: str
    origin: Origin | None = None
    depth: int = 0


def of_access(items: Iterable[Access], documents: Documents) -> Iterator[Sentence]:
    """Each item; a bundle is opened, so that nobody has to look it up."""
    for item in items:
        bundle = documents.bundles.get(item.bundle) if isinstance(item, BundleAccess) else None
        if bundle is None:
            unknown = " (there is no such bundle)" if isinstance(item, BundleAccess) else ""
            yield Sentence(f"{access_words(item)}{unknown}", depth=1)
            continue
        yield Sentence(f"{access_words(item)}: {bundle.description}", bundle.origin, 1)
        yield from (Sentence(access_words(inner), depth=2) for inner in bundle.access)


def selector_words(selector: TargetSelector, documents: Documents) -> str:
    """The targets that are selected now, and how."""
    found = sorted(name for name, row in documents.targets.items() if selector.selects(row))
    if selector.names:
        return ", ".join(selector.names)
    labels = ", ".join(f"{key}={value}" for key, value in sorted(selector.labels.items()))
    return f"every target with {labels} (now {', '.join(found) or 'none'})"


def listed(names: Iterable[str], documents: Documents) -> str:
    """People and teams; a team with its members."""
    shown = []
    for name in names:
        team = documents.teams.get(name)
        shown.append(f"{name} ({', '.join(team.members)})" if team else name)
    return ", ".join(shown)
