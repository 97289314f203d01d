"""What the commands of `reconciler sandbox` share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.output import Console, Format

Dir = Annotated[
    Path,
    typer.Option(
        "--dir",
        help="Where the sandbox keeps its state.",
        metavar="DIR",
        envvar="RECONCILER_SANDBOX_DIR",
    ),
]
Output = Annotated[Format, typer.Option("--output", help="How to print the result.")]
DEFAULT_DIR = Path(".sandbox")
PASSWORD = "RECONCILER_SANDBOX_PASSWORD"  # noqa: S105 - the name of a variable
"""The variable with the password of SYS and SYSTEM, for a sandbox that was started with another than the usual one."""


@contextmanager
def reporting() -> Iterator[Console]:
    """Prints what went wrong in a line and ends with exit code 1."""
    from reconciler.sandbox.host import AlreadyRunningError
    from reconciler.sandbox.process import SandboxError

    console = Console.standard()
    try:
        yield console
    except (SandboxError, AlreadyRunningError, ValueError, OSError) as error:
        console.note(f"sandbox: {error}")
        raise typer.Exit(1) from error
