"""What was held back when the protected branch stood at an older commit: told by the evidence that was kept, since the state only knows what is held now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from reconciler.approvals import history
from reconciler.documents.entries import FOLDER
from reconciler.ledger import evidence
from reconciler.ledger.store import Ledger
from reconciler.model.approvals import ApprovalsState, Held
from reconciler.model.errors import GitError, LedgerError

_WHY = ("approval.missing: it was not approved when it was merged",)


def held_at(folder: Path, ledger: Ledger, state: ApprovalsState, commit: str) -> dict[str, Held]:
    """The files that were not in force at a commit of the line that was judged, by path; none before judging began. Raises LedgerError, GitError."""
    repository = history.open_repository(folder)
    try:
        line = history.first_parent_line(repository, state.baseline, commit)
    except GitError:
        return {}  # older than the baseline: what stood there was in force
    later = history.first_parent_line(repository, commit, state.judged)
    work = _Walk(folder, state.baseline)
    for parent, end, refused in _judged(ledger, line):
        work.move(parent, ())
        work.move(end, refused)
    inside = any(parent not in (commit, *later) for parent, _, _ in _judged(ledger, later))
    work.move(commit, None if inside else ())
    return work.held


def _judged(ledger: Ledger, line: Iterable[str]) -> Iterator[tuple[str, str, frozenset[str]]]:
    """The changes that evidence was kept of: where each began and ended, and the files in it that were refused."""
    for commit in line:
        recorded = evidence.evidence(ledger, commit)
        if recorded is None:
            continue
        try:
            refused = [row["path"] for row in recorded["verdicts"] if row["approved"] is not True]
            yield recorded["change"]["parent"], commit, frozenset(refused)
        except (KeyError, TypeError) as error:
            raise LedgerError(
                "ledger.damaged",
                f"the evidence of {commit[:12]} cannot be read: {error}",
                hint="compare with the last good commit of the branch; nothing is granted until it reads",
            ) from None


class _Walk:
    """Goes along the line and keeps what is held."""

    def __init__(self, folder: Path, start: str) -> None:
        self._repository = history.open_repository(folder)
        self._at = start
        self.held: dict[str, Held] = {}

    def move(self, to: str, refused: Collection[str] | None) -> None:
        """On to a commit. `refused` are the files whose change was not approved; None: a part of a change that was judged as a whole later, so all of it."""
        after = history.changed_files(self._repository, self._at, to)
        before = history.blob_ids(self._repository, self._at, after)
        for path, blob in after.items():
            known = self.held.pop(path, None)
            approved = known.approved if known else before[path]
            is_held = path.startswith(f"{FOLDER}/") if refused is None else path in refused
            if is_held and blob != approved:
                self.held[path] = Held(blob, approved, to, _WHY)
        self._at = to
