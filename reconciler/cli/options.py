"""Options that several commands share, with one wording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.output import Format

Repo = Annotated[Path, typer.Option("--repo", help="The grants repository.", metavar="DIR")]
Ref = Annotated[
    str | None,
    typer.Option(
        "--ref", help="Commit, branch or tag to read documents from. Default: HEAD.", metavar="REF"
    ),
]
Targets = Annotated[
    list[str] | None,
    typer.Option("--target", help="Only this target; may be given several times.", metavar="NAME"),
]
Output = Annotated[Format, typer.Option("--output", help="How to print the result.")]
Fetch = Annotated[
    bool,
    typer.Option(
        "--fetch/--no-fetch",
        help="Bring the audit branch up to origin's first, when there is an origin.",
    ),
]
Push = Annotated[
    bool,
    typer.Option(
        "--push/--no-push",
        help="Fetch the audit branch from origin first and push it afterwards, when there is an origin.",
    ),
]
LockSeconds = Annotated[
    int,
    typer.Option(
        "--lock-timeout",
        help="Seconds to wait for another run on the same target.",
        metavar="SECONDS",
        min=0,
    ),
]
