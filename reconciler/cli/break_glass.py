"""`reconciler break-glass`: access prepared for an emergency, opened with a one-time code."""

from __future__ import annotations

import getpass
import os
import secrets
import sys
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console, Format
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.errors import InvalidInputError, LedgerError
from reconciler.model.exit_codes import ExitCode, worst
from reconciler.model.instants import InvalidTimeError, format_instant, parse_duration
from reconciler.render.terminal import safe

if TYPE_CHECKING:
    from reconciler.model.documents import Target
    from reconciler.run.break_glass import Caller, Order
    from reconciler.run.target import Result
    from reconciler.run.workspace import Workspace

CODE = "RECONCILER_BREAK_GLASS_CODE"
"""The variable that may hold the code; else a terminal is asked, else a line is read from stdin."""

_OUT_OF_REACH = frozenset({"ledger.remote", "ledger.git", "ledger.push"})

app = typer.Typer(
    name="break-glass",
    help="Access prepared for an emergency: opened with a one-time code, short, loud, and reviewed afterwards.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    "open",
    short_help="Open it now, with its code.",
    epilog='Example: reconciler break-glass open payroll-rescue --person erin --reason "payroll stopped"',
)
def open_(
    name: Annotated[str, typer.Argument(help="The BreakGlass document.", metavar="NAME")],
    person: Annotated[str, typer.Option("--person", help="Who gets the access.", metavar="NAME")],
    reason: Annotated[
        str, typer.Option("--reason", help="What has happened, for the ledger.", metavar="TEXT")
    ],
    ticket: Annotated[
        str, typer.Option("--ticket", help="Ticket of the emergency.", metavar="TICKET")
    ] = "",
    duration: Annotated[
        str,
        typer.Option(
            "--duration",
            help="How long, such as 90m. Default: 1h, or less where the document allows less.",
            metavar="DURATION",
        ),
    ] = "",
    target: options.Targets = None,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: options.Output = Format.TEXT,
    push: options.Push = True,
    lock_timeout: options.LockSeconds = 60,
) -> int:
    """Open break-glass access now. The code is asked for on the terminal, or read from RECONCILER_BREAK_GLASS_CODE or from stdin."""
    from reconciler.run import break_glass
    from reconciler.run.ending import reason_text

    console = Console.standard()
    wish = break_glass.Wish(
        name,
        person,
        reason_text(reason, required=True),
        reason_text(ticket, required=False),
        _duration(duration),
    )
    work = _Work(console, output, push, lock_timeout)
    workspace = work.open(repo, ref)
    glass = break_glass.document(workspace, name)
    chosen = break_glass.targets(workspace, glass, target or ())
    opened = break_glass.order(workspace, wish, _code(), _caller(workspace))
    return work.carry_out(workspace, opened, chosen)


@app.command("seal", short_help="Make a one-time code and its seal.")
def seal() -> int:
    """Make a one-time code, to be kept in an envelope or a vault, and the seal that goes into the document."""
    from reconciler.model.break_glass import digest_of

    code = "-".join(secrets.token_hex(2) for _ in range(8))
    Console.standard().result(
        f"code: {code}\n    keep it outside this repository; it opens once, and it is not shown again\n"
        f"spec:\n  seal: {{sha256: {digest_of(code)}}}"
    )
    return ExitCode.OK


