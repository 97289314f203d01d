"""The grants repository of one run: the documents of a commit, what is wrong with them, and the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from reconciler.documents import build
from reconciler.documents.approved import OverlaidSource
from reconciler.documents.entries import Source
from reconciler.documents.relevance import about_targets
from reconciler.documents.source import GitSource
from reconciler.ledger import evidence
from reconciler.ledger.store import Ledger
from reconciler.model.approvals import ApprovalRecord
from reconciler.model.break_glass import document_of, is_lease
from reconciler.model.diagnostics import Diagnostic, Severity, ordered
from reconciler.model.documents import AccessRequest, Documents, Target
from reconciler.model.errors import GitError, InvalidInputError, LedgerError
from reconciler.policy import caps

_KEPT = frozenset({"git.uncommitted"})
"""Findings that are about the work tree, not about documents."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """`documents` are the valid ones only; `findings` say what is wrong with the others. `left_out` are those others, by kind and name (kind "" for a
    file that does not tell): what they granted is neither granted again nor taken away until they are mended. `new_ledger`: the
    ledger knew nothing of any target when it was opened. `well_formed` are all documents that could be read, right or wrong."""

    repository: Path
    commit: str
    documents: Documents
    findings: tuple[Diagnostic, ...]
    left_out: Mapping[str, frozenset[str]]
    ledger: Ledger
    well_formed: Documents
    new_ledger: bool = False

    def about(self, targets: Iterable[Target]) -> Workspace:
        """The workspace of a run on some of the targets: findings in documents that are about other targets only are not its business."""
        names = {target.name for target in targets}
        if names >= self.documents.targets.keys():
            return self
        return replace(self, findings=about_targets(self.findings, self.well_formed, names))

    def targets(self, names: Iterable[str]) -> tuple[Target, ...]:
        """The named targets, or all of them. Raises InvalidInputError for a name that is no target."""
        wanted = tuple(names) or tuple(sorted(self.documents.targets))
        unknown = [name for name in wanted if name not in self.documents.targets]
        if unknown:
            known = ", ".join(sorted(self.documents.targets)) or "none"
            raise self._no_target(
                "target.unknown",
                f"{unknown[0]!r} is no valid target in commit {self.commit[:12]}",
                f"valid targets: {known}",
            )
        if not wanted:
            raise self._no_target(
                "target.none",
                f"commit {self.commit[:12]} has no valid target",
                "mend the findings above, or add a Target document",
            )
        return tuple(self.documents.targets[name] for name in dict.fromkeys(wanted))

    def check_named(self, names: Iterable[str]) -> None:
        """Raises InvalidInputError for a name that is neither a valid target nor one that the ledger knows."""
        recorded = self.ledger.targets()
        unknown = [name for name in names if name not in recorded]
        if unknown:
            self.targets(unknown)

    def with_ledger(self) -> Workspace:
        """Itself with what the ledger tells before any target is looked at; a finding for each target whose document is gone while leases on it are open."""
        gone = targets_gone(self.ledger, self.documents, self.left_out)
        findings = ordered([*self.findings, *gone])
        return replace(self, findings=findings, new_ledger=not self.ledger.targets())

    def secrets(self) -> frozenset[str]:
        """The variables of the environment that hold passwords."""
        targets = self.documents.targets.values()
        readers = (target.reader.password_env for target in targets if target.reader)
        return frozenset((*(target.password_env for target in targets), *readers))

    def _no_target(self, rule: str, message: str, hint: str) -> InvalidInputError:
        """The error together with what is wrong with the documents, which may be why."""
        findings = (*self.findings, Diagnostic(rule, message, hint=hint))
        return InvalidInputError(rule, message, hint=hint, findings=findings)

    def approval_of(self, request: str) -> ApprovalRecord | None:
        """How a request was approved, None when policy did not ask for that when it was merged. Raises LedgerError."""
        return evidence.approval(self.ledger, request)

    def cap_of(self, request: AccessRequest, target: Target) -> timedelta | None:
        """The longest duration that policy allows, None when no policy covers the target. Break-glass access has a cap of its own, in its document."""
        if is_lease(request.name):
            glass = self.documents.break_glass.get(document_of(request.name))
            return glass.longest if glass else None
        return caps.cap_for(request, target, self.documents).duration


def open_workspace(repository: Path, ref: str | None, *, actor: str) -> Workspace:
    """Reads documents and ledger. Raises GitError, LedgerError; wrong documents are findings, not errors.

    A shallow clone is refused: without the whole audit branch an ended lease could not be known as ended.
    """
    source = GitSource.open(repository, ref)
    if source.is_shallow:
        raise GitError(
            "git.shallow",
            f"{repository} is a shallow clone; plans and runs need the whole history of the ledger",
            hint="git fetch --unshallow, or fetch-depth: 0 in the checkout step",
        )
    workspace = _read(source, repository, Ledger(repository, actor=actor))
    dirty = source.uncommitted()
    if not dirty:
        return workspace
    told = _not_part_of_this_run(dirty, source.commit)
    return replace(workspace, findings=ordered((*workspace.findings, told)))


def reopened(
    workspace: Workspace, blobs: Mapping[str, str], told: Sequence[Diagnostic]
) -> Workspace:
    """The workspace with some files in another state (blob ids by path, empty for none), and with what is to be told of that. Raises GitError."""
    if not blobs:
        return workspace
    source = OverlaidSource(GitSource.open(workspace.repository, workspace.commit), blobs)
    found = _read(source, workspace.repository, workspace.ledger)
    others = [row for row in workspace.findings if row.rule in _KEPT]
    return replace(
        found,
        findings=ordered((*found.findings, *others, *told)),
        new_ledger=workspace.new_ledger,
    )


def _read(source: Source, repository: Path, ledger: Ledger) -> Workspace:
    loaded = build.load(source)
    # what was ended by an edit asks for nothing, so nothing it refers to can stand in the way of its end
    ended = {
        name: request for name, request in loaded.well_formed.requests.items() if request.ended
    }
    requests, problems = _judged(
        replace(loaded.documents, requests={**loaded.documents.requests, **ended})
    )
    broken = {kind: frozenset(names) for kind, names in loaded.left_out.items() if names}
    refused = loaded.documents.requests.keys() - requests.keys()
    in_doubt = (broken.get("AccessRequest", frozenset()) | refused) - ended.keys()
    return Workspace(
        repository,
        source.commit,
        replace(loaded.documents, requests=requests),
        ordered((*loaded.findings, *problems)),
        broken | {"AccessRequest": in_doubt},
        ledger,
        well_formed=loaded.well_formed,
    )


def targets_gone(
    ledger: Ledger, documents: Documents, left_out: Mapping[str, Collection[str]]
) -> list[Diagnostic]:
    """An error for each target that the ledger has open leases of and no document describes, right or wrong as it may be."""
    in_error = (left_out.get(kind, ()) for kind in ("Target", ""))
    known = frozenset(documents.targets).union(*in_error)
    found = (_abandoned(name, ledger) for name in ledger.targets() if name not in known)
    return [row for row in found if row is not None]


def _abandoned(target: str, ledger: Ledger) -> Diagnostic | None:
    """Deadlines still end its leases, but nobody would confirm it, and nobody would follow an early end."""
    try:
        records = ledger.read(target).leases.values()
    except LedgerError as error:
        return error.diagnostics()[0]
    leases = sorted(row.id for row in records if not row.is_closed)
    if not leases:
        return None
    return Diagnostic(
        "target.gone",
        f"there is no target {target} any more, and {len(leases)} of its leases are open: {', '.join(leases[:3])}",
        hint="bring its document back until its leases have ended and a run has proved it; if the database is gone for good:"
        f" reconciler revoke --all-on {target} --unreachable --reason TEXT",
    )


def _judged(documents: Documents) -> tuple[dict[str, AccessRequest], list[Diagnostic]]:
    """The requests that policy allows, and what it says of the others."""
    allowed: dict[str, AccessRequest] = {}
    findings: list[Diagnostic] = []
    for name, request in documents.requests.items():
        problems = caps.check_request(request, documents)
        findings += problems
        if not any(found.is_error for found in problems):
            allowed[name] = request
    return allowed, findings


def _not_part_of_this_run(paths: Iterable[str], commit: str) -> Diagnostic:
    listed = sorted(paths)
    shown = ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
    return Diagnostic(
        "git.uncommitted",
        f"not part of this run, which reads commit {commit[:12]}: {shown}",
        severity=Severity.NOTICE,
        hint="commit them if they should count",
    )
