"""Reading a target's state from the audit branch, and appending to it by compare-and-swap."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pygit2

from reconciler.ledger import codec, layout, people_index, records, snapshots, trees
from reconciler.model.break_glass import Opening, Openings
from reconciler.model.errors import LedgerError
from reconciler.model.leases import LeaseRecord, PastLease
from reconciler.model.ledger import CommitKind, Event, LedgerState, OpenIntent
from reconciler.model.snapshot import RecordedSnapshot

_ATTEMPTS = 20
OWN_AUTHOR = ("reconciler", "reconciler@localhost")
"""Who writes where git knows nobody."""
_DAMAGE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Entry:
    """One commit to append.

    `journal` is the journal's whole text after this commit (a run appends to its own file). `trailers` are the machine-readable lines of the message.
    The remaining fields say what changes in the target's state; None leaves it as it is. `sealed` are passwords that only their owners can open, by
    the names of `layout.sealed`; a lease's goes when the lease is closed. `snapshot` is a file of `snapshots`. `files` are whole files of the state, None
    removes one.
    """

    kind: CommitKind
    target: str
    run_id: str
    at: datetime
    summary: str
    events: Sequence[Event]
    trailers: Mapping[str, str] = field(default_factory=dict)
    leases: Sequence[LeaseRecord] = ()
    granted: bytes | None = None
    intent: OpenIntent | None = None
    closes_intent: bool = False
    drift: bytes | None = None
    sealed: Mapping[str, bytes | None] = field(default_factory=dict)
    rotated: Mapping[str, datetime] | None = None
    openings: Sequence[Opening] = ()
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    snapshot: bytes | None = None


class Ledger:
    """The audit branch of one repository. One instance serves one thread."""

    def __init__(self, repository: Path | str, *, actor: str, branch: str = layout.BRANCH) -> None:
        try:
            self._repository = pygit2.Repository(str(repository))
        except pygit2.GitError as error:
            raise LedgerError("ledger.no-repository", f"{repository}: {error}") from None
        pygit2.settings.enable_fsync_gitdir(True)  # an intent must survive a power cut
        self.reference = f"refs/heads/{branch}"
        self.actor = actor
        self._as_of = ""
        self.appended: list[Entry] = []
        self._known: dict[str, str] = {}
        self._opened: set[tuple[str, str]] = set()

    @classmethod
    def to_read(cls, repository: Path, remote: str = "origin") -> Ledger:
        """The ledger as far as it is known here, moving no branch: the local one, or what was fetched of the remote's where that is ahead. Raises
        LedgerError."""
        found = pygit2.discover_repository(str(repository)) or str(repository)
        ledger = cls(found, actor="")
        fetched = ledger._repository.references.get(f"refs/remotes/{remote}/{layout.BRANCH}")
        tip = ledger.tip()
        if fetched is None:
            return ledger
        newest = fetched.peel(pygit2.Commit).id
        if tip is None or ledger._repository.descendant_of(newest, tip.id):
            ledger.reference = fetched.name
        return ledger

    @property
    def repository(self) -> pygit2.Repository:
        return self._repository

    def tip(self) -> pygit2.Commit | None:
        """The newest ledger commit, None before the first; for the ledger of `as_of` that one."""
        if self._as_of:
            return self._repository[pygit2.Oid(hex=self._as_of)].peel(pygit2.Commit)
        reference = self._repository.references.get(self.reference)
        if reference is None:
            return None
        return reference.peel(pygit2.Commit)

    def as_of(self, commit: str) -> Ledger:
        """The ledger as it was at one of its commits, to be read only."""
        found = Ledger(self._repository.path, actor=self.actor)
        found.reference = self.reference
        found._as_of = commit
        return found

    def read(self, target: str, only: Collection[str] | None = None) -> LedgerState:
        """The state of one target, or what it says of `only` these leases. Raises LedgerError when a state file is damaged: guessing would let an ended lease
        come back."""
        tip = self.tip()
        self._known[target] = self.state_id(tip, target)
        if tip is None:
            return LedgerState(target)
        try:
            return self._read(tip.tree, target, only)
        except _DAMAGE as error:
            raise self._damaged(f"the state of {target}", error) from None

    def _damaged(self, what: str, error: Exception) -> LedgerError:
        tip = self.tip()
        return LedgerError(
            "ledger.damaged",
            f"{what} on {self.reference} at {str(tip.id)[:12] if tip else ''} cannot be read: {error}",
            hint="compare with the last good commit of the branch; nothing is granted until it reads",
        )

    def _read(self, tree: pygit2.Tree, target: str, only: Collection[str] | None) -> LedgerState:
        leases = {record.id: record for record in records.every(tree, target, only)}
        granted = trees.read_blob(tree, layout.granted(target))
        intent = trees.read_blob(tree, layout.intent(target))
        drift = trees.read_blob(tree, layout.drift(target))
        rotated = trees.read_blob(tree, layout.rotated(target))
        return LedgerState(
            target,
            dict(sorted(leases.items())),
            codec.granted_from_lines(granted) if granted else frozenset(),
            codec.intent_from_json(json.loads(intent)) if intent else None,
            str(json.loads(drift)["digest"]) if drift else "",
            dict(sorted(self._openings(tree, target))),
            codec.instants_from_json(json.loads(rotated)) if rotated else {},
        )

    def _openings(self, tree: pygit2.Tree, target: str) -> Iterator[tuple[str, Opening]]:
        for entry in trees.read_subtree(tree, layout.openings(target)) or ():
            opening = codec.opening_from_json(json.loads(_content(entry)))
            if (opening.target, f"{opening.lease}.json") != (target, entry.name):
                raise ValueError(f"{entry.name} is about {opening.lease} on {opening.target}")
            yield opening.lease, opening

    def openings(self) -> Openings:
        """The openings of break-glass access on all targets. Raises LedgerError."""
        states = map(self.read, self.targets())
        return Openings(tuple(row for state in states for row in state.openings.values()))

    def targets(self, commit: pygit2.Commit | None = None) -> tuple[str, ...]:
        """The targets that the ledger has a state of, by name; at the commit, or else now. A snapshot alone is none: a run writes it before anything was
        granted, and a ledger that was lost would seem to know."""
        tip = commit or self.tip()
        return tuple(
            str(entry.name)
            for entry in trees.read_subtree(tip.tree if tip else None, layout.STATES) or ()
            if entry.name != layout.APPROVALS
            and (
                not isinstance(entry, pygit2.Tree)
                or any(found.name != layout.SNAPSHOT for found in entry)
            )
        )

    def file(self, path: str, about: str) -> bytes | None:
        """One file of the state as it is now, None if there is none; what is appended about `about` later is refused if somebody else wrote there since."""
        tip = self.tip()
        self._known.setdefault(about, self.state_id(tip, about))
        return trees.read_blob(tip.tree if tip else None, path)

    def names(self, folder: str) -> Iterator[str]:
        """The names, without their ending, of the files in the shards of a folder."""
        tip = self.tip()
        for shard in trees.read_subtree(tip.tree if tip else None, folder) or ():
            for entry in shard if isinstance(shard, pygit2.Tree) else ():
                yield str(entry.name).removesuffix(".json")

    def snapshot(self, target: str) -> RecordedSnapshot | None:
        """The last snapshot of the target, None if none was recorded. Raises LedgerError for a damaged one."""
        tip = self.tip()
        data = self.snapshot_file(target)
        if tip is None or data is None:
            return None
        try:
            found = snapshots.decode(data)
            if found.target != target:
                raise ValueError(f"it is about {found.target}")
        except _DAMAGE as error:
            raise self._damaged(layout.snapshot(target), error) from None
        return RecordedSnapshot(found, found.at, str(tip.id))

    def snapshot_file(self, target: str) -> bytes | None:
        """The file of the last snapshot as it is."""
        tip = self.tip()
        return trees.read_blob(tip.tree if tip else None, layout.snapshot(target))

    def history(self, target: str, requester: str) -> tuple[PastLease, ...]:
        """The leases of a requester on the target, in force or over, by name. Raises LedgerError when the ledger is damaged."""
        tip = self.tip()
        try:
            return people_index.history(tip.tree if tip else None, target, requester)
        except _DAMAGE as error:
            raise self._damaged(f"the leases of {requester} on {target}", error) from None

    def sealed(self, target: str, name: str) -> bytes | None:
        """The sealed password under one of the names of `layout.sealed`, None if there is none."""
        tip = self.tip()
        return trees.read_blob(tip.tree if tip else None, layout.sealed(target, name))

    def elsewhere(self, lease_ids: Iterable[str], target: str) -> list[LeaseRecord]:
        """What is recorded of these leases on other targets than this one. Raises LedgerError for a damaged record."""
        tip = self.tip()
        names = [name for name in self.targets() if name != target]
        found = []
        for path in (layout.lease(name, lease_id) for lease_id in lease_ids for name in names):
            data = trees.read_blob(tip.tree if tip else None, path)
            try:
                found += [codec.record_from_json(json.loads(data))] if data else []
            except _DAMAGE as error:
                raise self._damaged(path, error) from None
        return found

    def state_id(self, commit: pygit2.Commit | None, target: str) -> str:
        """What git calls the target's state as it was at the commit; empty when there was none. The same state has the same id."""
        found = trees.read_subtree(commit.tree if commit else None, layout.state(target))
        return str(found.id) if found is not None else ""

    def state_at(self, revision: str, target: str) -> str:
        """`state_id` of a commit by its name; empty for an empty name."""
        found = self._repository.revparse_single(revision) if revision else None
        return self.state_id(found.peel(pygit2.Commit) if found else None, target)

    def append(self, entry: Entry) -> str:
        """Appends one commit and returns its id; on a branch that somebody else moved it is built again on the new tip.

        Raises LedgerError when the branch keeps moving or cannot be written, and `ledger.overtaken` when the state of the entry's target is no longer the
        one that was read: the entry was made from that one, and would undo what the other run recorded.
        """
        for _ in range(_ATTEMPTS):
            commit = self._try_append(entry)
            if commit is not None:
                self.appended.append(entry)
                self._opened |= {(row.lease, row.target) for row in entry.openings}
                return commit
        raise LedgerError(
            "ledger.contended",
            f"{self.reference} moved {_ATTEMPTS} times while a commit was written",
            hint="run again when the other runs are done",
        )

    def append_again(self, entries: Sequence[Entry]) -> None:
        """Appends entries of this run on a tip that another run moved, after it was seen that the states they are about did not change."""
        tip = self.tip()
        self._known = {target: self.state_id(tip, target) for target in self._known}
        for entry in entries:
            self.append(entry)

    def _try_append(self, entry: Entry) -> str | None:
        tip = self.tip()
        if self._known.get(entry.target, now := self.state_id(tip, entry.target)) != now:
            raise LedgerError(
                "ledger.overtaken",
                f"another run recorded changes of {entry.target} on {self.reference} since this run read it",
                hint="run again: the next run starts from what that one recorded",
            )
        self.refuse_used_seals(tip, entry)
        tree = trees.write(self._repository, tip.tree if tip else None, self._updates(tip, entry))
        signature = self._signature(entry.at)
        parents = [tip.id] if tip else []
        try:
            commit = self._repository.create_commit(
                self.reference, signature, signature, _message(entry, self.actor), tree, parents
            )
        except pygit2.GitError as error:
            if self._moved_since(tip):
                return None
            raise LedgerError("ledger.write", f"cannot write {self.reference}: {error}") from None
        written = self._repository[commit].peel(pygit2.Commit)
        if entry.target in self._known:
            self._known[entry.target] = self.state_id(written, entry.target)
        return str(commit)

    def refuse_used_seals(self, tip: pygit2.Commit | None, entry: Entry) -> None:
        """Runs on different targets do not wait for each other, and their states do not meet: two of them could break one seal. Raises LedgerError when the
        commit knows of an opening with a seal of the entry that was not written here."""
        wanted = {row.seal for row in entry.openings}
        if tip is None or not wanted:
            return
        for name in self.targets(tip):
            for _, row in self._openings(tip.tree, name):
                if row.seal in wanted and (row.lease, row.target) not in self._opened:
                    raise LedgerError(
                        "ledger.overtaken",
                        f"another run broke the seal of {row.document} for {row.person} on {row.target} since this run read {self.reference}",
                        hint="each seal opens once; make a new one with reconciler break-glass seal",
                    )

    def _moved_since(self, tip: pygit2.Commit | None) -> bool:
        now = self.tip()
        return (now.id if now else None) != (tip.id if tip else None)

    def _updates(self, tip: pygit2.Commit | None, entry: Entry) -> dict[str, bytes | None]:
        path = layout.journal(entry.target, entry.at, entry.run_id)
        before = trees.read_blob(tip.tree if tip else None, path) or b""
        lines = "".join(event.to_line() + "\n" for event in entry.events).encode(
            "utf-8", "backslashreplace"
        )
        updates: dict[str, bytes | None] = {path: before + lines, **entry.files}
        for record in entry.leases:
            updates[layout.lease(entry.target, record.id)] = codec.dump(
                codec.record_to_json(record)
            )
            if record.is_closed:
                updates[layout.sealed(entry.target, record.id)] = None
        updates |= self._index(tip, entry)
        for name, data in entry.sealed.items():
            updates[layout.sealed(entry.target, name)] = data
        if entry.rotated is not None:
            updates[layout.rotated(entry.target)] = codec.dump(
                codec.instants_to_json(entry.rotated)
            )
        for opening in entry.openings:
            updates[layout.opening(entry.target, opening.lease)] = codec.dump(
                codec.opening_to_json(opening)
            )
        if entry.granted is not None:
            updates[layout.granted(entry.target)] = entry.granted or None
        if entry.snapshot is not None:
            updates[layout.snapshot(entry.target)] = entry.snapshot
        if entry.closes_intent:
            updates[layout.intent(entry.target)] = None
        if entry.intent is not None:
            updates[layout.intent(entry.target)] = codec.dump(codec.intent_to_json(entry.intent))
        if entry.drift is not None:
            updates[layout.drift(entry.target)] = entry.drift or None
        return updates

    def _index(self, tip: pygit2.Commit | None, entry: Entry) -> dict[str, bytes | None]:
        try:
            return people_index.updates(tip.tree if tip else None, entry.target, entry.leases)
        except _DAMAGE as error:
            raise self._damaged(f"the leases of {entry.target}", error) from None

    def _signature(self, at: datetime) -> pygit2.Signature:
        """The time is the run's instant on the database clock."""
        return pygit2.Signature(*self.author(), int(at.timestamp()), 0)

    def author(self) -> tuple[str, str]:
        """Name and email of git's configuration, else our own."""
        try:
            default = self._repository.default_signature
        except KeyError:
            return OWN_AUTHOR
        return default.name, default.email


def _content(entry: pygit2.Object) -> bytes:
    if not isinstance(entry, pygit2.Blob):
        raise TypeError(f"{entry.name} is no file")
    return entry.data


def _message(entry: Entry, actor: str) -> str:
    trailers = {
        "Run-Id": entry.run_id,
        "Target": entry.target,
        "Kind": entry.kind.value,
        "Actor": actor,
        **entry.trailers,
    }
    lines = [f"{key}: {_one_line(value)}" for key, value in trailers.items() if value]
    about = "" if entry.target == layout.APPROVALS else f"({entry.target})"
    return f"{entry.kind.value}{about}: {_one_line(entry.summary)}\n\n" + "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    """Text that cannot forge another trailer or move a terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in text)
