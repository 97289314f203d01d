"""`reconciler explain FILE|NAME`: what a document means, in words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import options
from reconciler.cli.output import Console, Format
from reconciler.model.diagnostics import has_errors
from reconciler.model.exit_codes import ExitCode
from reconciler.render.terminal import safe

if TYPE_CHECKING:
    from reconciler.render.terminal import Style
    from reconciler.run.explaining.explanation import Explanation


def explain(
    what: Annotated[
        str,
        typer.Argument(
            help="A file as it is now, or the name of a document of a commit.", metavar="FILE|NAME"
        ),
    ],
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: options.Output = Format.TEXT,
) -> int:
    """Say in words what a document means: who gets what where, from when to when, what is in the bundles, and what policies say of it. Works on
    documents with errors, too. Needs no database."""
    console = Console.standard()
    found = _explanations(what, repo, ref)
    if output is Format.JSON:
        console.json({"documents": [_to_json(row) for row in found]})
    else:
        console.result("\n\n".join(_text(row, console.style) for row in found))
    findings = [one for row in found for one in row.findings]
    if output is Format.TEXT:
        console.diagnostics(findings)
    return ExitCode.INVALID if has_errors(findings) else ExitCode.OK


def _explanations(what: str, repo: Path, ref: str | None) -> tuple[Explanation, ...]:
    """A file that exists is meant before a name, unless a commit is named. Raises GitError, InvalidInputError."""
    from reconciler.documents.build import load
    from reconciler.documents.files import FileSource
    from reconciler.documents.source import GitSource
    from reconciler.run.explaining import explanation

    if ref is None and os.path.lexists(what):
        files = FileSource([Path(what)])
        return explanation.of_files(files, load(files), files.asked)
    source = GitSource.open(repo, ref)
    loaded = load(source)
    by_path = explanation.of_files(source, loaded, [what])
    return by_path or explanation.of_name(source, loaded, what)


def _text(row: Explanation, style: Style) -> str:
    kind = row.kind or "Document"
    lines = [f"{kind} {style(safe(row.name), 'bold')}   {style(safe(row.origin), 'dim')}"]
    for sentence in row.sentences:
        place = f"   {style(safe(sentence.origin), 'dim')}" if sentence.origin else ""
        lines.append(f"{'  ' * (sentence.depth + 1)}{safe(sentence.text)}{place}")
    if not row.sentences:
        lines.append("  It cannot be explained while it has these errors.")
    return "\n".join(lines)


def _to_json(row: Explanation) -> dict[str, Any]:
    from reconciler.render import as_json

    return {
        "kind": row.kind or None,
        "name": row.name,
        "origin": as_json.origin(row.origin),
        "sentences": [
            {
                "text": sentence.text,
                "depth": sentence.depth,
                "origin": as_json.origin(sentence.origin),
            }
            for sentence in row.sentences
        ],
        "findings": as_json.diagnostics(row.findings),
    }
