"""The story: a request is refused, corrected, merged, granted, used, ended by the database alone, and proved."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from reconciler.cli.demonstration.stage import (
    ENVIRONMENT,
    REVIEWERS,
    Stage,
    StoryError,
    keep_environment,
    query,
    refusal,
    set_up,
    shown,
)
from reconciler.cli.output import Console

__all__ = ["StoryError", "tell"]

_REQUEST = "grants/requests/payroll/payroll-totals-alice.yaml"
_QUICK = "grants/requests/platform/quick-look-erin.yaml"
_BRANCH = "payroll-totals"
_TITLE = "Payroll totals for OPS-1234"
_QUERY = "SELECT employee_id, net FROM hr.payroll ORDER BY employee_id FETCH FIRST 1 ROWS ONLY"


def request_text(window: str) -> str:
    """The request of the story, with the given window."""
    return f"""\
apiVersion: grants/v1
kind: AccessRequest
metadata:
  name: payroll-totals-alice
spec:
  requester: alice
  reason: Payroll totals are wrong since release 42
  ticket: OPS-1234
  targets: [hr-prod]
  identity: {{user: ALICE}}
  access:
    - privileges: [SELECT]
      on: HR.PAYROLL
    - privileges: [UPDATE]
      on: HR.EMPLOYEES
      columns: [SALARY]
  window: {window}
"""


def quick_text() -> str:
    """A request that is well formed and within policy, and that nobody reviews."""
    return """\
apiVersion: grants/v1
kind: AccessRequest
metadata:
  name: quick-look-erin
spec:
  requester: erin
  reason: Have a quick look at the salaries
  ticket: OPS-1250
  targets: [hr-prod]
  identity: {user: ERIN}
  access:
    - privileges: [SELECT]
      on: HR.PAYROLL
  window: {duration: 4h}
"""


def tell(console: Console, *, release: int, keep: Path | None) -> None:
    """Tells the story in a scratch folder that is removed at the end, or in `keep`. Raises StoryError."""
    started = time.monotonic()
    if keep is not None:
        if keep.exists():
            raise StoryError(f"{keep} exists; name a new folder")
        _make_folder(keep)
        _tell_in(console, keep.resolve(), release)
        console.result(_how_to_go_on(keep.resolve()))
    else:
        with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as folder:
            _tell_in(console, Path(folder), release)
    console.result(f"\nThe story took {time.monotonic() - started:.1f} s.")


def _tell_in(console: Console, folder: Path, release: int) -> None:
    _title(
        console,
        1,
        "An Oracle stand-in with three databases, a reconciler account in each, and a grants repository",
    )
    with set_up(folder, release) as stage:
        console.result(f"listening on 127.0.0.1:{stage.port}/FREEPDB1 (release {release})")
        console.result(stage.git("log", "--oneline"))
        _first_run(console, stage)
        _refused_request(console, stage)
        _reviewed_request(console, stage)
        _merged_request(console, stage)
        _use_and_end(console, stage)
        _proof(console, stage)
        _without_review(console, stage)
        keep_environment(stage)


def _make_folder(keep: Path) -> None:
    try:
        keep.mkdir(parents=True)
    except OSError as error:
        raise StoryError(f"{keep} cannot be made: {error.strerror}") from None


_TO_TRY = '"select * from session_roles"'


def _how_to_go_on(folder: Path) -> str:
    return (
        f"\nKept in {folder}. To go on where the story ended:\n"
        f"  . {shlex.quote(str(folder / ENVIRONMENT))}   # path and passwords; starts the stand-in\n"
        f"  cd {shlex.quote(str(folder / 'access'))}\n"
        "  reconciler status\n"
        f"  reconciler sandbox sql -u ALICE {_TO_TRY}\n"
        "  reconciler sandbox stop"
    )


def _first_run(console: Console, stage: Stage) -> None:
    _title(console, 2, "The documents that are already merged: checked, planned, reconciled")
    _run(console, stage, ["validate"], [0])
    _run(console, stage, ["reconcile"], [0], tail=14)
    _run(console, stage, ["plan"], [0])


def _refused_request(console: Console, stage: Stage) -> None:
    _title(console, 3, "Alice asks for access, with an end that is no end")
    stage.write(_REQUEST, request_text("{until: next friday}"))
    _run(console, stage, ["validate", _REQUEST], [3])
    stage.write(_REQUEST, request_text("{duration: 20d}"))
    _run(console, stage, ["validate", _REQUEST], [3])
    (stage.repository / _REQUEST).unlink()


def _reviewed_request(console: Console, stage: Stage) -> None:
    _title(console, 4, "She corrects it and opens a pull request; this is what its reviewers see")
    stage.propose(_BRANCH, _REQUEST, request_text("{duration: 4h}"), _TITLE, "alice")
    review = ["review", "--base", "main", "--head", _BRANCH, "--zone", "Europe/Berlin"]
    _run(console, stage, [*review, "--output", "markdown"], [0])


def _merged_request(console: Console, stage: Stage) -> None:
    _title(
        console, 5, "Bob owns the data, Frank is security: they sign, in this order; it is merged"
    )
    reviews = [_signed(console, stage, person) for person in REVIEWERS]
    with stage.log_on("ALICE") as before:
        console.result(f"\nALICE> {_QUERY}\n  {refusal(before, _QUERY)}")
    console.result(f"merged as {stage.merge(_BRANCH, _TITLE, reviews)}")
    _run(console, stage, ["plan", "--target", "hr-prod", "--sql"], [0])
    _run(console, stage, ["reconcile", "--target", "hr-prod"], [0])


def _signed(console: Console, stage: Stage, person: str) -> str:
    """The line that the reviewer's signature of the branch comes to."""
    key = str(stage.key_of(person))
    arguments = ["approve", _BRANCH, "--as", person, "-i", key]
    output = _run(
        console, stage, arguments, [0], shown_as=[*arguments[:-1], "~/.ssh/id_ed25519"], head=1
    )
    found = [row.strip() for row in output.splitlines() if row.strip().startswith("Reviewed-by:")]
    if not found:
        raise StoryError("the review was not signed")
    time.sleep(1.1)  # signatures tell whole seconds, and the second step comes after the first
    return found[0]


