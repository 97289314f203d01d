"""The Typer application, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import typer
from typer.exceptions import TyperException

from reconciler.cli.command_groups import GroupedCommands
from reconciler.cli.commands import COMMANDS, Command
from reconciler.cli.output import Console
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import ReconcilerError
from reconciler.model.exit_codes import ExitCode
from reconciler.render.terminal import safe


def build(arguments: Sequence[str] = ()) -> typer.Typer:
    """The application with the commands that the arguments can mean: the others take their time to import. Without arguments with all of them."""
    app = typer.Typer(
        name="reconciler",
        cls=GroupedCommands,
        help="Access to Oracle databases as reviewed code: requested, granted, ended and proved from git.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    first = arguments[0] if arguments else ""
    named = [row for row in COMMANDS if row.name == first]
    for row in named or COMMANDS:
        _add(app, row, row.load() if first not in _HELP else _listed)
    app.callback()(_options)
    return app


def _add(app: typer.Typer, row: Command, function: Any) -> None:
    if row.is_group and function is not _listed:
        app.add_typer(function, name=row.name, short_help=row.summary, rich_help_panel=row.heading)
        return
    epilog = f"Example: {row.example}" if row.example else None
    app.command(row.name, short_help=row.summary, rich_help_panel=row.heading, epilog=epilog)(
        function
    )


_HELP = ("-h", "--help", "--version")
"""Arguments that need the names of the commands and nothing more."""


def _listed() -> None:
    """Stands for a command that is only listed."""


def _options(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if version:
        from reconciler import __version__

        typer.echo(f"reconciler {__version__}")
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code; never raises.

    With `--output json` stdout holds one JSON document whatever happens: the result, or the error. Typer's own usage error would be 2, which here means
    changes.
    """
    console = Console.standard()
    try:
        code = build(arguments)(args=list(arguments), prog_name="reconciler", standalone_mode=False)
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.OK
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last line of defence: a bug must not print a traceback with values in it
        found, code = _explain(error, console)
        if found and wants_json(arguments):
            console.json_error(found, code)
    return int(code or 0)


def _explain(error: BaseException, console: Console) -> tuple[tuple[Diagnostic, ...], ExitCode]:
    """Says on stderr why the command ended, and gives the same as findings, with the exit code; what ended the
    command comes last. No findings: only the help was asked for."""
    match error:
        case ReconcilerError():
            console.diagnostics(error.diagnostics())
            cause = Diagnostic(error.rule, error.message, error.origin, hint=error.hint)
            return (*(row for row in error.diagnostics() if row != cause), cause), error.exit_code
        case TyperException():
            return _explain_usage(console, error), ExitCode.USAGE
        case KeyboardInterrupt() | typer.Abort():
            console.note("interrupted")
            return (Diagnostic("interrupted", "interrupted"),), ExitCode.INTERRUPTED
        case _:
            return (_report_bug(error, console),), ExitCode.BUG


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether the command line asks for JSON, told from the words alone: it may be too wrong to be parsed."""
    words = list(arguments)
    if "--" in words:
        words = words[: words.index("--")]
    return "--output=json" in words or ("--output", "json") in pairwise(words)


def _explain_usage(console: Console, error: TyperException) -> tuple[Diagnostic, ...]:
    """What is wrong with the command line; for a command without arguments its help."""
    message = error.format_message().removeprefix("Invalid value: ")
    if message.startswith("Usage:"):
        console.note(message.rstrip())
        return ()
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path if context else 'reconciler'} --help shows what it takes"
    console.note(f"usage: {safe(message)}\n    -> {safe(hint)}")
    return (Diagnostic("usage", message, hint=hint),)


def _silence_stdout() -> None:
    """The reader went away (`| head`); the interpreter must not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report_bug(error: BaseException, console: Console) -> Diagnostic:
    from reconciler.cli.bug import write_report

    path = write_report(error)
    message = f"{type(error).__name__}; the details are in {path}"
    hint = (
        "Please report it with that file after reading it: it holds file names and code, no values."
    )
    console.note(f"bug: {message}\n{hint}")
    return Diagnostic("bug", message, hint=hint)
