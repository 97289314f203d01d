"""`reconciler classify`: proposes Classification documents from a target's dictionary. No data is read."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console
from reconciler.model.errors import InvalidInputError

if TYPE_CHECKING:
    from reconciler.model.classification import Proposal
    from reconciler.model.documents import Target
    from reconciler.run.workspace import Workspace


class Form(enum.StrEnum):
    """Values of --output of this command."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


def classify(
    target: Annotated[
        str, typer.Argument(help="The target to look at.", metavar="TARGET", show_default=False)
    ],
    schema: Annotated[
        list[str] | None,
        typer.Option(
            "--schema",
            help="Only this schema, `*` for any run of characters; may be given several times. Default: the schemas of the target's scope.",
            metavar="NAME",
        ),
    ] = None,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: Annotated[
        Form,
        typer.Option("--output", help="How to print the result; yaml prints documents to keep."),
    ] = Form.TEXT,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Write the documents into this folder too, a file a category; files that are there stay as they are.",
            metavar="DIR",
        ),
    ] = None,
) -> int:
    """Propose which columns hold sensitive data, told from their names, types and comments. Reads no data and changes nothing.

    What a Classification document covers already is left out.
    """
    console = Console.standard()
    workspace = runs.open_workspace(repo, ref, fetch=False)
    (chosen,) = workspace.targets((target,))
    found = _proposals(workspace, chosen, _schemas(schema or ()) or chosen.scope.schemas)
    from reconciler.render import classifications as render

    documents = render.documents(target, found, workspace.documents.classifications)
    if out is not None:
        _write(out, documents)
    match output:
        case Form.JSON:
            console.json(render.to_json(target, found))
        case Form.YAML:
            console.result(render.joined(documents))
        case Form.TEXT:
            console.result(render.text(target, found, console.style))
    return 0


def _write(folder: Path, documents: Mapping[str, str]) -> None:
    """Raises InvalidInputError for a file that is there already, before anything is written."""
    there = [name for name in documents if (folder / f"{name}.yaml").exists()]
    if there:
        raise InvalidInputError(
            "classify.file-exists",
            f"{folder / there[0]}.yaml is there already",
            hint="merge or remove it first; it was not changed",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in documents.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(
            "classify.not-written",
            f"{folder}: {error.strerror}",
            hint="name a folder that you may write to",
        ) from None


def _schemas(given: list[str] | tuple[()]) -> tuple[str, ...]:
    """The names as the dictionary spells them. Raises InvalidInputError."""
    from reconciler.model.access_patterns import InvalidPatternError, folded

    try:
        return tuple(map(folded, given))
    except InvalidPatternError as error:
        raise InvalidInputError("classify.schema", f"--schema: {error}") from None


def _proposals(
    workspace: Workspace, target: Target, schemas: tuple[str, ...]
) -> tuple[Proposal, ...]:
    from reconciler.oracle import columns
    from reconciler.oracle.session import connect
    from reconciler.policy.proposals import proposals

    with connect(target, environment=os.environ, only_reads=True) as session:
        described = columns.read(session, schemas)
    classified = (
        pattern
        for row in workspace.documents.classifications.values()
        if row.targets.selects(target)
        for pattern in row.columns
    )
    return proposals(described, classified)
