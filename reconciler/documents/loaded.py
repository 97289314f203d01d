"""A typed document with the places that later checks may have to name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.documents.kinds import Document
from reconciler.documents.loader import Path, Tree
from reconciler.model.diagnostics import Origin

_FIELDS = frozenset(
    {
        "absences",
        "approvals",
        "cases",
        "exceptions",
        "forbidden",
        "includes",
        "labels",
        "requester",
        "rotation",
        "rules",
        "schemaOwners",
        "separations",
        "owner",
        "owners",
        "members",
        "grantees",
        "requesters",
        "targets",
        "users",
        "logins",
        "openers",
        "reviewers",
        "reviews",
    }
)
"""Fields of `spec` whose values name something else. Only their places are kept: all places of 100,000 documents would not fit."""


@dataclass(frozen=True, slots=True)
class Loaded:
    kind: str
    document: Document
    places: Mapping[Path, Origin]

    def at(self, *path: str | int) -> Origin:
        """Place of a value inside `spec`, or of the document."""
        return self.places.get(path, self.document.origin)


def with_places(kind: str, document: Document, tree: Tree) -> Loaded:
    places = {
        path[1:]: Origin(tree.path, *mark)
        for path, mark in tree.values.items()
        if len(path) > 1 and path[1] in _FIELDS
    }
    return Loaded(kind, document, places)
