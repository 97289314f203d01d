"""`reconciler reconcile`: makes the databases match the documents, proves it, and writes the ledger."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli import options, runs
from reconciler.cli.output import Console, Format
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import LedgerError
from reconciler.model.exit_codes import ExitCode, of_findings, worst

if TYPE_CHECKING:
    from reconciler.model.documents import Target
    from reconciler.run.target import Result
    from reconciler.run.workspace import Workspace


def reconcile(
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    target: options.Targets = None,
    output: options.Output = Format.TEXT,
    push: options.Push = True,
    lock_timeout: options.LockSeconds = 60,
) -> int:
    """Grant what is due, revoke what has ended, prove the result, and write audit commits."""
    console = Console.standard()
    workspace = runs.open_workspace(repo, ref, fetch=push, executes=True, only_newest=True)
    return run_targets(
        console,
        workspace,
        workspace.targets(target or ()),
        {},
        output,
        push=push,
        lock_timeout=lock_timeout,
    )


def run_targets(
    console: Console,
    workspace: Workspace,
    targets: tuple[Target, ...],
    digests: dict[str, str],
    output: Format,
    *,
    push: bool,
    lock_timeout: int,
    current: Workspace | None = None,
) -> int:
    """Runs the targets one after the other and prints. `digests` are those of a saved plan, by target; `current` are the documents that are in force by
    now, when the plan is not of those."""
    from reconciler.run import target as run

    workspace = workspace.about(targets)

    def publish() -> None:
        if push:
            runs.push(workspace)

    def work(row: Target) -> Result:
        with console.progress(row.name) as progress:
            return run.reconcile(
                workspace,
                row,
                os.environ,
                progress=progress,
                refresh=lambda: runs.bring_up(workspace, fetch=push),
                publish=publish,
                expected_digest=digests.get(row.name, ""),
                current=current,
                lock_seconds=lock_timeout,
            )

    results: list[Result | runs.Failure] = []
    unpublished: tuple[Diagnostic, ...] = ()
    try:
        for found in runs.over_targets(targets, work):
            results.append(found)
            if output is Format.TEXT:
                console.result("\n" if len(results) > 1 else "")
                print_one(console, found)
            if found.exit_code is ExitCode.INTERRUPTED:
                break
    finally:
        unpublished = publish_rest(console, publish)
    for row in targets[len(results) :]:
        console.note(f"interrupted; not worked on: {row.name}")
    done = [row for row in results if not isinstance(row, runs.Failure)]
    console.diagnostics(run.all_findings(workspace, [row.survey for row in done]))
    if output is Format.JSON:
        _print_json(console, workspace, results, unpublished)
    codes = [row.exit_code for row in results]
    codes.append(of_findings(workspace.findings))
    return worst([*codes, ExitCode.FAILURE] if unpublished else codes)


def publish_rest(console: Console, publish: Callable[[], None]) -> tuple[Diagnostic, ...]:
    """Brings the last commits to the others. What was done is done and gets printed, even when nobody else can see its record yet."""
    try:
        publish()
    except LedgerError as error:
        console.diagnostics(error.diagnostics())
        return error.diagnostics()
    return ()


def print_one(console: Console, found: Result | runs.Failure) -> None:
    from reconciler.render import text

    if isinstance(found, runs.Failure):
        console.diagnostics(found.error.diagnostics())
        console.result(text.failed(found.target, console.style))
        return
    plan, execution = found.survey.plan, found.execution
    if execution is None:
        blocks = [text.plan(plan, console.style)]
    else:
        blocks = [
            text.heading(plan, console.style),
            text.drift(plan, console.style),
            text.execution(execution, console.style),
        ]
    blocks += text.receipts(found.receipts, console.style, _usages(found))
    commits = (
        ", ".join(f"{kind.value} {commit[:10]}" for kind, commit in found.commits)
        or "nothing to record"
    )
    cost = text.cost(
        found.round_trips,
        execution.statements if execution else 0,
        found.seconds,
        runs.peak_megabytes(),
    )
    blocks.append(f"  ledger: {commits}\n  {console.style(cost, 'dim')}")
    console.result("\n".join(block for block in blocks if block) + "\n")
    explained = {row.origin for row in plan.findings if row.is_error}
    console.diagnostics(
        row
        for row in found.unproved
        if row.rule != "lease.not-in-force" or row.origin not in explained
    )  # why a lease was not granted is among the findings; that it is not in force says nothing more


def _usages(found: Result) -> dict[str, dict[str, object]]:
    from reconciler.run import journal

    return {row.lease_id: journal.usage_to_json(row) for row in found.usages}


def _print_json(
    console: Console,
    workspace: Workspace,
    results: Sequence[Result | runs.Failure],
    unpublished: Sequence[Diagnostic],
) -> None:
    from reconciler.render import as_json

    console.json(
        {
            "commit": workspace.commit,
            "findings": as_json.diagnostics((*workspace.findings, *unpublished)),
            "targets": [to_json(row) for row in results],
        }
    )


def to_json(found: Result | runs.Failure) -> dict[str, object]:
    from reconciler.render import as_json

    if isinstance(found, runs.Failure):
        return runs.failed_to_json(found)
    from reconciler.run import journal

    return {
        "target": found.survey.target.name,
        "failed": False,
        "plan": as_json.plan(found.survey.plan, runs.statements_of(found.survey.plan)),
        "execution": as_json.execution(found.execution),
        "receipts": [journal.receipt_to_json(row) for row in found.receipts],
        "unproved": as_json.diagnostics(found.unproved),
        "usages": [journal.usage_to_json(row) for row in found.usages],
        "ledger": [{"kind": kind.value, "commit": commit} for kind, commit in found.commits],
        "round_trips": found.round_trips,
        "seconds": round(found.seconds, 3),
        "exit_code": int(found.exit_code),
    }
