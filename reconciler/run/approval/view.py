"""The documents that are in force: those of a commit, with every file whose last change was not approved in the state that was.

Judging begins where policy began to ask for approvals (the baseline); what stood there is in force. From then on each change of the protected branch is
judged once, in order, and recorded (docs/adr/0013).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from reconciler.approvals import history
from reconciler.approvals.provider import Provider
from reconciler.documents.approved import OverlaidSource
from reconciler.documents.build import load
from reconciler.documents.entries import FOLDER
from reconciler.documents.source import GitSource
from reconciler.ledger import evidence
from reconciler.model.approvals import ApprovalsState, ChangeSet, Held
from reconciler.model.diagnostics import Diagnostic, Origin, Severity, ordered
from reconciler.model.documents import Documents
from reconciler.model.errors import ApprovalError, GitError, InvalidInputError, RefusedError
from reconciler.model.policies import EvidenceKind
from reconciler.run.approval import entries
from reconciler.run.approval.baseline import baseline
from reconciler.run.approval.earlier import held_at
from reconciler.run.approval.judging import Judge, Judgement, Surroundings
from reconciler.run.workspace import Workspace, reopened

NOT_APPROVED = "approval.missing"
NOT_JUDGED = "approval.not-judged"
REWRITTEN = "git.history-rewritten"
OLDER = "approval.older-commit"
_GRANTS = f"{FOLDER}/"

ProviderOf = Callable[[EvidenceKind, Documents], Provider | None]
"""Where evidence of a kind comes from, given the people of the branch; None where this run cannot ask: then what is new is not in force yet."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What is to be judged: the state so far, and the commits that are new, oldest first. `is_new`: nothing was ever judged."""

    state: ApprovalsState
    commits: tuple[str, ...]
    is_new: bool


def in_force(
    workspace: Workspace,
    provider_of: ProviderOf,
    around: Surroundings,
    at: datetime,
    *,
    run_id: str,
    record: bool,
    only_newest: bool = False,
) -> Workspace:
    """The workspace with the documents that are in force. With `record` what is judged now is appended to the ledger; `at` is the clock of the run, UTC.
    `only_newest`: a commit that the branch was judged beyond is refused.

    Where no policy ever asked for approvals it is the workspace itself. Raises RefusedError for a rewritten branch, InvalidInputError, GitError, LedgerError,
    and what the provider raises.
    """
    line = _line(workspace)
    if line is None:
        return workspace
    if not line.commits and line.state.judged != workspace.commit:
        if only_newest:
            raise _older(workspace.commit, line.state.judged)
        return _earlier(workspace, line.state)
    work = _Work(workspace.repository, provider_of, Judge(workspace.repository, around))
    judged = tuple(work.judged(line))
    state = entries.state_after(line.state, judged)
    if record and (judged or line.is_new):
        workspace.ledger.append(entries.entry(state, judged, at, run_id))
    unjudged = line.commits[line.commits.index(state.judged) + 1 :] if judged else line.commits
    held = {**_still_there(workspace, state.held), **work.waiting(state, unjudged)}
    return _with_held(workspace, held)


def _earlier(workspace: Workspace, state: ApprovalsState) -> Workspace:
    held = held_at(workspace.repository, workspace.ledger, state, workspace.commit)
    return _with_held(workspace, held)


def _with_held(workspace: Workspace, held: Mapping[str, Held]) -> Workspace:
    return reopened(workspace, {path: row.approved for path, row in held.items()}, _told(held))


def of_another_branch(workspace: Workspace) -> Workspace:
    """The workspace of a commit that is not on the protected branch, for looking at it: whatever it says counts as approved, and that is told."""
    told = Diagnostic(
        "approval.other-branch",
        f"commit {workspace.commit[:12]} is not on the branch whose changes were judged; it is shown as if everything in it were approved",
        severity=Severity.NOTICE,
    )
    return replace(workspace, findings=ordered((*workspace.findings, told)))


def without_evidence(workspace: Workspace, error: ApprovalError) -> Workspace:
    """The workspace of a run that could not ask for evidence: what was merged since the last judgement is not in force, and why is told."""
    told = Diagnostic("approval.unavailable", error.message, hint=error.hint)
    return replace(workspace, findings=ordered((*workspace.findings, told)))


def _older(commit: str, judged: str) -> RefusedError:
    """What was refused there may be gone by now, and with it the knowledge that it was; what was taken back since would be in force again."""
    return RefusedError(
        OLDER,
        f"commit {commit[:12]} is older than {judged[:12]}, up to which the protected branch was judged",
        hint="run the newest commit of the branch; to bring back what an older one said, revert and have that reviewed",
    )


