"""A document that a command proposes: judged with the rules of `validate`, and left on a branch of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.documents import branch
from reconciler.documents.build import load
from reconciler.documents.entries import SourceFile
from reconciler.documents.overlay import Overlay, without
from reconciler.documents.schema import Schemas
from reconciler.documents.source import GitSource
from reconciler.model.diagnostics import Diagnostic, ordered
from reconciler.model.documents import AccessRequest
from reconciler.policy import caps
from reconciler.run.proposing.forge_links import pull_request
from reconciler.run.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Judged:
    """`request` is None when the text cannot be read as one. `findings` are about the file alone, by place."""

    request: AccessRequest | None
    findings: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(row for row in self.findings if row.is_error)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where documents are written: those of the commit that they may refer to, and the instant (UTC) that counts as their writing."""

    others: tuple[SourceFile | Diagnostic, ...]
    at: datetime
    schemas: Schemas

    def judge(self, path: str, data: bytes, before: AccessRequest | None = None) -> Judged:
        """What `validate` would say of the file if it were committed now. `before` is what an edited request said until now."""
        overlay = Overlay(self.others, SourceFile(path, data))
        loaded = load(overlay, self.schemas)
        found = [row for row in loaded.findings if row.origin and row.origin.path == path]
        requests = loaded.well_formed.requests.values()
        request = next((row for row in requests if row.origin.path == path), None)
        if request is not None:
            found += caps.check_request(request, loaded.documents)
            found += caps.check_changed(request, self.at, loaded.documents, before)
        return Judged(request, ordered(found))


def open_desk(workspace: Workspace, at: datetime) -> Desk:
    """Raises GitError."""
    source = GitSource.open(workspace.repository, workspace.commit)
    requests = frozenset(row.origin.path for row in workspace.well_formed.requests.values())
    return Desk(without(source, requests), at, Schemas())


@dataclass(frozen=True, slots=True)
class Proposed:
    """What was left in the repository. `link` is the page that opens a pull request, empty where none is known; `has_origin` says whether there is somewhere
    to push to."""

    path: str
    text: str
    branch: str
    link: str
    has_origin: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One file to propose. `author` is name and email."""

    path: str
    data: bytes
    branch: str
    message: str
    author: tuple[str, str]


def propose(workspace: Workspace, change: Change, at: datetime) -> Proposed:
    """Leaves the branch, on top of the commit that was read. Neither work tree nor index is touched. Raises GitError."""
    proposal = branch.Proposal(
        workspace.commit,
        {change.path: change.data},
        change.message,
        change.author,
        at,
        by_hand=f"write {change.path} by hand",
    )
    name = branch.propose(workspace.repository, change.branch, proposal)
    address = branch.origin_address(workspace.repository)
    text = change.data.decode("utf-8")
    return Proposed(change.path, text, name, pull_request(address, name), bool(address))


def message(subject: str, body: str, trailers: Mapping[str, str]) -> str:
    """A commit message whose trailers hold one clean line each: a reason cannot pass for another trailer."""
    lines = [f"{key}: {' '.join(value.split())}" for key, value in trailers.items() if value]
    return f"{subject}\n\n{body}\n\n" + "\n".join(lines) + "\n"
