"""Every judgement once more, from git alone: the evidence that was kept, the documents as they were in force, the ledger as it was known then.

What a forge said is taken from the record, since nobody can ask it about the past; signatures are read and verified again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.approvals import history
from reconciler.approvals.signatures import SignedEvidence
from reconciler.documents.approved import OverlaidSource
from reconciler.documents.build import kind_of, load
from reconciler.documents.entries import SourceFile
from reconciler.documents.source import GitSource
from reconciler.ledger import evidence, layout
from reconciler.ledger.history import records as ledger_records
from reconciler.ledger.store import Ledger
from reconciler.model.approvals import ApprovalRecord, ApprovalsState, ChangeSet
from reconciler.model.break_glass import is_lease
from reconciler.model.diagnostics import Diagnostic, ordered
from reconciler.model.errors import GitError
from reconciler.model.instants import parse_instant
from reconciler.model.leases import EndReason, LeaseRecord, RecordStatus
from reconciler.model.policies import EvidenceKind
from reconciler.run.approval import entries
from reconciler.run.approval.baseline import baseline
from reconciler.run.approval.judging import Judge, Judgement
from reconciler.run.approval.surroundings import of_ledger
from reconciler.run.workspace import Workspace

_DAMAGE = (KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of replaying. `changes` of the protected branch were judged again, with `documents` in them, `approved` of these and `in_advance` among the
    approved; `leases` were looked up; `unjudged` commits came after the last judgement."""

    baseline: str = ""
    judged: str = ""
    changes: int = 0
    documents: int = 0
    approved: int = 0
    in_advance: int = 0
    leases: int = 0
    unjudged: int = 0
    findings: tuple[Diagnostic, ...] = ()


def replay(workspace: Workspace) -> Replayed:
    """Judges everything again that the ledger has evidence of. Raises LedgerError and GitError for what cannot be read at all."""
    work = _Replay(workspace)
    found = work.state
    if found is None:
        return work.without_state()
    work.all_of_it()
    begun = work.before_judging()
    findings = [*work.leases_without_approval(found.baseline, begun), *work.findings]
    return replace(
        work.result,
        baseline=found.baseline,
        judged=found.judged,
        findings=ordered(findings),
    )


