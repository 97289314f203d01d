"""`reconciler review`: what reviewers see of a pull request. Asks no database."""

from __future__ import annotations

import enum
import os
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options
from reconciler.cli.output import Console, diagnostic_line
from reconciler.model.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from reconciler.model.approvals import ChangeSet
    from reconciler.model.review import Review


class ReviewFormat(enum.StrEnum):
    """Values of --output of this command."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


_Base = Annotated[
    str, typer.Option("--base", help="The branch that the change goes to.", metavar="REF")
]
_Head = Annotated[
    str | None,
    typer.Option(
        "--head", "--ref", help="The change. Default: what is checked out.", metavar="REF"
    ),
]
_Zone = Annotated[
    str, typer.Option("--zone", help="Time zone of the reviewers, besides UTC.", metavar="ZONE")
]
_At = Annotated[
    str | None,
    typer.Option(
        "--at",
        help="Also tell where leases will stand then: +14d, or 2026-12-01T09:00:00Z.",
        metavar="WHEN",
    ),
]
_Output = Annotated[ReviewFormat, typer.Option("--output", help="How to print the result.")]
_Comment = Annotated[
    Path | None,
    typer.Option("--comment", help="Also write the Markdown to a file.", metavar="FILE"),
]
_Post = Annotated[
    bool,
    typer.Option(
        "--post",
        help="Keep the one comment on the pull request up to date, and count its reviews. Needs the environment of a GitHub workflow.",
    ),
]
_RequireApproval = Annotated[
    bool, typer.Option("--require-approval", help="Exit with 4 while approvals are missing.")
]


def review(
    base: _Base,
    head: _Head = None,
    repo: options.Repo = Path(),
    zone: _Zone = "UTC",
    at: _At = None,
    output: _Output = ReviewFormat.TEXT,
    comment: _Comment = None,
    post: _Post = False,
    require_approval: _RequireApproval = False,
) -> int:
    """Say what a change gives to whom, what would run, who has to approve it, and what is wrong with it. Reads the last snapshots in the audit branch and no
    database."""
    from reconciler.documents.changed import read_change
    from reconciler.ledger.evidence import state
    from reconciler.ledger.store import Ledger
    from reconciler.render.markdown import comment as as_comment
    from reconciler.run.forecast import instant_of
    from reconciler.run.reviewing.review import Question
    from reconciler.run.reviewing.review import review as compose

    console = Console.standard()
    clock = _zone(zone)
    now = datetime.now(UTC).replace(microsecond=0)
    forecast_at = instant_of(at, now) if at else None
    ledger = Ledger.to_read(repo)
    judged = state(ledger)
    changed = read_change(repo, base, head, judged.held if judged else None)
    evidence = _evidence(repo, console) if post else None
    question = Question(repo, changed, ledger, now, forecast_at, evidence)
    found = compose(question)
    _print(found, clock, output, console)
    if comment is not None:
        _write(comment, as_comment(found, clock))
    if post:
        _post(as_comment(found, clock), console)
    return found.exit_code(require_approval=require_approval)


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise typer.BadParameter(
            f"{name!r} is no time zone; write it as in Europe/Berlin", param_hint="--zone"
        ) from None


def _print(found: Review, zone: tzinfo, output: ReviewFormat, console: Console) -> None:
    from reconciler.render import review_text
    from reconciler.render.markdown import comment
    from reconciler.render.review_words import findings, headline

    rows = findings(found)
    match output:
        case ReviewFormat.TEXT:
            console.result(review_text.review(found, zone, console.style))
            console.diagnostics(rows)
        case ReviewFormat.MARKDOWN:
            console.result(comment(found, zone))
        case ReviewFormat.JSON:
            from reconciler.render import review_json

            console.json(review_json.review(found, headline(found)))
            console.diagnostics(rows)
        case ReviewFormat.SARIF:
            from reconciler import __version__
            from reconciler.render import sarif

            console.result(sarif.document(rows, __version__))
        case ReviewFormat.GITHUB:
            _print_for_workflow(found, rows, zone, console)


def _print_for_workflow(
    found: Review, rows: tuple[Diagnostic, ...], zone: tzinfo, console: Console
) -> None:
    """The whole in the log, fenced off, annotations after it, and the comment in the summary of the step."""
    import secrets

    from reconciler.render import github, review_text
    from reconciler.render.markdown import comment

    lines = [review_text.review(found, zone, console.style)]
    lines += (diagnostic_line(row, console.style) for row in rows)
    console.result(github.fenced_off("\n".join(lines), secrets.token_hex(16)))
    console.result("\n".join(github.annotate(rows)))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        _write(Path(summary), comment(found, zone), mode="a")


def _write(path: Path, text: str, mode: str = "w") -> None:
    """Raises InvalidInputError review.not-written."""
    from reconciler.model.errors import InvalidInputError

    try:
        with path.open(mode, encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise InvalidInputError(
            "review.not-written",
            f"{path} was not written: {error.strerror}",
            hint="name a file in a folder that you may write to",
        ) from None


def _evidence(repo: Path, console: Console) -> ChangeSet | None:
    """The reviews of the pull request so far. What cannot be asked for is told, and the review goes on without."""
    from reconciler.approvals.github import GitHubEvidence
    from reconciler.approvals.github_client import GitHub, from_environment
    from reconciler.model.errors import ApprovalError

    number = _pull_request()
    if not number:
        return None
    try:
        github = GitHub(from_environment(os.environ))
        try:
            return GitHubEvidence(github, repo).under_review(number)
        finally:
            github.close()
    except ApprovalError as error:
        _tell(error.diagnostics(), console)
        return None


def _post(body: str, console: Console) -> None:
    """The token of a fork's pull request may not write: that is told, and the verdict is what it is."""
    from reconciler.approvals.comments import post_comment
    from reconciler.approvals.github_client import GitHub, from_environment
    from reconciler.model.errors import ApprovalError
    from reconciler.render.markdown import MARKER

    number = _pull_request()
    if not number:
        message = "no comment was written: GITHUB_REF names no pull request (refs/pull/N/merge)"
        _tell((Diagnostic("review.not-posted", message),), console)
        return
    try:
        github = GitHub(from_environment(os.environ))
        try:
            console.note(f"comment: {post_comment(github, number, MARKER, body)}")
        finally:
            github.close()
    except ApprovalError as error:
        _tell(error.diagnostics(), console)


def _tell(found: tuple[Diagnostic, ...], console: Console) -> None:
    from dataclasses import replace

    console.diagnostics(replace(row, severity=Severity.WARNING) for row in found)


def _pull_request() -> int:
    """The number of the pull request that a workflow runs for, 0 for none."""
    import re

    found = re.fullmatch(
        r"refs/pull/([0-9]{1,10})/(?:merge|head)", os.environ.get("GITHUB_REF", "")
    )
    return int(found[1]) if found else 0
