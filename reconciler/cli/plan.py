"""`reconciler plan`: shows what would be changed, and changes nothing."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console, Format
from reconciler.model.diagnostics import Diagnostic, has_errors
from reconciler.model.exit_codes import ExitCode, worst
from reconciler.model.instants import format_duration, format_instant

if TYPE_CHECKING:
    from reconciler.model.documents import Target
    from reconciler.model.snapshot import RecordedSnapshot
    from reconciler.render.terminal import Style
    from reconciler.run.target import Survey
    from reconciler.run.workspace import Workspace


At = Annotated[
    str,
    typer.Option(
        "--at",
        help="Forecast: plan for a later instant, or for so long after now, if nothing changes until then.",
        metavar="INSTANT|+DURATION",
    ),
]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline",
        help="Plan from the snapshot that the last run left in the ledger: needs no database and no password.",
    ),
]


def plan(
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    target: options.Targets = None,
    output: options.Output = Format.TEXT,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the statements, in the order they run.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Save the plan for `apply`; only if every target could be planned.",
            metavar="FILE",
        ),
    ] = None,
    detailed_exitcode: Annotated[
        bool,
        typer.Option(
            "--detailed-exitcode", help="Exit with 2 when there are changes, 0 when there are none."
        ),
    ] = False,
    at: At = "",
    offline: Offline = False,
    fetch: options.Fetch = True,
) -> int:
    """Compare what the documents want with what the databases hold, and print the difference. Changes nothing."""
    from reconciler.run import target as run

    if out is not None and (at or offline):
        raise typer.BadParameter(
            "--out saves what apply runs; a forecast and an --offline plan are only to be read"
        )
    console = Console.standard()
    workspace = runs.open_workspace(repo, ref, fetch=fetch)
    chosen = workspace.targets(target or ())
    workspace = workspace.about(chosen)

    results = list(
        runs.over_targets(chosen, lambda row: _look(workspace, row, at, offline=offline))
    )
    looks = [row for row in results if not isinstance(row, runs.Failure)]
    surveys = [row.survey for row in looks]
    failures = [row for row in results if isinstance(row, runs.Failure)]
    console.diagnostics(run.all_findings(workspace, surveys))
    unsaved = _save(out, workspace, surveys, failures) if out is not None else ()
    _print(console, workspace, results, unsaved, output, sql=sql)
    code = _exit_code(workspace, surveys, failures, detailed=detailed_exitcode)
    return worst([code, ExitCode.FAILURE]) if unsaved else code


@dataclass(frozen=True, slots=True)
class _Look:
    """A plan and where it is from. `recorded` is the snapshot of the ledger, None when the database was asked; `now` the instant that a forecast starts from,
    None when it is none."""

    survey: Survey
    recorded: RecordedSnapshot | None = None
    now: datetime | None = None


def _look(workspace: Workspace, target: Target, at: str, *, offline: bool) -> _Look:
    from reconciler.run import forecast
    from reconciler.run import target as run

    recorded = None
    if offline:
        found, recorded = forecast.offline(workspace, target)
    else:
        found = run.look(workspace, target, os.environ)
    if not at:
        return _Look(found, recorded)
    now = found.snapshot.at
    later = forecast.forecast(workspace, found, forecast.instant_of(at, now))
    return _Look(later, recorded, now)


def _print(
    console: Console,
    workspace: Workspace,
    results: list[_Look | runs.Failure],
    unsaved: tuple[Diagnostic, ...],
    output: Format,
    *,
    sql: bool,
) -> None:
    from reconciler.render import as_json

    failures = [row for row in results if isinstance(row, runs.Failure)]
    if output is Format.JSON:
        console.json(
            {
                "commit": workspace.commit,
                "findings": as_json.diagnostics((*workspace.findings, *unsaved)),
                "targets": [_to_json(row) for row in results],
            }
        )
    else:
        console.result("\n\n".join(_text(row, console.style, sql=sql) for row in results))
    for failure in failures:
        console.diagnostics(failure.error.diagnostics())
    console.diagnostics(unsaved)


def _to_json(row: _Look | runs.Failure) -> dict[str, object]:
    from reconciler.render import as_json

    if isinstance(row, runs.Failure):
        return runs.failed_to_json(row)
    plan = row.survey.plan
    recorded = row.recorded
    snapshot = (
        {
            "at": format_instant(recorded.at),
            "commit": recorded.commit,
            "age_seconds": int(_age(recorded).total_seconds()),
        }
        if recorded
        else None
    )
    return {
        "target": plan.target,
        "failed": False,
        "forecast_from": format_instant(row.now) if row.now else None,
        "snapshot": snapshot,
        "plan": as_json.plan(plan, runs.statements_of(plan)),
    }


def _text(row: _Look | runs.Failure, style: Style, *, sql: bool) -> str:
    from reconciler.render import text

    if isinstance(row, runs.Failure):
        return text.failed(row.target, style)
    plan = row.survey.plan
    shown = text.plan(plan, style, runs.statements_of(plan) if sql else ())
    heading, *rest = shown.split("\n")
    return "\n".join([heading, *_provenance(row, style), *rest])


def _provenance(row: _Look, style: Style) -> list[str]:
    """What tells a plan that no run will carry out from one that it would."""
    lines = []
    if row.recorded is not None:
        age, at = format_duration(_age(row.recorded)), format_instant(row.recorded.at)
        lines.append(
            f"  {style('offline', 'bold')}: from the snapshot of {at} in the ledger, {age} old ({row.recorded.commit[:10]}); the database was not asked"
        )
    if row.now is not None:
        lines.append(
            f"  {style('forecast', 'bold')} from {format_instant(row.now)}: what a run would do then if nothing changed and none came before"
        )
    return lines


def _age(recorded: RecordedSnapshot) -> timedelta:
    """By the clock of this machine, which may be behind that of the database."""
    return max(datetime.now(UTC) - recorded.at, timedelta(0))


def _save(
    path: Path, workspace: Workspace, surveys: list[Survey], failures: list[runs.Failure]
) -> tuple[Diagnostic, ...]:
    """Saves the plan, or says why not: one that covers fewer targets than were asked for would be reviewed as if it were all."""
    from reconciler.render import as_json

    rule = "plan.not-saved"
    if failures:
        names = ", ".join(row.target for row in failures)
        message = f"{path} was not written, because there is no plan for {names}"
        hint = "mend what is reported above, or name with --target what the plan should cover"
        return (Diagnostic(rule, message, hint=hint),)
    value = {
        "format_version": 1,
        "commit": workspace.commit,
        "targets": [as_json.plan(row.plan, runs.statements_of(row.plan)) for row in surveys],
    }
    try:
        path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        message = f"{path} was not written: {error.strerror}"
        return (Diagnostic(rule, message, hint="name a file in a folder that you may write to"),)
    return ()


def _exit_code(
    workspace: Workspace, surveys: list[Survey], failures: list[runs.Failure], *, detailed: bool
) -> ExitCode:
    codes = [*(row.exit_code for row in surveys), *(row.exit_code for row in failures)]
    if has_errors(workspace.findings):
        codes.append(ExitCode.INVALID)
    if detailed and any(not row.plan.is_empty for row in surveys):
        codes.append(ExitCode.CHANGES)
    return worst(codes)
