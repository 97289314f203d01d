"""What documents mean in words, with what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.documents.alone import document_at
from reconciler.documents.build import LoadResult
from reconciler.documents.entries import Source
from reconciler.documents.suggestions import did_you_mean
from reconciler.model.break_glass import BreakGlass
from reconciler.model.classification import Classification
from reconciler.model.diagnostics import Diagnostic, Origin, ordered
from reconciler.model.documents import (
    AccessRequest,
    Bundle,
    Documents,
    Person,
    Policy,
    PolicyTest,
    StandingGrant,
    Target,
    Team,
)
from reconciler.model.errors import InvalidInputError
from reconciler.policy import caps
from reconciler.run.explaining import others, policies, requests
from reconciler.run.explaining.sentences import Sentence

_EXPLAIN: Mapping[type, Callable[[Any, Documents], Iterator[Sentence]]] = {
    AccessRequest: requests.request,
    StandingGrant: others.standing,
    BreakGlass: others.break_glass,
    Bundle: others.bundle,
    Target: others.target,
    Person: others.person,
    Team: others.team,
    Policy: policies.policy,
    PolicyTest: policies.policy_test,
    Classification: policies.classification,
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One document. Without sentences it cannot be read far enough to be explained, and the findings say why; `kind` is empty where it does not tell."""

    kind: str
    name: str
    origin: Origin
    sentences: tuple[Sentence, ...]
    findings: tuple[Diagnostic, ...]


def of_files(source: Source, loaded: LoadResult, paths: Iterable[str]) -> tuple[Explanation, ...]:
    """The documents of the source in these files, in order of their paths."""
    wanted = frozenset(paths)
    found = [row for row in _places(loaded) if row.origin.path in wanted]
    return tuple(
        _explained(source, loaded, row) for row in sorted(found, key=lambda row: row.origin)
    )


def of_name(source: Source, loaded: LoadResult, name: str) -> tuple[Explanation, ...]:
    """The documents of that name: different kinds may share one. Raises InvalidInputError when there is none."""
    everything = list(_places(loaded))
    found = [row for row in everything if row.name == name]
    if not found:
        raise InvalidInputError(
            "explain.unknown",
            f"there is no file and no document {name!r}",
            hint=did_you_mean(name, [row.name for row in everything]),
        )
    return tuple(
        _explained(source, loaded, row) for row in sorted(found, key=lambda row: row.origin)
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """A document; None when it could not be read."""

    kind: str
    name: str
    origin: Origin
    document: Any = None


def _places(loaded: LoadResult) -> Iterator[_Place]:
    """All documents that could be read, and the places of those that could not."""
    read = set()
    for document in _documents(loaded.well_formed):
        read.add(document.origin.path)
        yield _Place(type(document).__name__, document.name, document.origin, document)
    for kind, broken in sorted(loaded.left_out.items()):
        for name, origin in sorted(broken.items()):
            if origin.path not in read:
                yield _Place(kind, name, origin)


def _explained(source: Source, loaded: LoadResult, row: _Place) -> Explanation:
    documents = loaded.well_formed
    document = row.document or document_at(source, row.origin.path)
    found = [one for one in loaded.findings if _is_about(one, row.origin.path)]
    if isinstance(document, AccessRequest):
        found += caps.check_request(document, documents)
    sentences = _EXPLAIN[type(document)](document, documents) if document else ()
    return Explanation(row.kind, row.name, row.origin, tuple(sentences), ordered(found))


def _is_about(found: Diagnostic, path: str) -> bool:
    return found.origin is not None and found.origin.path == path


def _documents(documents: Documents) -> Iterator[Any]:
    for group in (
        documents.requests,
        documents.standing,
        documents.break_glass,
        documents.bundles,
        documents.targets,
        documents.people,
        documents.teams,
        documents.policies,
        documents.classifications,
        documents.policy_tests,
    ):
        yield from group.values()