def _use_and_end(console: Console, stage: Stage) -> None:
    _title(console, 6, "She works; the end comes from the database, while no reconciler runs")
    session = stage.log_on("ALICE")
    rows = query(session, _QUERY)
    if not rows:
        raise StoryError("the row that was granted is not there")
    console.result(f"ALICE> {_QUERY}\n  {rows[0]}")
    _run(
        console, stage, ["sandbox", "clock", "--dir", str(stage.sandbox), "--advance", "240m"], [0]
    )
    console.result(f"ALICE (same session)> {_QUERY}\n  {refusal(session, _QUERY)}")


def _proof(console: Console, stage: Stage) -> None:
    _title(console, 7, "The next run proves the end and writes it down")
    output = _run(console, stage, ["reconcile", "--target", "hr-prod"], [0])
    if "receipt payroll-totals-alice" not in output or "by deadline" not in output:
        raise StoryError("the receipt does not say that the deadline ended the lease")
    console.result("\n$ git log audit")
    console.result(_indent(stage.git("log", "--format=%h %cI %s", "audit")))
    _run(console, stage, ["status", "--all"], [0])


def _without_review(console: Console, stage: Stage) -> None:
    _title(console, 8, "Somebody merges access that nobody reviewed; it is not in force")
    stage.propose("quick", _QUICK, quick_text(), "Just this once", "erin")
    console.result(f"merged as {stage.merge('quick', 'Just this once')}")
    output = _run(console, stage, ["reconcile", "--target", "hr-prod"], [4])
    if "approval.missing" not in output:
        raise StoryError("a request that nobody approved was not refused")
    stage.git("revert", "--no-edit", "-m", "1", "HEAD")
    _run(console, stage, ["audit", "verify"], [0])


def _run(
    console: Console,
    stage: Stage,
    arguments: Sequence[str],
    codes: Sequence[int],
    *,
    tail: int = 0,
    head: int = 0,
    shown_as: Sequence[str] = (),
) -> str:
    """Runs a command of ours and shows it with its output, or with its first or last lines only."""
    words = (
        ["sandbox", "clock", "--advance", arguments[-1]]
        if arguments[0] == "sandbox"
        else shown_as or arguments
    )
    console.result("\n" + console.style(f"$ reconciler {' '.join(words)}", "bold"))
    result: subprocess.CompletedProcess[str] = stage.reconciler(*arguments)
    text = shown(result, codes)
    lines = text.splitlines()
    if head and len(lines) > head:
        text = "\n".join([*(f"{row[:100]}..." if len(row) > 100 else row for row in lines[:head])])
    if tail and len(lines) > tail:
        text = "\n".join([f"... {len(lines) - tail} lines ...", *lines[-tail:]])
    console.result(
        _indent(text) + (f"\n  (exit code {result.returncode})" if result.returncode else "")
    )
    return "\n".join(lines)


def _title(console: Console, number: int, text: str) -> None:
    console.result("\n" + console.style(f"{number}. {text}", "bold", "cyan"))


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.splitlines())
