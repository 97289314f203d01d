"""`reconciler audit`: the proof, replayed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console, Format
from reconciler.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from reconciler.run.approval.replay import Replayed

app = typer.Typer(no_args_is_help=True, help="Replay the proof that git keeps.")


@app.command("verify")
def verify(
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: options.Output = Format.TEXT,
    fetch: options.Fetch = True,
) -> int:
    """Judge every merged change once more on the evidence that the ledger keeps, and look for leases that nobody approved. Needs git alone; changes nothing."""
    from reconciler.render import as_json
    from reconciler.run.approval.replay import replay

    console = Console.standard()
    workspace = runs.open_plain(repo, ref, fetch=fetch)
    found = replay(workspace)
    if output is Format.JSON:
        console.json(
            {
                "commit": workspace.commit,
                "baseline": found.baseline or None,
                "judged": found.judged or None,
                "changes": found.changes,
                "documents": found.documents,
                "approved": found.approved,
                "approved_in_advance": found.in_advance,
                "leases": found.leases,
                "unjudged": found.unjudged,
                "findings": as_json.diagnostics(found.findings),
            }
        )
    else:
        console.result(_text(found))
        console.diagnostics(found.findings)
    return ExitCode.REFUSED if found.findings else ExitCode.OK


def _text(found: Replayed) -> str:
    from reconciler.render.terminal import counted

    if not found.baseline:
        return "no evidence: no policy on this branch ever asked for approvals, or no run has judged it yet"
    lines = [
        f"approvals are asked for from {found.baseline[:12]} on; judged up to {found.judged[:12]}",
        _changes(found),
        f"{counted(found.leases, 'lease')} looked up",
    ]
    if found.unjudged:
        lines.append(f"{counted(found.unjudged, 'commit')} came after the last judgement")
    lines.append("verified" if not found.findings else f"{counted(len(found.findings), 'finding')}")
    return "\n".join(lines)


def _changes(found: Replayed) -> str:
    from reconciler.render.terminal import counted

    replayed = f"{counted(found.changes, 'change')} replayed, {counted(found.documents, 'document')} in them"
    refused = found.documents - found.approved
    return f"{replayed}: {found.approved} approved, {found.in_advance} of these in advance; {refused} not in force"
