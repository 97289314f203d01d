"""Documents from the tree of a named commit.

The work tree never decides anything: what is reviewed and merged is a commit, so that is what is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pygit2
from pygit2.enums import FileMode, FileStatus, ObjectType

from reconciler.documents.entries import (
    FOLDER,
    SourceFile,
    is_document,
    refusal,
    refuse_name,
    refuse_size,
)
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import GitError


class GitSource:
    """The documents of one commit."""

    is_complete = True

    def __init__(
        self,
        repository: pygit2.Repository,
        commit: pygit2.Commit,
        *,
        may_be_empty: bool = False,
    ) -> None:
        """Raises GitError git.no-grants-folder for a commit without `grants/`, unless it `may_be_empty`."""
        self._repository = repository
        self._commit = commit
        self._folder = grants_of(commit)
        if self._folder is None and not may_be_empty:
            raise _no_folder(commit)

    @classmethod
    def open(cls, repo_dir: Path, ref: str | None) -> GitSource:
        """The commit that `ref` names, or without it the tip of the branch that is checked out.

        Raises GitError: git.not-a-repository, git.empty, git.detached-head, git.unknown-ref, git.no-grants-folder.
        """
        repository = open_repository(repo_dir)
        if ref is not None:
            return cls(repository, resolve(repository, ref))
        if repository.head_is_unborn:
            raise GitError(
                "git.empty",
                f"the repository {repo_dir} has no commit yet",
                hint="Commit the documents first; they are read from a commit, not from the work tree.",
            )
        if repository.head_is_detached:
            raise GitError(
                "git.detached-head",
                "no branch is checked out, so it is not clear which commit is meant",
                hint="Name it, for example --ref HEAD or --ref origin/main.",
            )
        return cls(repository, repository.head.peel(pygit2.Commit))

    @classmethod
    def of_history(cls, repo_dir: Path, commit: str) -> GitSource:
        """A commit that the branch has moved over. One without `grants/` holds no documents: that somebody removed the folder once must not stop everything
        for ever. Raises GitError: git.not-a-repository, git.unknown-ref."""
        repository = open_repository(repo_dir)
        return cls(repository, resolve(repository, commit), may_be_empty=True)

    @property
    def commit(self) -> str:
        """The full id of the commit."""
        return str(self._commit.id)

    @property
    def committed_at(self) -> datetime:
        """The committer's time of the commit, in UTC."""
        return datetime.fromtimestamp(self._commit.commit_time, UTC)

    @property
    def is_shallow(self) -> bool:
        """Whether history is cut off, so that questions about the past cannot be answered."""
        return self._repository.is_shallow

    def files(self, *, without: str = "") -> Iterator[SourceFile | Diagnostic]:
        """The files in the order of their paths, those below the folder `without` left out."""
        if self._folder is not None:
            yield from walk(self._folder, FOLDER, without)

    def file(self, path: str) -> SourceFile | Diagnostic | None:
        """One file of the commit, None if it is not there."""
        try:
            entry = self._commit.tree[path]
        except KeyError:
            return None
        return None if isinstance(entry, pygit2.Tree) else read_entry(path, entry)

    def blob(self, path: str, blob: str) -> SourceFile | Diagnostic:
        """The blob of that id as if it were the file. Raises GitError when the repository does not have it."""
        found = self._repository.get(blob)
        if not isinstance(found, pygit2.Blob):
            raise GitError("git.no-object", f"{path}: the repository has no file {blob[:12]}")
        return refuse_name(path) or refuse_size(path, found.size) or SourceFile(path, found.data)

    def uncommitted(self) -> tuple[str, ...]:
        """Paths under `grants/` that differ in the work tree from the commit; nothing if another commit is checked out."""
        repository = self._repository
        if repository.is_bare or repository.head_is_unborn:
            return ()
        if repository.head.peel(pygit2.Commit).id != self._commit.id:
            return ()
        status = repository.status(untracked_files="all", ignored=False)
        return tuple(
            sorted(
                path
                for path, flags in status.items()
                if path.startswith(f"{FOLDER}/") and flags != FileStatus.CURRENT
            )
        )

    def changed_since(self, base: str) -> frozenset[str]:
        """Paths under `grants/` that are new or different since the point where this commit left `base`.

        Raises GitError git.unknown-ref.
        """
        other = resolve(self._repository, base)
        fork = self._repository.merge_base(other.id, self._commit.id)
        if fork is not None:
            other = self._repository[fork].peel(pygit2.Commit)
        before = grants_of(other)
        if before is None or self._folder is None:
            return frozenset(
                entry.path if isinstance(entry, SourceFile) else _origin_path(entry)
                for entry in self.files()
            )
        difference = before.diff_to_tree(self._folder)
        return frozenset(
            f"{FOLDER}/{delta.new_file.raw_path.decode('utf-8', 'surrogateescape')}"
            for delta in difference.deltas
            if delta.status_char() != "D"
        )