@dataclass(slots=True)
class _Work:
    """One opening. A remote that cannot be reached stops nothing: the ledger stays in this clone, and that is said."""

    console: Console
    output: Format
    push: bool
    lock_timeout: int
    out_of_reach: list[Diagnostic] = field(default_factory=list)
    results: list[Result | runs.Failure] = field(default_factory=list)

    def open(self, repo: Path, ref: str | None) -> Workspace:
        try:
            return runs.open_workspace(repo, ref, fetch=self.push, only_judged=True)
        except LedgerError as error:
            self._out_of_reach(error)
        return runs.open_workspace(repo, ref, fetch=False, only_judged=True)

    def carry_out(self, workspace: Workspace, opened: Order, chosen: tuple[Target, ...]) -> int:
        from reconciler.cli.reconcile import print_one, to_json
        from reconciler.render import as_json
        from reconciler.run import target as run

        workspace = replace(workspace, findings=())
        for row in runs.over_targets(chosen, lambda target: self._one(workspace, opened, target)):
            self.results.append(row)
            if self.output is Format.TEXT:
                print_one(self.console, row)
            if row.exit_code is ExitCode.INTERRUPTED:
                break
        self._publish(workspace)
        done = [row for row in self.results if not isinstance(row, runs.Failure)]
        self.console.diagnostics(run.all_findings(workspace, [row.survey for row in done]))
        self.console.diagnostics(self.out_of_reach)
        if self.output is Format.JSON:
            self.console.json(
                {
                    "commit": workspace.commit,
                    "lease": opened.lease,
                    "findings": as_json.diagnostics(self.out_of_reach),
                    "targets": [to_json(row) for row in self.results],
                }
            )
        if done:
            _tell(self.console, opened, done)
        codes = [row.exit_code for row in self.results]
        return worst([*codes, ExitCode.PARTIAL] if self.out_of_reach else codes)

    def _one(self, workspace: Workspace, opened: Order, target: Target) -> Result:
        from reconciler.run import break_glass
        from reconciler.run import target as run

        done = [row.survey.target.name for row in self.results if not isinstance(row, runs.Failure)]
        with self.console.progress(target.name) as progress:
            return run.reconcile(
                workspace,
                target,
                os.environ,
                progress=progress,
                refresh=lambda: self._refresh(workspace),
                publish=lambda: self._publish(workspace),
                lock_seconds=self.lock_timeout,
                narrow=lambda found: break_glass.narrow(workspace, opened, done, found),
            )

    def _refresh(self, workspace: Workspace) -> None:
        if not self.push or self.out_of_reach:
            return
        try:
            runs.bring_up(workspace, fetch=True)
        except LedgerError as error:
            self._out_of_reach(error)

    def _publish(self, workspace: Workspace) -> None:
        if not self.push or self.out_of_reach:
            return
        try:
            runs.push(workspace)
        except LedgerError as error:
            self._out_of_reach(error)

    def _out_of_reach(self, error: LedgerError) -> None:
        """Raises it again when it is not about the way to the remote: two histories of one ledger are no small thing even now."""
        if error.rule not in _OUT_OF_REACH:
            raise error
        self.out_of_reach.append(
            Diagnostic(
                "break-glass.not-published",
                f"the ledger could not be published, so nobody else knows of this opening yet: {error.message}",
                severity=Severity.WARNING,
                hint="as soon as the remote can be reached: git push origin audit, or reconciler reconcile in this clone",
            )
        )


def _duration(text: str) -> timedelta | None:
    if not text:
        return None
    try:
        return parse_duration(text)
    except InvalidTimeError as error:
        raise InvalidInputError(
            "time.invalid", f"--duration: {error}", hint="such as 90m or 2h"
        ) from None


def _code() -> str:
    """The code. Taken out of the environment, so that no process started from here inherits it."""
    given = os.environ.pop(CODE, "")
    if not given and sys.stdin is not None and sys.stdin.isatty():
        given = getpass.getpass("Code: ")
    elif not given and sys.stdin is not None:
        given = sys.stdin.readline()
    if not given.strip():
        raise InvalidInputError(
            "break-glass.no-code",
            "there is no code",
            hint=f"run it on a terminal, set {CODE}, or write the code to stdin",
        )
    return given


def _caller(workspace: Workspace) -> Caller:
    from reconciler.run.break_glass import Caller

    author = workspace.ledger.author()
    email = author[1].casefold()
    known = [
        row.name for row in workspace.documents.people.values() if row.email.casefold() == email
    ]
    return Caller(runs.actor(), author, known[0] if known else "")


def _tell(console: Console, opened: Order, done: list[Result]) -> None:
    """What has to happen now, where nobody overlooks it."""
    ends = {
        lease.end
        for row in done
        for lease in row.survey.plan.leases
        if lease.id == opened.lease and lease.end
    }
    others = [row for row in opened.glass.reviewers if row != opened.wish.person]
    until = f" until {format_instant(max(ends))}" if ends else ""
    console.note(
        f"BREAK-GLASS {opened.lease}: {safe(opened.wish.person)} has emergency access{until}\n"
        f"    tell now: {safe(opened.glass.notify)}\n"
        f"    it stays red until one of {', '.join(others)} has written its review into {safe(opened.glass.origin.path)}\n"
        f"    end it early: reconciler revoke {opened.lease} --reason TEXT"
    )
