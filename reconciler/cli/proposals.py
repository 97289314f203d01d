"""What `request` and `extend` share: showing a document, and leaving it on a branch of its own."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.cli import questions
from reconciler.cli.output import Console, Format
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.exit_codes import ExitCode
from reconciler.render.terminal import safe

if TYPE_CHECKING:
    from reconciler.run.proposing.proposal import Change, Proposed
    from reconciler.run.workspace import Workspace


def agreed(console: Console, data: bytes) -> bool:
    """Whether the person at the terminal wants the document as it is. Raises typer.Abort."""
    console.note("")
    for line in data.decode("utf-8").splitlines():
        console.note(f"    {safe(line)}")
    console.note("")
    return questions.confirm("Make a branch with it")


def show(console: Console, change: Change, output: Format, found: Iterable[Diagnostic] = ()) -> int:
    """The document alone; nothing is left behind."""
    text = change.data.decode("utf-8")
    if output is Format.JSON:
        _print_json(console, change, None, found)
    else:
        console.result("".join(f"{safe(line)}\n" for line in text.splitlines()))
        console.note(f"not written: {safe(change.path)}")
    return ExitCode.OK


def leave(
    console: Console,
    workspace: Workspace,
    change: Change,
    at: datetime,
    output: Format,
    found: Iterable[Diagnostic] = (),
) -> int:
    """Makes the branch and says what to do with it. Raises GitError."""
    from reconciler.run.proposing.proposal import propose

    proposed = propose(workspace, change, at)
    if output is Format.JSON:
        _print_json(console, change, proposed, found)
        return ExitCode.OK
    branch = shlex.quote(proposed.branch)
    console.result(
        f"{safe(proposed.path)} is on branch {safe(proposed.branch)}; nothing is checked out"
    )
    if not proposed.has_origin:
        console.result(f"    git merge {safe(branch)}")
        return ExitCode.OK
    console.result(f"    git push origin {safe(branch)}")
    console.result(f"    {safe(proposed.link)}" if proposed.link else "    and open a pull request")
    return ExitCode.OK


def _print_json(
    console: Console, change: Change, proposed: Proposed | None, found: Iterable[Diagnostic]
) -> None:
    from reconciler.render import as_json

    console.json(
        {
            "path": change.path,
            "document": change.data.decode("utf-8"),
            "branch": proposed.branch if proposed else None,
            "link": (proposed.link or None) if proposed else None,
            "findings": as_json.diagnostics(tuple(found)),
        }
    )
