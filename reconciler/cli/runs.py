"""What plan, apply, reconcile and status share: opening the workspace, going over the targets so that one failure stops only its own, and
telling who acts."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from reconciler.model.errors import ApprovalError, ReconcilerError, RefusedError
from reconciler.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from reconciler.ledger.remote import Remote
    from reconciler.model.documents import Target
    from reconciler.model.plan import Plan
    from reconciler.run.approval.view import ProviderOf
    from reconciler.run.workspace import Workspace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """A target that could not be worked on."""

    target: str
    error: ReconcilerError

    @property
    def exit_code(self) -> ExitCode:
        return self.error.exit_code


def actor() -> str:
    """Who runs this: the CI's user when there is one, else the operating system's."""
    for name in ("RECONCILER_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def open_workspace(
    repo: Path,
    ref: str | None,
    *,
    fetch: bool,
    executes: bool = False,
    only_newest: bool = False,
    only_judged: bool = False,
) -> Workspace:
    """The workspace with the documents that are in force, after the audit branch was brought up to origin's; without `fetch`, up to what was last fetched of
    it. With `executes` what was merged since is judged and recorded, and a branch that cannot be judged is refused; else, unless `only_judged`, it is only
    told. With `only_newest` a commit that the branch was judged beyond is refused.
    """
    plain = open_plain(repo, ref, fetch=fetch)
    strict = executes or only_judged
    found = _in_force(plain, executes=executes, strict=strict, only_newest=only_newest)
    return found.with_ledger()


def open_to_end(repo: Path, ref: str | None, *, fetch: bool) -> Workspace:
    """The workspace for commands that only take access away: they never wait for evidence, so the documents are as they were merged."""
    return open_plain(repo, ref, fetch=fetch).with_ledger()


def open_plain(repo: Path, ref: str | None, *, fetch: bool) -> Workspace:
    """The workspace with the documents as they were merged, approved or not, after the audit branch was brought up to origin's."""
    from reconciler.run.workspace import open_workspace as opened

    workspace = opened(repo, ref, actor=actor())
    bring_up(workspace, fetch=fetch)
    return workspace


def _in_force(
    workspace: Workspace, *, executes: bool, strict: bool, only_newest: bool
) -> Workspace:
    from reconciler.cli.evidence import providers
    from reconciler.run.approval import view

    with providers(workspace.repository, must=executes) as provider_of:
        try:
            return _judged(workspace, provider_of, record=executes, only_newest=only_newest)
        except RefusedError as error:
            if strict or error.rule != view.REWRITTEN:
                raise
            return view.of_another_branch(workspace)
        except ApprovalError as error:
            # nothing new is granted; what was judged before goes on, and above all what has ended is ended
            known = _judged(workspace, lambda *_: None, record=False, only_newest=only_newest)
            return view.without_evidence(known, error)


def _judged(
    workspace: Workspace, provider_of: ProviderOf, *, record: bool, only_newest: bool
) -> Workspace:
    import secrets

    from reconciler.run.approval import view
    from reconciler.run.approval.surroundings import of_ledger

    at = datetime.now(UTC).replace(microsecond=0)  # the one clock of judging: no database is asked
    run_id = f"{at.strftime('%Y%m%dT%H%M%SZ')}-{secrets.token_hex(3)}"
    around = of_ledger(workspace.ledger)
    return view.in_force(
        workspace, provider_of, around, at, run_id=run_id, record=record, only_newest=only_newest
    )


def bring_up(workspace: Workspace, *, fetch: bool) -> None:
    """Brings the audit branch up to origin's, if there is one. Raises LedgerError."""
    remote = _remote(workspace)
    if remote.exists():
        remote.fetch() if fetch else remote.follow()


def has_origin(workspace: Workspace) -> bool:
    return _remote(workspace).exists()


def push(workspace: Workspace) -> None:
    """Pushes the audit branch if this run, or one before it that could not, added to it and there is an origin."""
    remote = _remote(workspace)
    if not remote.exists():
        return
    if workspace.ledger.appended:
        remote.push(workspace.ledger)
    else:
        remote.publish_left()


def _remote(workspace: Workspace) -> Remote:
    from reconciler.ledger.remote import Remote

    return Remote(workspace.repository, hidden=workspace.secrets())


def over_targets(targets: Sequence[Target], work: Callable[[Target], T]) -> Iterator[T | Failure]:
    """Works on each target; an error of one is its result, and the others go on."""
    for target in targets:
        try:
            yield work(target)
        except ReconcilerError as error:
            yield Failure(target.name, error)


def failed_to_json(row: Failure) -> dict[str, object]:
    """A target that could not be worked on, as every command's JSON has it."""
    from reconciler.render import as_json

    return {
        "target": row.target,
        "failed": True,
        "findings": as_json.diagnostics(row.error.diagnostics()),
    }


def statements_of(plan: Plan) -> tuple[str, ...]:
    """The SQL of a plan, packed and in the order it runs."""
    from reconciler.oracle.statements import render_unit
    from reconciler.planning import packing

    units = packing.pack(plan.changes)
    return tuple(row for unit in units for row in render_unit(unit, target=plan.target, at=plan.at))


def peak_megabytes() -> float:
    """The most memory this process has used."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