class _Replay:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._ledger = workspace.ledger
        self._opened = history.open_repository(workspace.repository)
        self.state = evidence.state(workspace.ledger)
        self.findings: list[Diagnostic] = []
        self.result = Replayed()
        self._approvals: dict[str, ApprovalRecord] = {}

    def without_state(self) -> Replayed:
        """Nothing was judged: then no lease may have begun since policies ask for approvals, except by what was there before."""
        known = baseline(self._workspace.repository, self._workspace.commit)
        if known is None:
            return Replayed()
        since = history.committed_at(history.commit_of(self._opened, known))
        found = list(self.leases_without_approval(known, lambda row: row.first_start < since))
        return Replayed(baseline=known if found else "", findings=ordered(found))

    def before_judging(self) -> Callable[[LeaseRecord], bool]:
        """Whether a lease was in the ledger before judging began. What a record says of its own age is not asked."""
        first = list(ledger_records(self._ledger, target=layout.APPROVALS))[-1:]
        if not first:
            return lambda _: False
        parents = history.commit_of(self._opened, first[0].commit).parent_ids
        if not parents:
            return lambda _: False
        then = self._ledger.as_of(str(parents[0]))
        known = {(name, lease) for name in then.targets() for lease in then.read(name).leases}
        return lambda row: (row.target, row.id) in known

    def all_of_it(self) -> None:
        """Each ledger commit with judgements, oldest first, on what was known before it."""
        commits = [row.commit for row in ledger_records(self._ledger, target=layout.APPROVALS)]
        before: ApprovalsState | None = None
        for commit in reversed(commits):
            now = self._ledger.as_of(commit)
            after = evidence.state(now)
            if after is None:
                self._tell(
                    "audit.state-lost", f"ledger commit {commit[:12]} has no state of approvals"
                )
                continue
            if before is None:
                self._check_baseline(after)
                before = ApprovalsState(after.baseline, after.baseline)
            self._span(commit, now, before, after)
            before = after
        if before is not None:
            self._check_what_stands(before)
            self._check_the_rest(before)

    def _check_what_stands(self, last: ApprovalsState) -> None:
        """What runs believe now is what came of the judgements, and nothing was written over it since."""
        if self.state != last:
            self._tell(
                "audit.state-differs", "the state of approvals was changed after the last judgement"
            )
        stored = set(evidence.approved(self._ledger))
        for name in sorted(stored | self._approvals.keys()):
            if evidence.approval(self._ledger, name) != self._approvals.get(name):
                self._tell(
                    "audit.approval-differs",
                    f"the approval recorded of {name} is not what comes of the evidence",
                )

    def _check_baseline(self, state: ApprovalsState) -> None:
        known = baseline(self._workspace.repository, state.judged)
        if known is not None and known != state.baseline:
            self._tell(
                "audit.baseline",
                f"judging began at {state.baseline[:12]}, policy asks for approvals since {known[:12]}",
            )

    def _check_the_rest(self, state: ApprovalsState) -> None:
        try:
            line = history.first_parent_line(self._opened, state.judged, self._workspace.commit)
        except GitError as error:
            self._tell(error.rule, error.message)
            return
        self.result = replace(self.result, unjudged=len(line))

    def _span(
        self, commit: str, now: Ledger, before: ApprovalsState, after: ApprovalsState
    ) -> None:
        """What one ledger commit judged: from one commit of the protected branch to another."""
        try:
            line = history.first_parent_line(self._opened, before.judged, after.judged)
        except GitError as error:
            self._tell(error.rule, error.message)
            return
        judge = Judge(self._workspace.repository, of_ledger(self._before(commit)))
        state = before
        for change, recorded in self._changes(now, before.judged, line):
            state = self._again(judge, state, change, recorded)
        if state.baseline != after.baseline:
            self._tell(
                "audit.baseline",
                f"ledger commit {commit[:12]} moves the commit from which approvals are asked for to {after.baseline[:12]}",
            )
        if state.held != after.held:
            self._tell(
                "audit.held-differ",
                f"what ledger commit {commit[:12]} holds back is not what comes of its evidence",
            )

    def _before(self, commit: str) -> Ledger:
        """The ledger that the judgements of a commit rest on."""
        parents = history.commit_of(self._opened, commit).parent_ids
        return self._ledger.as_of(str(parents[0])) if parents else self._ledger.as_of(commit)

    def _changes(
        self, now: Ledger, judged: str, line: Sequence[str]
    ) -> Iterator[tuple[ChangeSet, Mapping[str, Any] | None]]:
        """The change sets that make up the line. What lies between those with evidence must not have needed any, and is judged as a push would be."""
        position = judged
        for commit in line:
            recorded = evidence.evidence(now, commit)
            if evidence.evidence(self._ledger, commit) != recorded:
                self._tell(
                    "audit.evidence-changed", f"the evidence of {commit[:12]} was changed later"
                )
            if recorded is None:
                continue
            try:
                change = evidence.change_from_json(recorded["change"])
            except _DAMAGE as error:
                self._tell(
                    "audit.damaged", f"the evidence of {commit[:12]} cannot be read: {error}"
                )
                continue
            if position != change.parent:
                yield ChangeSet(change.kind, change.parent, position), None
            yield change, recorded
            position = change.commit
        if line and position != line[-1]:
            yield ChangeSet(EvidenceKind.SIGNATURES, line[-1], position), None

    def _again(
        self,
        judge: Judge,
        state: ApprovalsState,
        change: ChangeSet,
        recorded: Mapping[str, Any] | None,
    ) -> ApprovalsState:
        found = judge.judge(change, state.held)
        if recorded is None:
            for verdict in (row for row in found.verdicts if row.chains or row.refusals):
                self._tell(
                    "audit.no-evidence",
                    f"{verdict.path} changed by {change.commit[:12]}, and there is no evidence about that",
                )
            return entries.state_after(state, (found,))
        self._compare(found, recorded, state)
        seen_at = parse_instant(recorded["seen_at"])
        self._approvals |= {row.request: row for row in entries.records(found, seen_at)}
        verdicts = found.verdicts
        self.result = replace(
            self.result,
            changes=self.result.changes + 1,
            documents=self.result.documents + len(verdicts),
            approved=self.result.approved + sum(row.is_approved for row in verdicts),
            in_advance=self.result.in_advance + sum(row.is_pre_approved for row in verdicts),
        )
        return entries.state_after(state, (found,))

    def _compare(
        self, found: Judgement, recorded: Mapping[str, Any], state: ApprovalsState
    ) -> None:
        commit = found.change.commit[:12]
        again = entries.evidence_of(found, parse_instant(recorded["seen_at"]))
        if again["verdicts"] != recorded["verdicts"]:
            self._tell(
                "audit.verdict-differs",
                f"judging {commit} again on the recorded evidence gives another verdict than the recorded one",
            )
        signed = found.asked and found.change.kind is EvidenceKind.SIGNATURES
        if signed and not self._is_in_git(found.change, state):
            self._tell(
                "audit.evidence-differs",
                f"the signatures recorded of {commit} are not those that git has",
            )

    def _is_in_git(self, change: ChangeSet, state: ApprovalsState) -> bool:
        """Whether reading and verifying the signatures again gives the recorded evidence."""
        held = {path: row.approved for path, row in state.held.items()}
        source = GitSource.of_history(self._workspace.repository, change.parent)
        people = load(OverlaidSource(source, held, ())).documents.people
        line = history.first_parent_line(self._opened, change.parent, change.commit)
        provider = SignedEvidence(self._workspace.repository, people)
        return change in provider.changes(change.parent, line)

    def leases_without_approval(
        self, begun: str, is_older: Callable[[LeaseRecord], bool]
    ) -> Iterator[Diagnostic]:
        """Leases that were granted since approvals are asked for, on a request that nobody approved. `begun` is the commit from which they are."""
        for target in self._ledger.targets():
            state = self._ledger.read(target)
            for record in state.leases.values():
                orphan = not record.path and record.end_reason is EndReason.ORPHAN
                opened = is_lease(record.id) and record.id in state.openings
                if record.status is RecordStatus.LAPSED or orphan or opened:
                    continue
                self.result = replace(self.result, leases=self.result.leases + 1)
                if is_older(record) or self._is_approved(record.id, record.path, begun):
                    continue
                yield self._finding(
                    "audit.not-approved",
                    f"lease {record.id} on {target} was granted, and no evidence approves {record.path or 'it'}",
                )

    def _is_approved(self, request: str, path: str, begun: str) -> bool:
        """By evidence, or because the request was there before policy asked for any."""
        if request in self._approvals:
            return True
        there = GitSource.of_history(self._workspace.repository, begun).file(path) if path else None
        named = path.rpartition("/")[2].rpartition(".")[0] == request
        return named and isinstance(there, SourceFile) and kind_of(there) == "AccessRequest"

    def _tell(self, rule: str, message: str) -> None:
        self.findings.append(self._finding(rule, message))

    def _finding(self, rule: str, message: str) -> Diagnostic:
        hint = "compare the audit branch with a copy of your own; until this is explained, treat what rests on it as not approved"
        return Diagnostic(rule, message, hint=hint)
