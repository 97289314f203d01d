"""`reconciler credentials LEASE`: the name and the password of a lease's temporary user, for its requester."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console
from reconciler.model import names
from reconciler.model.errors import InvalidInputError
from reconciler.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from reconciler.run.workspace import Workspace

IDENTITY = "RECONCILER_IDENTITY"
_KEYS = (".config/reconciler/identity.txt", ".ssh/id_ed25519", ".ssh/id_rsa")


def credentials(
    lease: Annotated[str, typer.Argument(help="The lease: the name of its request.")],
    identity: Annotated[
        Path | None,
        typer.Option(
            "--identity",
            "-i",
            metavar="FILE",
            help=f"Your private key: a file of age-keygen or an SSH key. Without it {IDENTITY}, ~/{_KEYS[0]}, ~/{_KEYS[1]} and ~/{_KEYS[2]} are tried.",
        ),
    ] = None,
    sealed: Annotated[
        bool,
        typer.Option("--sealed", help="Write the sealed password as it is, for `age -d -i KEY`."),
    ] = False,
    target: Annotated[
        str, typer.Option("--target", metavar="NAME", help="The target, if the lease has several.")
    ] = "",
    repo: options.Repo = Path(),
    fetch: options.Fetch = True,
) -> int:
    """Show the user name and the password of your lease's temporary user. The password is the only thing on standard output."""
    from reconciler.credentials import sealing

    console = Console.standard()
    workspace = runs.open_workspace(repo, None, fetch=fetch)
    name, blob = _find(workspace, lease, target)
    if sealed:
        sys.stdout.write(blob.decode("ascii", "replace"))
        return ExitCode.OK
    password = sealing.open_sealed(blob, identity or _identity())
    user = names.display(names.lease_user(lease))
    console.note(f"user {user} on {name}; the password ends with the lease")
    sys.stdout.write(password + "\n")
    return ExitCode.OK


def _find(workspace: Workspace, lease: str, target: str) -> tuple[str, bytes]:
    """The target and the sealed password. Raises InvalidInputError when there is none, or more than one."""
    ledger = workspace.ledger
    known = [target] if target else list(ledger.targets())
    found = {name: blob for name in known if (blob := ledger.sealed(name, lease))}
    if not found:
        raise InvalidInputError(
            "credentials.none",
            f"the ledger has no sealed password for lease {lease}"
            + (f" on {target}" if target else ""),
            hint="it is there from the lease's start to its end, and only for a temporary identity; see reconciler status",
        )
    if len(found) > 1:
        raise InvalidInputError(
            "credentials.several-targets",
            f"lease {lease} has a temporary user on {' and '.join(sorted(found))}",
            hint="name one of them with --target",
        )
    return found.popitem()


def _identity() -> Path:
    """The first private key that is there. Raises InvalidInputError."""
    given = os.environ.get(IDENTITY)
    candidates = [Path(given)] if given else [Path.home() / path for path in _KEYS]
    for path in candidates:
        if path.is_file():
            return path
    raise InvalidInputError(
        "credentials.no-identity",
        f"none of these private keys is there: {', '.join(map(str, candidates))}",
        hint=f"name yours with --identity or in {IDENTITY}",
    )
