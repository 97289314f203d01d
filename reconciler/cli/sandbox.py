"""`reconciler sandbox`: starts, asks and stops the stand-in for Oracle."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli.output import Format
from reconciler.cli.sandbox_faults import app as faults
from reconciler.cli.sandbox_options import DEFAULT_DIR, PASSWORD, Dir, Output, reporting
from reconciler.render.terminal import safe

if TYPE_CHECKING:
    import oracledb

    from reconciler.sandbox.process import Status

_WRONG_PASSWORD = (
    f"    -> name the password with -p; that of SYS and SYSTEM may stand in {PASSWORD}"
)

app = typer.Typer(
    help="A stand-in for Oracle on this machine: the real wire protocol, for trying things out and for tests.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(faults, name="fault", short_help="Order faults: of the network, of the server.")


@app.command()
def start(
    folder: Dir = DEFAULT_DIR,
    port: Annotated[
        int, typer.Option("--port", help="0 takes a free one.", metavar="PORT", min=0, max=65535)
    ] = 1521,
    release: Annotated[
        int | None,
        typer.Option(
            "--release",
            help="19 or 23. Default: what the directory holds, or 23.",
            metavar="RELEASE",
        ),
    ] = None,
    password: Annotated[
        str, typer.Option("--password", help="Of SYS and SYSTEM.", metavar="PASSWORD")
    ] = "sandbox",  # noqa: S107 - of a database that serves loopback only
    sample: Annotated[
        bool, typer.Option("--sample", help="Begin with sample schemas, people and roles.")
    ] = False,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay in this terminal; Ctrl-C stops.")
    ] = False,
    pdb: Annotated[
        list[str] | None,
        typer.Option("--pdb", help="Name of a PDB; may be given several times.", metavar="NAME"),
    ] = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="Serve TCPS with a certificate of its own.")
    ] = False,
) -> None:
    """Start a sandbox in the background and print where it listens."""
    from reconciler.sandbox import process
    from reconciler.sandbox.engine.instance import DEFAULT_PDBS
    from reconciler.sandbox.host import Settings, serve_directory

    if release not in (None, 19, 23):
        raise typer.BadParameter("19 or 23", param_hint="--release")
    pdbs = tuple(pdb or DEFAULT_PDBS)
    with reporting() as console:
        if foreground:
            settings = Settings(port, release, password, sample, pdbs, tls)
            serve_directory(folder.absolute(), settings, console.result)
            return
        running = process.start(folder, port, release, password, sample=sample, pdbs=pdbs, tls=tls)
        if running.was_running:
            console.note("already running")
            _require_release(folder, release)
        console.result(running.line)


def _require_release(folder: Path, wanted: int | None) -> None:
    """A running stand-in of another release is not what was asked for. Raises SandboxError."""
    from reconciler.sandbox import process

    found = process.status(folder).release
    if wanted not in (None, found):
        raise process.SandboxError(
            f"{folder} runs release {found}, not {wanted}; stop it, or choose another --dir"
        )


@app.command()
def stop(folder: Dir = DEFAULT_DIR) -> None:
    """Stop the sandbox; its state stays in the directory."""
    from reconciler.sandbox import process

    with reporting() as console:
        console.note("stopped" if process.stop(folder) else "not running")


@app.command()
def status(folder: Dir = DEFAULT_DIR, output: Output = Format.TEXT) -> None:
    """Show address, time, sessions and round trips."""
    from reconciler.sandbox import process

    with reporting() as console:
        found = process.status(folder)
        if output is Format.JSON:
            console.json(_status_values(found))
        else:
            console.result(_status_text(found))


def _status_values(found: Status) -> dict[str, Any]:
    return {
        "address": f"127.0.0.1:{found.port}",
        "pid": found.pid,
        "release": found.release,
        "pdbs": list(found.pdbs),
        "tls": found.tls,
        "now": found.now.isoformat(),
        "sessions": [dict(session) for session in found.sessions],
        "round_trips": dict(found.round_trips),
        "faults": [dict(fault) for fault in found.faults],
    }


def _status_text(found: Status) -> str:
    pdb, extra = (*found.pdbs, "FREE")[0], ", TLS" if found.tls else ""
    calls = sum(found.round_trips.values())
    lines = [
        f"listening on 127.0.0.1:{found.port}/{pdb} (pid {found.pid}, release {found.release}{extra})",
        f"database time {found.now:%Y-%m-%dT%H:%M:%SZ}",
        f"{len(found.sessions)} sessions, {calls} round trips, {len(found.faults)} ordered faults",
    ]
    lines += [
        f"  {item['sid']},{item['serial']}  {item['user']}  {item['container']}  {item['status']}"
        for item in found.sessions
    ]
    return "\n".join(lines)


@app.command()
def reset(
    folder: Dir = DEFAULT_DIR,
    sample: Annotated[
        bool | None,
        typer.Option("--sample/--no-sample", help="Default: as the sandbox was started."),
    ] = None,
) -> None:
    """Make the database fresh, with the clock of today.

    Open sessions die."""
    from reconciler.sandbox import process

    with reporting() as console:
        process.reset(folder, sample=sample)
        console.note("reset")


@app.command()
def clock(
    folder: Dir = DEFAULT_DIR,
    advance: Annotated[
        str | None,
        typer.Option(
            "--advance", help="Let this time pass, such as 90s, 240m, 4h or 2d.", metavar="DURATION"
        ),
    ] = None,
    output: Output = Format.TEXT,
) -> None:
    """Print the database's time; --advance lets time pass first.

    Jobs that become due run."""
    from reconciler.model.instants import parse_duration
    from reconciler.sandbox import process

    with reporting() as console:
        passing = parse_duration(advance).total_seconds() if advance else 0.0
        now = process.advance(folder, passing) if passing else process.clock(folder)
        text = f"{now:%Y-%m-%dT%H:%M:%SZ}"
        if output is Format.JSON:
            console.json({"now": text})
        else:
            console.result(text)


@app.command()
def sql(
    statement: Annotated[
        str,
        typer.Argument(help="One statement, without a semicolon at its end.", metavar="STATEMENT"),
    ],
    user: Annotated[
        str, typer.Option("-u", "--user", help="SYS connects AS SYSDBA.", metavar="USER")
    ],
    password: Annotated[
        str | None,
        typer.Option(
            "-p",
            "--password",
            help=f"Default: sandbox; for SYS and SYSTEM {PASSWORD}, when it is set.",
            metavar="PASSWORD",
        ),
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", help="Default: the first PDB.", metavar="NAME")
    ] = None,
    folder: Dir = DEFAULT_DIR,
    output: Output = Format.TEXT,
) -> None:
    """Run one statement and print its rows, or ok.

    It goes through the Oracle driver, as any program's would."""
    import oracledb

    from reconciler.sandbox import process

    with reporting() as console:
        running = process.status(folder)
        try:
            with _connect(
                folder, running, user, password or _password(user), service
            ) as connection:
                answer = _execute(connection, statement)
        except oracledb.Error as error:
            console.note(str(error))
            if getattr(error.args[0], "full_code", "") == "ORA-01017":
                console.note(_WRONG_PASSWORD)
            raise typer.Exit(1) from error
        if output is Format.JSON:
            console.json(
                {"columns": answer.columns, "rows": answer.rows, "warning": answer.warning}
            )
        else:
            console.result(_table(answer) if answer.columns else "ok")
        if answer.warning:
            console.note(answer.warning)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Columns and rows as text; no columns for what is not a query."""

    columns: list[str]
    rows: list[list[str | None]]
    warning: str | None = None


def _password(user: str) -> str:
    """The password of a user for whom none was given."""
    given = os.environ.get(PASSWORD, "") if user.upper() in ("SYS", "SYSTEM") else ""
    return given or "sandbox"


def _connect(
    folder: Path, running: Status, user: str, password: str, service: str | None
) -> oracledb.Connection:
    """A session on the sandbox; SYS as SYSDBA. Raises oracledb.Error."""
    import oracledb

    name = service or (*running.pdbs, "FREE")[0]
    parameters: dict[str, Any] = {
        "user": user,
        "password": password,
        "host": "127.0.0.1",
        "port": running.port,
        "service_name": name,
        "tcp_connect_timeout": 10,
    }
    if running.tls:
        parameters |= {
            "protocol": "tcps",
            "wallet_location": str(folder.absolute()),
            "ssl_server_dn_match": False,
        }
    if user.upper() == "SYS":
        parameters["mode"] = oracledb.AUTH_MODE_SYSDBA
    return oracledb.connect(**parameters)


def _execute(connection: oracledb.Connection, statement: str) -> _Answer:
    """Runs one statement and commits. Raises oracledb.Error."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        columns = [column.name for column in cursor.description or ()]
        rows = [[_text(value) for value in row] for row in cursor] if columns else []
        warning = str(cursor.warning) if cursor.warning else None
    connection.commit()
    return _Answer(columns, rows, warning)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if hasattr(value, "read"):
        return str(value.read())
    return value.hex().upper() if isinstance(value, bytes) else str(value)


def _table(answer: _Answer) -> str:
    """Rows under their headings, with nothing in them that a terminal would obey."""
    cells = [answer.columns, *(["" if v is None else safe(v) for v in row] for row in answer.rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(answer.columns))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
