"""`reconciler approve REF`: signs what one thinks of a branch, for repositories whose host keeps no reviews."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options
from reconciler.cli.output import Console
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import InvalidInputError, RefusedError
from reconciler.model.exit_codes import ExitCode
from reconciler.render.terminal import counted, safe

if TYPE_CHECKING:
    from reconciler.documents.entries import SourceFile
    from reconciler.documents.source import GitSource
    from reconciler.model.documents import Person

_MOST_SHOWN = 40
_APPROVED = "approved"
_SIGNED = (_APPROVED, "changes-requested")
"""Values of model.approvals.Opinion, which takes its time to import."""


def approve(
    ref: Annotated[
        str,
        typer.Argument(help="The branch or commit that you have read.", metavar="REF"),
    ],
    person: Annotated[
        str,
        typer.Option("--as", help="Who you are: the name of your Person document.", metavar="NAME"),
    ],
    key: Annotated[
        Path,
        typer.Option(
            "--identity",
            "-i",
            metavar="FILE",
            help="Your SSH key, one of your `signingKeys`; the public one if an agent holds the private one.",
        ),
    ],
    verdict: Annotated[
        str,
        typer.Option(
            "--verdict", help=f"What you think: {' or '.join(_SIGNED)}.", metavar="VERDICT"
        ),
    ] = _APPROVED,
    repo: options.Repo = Path(),
) -> int:
    """Sign your review of a branch. Check out the protected branch first. Prints the line that goes into the message of the merge, and the merge."""
    from reconciler.approvals.signing import sign
    from reconciler.approvals.statements import Statement
    from reconciler.model.approvals import Opinion

    if verdict not in _SIGNED:
        raise typer.BadParameter(f"--verdict is {' or '.join(_SIGNED)}")
    console = Console.standard()
    read = _read(repo, ref)
    known = _people(read.source)
    signer = _signer(known, person, read)
    _show(console, ref, read)
    statement = Statement(signer.name, Opinion(verdict), read.commit, _now(read))
    line = statement.trailer(signer.email, sign(statement, key))
    _refuse_unless_it_counts(line, known, key)
    console.result(safe(line))
    if verdict == _APPROVED:
        console.result(f"\n{_merge(ref, read.commit, line)}")
        console.note(
            f"merge {read.commit[:12]} with the command above; each further review is one more -m"
        )
    else:
        console.note("send the line above to whoever would merge the branch")
    return ExitCode.OK


@dataclass(frozen=True, slots=True)
class _Read:
    """The branch that was read: `changed` are its files by path, with the blob id, empty for those that it takes away."""

    source: GitSource
    commit: str
    committed_at: datetime
    changed: Mapping[str, str]


def _read(repo: Path, ref: str) -> _Read:
    """Raises GitError, and RefusedError when the branch has nothing that the checked-out one has not."""
    from reconciler.approvals import history
    from reconciler.documents.source import GitSource

    source = GitSource.open(repo, None)
    named = GitSource.open(repo, ref)
    repository = history.open_repository(repo)
    fork = history.fork_of(repository, source.commit, named.commit)
    if fork == named.commit:
        raise RefusedError(
            "approve.nothing-new",
            f"{ref} is part of the checked-out branch already",
            hint="Check out the protected branch as it is before the merge.",
        )
    changed = history.changed_files(repository, fork, named.commit)
    return _Read(source, named.commit, named.committed_at, changed)


class _PersonFiles:
    """The files that may be Person documents: of a large repository nothing else needs to be parsed here."""

    is_complete = False

    def __init__(self, source: GitSource) -> None:
        self._source = source
        self.commit = source.commit

    def files(self) -> Iterator[SourceFile | Diagnostic]:
        for entry in self._source.files():
            if not isinstance(entry, Diagnostic) and b"Person" in entry.data:
                yield entry


def _people(source: GitSource) -> Mapping[str, Person]:
    from reconciler.documents.build import load

    return load(_PersonFiles(source)).well_formed.people


def _signer(known: Mapping[str, Person], name: str, read: _Read) -> Person:
    from reconciler.model.suggestions import nearest

    found = known.get(name)
    if found is None:
        near = nearest(name, known)
        raise InvalidInputError(
            "approve.unknown-person",
            f"no valid Person document of commit {read.source.commit[:12]} is called {name!r}",
            hint=f"Did you mean `{near}`?" if near else "--as takes the name of a Person document.",
        )
    if not found.signing_keys:
        raise RefusedError(
            "approve.no-keys",
            f"{name} has no `signingKeys`, so that nobody could check the signature",
            origin=found.origin,
            hint="Add your SSH public key to your Person document, and have that reviewed and merged first.",
        )
    return found


def _now(read: _Read) -> datetime:
    """The clock, to the second. Raises RefusedError when it is behind the commit: such a review would not count."""
    now = datetime.now(UTC).replace(microsecond=0)
    if now < read.committed_at - timedelta(minutes=5):
        raise RefusedError(
            "approve.clock",
            f"it is {now:%Y-%m-%d %H:%M} UTC here, and {read.commit[:12]} says it was made {read.committed_at:%Y-%m-%d %H:%M} UTC",
            hint="Set the clock that is wrong; if it is the author's, have the commit made again.",
        )
    return now


def _show(console: Console, ref: str, read: _Read) -> None:
    number = counted(len(read.changed), "file")
    console.note(
        f"{safe(ref)} ({read.commit[:12]}) changes {number} of what is checked out ({read.source.commit[:12]}):"
    )
    for path, blob in list(read.changed.items())[:_MOST_SHOWN]:
        console.note(f"  {'write ' if blob else 'remove'} {safe(path)}")
    if len(read.changed) > _MOST_SHOWN:
        console.note(f"  ... and {len(read.changed) - _MOST_SHOWN} more")


def _refuse_unless_it_counts(line: str, known: Mapping[str, Person], key: Path) -> None:
    from reconciler.approvals.statements import review_of

    problem = review_of(line, known).problem
    if problem:
        raise RefusedError(
            "approve.not-your-key",
            f"the review signed with {key} would not count: {problem}",
            hint="Sign with one of your `signingKeys`, or have the key added to your Person document first.",
        )


def _merge(ref: str, commit: str, line: str) -> str:
    """The command that merges exactly what was read."""
    return safe(
        shlex.join(["git", "merge", "--no-ff", commit, "-m", f"Merge {safe(ref)}", "-m", line])
    )
