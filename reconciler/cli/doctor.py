"""`reconciler doctor`: what is in the way on each target, and what to do about it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console, Format
from reconciler.model.exit_codes import worst
from reconciler.model.health import Level
from reconciler.render.terminal import Style, safe

if TYPE_CHECKING:
    from reconciler.run.doctor import Examination

_COLOURS = {
    Level.OK: "green",
    Level.WARNING: "yellow",
    Level.PROBLEM: "red",
    Level.UNKNOWN: "yellow",
}
_LEVEL_WIDTH = max(len(level.value) for level in Level)


def doctor(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="The targets to examine; all without one.", metavar="[TARGET]..."),
    ] = None,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: options.Output = Format.TEXT,
) -> int:
    """Examine targets: connection, clock, the account's rights, scheduler, limits, audit, release, open mode, TLS, approvals.

    Changes nothing. A warning leaves the exit code at 0; a problem, or what could not be read, makes it 5, an unreachable target 1.
    """
    from reconciler.run.doctor import examine

    console = Console.standard()
    workspace = runs.open_workspace(repo, ref, fetch=False)
    chosen = workspace.targets(targets or ())
    found = [examine(target, workspace.documents, os.environ) for target in chosen]
    if output is Format.JSON:
        console.json({"commit": workspace.commit, "targets": [_to_json(row) for row in found]})
    else:
        console.result("\n\n".join(_text(row, console.style) for row in found))
    return worst(row.exit_code for row in found)


def _text(found: Examination, style: Style) -> str:
    width = max(len(row.name) for row in found.checks)
    lines = [style(found.target, "bold")]
    for row in found.checks:
        level = style(row.level.value.ljust(_LEVEL_WIDTH), _COLOURS[row.level])
        lines.append(f"  {level}  {row.name.ljust(width)}  {safe(row.message)}")
        if row.hint:
            lines.append(f"      {style('->', 'dim')} {safe(row.hint)}")
    return "\n".join(lines)


def _to_json(found: Examination) -> dict[str, Any]:
    return {
        "target": found.target,
        "reached": found.reached,
        "checks": [
            {
                "check": row.name,
                "level": row.level.value,
                "message": row.message,
                "hint": row.hint,
            }
            for row in found.checks
        ],
        "exit_code": int(found.exit_code),
    }
