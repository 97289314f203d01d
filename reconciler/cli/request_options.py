"""The answers of `reconciler request` as options."""

from __future__ import annotations

from typing import Annotated

import typer

_SEVERAL = "may be given several times."

Requester = Annotated[
    str | None,
    typer.Option("--requester", help="Who asks. Default: whose address git has.", metavar="NAME"),
]
Targets = Annotated[
    list[str] | None, typer.Option("--target", help=f"Where; {_SEVERAL}", metavar="NAME")
]
Bundles = Annotated[
    list[str] | None,
    typer.Option("--bundle", help=f"A bundle of privileges; {_SEVERAL}", metavar="NAME"),
]
Privileges = Annotated[
    list[str] | None,
    typer.Option(
        "--privilege",
        help=f"Privileges, such as 'SELECT, UPDATE on HR.PAYROLL', 'UPDATE (SALARY) on HR.EMPLOYEES' or 'CREATE VIEW'; {_SEVERAL}",
        metavar="TEXT",
    ),
]
Roles = Annotated[
    list[str] | None, typer.Option("--role", help=f"An Oracle role; {_SEVERAL}", metavar="NAME")
]
Reason = Annotated[str | None, typer.Option("--reason", help="What for.", metavar="TEXT")]
Ticket = Annotated[
    str | None, typer.Option("--ticket", help="The ticket, where policy wants one.", metavar="TEXT")
]
Duration = Annotated[
    str | None, typer.Option("--for", help="How long: 90m, 4h, 2d.", metavar="DURATION")
]
Start = Annotated[
    str,
    typer.Option(
        "--start",
        help="From when, such as 2026-11-20T14:00:00Z. Default: once it is merged.",
        metavar="INSTANT",
        show_default=False,
    ),
]
User = Annotated[
    str | None,
    typer.Option(
        "--user", help="As which existing database user, for who has several.", metavar="NAME"
    ),
]
Temporary = Annotated[
    bool, typer.Option("--temporary", help="As a user made for the request and dropped with it.")
]
Name = Annotated[
    str | None,
    typer.Option("--name", help="Name of the request. Default: one is made.", metavar="NAME"),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether it is right as it is.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the document and leave nothing behind.")
]
