"""The Typer application, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import typer
from typer.exceptions import TyperException

from reconciler.cli import (
    apply,
    approve,
    bootstrap,
    break_glass,
    classify,
    codeowners,
    credentials,
    demo,
    doctor,
    done,
    explain,
    extend,
    init,
    plan,
    policy,
    reconcile,
    request,
    review,
    revoke,
    sandbox,
    status,
    usage,
    validate,
    who,
    why,
)
from reconciler.cli.command_groups import GroupedCommands, Heading
from reconciler.cli.output import Console
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import ReconcilerError
from reconciler.model.exit_codes import ExitCode
from reconciler.render.terminal import safe

_COMMANDS: tuple[tuple[Heading, Callable[..., Any], str, str], ...] = (
    (
        Heading.DAILY,
        request.request,
        "Ask for access; answers as options or on a terminal.",
        "reconciler request --target hr-prod --bundle payroll-support --for 4h",
    ),
    (
        Heading.DAILY,
        validate.validate,
        "Judge the documents; needs no database.",
        "reconciler validate grants/requests/payroll-fix-alice.yaml",
    ),
    (
        Heading.DAILY,
        plan.plan,
        "Show what would change; change nothing.",
        "reconciler plan --target hr-prod --sql",
    ),
    (Heading.DAILY, apply.apply, "Run a saved plan, if it is still the plan.", ""),
    (Heading.DAILY, reconcile.reconcile, "Grant, end, prove, write the ledger.", ""),
    (Heading.DAILY, status.status, "Show every lease, its end and its deadline.", ""),
    (
        Heading.DAILY,
        credentials.credentials,
        "Show the password of your temporary user.",
        "reconciler credentials payroll-fix-alice -i ~/.ssh/id_ed25519",
    ),
    (
        Heading.DAILY,
        extend.extend,
        "Ask for more time for a lease.",
        'reconciler extend payroll-fix-alice --for 2h --reason "the repair is still running"',
    ),
    (Heading.DAILY, done.done, "Hand your access back now.", "reconciler done payroll-fix-alice"),
    (
        Heading.REVIEWS,
        approve.approve,
        "Sign your review of a branch.",
        "reconciler approve payroll-fix --as bob -i ~/.ssh/id_ed25519",
    ),
    (
        Heading.REVIEWS,
        review.review,
        "Say what a pull request gives, and who must approve.",
        "reconciler review --base origin/main --zone Europe/Berlin",
    ),
    (
        Heading.REVIEWS,
        codeowners.codeowners,
        "Make CODEOWNERS from policies and people.",
        "reconciler codeowners --check",
    ),
    (
        Heading.QUESTIONS,
        explain.explain,
        "Say in words what a document means.",
        "reconciler explain payroll-fix-alice",
    ),
    (
        Heading.QUESTIONS,
        why.why,
        "Say whether somebody has a privilege, and how.",
        "reconciler why ALICE SELECT HR.EMPLOYEES --target hr-prod",
    ),
    (Heading.QUESTIONS, usage.usage, "Show whether access was used, and from where.", ""),
    (
        Heading.EMERGENCIES,
        revoke.revoke,
        "End leases now: one, a person's, or a target's.",
        'reconciler revoke --person alice --reason "laptop stolen"',
    ),
    (
        Heading.TARGETS,
        init.init,
        "Write the files of a new grants repository.",
        "reconciler init grants-repository",
    ),
    (
        Heading.TARGETS,
        bootstrap.bootstrap,
        "Print the SQL that makes the account on a target.",
        "reconciler bootstrap hr-prod --gate --print-sql > account.sql",
    ),
    (Heading.TARGETS, doctor.doctor, "Find what is in the way on the targets.", ""),
    (
        Heading.TARGETS,
        classify.classify,
        "Propose which columns hold sensitive data.",
        "reconciler classify hr-prod --schema HR --out grants/classifications",
    ),
    (Heading.TRYING, demo.demo, "The whole story on an Oracle stand-in.", ""),
)
"""Heading, command, summary, and an example of its use."""
_GROUPS = (
    (Heading.REVIEWS, policy.app, "policy", "Try the policies on the cases beside them."),
    (Heading.QUESTIONS, who.app, "who", "List who has a privilege, and how."),
    (Heading.EMERGENCIES, break_glass.app, "break-glass", "Open access prepared for an emergency."),
    (Heading.TRYING, sandbox.app, "sandbox", "Run the Oracle stand-in."),
)
"""Heading, commands, name and summary."""


def build() -> typer.Typer:
    """The application with all commands."""
    app = typer.Typer(
        name="reconciler",
        cls=GroupedCommands,
        help="Access to Oracle databases as reviewed code: requested, granted, ended and proved from git.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for heading, command, summary, example in _COMMANDS:
        app.command(
            command.__name__,
            short_help=summary,
            rich_help_panel=heading,
            epilog=f"Example: {example}" if example else None,
        )(command)
    for heading, group, name, summary in _GROUPS:
        app.add_typer(group, name=name, short_help=summary, rich_help_panel=heading)
    app.callback()(_options)
    return app


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
        code = build()(args=list(arguments), prog_name="reconciler", standalone_mode=False)
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