def changed_files(paths: Iterable[Path], base: str) -> frozenset[Path]:
    """Those of the files, as they are now, that are new or different since `base`.

    Raises GitError: git.not-a-repository, git.unknown-ref.
    """
    changed: set[Path] = set()
    for path in paths:
        repository = open_repository(path.parent)
        tree = resolve(repository, base).tree
        inside = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the last link
        name = inside.relative_to(Path(repository.workdir)).as_posix()
        if name not in tree or tree[name].id != pygit2.hashfile(str(path)):
            changed.add(path)
    return frozenset(changed)


def _origin_path(finding: Diagnostic) -> str:
    return finding.origin.path if finding.origin else ""


def open_repository(repo_dir: Path) -> pygit2.Repository:
    try:
        found = pygit2.discover_repository(str(repo_dir))
        if found is not None:
            return pygit2.Repository(found)
    except pygit2.GitError as error:
        raise GitError(
            "git.not-readable",
            f"git cannot open {repo_dir}: {error}",
            hint="Check who owns the folder (git config safe.directory).",
        ) from None
    raise GitError(
        "git.not-a-repository",
        f"{repo_dir} is not in a git repository"
        if repo_dir.exists()
        else f"there is no folder {repo_dir}",
        hint="Run the command inside the grants repository, or name it with --repo.",
    )


def resolve(repository: pygit2.Repository, ref: str) -> pygit2.Commit:
    try:
        return repository.revparse_single(ref).peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError):
        hint = "Fetch it first (git fetch), or check the spelling."
        if repository.is_shallow:
            hint = "The clone is shallow; fetch the whole history (fetch-depth: 0)."
        raise GitError("git.unknown-ref", f"no commit is called {ref!r}", hint=hint) from None


def grants_of(commit: pygit2.Commit) -> pygit2.Tree | None:
    if FOLDER not in commit.tree:
        return None
    folder = commit.tree[FOLDER]
    return folder if isinstance(folder, pygit2.Tree) else None


def _no_folder(commit: pygit2.Commit) -> GitError:
    return GitError(
        "git.no-grants-folder",
        f"commit {str(commit.id)[:12]} has no folder {FOLDER}/",
        hint=f"Documents live under {FOLDER}/ in the root of the repository.",
    )


def walk(root: pygit2.Tree, prefix: str, without: str = "") -> Iterator[SourceFile | Diagnostic]:
    """The documents below, and a finding for each file that may not be read."""
    for path, entry in entries(root, prefix, without):
        found = read_entry(path, entry)
        if found is not None:
            yield found


def entries(
    root: pygit2.Tree, prefix: str, without: str = ""
) -> Iterator[tuple[str, pygit2.Object]]:
    """Paths and entries of all files below, but those of the folder `without`. Depth first, in the order that git keeps entries in; without recursion,
    since depth is the author's choice."""
    waiting: list[tuple[str, pygit2.Object]] = [(prefix, root)]
    while waiting:
        path, entry = waiting.pop()
        if not (isinstance(entry, pygit2.Tree) and entry.type == ObjectType.TREE):
            yield path, entry
        elif path != without:
            children = [(f"{path}/{child.name}", child) for child in entry]
            waiting.extend(reversed(children))


def read_entry(path: str, entry: pygit2.Object) -> SourceFile | Diagnostic | None:
    """The document, a finding in its place, or nothing for a file that is no document."""
    mode = entry.filemode
    if mode in (FileMode.LINK, FileMode.COMMIT):
        what = "a symbolic link" if mode == FileMode.LINK else "a submodule"
        return refusal(
            path,
            "source.not-a-file",
            f"{what} is not followed under {FOLDER}/",
            "Commit the files themselves.",
        )
    finding = refuse_name(path)
    if finding is not None or not is_document(path):
        return finding
    if mode == FileMode.BLOB_EXECUTABLE:
        return refusal(
            path, "source.executable", "the file is marked executable", "Remove the mark: chmod -x."
        )
    assert isinstance(entry, pygit2.Blob)
    return refuse_size(path, entry.size) or SourceFile(path, entry.data)
