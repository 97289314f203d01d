"""What a pull request changes, and what its reviewers are told of it."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Action(enum.StrEnum):
    """What happens to a file."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class DocumentChange(NamedTuple):
    """A file that a pull request or a merge touches. `path` is from the root of the repository; `kind` that of the document in it, empty for a file that
    is no document or does not tell. A file whose kind changes is two changes: one document goes and another comes."""

    path: str
    kind: str
    action: Action
