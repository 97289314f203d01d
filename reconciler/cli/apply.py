"""`reconciler apply PLAN`: runs a saved plan, if it is still the plan."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console, Format
from reconciler.model.errors import InvalidInputError

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MAKE_ONE = "make one with reconciler plan --out FILE"


def apply(
    plan: Annotated[
        Path, typer.Argument(help="A plan saved by `reconciler plan --out FILE`.", metavar="PLAN")
    ],
    repo: options.Repo = Path(),
    target: options.Targets = None,
    output: options.Output = Format.TEXT,
    push: options.Push = True,
    lock_timeout: options.LockSeconds = 60,
) -> int:
    """Plan again from the saved plan's commit and run it only if the digest is the same and HEAD still wants all of it. Saved SQL is never executed."""
    from reconciler.cli.reconcile import run_targets

    commit, digests = _read(plan)
    wanted = target or sorted(digests)
    missing = [name for name in wanted if name not in digests]
    if missing:
        raise InvalidInputError(
            "plan.no-target",
            f"{plan} holds no plan for {missing[0]}",
            hint=f"it has: {', '.join(sorted(digests))}",
        )
    console = Console.standard()
    current = runs.open_workspace(repo, "HEAD", fetch=push, executes=True, only_newest=True)
    workspace = runs.open_workspace(repo, commit, fetch=False, executes=True)
    return run_targets(
        console,
        workspace,
        workspace.targets(wanted),
        digests,
        output,
        push=push,
        lock_timeout=lock_timeout,
        current=current if current.commit != workspace.commit else None,
    )


def _read(path: Path) -> tuple[str, dict[str, str]]:
    """Commit and digests of a saved plan. Raises InvalidInputError for anything that `plan --out` would not write."""
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
        version, commit = value["format_version"], str(value["commit"])
        rows = [(str(row["target"]), str(row["digest"])) for row in value["targets"]]
    except OSError as error:
        raise InvalidInputError(
            "plan.unreadable", f"{path}: {error.strerror}", hint=_MAKE_ONE
        ) from None
    except (ValueError, RecursionError):
        raise _no_plan(path, "it is not JSON") from None
    except (KeyError, TypeError):
        raise _no_plan(path, "a field is missing or of another type") from None
    if version != 1:
        raise InvalidInputError(
            "plan.version",
            f"{path}: format_version {version!r} is not known to this version of reconciler",
            hint="make the plan with the version that runs it",
        )
    digests = dict(rows)
    if not digests or len(digests) < len(rows):
        raise _no_plan(path, "it names a target twice" if digests else "it has no targets")
    if not all(map(_DIGEST.fullmatch, digests.values())) or not _COMMIT.fullmatch(commit):
        raise _no_plan(path, "its commit or a digest is none")
    return commit, digests


def _no_plan(path: Path, why: str) -> InvalidInputError:
    return InvalidInputError("plan.malformed", f"{path} is no saved plan: {why}", hint=_MAKE_ONE)
