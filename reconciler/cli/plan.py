"""`reconciler plan`: shows what would be changed, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console, Format
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.exit_codes import ExitCode, of_findings, worst

if TYPE_CHECKING:
    from reconciler.render.terminal import Style
    from reconciler.run.target import Survey
    from reconciler.run.workspace import Workspace


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
    fetch: options.Fetch = True,
) -> int:
    """Compare what the documents want with what the databases hold, and print the difference. Changes nothing."""
    from reconciler.run import target as run

    console = Console.standard()
    workspace = runs.open_workspace(repo, ref, fetch=fetch)
    chosen = workspace.targets(target or ())
    workspace = workspace.about(chosen)
    import os

    results = list(runs.over_targets(chosen, lambda row: run.look(workspace, row, os.environ)))
    surveys = [row for row in results if not isinstance(row, runs.Failure)]
    failures = [row for row in results if isinstance(row, runs.Failure)]
    console.diagnostics(run.all_findings(workspace, surveys))
    unsaved = _save(out, workspace, surveys, failures) if out is not None else ()
    _print(console, workspace, results, unsaved, output, sql=sql)
    code = _exit_code(workspace, surveys, failures, detailed=detailed_exitcode)
    return worst([code, ExitCode.FAILURE]) if unsaved else code


def _print(
    console: Console,
    workspace: Workspace,
    results: list[Survey | runs.Failure],
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


def _to_json(row: Survey | runs.Failure) -> dict[str, object]:
    from reconciler.render import as_json

    if isinstance(row, runs.Failure):
        return runs.failed_to_json(row)
    plan = as_json.plan(row.plan, runs.statements_of(row.plan))
    return {"target": row.plan.target, "failed": False, "plan": plan}


def _text(row: Survey | runs.Failure, style: Style, *, sql: bool) -> str:
    from reconciler.render import text

    if isinstance(row, runs.Failure):
        return text.failed(row.target, style)
    return text.plan(row.plan, style, runs.statements_of(row.plan) if sql else ())


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
    codes.append(of_findings(workspace.findings))
    if detailed and any(not row.plan.is_empty for row in surveys):
        codes.append(ExitCode.CHANGES)
    return worst(codes)