def _line(workspace: Workspace) -> _Line | None:
    repository, commit = workspace.repository, workspace.commit
    state = evidence.state(workspace.ledger)
    is_new = state is None
    if state is None:
        begun = baseline(repository, commit)
        if begun is None:
            return None
        state = ApprovalsState(begun, begun)
    opened = history.open_repository(repository)
    try:
        return _Line(state, history.first_parent_line(opened, state.judged, commit), is_new)
    except GitError as error:
        if error.rule != REWRITTEN:
            raise
    try:  # an older commit of the line was judged as part of it
        history.first_parent_line(opened, commit, state.judged)
    except GitError:
        raise RefusedError(
            REWRITTEN,
            f"commit {commit[:12]} does not follow {state.judged[:12]}, up to which the protected branch was judged:"
            " its history was rewritten, or this is another branch",
            hint="bring the protected branch back; nothing is granted from one that lost what was approved on it",
        ) from None
    return _Line(state, (), is_new)


@dataclass(frozen=True, slots=True)
class _Work:
    repository: Path
    provider_of: ProviderOf
    judge: Judge

    def judged(self, line: _Line) -> Iterator[Judgement]:
        """The judgements on the new commits, in order, as far as evidence can be had. A change of the policies may change where evidence comes from, so what
        follows it is asked for again."""
        state, waiting = line.state, line.commits
        while waiting := self.about_grants(state.judged, waiting):
            rules = self.rules(state)
            kind = kind_of_evidence(rules)
            if kind is None:
                change = ChangeSet(EvidenceKind.SIGNATURES, waiting[0], state.judged)
                yield (found := self.judge.judge(change, state.held))
                state, waiting = entries.state_after(state, (found,)), waiting[1:]
                continue
            provider = self.provider_of(kind, rules)
            if provider is None:
                return
            for change in provider.changes(state.judged, waiting):
                found = self.judge.judge(change, state.held)
                yield found
                state = entries.state_after(state, (found,))
                waiting = waiting[waiting.index(state.judged) + 1 :]
                if found.changes_rules:
                    break

    def about_grants(self, judged: str, commits: tuple[str, ...]) -> tuple[str, ...]:
        """The commits, if one of them touches documents; none when none does, for then there is nothing to ask about. The last ones belong to it where a pull
        request was rebased: by its last commit it is told."""
        opened = history.open_repository(self.repository)
        touching = any(
            path.startswith(_GRANTS)
            for before, after in pairwise((judged, *commits))
            for path in history.changed_files(opened, before, after)
        )
        return commits if touching else ()

    def rules(self, state: ApprovalsState) -> Documents:
        """Everything but requests, as it was in force at the judged commit."""
        held = {path: row.approved for path, row in state.held.items()}
        source = GitSource.of_history(self.repository, state.judged)
        return load(OverlaidSource(source, held, ())).documents

    def waiting(self, state: ApprovalsState, commits: Iterable[str]) -> dict[str, Held]:
        """The files of commits that could not be judged: not in force before they are."""
        newest = list(commits)
        if not newest:
            return {}
        opened = history.open_repository(self.repository)
        after = history.changed_files(opened, state.judged, newest[-1])
        before = history.blob_ids(opened, state.judged, after)
        why = (f"{NOT_JUDGED}: no evidence of reviews was at hand here",)
        return {
            path: Held(blob, _approved(state, path, before[path]), newest[-1], why)
            for path, blob in after.items()
            if path.startswith(_GRANTS) and blob != _approved(state, path, before[path])
        }


def _approved(state: ApprovalsState, path: str, merged: str) -> str:
    return state.held[path].approved if path in state.held else merged


def kind_of_evidence(documents: Documents) -> EvidenceKind | None:
    """Where the policies want evidence from; None when none asks for approvals. Raises InvalidInputError when they do not agree."""
    asking = [row for _, row in sorted(documents.policies.items()) if row.approvals is not None]
    kinds = sorted({row.approvals.evidence for row in asking if row.approvals is not None})
    if len(kinds) > 1:
        raise InvalidInputError(
            "approval.two-kinds",
            f"policies want evidence from {' and '.join(kinds)}; a repository has one place where it is reviewed",
            hint="write the same `evidence` into all policies with `approvals`",
            origin=asking[0].origin,
        )
    return kinds[0] if kinds else None


def _still_there(workspace: Workspace, held: Mapping[str, Held]) -> dict[str, Held]:
    """Those of the held files that the commit of the workspace has in the state that was refused: it may be a newer one than was judged."""
    opened = history.open_repository(workspace.repository)
    now = history.blob_ids(opened, workspace.commit, held)
    return {path: row for path, row in held.items() if now[path] == row.refused}


def _told(held: Mapping[str, Held]) -> tuple[Diagnostic, ...]:
    """A finding for each file that is not in force as it was merged."""
    return tuple(_finding(path, row) for path, row in sorted(held.items()))


def _finding(path: str, row: Held) -> Diagnostic:
    stays = "what was approved before stays in force" if row.approved else "it is not in force"
    what = "this change" if row.refused else "the removal of this file"
    rule = NOT_JUDGED if row.why and row.why[0].startswith(NOT_JUDGED) else NOT_APPROVED
    return Diagnostic(
        rule,
        f"{what}, merged as {row.commit[:12]}, was not approved as policy asks, so {stays}; {'; '.join(row.why)}",
        Origin(path),
        hint="revert it, or merge it again in a change that is reviewed by those who are missing",
    )
