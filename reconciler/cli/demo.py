"""`reconciler demo`: the whole story on the embedded Oracle stand-in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.output import Console
from reconciler.model.exit_codes import ExitCode


def demo(
    release: Annotated[
        int,
        typer.Option(
            "--release", help="Oracle release that the stand-in is: 19 or 23.", metavar="RELEASE"
        ),
    ] = 23,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            help="Work in this new folder and keep it: repository, ledger, log of the stand-in.",
            metavar="DIR",
        ),
    ] = None,
) -> int:
    """Request, review, grant, use, end by the database, proof: on a scratch repository and an Oracle stand-in of its own."""
    from reconciler.cli.demonstration.story import StoryError, tell

    console = Console.standard()
    if release not in (19, 23):
        raise typer.BadParameter(
            f"the stand-in is no release {release}; choose 19 or 23", param_hint="'--release'"
        )
    try:
        tell(console, release=release, keep=keep)
    except StoryError as error:
        console.note(f"demo: {error}")
        console.result("demo: failed")
        return ExitCode.FAILURE
    console.result("demo: ok")
    return ExitCode.OK
