"""What a forge does with git: commits, merges, squashes and rebases in a repository, whose work tree follows when the branch is checked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pygit2
from pygit2.enums import FileMode, ResetMode, SortMode

from reconciler.model.instants import format_instant

WEB_FLOW = ("GitHub", "noreply@github.com")
_STATES = {"A": "added", "M": "modified", "D": "removed", "R": "renamed"}


class Landed(NamedTuple):
    """The commits that a merge put onto the first-parent line, oldest first; and all that the forge says came with it."""

    commits: tuple[str, ...]
    brought: frozenset[str]


def _signature(email: str, at: datetime) -> pygit2.Signature:
    name, address = (
        WEB_FLOW if email == WEB_FLOW[1] else (email.split("@", maxsplit=1)[0].title(), email)
    )
    return pygit2.Signature(name, address, int(at.timestamp()), 0)


class ForgeGit:
    def __init__(self, path: Path) -> None:
        self.repository = pygit2.Repository(str(pygit2.discover_repository(str(path))))

    def has(self, branch: str) -> bool:
        return f"refs/heads/{branch}" in self.repository.references

    def has_commit(self, commit: str) -> bool:
        return isinstance(self.repository.get(commit), pygit2.Commit)

    def tip(self, branch: str) -> str:
        return str(self.repository.references[f"refs/heads/{branch}"].peel(pygit2.Commit).id)

    def commit(
        self,
        branch: str,
        parent: str,
        files: Mapping[str, str | None],
        message: str,
        author: str,
        committer: str,
        at: datetime,
    ) -> str:
        """A commit on the branch, which then stands at it."""
        index = pygit2.Index()
        index.read_tree(self._commit(parent).tree)
        for path, text in files.items():
            if text is None:
                index.remove(path)
                continue
            blob = self.repository.create_blob(text.encode())
            index.add(pygit2.IndexEntry(path, blob, FileMode.BLOB))
        tree = index.write_tree(self.repository)
        made = self._make(
            tree, [parent], message, _signature(author, at), _signature(committer, at)
        )
        self.move(branch, made)
        return made

    def merge(self, base: str, head: str, title: str, number: int, by: str, at: datetime) -> Landed:
        ours = self.tip(base)
        brought = self.commits(ours, head)
        tree = self._merged_tree(ours, head)
        message = f"Merge pull request #{number} from example/topic\n\n{title}"
        made = self._make(
            tree, [ours, head], message, _signature(by, at), _signature(WEB_FLOW[1], at)
        )
        self.move(base, made)
        return Landed((made,), frozenset({made, *brought}))

    def squash(
        self, base: str, head: str, title: str, number: int, by: str, at: datetime
    ) -> Landed:
        ours = self.tip(base)
        tree = self._merged_tree(ours, head)
        author = self._commit(head).author
        signature = pygit2.Signature(author.name, author.email, int(at.timestamp()), 0)
        made = self._make(
            tree, [ours], f"{title} (#{number})", signature, _signature(WEB_FLOW[1], at)
        )
        self.move(base, made)
        return Landed((made,), frozenset({made}))

    def rebase(
        self, base: str, head: str, title: str, number: int, by: str, at: datetime
    ) -> Landed:
        made = []
        tip = self.tip(base)
        for old in self.commits(tip, head):
            commit = self._commit(old)
            index = self.repository.merge_trees(
                commit.parents[0].tree, self._commit(tip).tree, commit.tree
            )
            tree = index.write_tree(self.repository)
            tip = self._make(tree, [tip], commit.message, commit.author, _signature(by, at))
            made.append(tip)
        self.move(base, tip)
        return Landed(tuple(made), frozenset(made))

    def move(self, branch: str, commit: str) -> None:
        """Puts the branch there; the work tree too when the branch is checked out."""
        repository = self.repository
        repository.references.create(f"refs/heads/{branch}", pygit2.Oid(hex=commit), force=True)
        if not repository.is_bare and repository.head.name == f"refs/heads/{branch}":
            repository.reset(pygit2.Oid(hex=commit), ResetMode.HARD)

    def commits(self, base: str, head: str) -> list[str]:
        """What the head has and the base has not, oldest first."""
        walker = self.repository.walk(pygit2.Oid(hex=head), SortMode.TOPOLOGICAL | SortMode.REVERSE)
        walker.hide(pygit2.Oid(hex=base))
        return [str(row.id) for row in walker]

    def describe(self, commit: str) -> dict[str, Any]:
        found = self._commit(commit)
        people = {"author": found.author, "committer": found.committer}
        said: dict[str, Any] = {
            key: {
                "name": row.name,
                "email": row.email,
                "date": format_instant(datetime.fromtimestamp(row.time, UTC)),
            }
            for key, row in people.items()
        }
        return said | {"message": found.message}

    def files(self, base: str, head: str) -> list[dict[str, Any]]:
        """What the head changed since it left the base, as the forge lists it."""
        fork = self.repository.merge_base(pygit2.Oid(hex=base), pygit2.Oid(hex=head))
        difference = self._commit(str(fork)).tree.diff_to_tree(self._commit(head).tree)
        difference.find_similar()
        rows = []
        for delta in difference.deltas:
            state = delta.status_char()
            row = {
                "filename": delta.new_file.path,
                "status": _STATES[state],
                "sha": str(delta.old_file.id if state == "D" else delta.new_file.id),
            }
            if state == "R":
                row["previous_filename"] = delta.old_file.path
            rows.append(row)
        return rows

    def _commit(self, commit: str) -> pygit2.Commit:
        return self.repository[commit].peel(pygit2.Commit)

    def _merged_tree(self, ours: str, theirs: str) -> pygit2.Oid:
        index = self.repository.merge_commits(self._commit(ours), self._commit(theirs))
        assert not list(index.conflicts or ()), "the branches are in conflict"
        return index.write_tree(self.repository)

    def _make(
        self,
        tree: pygit2.Oid,
        parents: Sequence[str],
        message: str,
        author: pygit2.Signature,
        committer: pygit2.Signature,
    ) -> str:
        ids: list[pygit2.Oid | str] = [pygit2.Oid(hex=row) for row in parents]
        return str(self.repository.create_commit(None, author, committer, message, tree, ids))
