"""`reconciler codeowners`: the file by which a forge asks those who may approve, made from policies and people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options
from reconciler.cli.output import Console, Format, diagnostic_line
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.errors import InvalidInputError
from reconciler.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from reconciler.model.documents import Documents

_AT_TOP = "CODEOWNERS"
_OF_GITHUB = ".github/CODEOWNERS"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Made:
    """The text as it should be, and `before`: what the commit has at `path`, None for no file."""

    commit: str
    path: str
    text: str
    before: bytes | None

    @property
    def is_current(self) -> bool:
        return self.before == self.text.encode()


def codeowners(
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    check: Annotated[
        bool, typer.Option("--check", help="Print how the commit's file differs from this.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write the file that is checked out; commit it then.")
    ] = False,
    output: options.Output = Format.TEXT,
) -> int:
    """Print CODEOWNERS as policies, people and teams of a commit say it.

    It makes the forge ask those who may approve a change. Whether a change was approved is not decided by it, but judged from the reviews. The file is
    .github/CODEOWNERS where there is one, and else CODEOWNERS. With --check exits with 3 when the commit's file is another one."""
    if check and write:
        raise typer.BadParameter("--check changes nothing, --write does; give one of them")
    console = Console.standard()
    made = _make(repo, ref)
    if write:
        _write(repo, made)
        console.note(f"wrote {made.path}; commit it")
    findings = (_stale(made),) if check and not made.is_current else ()
    if output is Format.JSON:
        from reconciler.render import as_json

        console.json(
            {
                "commit": made.commit,
                "path": made.path,
                "text": made.text,
                "current": made.is_current,
                "findings": as_json.diagnostics(findings),
            }
        )
    elif check:
        told = [diagnostic_line(found, console.style) for found in findings]
        console.result("\n".join([*told, *(_difference(made) if told else ())]))
    elif not write:
        console.result(made.text)
    return ExitCode.INVALID if findings else ExitCode.OK


def _make(repo: Path, ref: str | None) -> _Made:
    """Raises GitError, and InvalidInputError when documents have errors: people in them would be left out."""
    from reconciler.documents import branch
    from reconciler.documents.build import load
    from reconciler.documents.source import GitSource
    from reconciler.policy.approval.codeowners import codeowners as text_of

    source = GitSource.open(repo, ref)
    loaded = load(source)
    errors = tuple(found for found in loaded.findings if found.is_error)
    if errors:
        raise InvalidInputError(
            "codeowners.documents",
            f"documents of commit {source.commit[:12]} have errors, and who is in them would be left out",
            hint="Mend them first; `reconciler validate` lists them too.",
            findings=errors,
        )
    before = branch.read(repo, source.commit, _OF_GITHUB)
    path = _AT_TOP if before is None else _OF_GITHUB
    if before is None:
        before = branch.read(repo, source.commit, _AT_TOP)
    text = text_of(loaded.documents, _requests(loaded.documents))
    return _Made(source.commit, path, text, before)


def _requests(documents: Documents) -> tuple[str, ...]:
    return tuple(request.origin.path for request in documents.requests.values())


def _write(repo: Path, made: _Made) -> None:
    """Puts the file in place as a whole; a link in its place is replaced, not followed. Raises GitError and InvalidInputError."""
    from reconciler.documents import branch

    file = branch.work_tree(repo) / made.path
    beside = file.with_name(f"{file.name}.new")
    try:
        beside.unlink(missing_ok=True)
        with beside.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(made.text)
        beside.replace(file)
    except OSError as error:
        raise InvalidInputError(
            "codeowners.not-written",
            f"{file} was not written: {error.strerror}",
            hint="Print it instead, and put it in place yourself.",
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def _stale(made: _Made) -> Diagnostic:
    what = "there is no such file" if made.before is None else "not what policies and people say"
    return Diagnostic(
        "codeowners.stale",
        f"{what} at commit {made.commit[:12]}",
        Origin(made.path),
        hint="Run `reconciler codeowners --write` and commit the file.",
    )


def _difference(made: _Made) -> list[str]:
    """The lines that go (-) and come (+), a screenful of them."""
    import difflib

    from reconciler.render.terminal import safe

    before = (made.before or b"").decode("utf-8", "replace").splitlines()
    lines = difflib.unified_diff(before, made.text.splitlines(), n=0, lineterm="")
    found = [safe(line) for line in [*lines][2:] if not line.startswith("@@")]
    more = [f"... and {len(found) - _SHOWN} more lines"] if len(found) > _SHOWN else []
    return [f"    {line}" for line in (*found[:_SHOWN], *more)]
