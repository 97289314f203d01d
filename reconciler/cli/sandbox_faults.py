"""`reconciler sandbox fault`: orders faults, as networks and servers have them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from reconciler.cli.output import Format
from reconciler.cli.sandbox_options import DEFAULT_DIR, Dir, Output, reporting

app = typer.Typer(
    help="Orders faults, as networks and servers have them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("add")
def add_fault(
    kind: Annotated[
        str, typer.Argument(help="drop, drop-after, delay, error, kill or linger.", metavar="KIND")
    ],
    call: Annotated[
        int, typer.Option("--call", help="At which matching call, from 1.", metavar="NUMBER", min=1)
    ] = 1,
    times: Annotated[
        int, typer.Option("--times", help="How many calls it strikes.", metavar="NUMBER", min=1)
    ] = 1,
    user: Annotated[
        str | None, typer.Option("--user", help="Only calls of this user.", metavar="USER")
    ] = None,
    matching: Annotated[
        str | None,
        typer.Option("--matching", help="Only statements with this text.", metavar="TEXT"),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option("--seconds", help="Of a delay, or of lingering.", metavar="SECONDS", min=0),
    ] = 0.0,
    code: Annotated[
        int, typer.Option("--code", help="Of an error: the ORA number.", metavar="NUMBER", min=0)
    ] = 0,
    folder: Dir = DEFAULT_DIR,
) -> None:
    """Order one more fault. Counting starts anew for all."""
    from reconciler.sandbox import process

    order = {
        "kind": kind,
        "call": call,
        "times": times,
        "user": user,
        "matching": matching,
        "seconds": seconds,
        "code": code,
    }
    with reporting() as console:
        process.set_faults(folder, [*process.status(folder).faults, order])
        console.note("ordered")


@app.command("list")
def list_faults(folder: Dir = DEFAULT_DIR, output: Output = Format.TEXT) -> None:
    """Show the ordered faults."""
    from reconciler.sandbox import process

    with reporting() as console:
        found = process.status(folder).faults
        if output is Format.JSON:
            console.json({"faults": [dict(fault) for fault in found]})
        else:
            console.result("\n".join(_fault_text(fault) for fault in found) or "none")


def _fault_text(fault: Any) -> str:
    details = [f"{key}={value}" for key, value in fault.items() if key != "kind" and value]
    return " ".join([fault["kind"], *details])


@app.command("clear")
def clear_faults(folder: Dir = DEFAULT_DIR) -> None:
    """Take back all ordered faults."""
    from reconciler.sandbox import process

    with reporting() as console:
        process.set_faults(folder)
        console.note("cleared")
