"""`reconciler init`: the files that a new grants repository needs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options
from reconciler.cli.output import Console, Format
from reconciler.model.exit_codes import ExitCode
from reconciler.render.terminal import counted, safe

if TYPE_CHECKING:
    from reconciler.starter.writing import Written

_NEXT = (
    "make grants/people/alex-example.yaml, grants/targets/example.yaml and grants/policies/baseline.yaml say what is true here",
    "git add -A, git commit, and see what reconciler validate says",
    "reconciler bootstrap TARGET --gate --print-sql   prints the SQL that makes the account on a database",
    "reconciler codeowners --write   names the reviewers of each folder",
    "grep -rn 'FILL IN' .github   finds what the workflows still need to know",
)


def init(
    folder: Annotated[
        Path, typer.Argument(help="Where to write them.", metavar="[DIR]", show_default=False)
    ] = Path(),
    output: options.Output = Format.TEXT,
) -> int:
    """Write what a new grants repository needs: folders and examples of documents, workflows, schemas and settings for editors. Files that exist
    already stay as they are. Asks nothing and needs no network."""
    from reconciler.starter.writing import write

    console = Console.standard()
    written = write(folder, _files())
    if output is Format.JSON:
        console.json(
            {
                "folder": str(folder),
                "created": list(written.created),
                "kept": list(written.kept),
                "yours": list(written.yours),
            }
        )
    else:
        console.result("\n".join(_lines(written)))
    console.note(_summary(folder, written))
    if written.created and output is Format.TEXT:
        console.note("Next:")
        for number, step in enumerate(_steps(folder), 1):
            console.note(f"  {number}. {step}")
    return ExitCode.OK


def _files() -> dict[str, bytes]:
    from reconciler import __version__
    from reconciler.documents import schema
    from reconciler.starter import files

    return {
        **files.repository(),
        files.REQUIREMENTS: files.requirements(__version__),
        **files.schemas(schema.folder(), schema.FILES),
        "schemas/document.schema.json": schema.of_every_kind(),
    }


def _lines(written: Written) -> Iterable[str]:
    yield from (f"created  {path}" for path in written.created)
    yield from (f"kept     {path}" for path in written.kept)
    yield from (f"kept     {path}   (differs from what would be written)" for path in written.yours)


def _summary(folder: Path, written: Written) -> str:
    stay = len(written.kept) + len(written.yours)
    where = "here" if folder == Path() else f"in {safe(folder)}"
    return f"{counted(len(written.created), 'file')} created {where}, {stay} kept as they were"


def _steps(folder: Path) -> Iterable[str]:
    """In a folder that is no git repository yet, making it one comes first."""
    if not any(
        (parent / ".git").exists() for parent in (folder.absolute(), *folder.absolute().parents)
    ):
        yield "git init: documents are read from commits"
    yield from _NEXT
