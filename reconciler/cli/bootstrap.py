"""`reconciler bootstrap`: prints the SQL that makes the reconciler's account on a target. A DBA reads and runs it; this program never does."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console
from reconciler.model import releases
from reconciler.model.errors import InvalidInputError
from reconciler.model.exit_codes import ExitCode
from reconciler.model.names import InvalidNameError

if TYPE_CHECKING:
    from reconciler.model.documents import Target


class Killer(enum.StrEnum):
    """Values of --kill-with."""

    ALTER_SYSTEM = "alter-system"
    RDS = "rds"


def bootstrap(
    target: Annotated[
        str, typer.Argument(help="The target whose account to make.", metavar="TARGET")
    ],
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    print_sql: Annotated[
        bool,
        typer.Option("--print-sql", help="Print the script. There is no other way: a DBA runs it."),
    ] = False,
    release: Annotated[
        int,
        typer.Option(
            "--release", help="Major release of the database: 19, 21, 23.", metavar="NUMBER"
        ),
    ] = releases.NEWEST,
    read_only: Annotated[
        bool,
        typer.Option(
            "--read-only",
            help="For jobs that only look, such as plan in reviews: rights to read, nothing else.",
        ),
    ] = False,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="With the gatekeeper package, for temporary users, sessions, proxies and column views.",
        ),
    ] = False,
    logon_check: Annotated[
        bool,
        typer.Option(
            "--logon-check",
            help="With a trigger at every logon, for the client networks of temporary users.",
        ),
    ] = False,
    kill_with: Annotated[
        Killer,
        typer.Option("--kill-with", help="How the gatekeeper ends sessions: rds on Amazon RDS."),
    ] = Killer.ALTER_SYSTEM,
) -> int:
    """Print the SQL that makes the reconciler's account on a target, with the least rights its scope needs.

    The account is the target's connect.user, with --read-only its connect.reader where it has one; SQL*Plus asks for its password.
    """
    if not print_sql:
        raise typer.BadParameter(
            "nothing is run from here: with --print-sql the script is printed, for a DBA to read and run in SQL*Plus"
        )
    _check_usage(release, gate=gate, read_only=read_only, logon_check=logon_check)
    console = Console.standard()
    workspace = runs.open_workspace(repo, ref, fetch=False)
    (found,) = workspace.targets([target])
    package = _package(found, release, kill_with, gate=gate, logon_check=logon_check)
    console.diagnostics(row for row in workspace.findings if row.rule == "git.uncommitted")
    console.result(_script(found, release, package, read_only=read_only))
    return ExitCode.OK


def _check_usage(release: int, *, gate: bool, read_only: bool, logon_check: bool) -> None:
    if gate and read_only:
        raise typer.BadParameter(
            "an account that only reads has no use for the gatekeeper", param_hint="'--gate'"
        )
    if logon_check and not (gate or read_only):
        raise typer.BadParameter(
            "the logon check is a part of the gatekeeper: add --gate, or --read-only for the account that reads",
            param_hint="'--logon-check'",
        )
    if release not in releases.SUPPORTED:
        known = ", ".join(map(str, releases.SUPPORTED))
        raise typer.BadParameter(
            f"choose the one the database is, or the newest before it: {known}",
            param_hint="'--release'",
        )


def _package(
    target: Target, release: int, killer: Killer, *, gate: bool, logon_check: bool
) -> tuple[str, ...]:
    """The gatekeeper's statements. It may set the passwords of services that the scope names; for a pattern the DBA adds them. Without `gate` what an
    account that only reads needs of the logon check."""
    from reconciler.oracle import gate as gatekeeper

    if not gate:
        reader = target.reader.user if target.reader else target.user
        return gatekeeper.reader_script(reader) if logon_check else ()
    try:
        return gatekeeper.script(
            target.user,
            release=release,
            killer=killer,
            services=[name for name in target.scope.services if "*" not in name],
            logon_check=logon_check,
            with_comments=True,
        )
    except InvalidNameError as error:
        raise InvalidInputError(
            "bootstrap.name", str(error), hint="leave it out of `scope.services`"
        ) from None


def _script(target: Target, release: int, package: tuple[str, ...], *, read_only: bool) -> str:
    from reconciler.oracle import bootstrap as scripts

    scope = target.scope
    named = [*scope.roles, *scope.system]
    user = target.reader.user if read_only and target.reader else target.user
    return scripts.script(
        user,
        release=release,
        system_privileges=[name for name in scope.system if "*" not in name],
        roles=[name for name in scope.roles if "*" not in name],
        patterns=[name for name in named if "*" in name],
        read_only=read_only,
        gate=package,
    )
