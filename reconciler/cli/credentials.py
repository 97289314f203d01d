"""`reconciler credentials LEASE`: the name and the password of a lease's temporary user, for its requester."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console
from reconciler.model import names
from reconciler.model.errors import InvalidInputError
from reconciler.model.exit_codes import ExitCode
from reconciler.render.terminal import safe

if TYPE_CHECKING:
    from reconciler.run.workspace import Workspace

_LEASE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
IDENTITY = "RECONCILER_IDENTITY"
_KEYS = (".config/reconciler/identity.txt", ".ssh/id_ed25519", ".ssh/id_rsa")


def credentials(
    lease: Annotated[
        str,
        typer.Argument(
            help="The lease: the name of its request.", metavar="LEASE", show_default=False
        ),
    ] = "",
    user: Annotated[
        str,
        typer.Option(
            "--user",
            metavar="USER",
            help="The password of a service's database user that is rotated, instead of a lease's.",
        ),
    ] = "",
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
    """Show the password of your lease's temporary user, or of a service. It is the only thing on standard output; whose it is stands on standard error."""
    from reconciler.credentials import sealing

    console = Console.standard()
    whose = _whose(lease, user)
    workspace = runs.open_workspace(repo, None, fetch=fetch)
    found = _find(workspace, whose, target)
    if sealed:
        sys.stdout.write(sealing.armored(found.sealed))
        return ExitCode.OK
    password = sealing.open_sealed(found.sealed, identity or _identity())
    console.note(f"user {safe(names.display(whose.user))} on {safe(found.target)}; {whose.until}")
    if found.unsettled:
        console.note(
            "note: a run that set a new password did not tell how it went; if this one is refused, run reconcile and fetch it again"
        )
    sys.stdout.write(password + "\n")
    return ExitCode.OK


@dataclass(frozen=True, slots=True)
class _Whose:
    """`name` is what the ledger keeps the password under."""

    user: str
    name: str
    what: str
    until: str


@dataclass(frozen=True, slots=True)
class _Found:
    """`unsettled` says that the account may have a newer password than this one."""

    target: str
    sealed: bytes
    unsettled: bool


def _whose(lease: str, user: str) -> _Whose:
    """Raises BadParameter unless it is exactly one of the two, InvalidInputError for what is no name."""
    from reconciler.ledger import layout

    if bool(lease) == bool(user):
        raise typer.BadParameter("name one LEASE, or a service's user with --user USER")
    if lease:
        if not _LEASE.fullmatch(lease):
            raise InvalidInputError("credentials.none", f"{safe(lease)} is no name of a lease")
        until = "the password ends with the lease"
        return _Whose(names.lease_user(lease), lease, f"lease {lease}", until)
    try:
        name = names.parse(user)
    except names.InvalidNameError as error:
        raise InvalidInputError("name.invalid", str(error)) from None
    until = "the password holds until the next rotation"
    return _Whose(name, layout.service(name), f"user {names.display(name)}", until)


def _find(workspace: Workspace, whose: _Whose, target: str) -> _Found:
    """Raises InvalidInputError when there is none, or more than one."""
    ledger = workspace.ledger
    known = [target] if target else list(ledger.targets())
    found = [
        _Found(name, blob, ledger.sealed(name, f"{whose.name}.next") is not None)
        for name in known
        if (blob := ledger.sealed(name, whose.name))
    ]
    if not found:
        raise InvalidInputError(
            "credentials.none",
            f"the ledger has no sealed password for {safe(whose.what)}"
            + (f" on {safe(target)}" if target else ""),
            hint="it is there while a lease with a temporary identity holds, or once a service's password was rotated; see reconciler status",
        )
    if len(found) > 1:
        where = " and ".join(sorted(row.target for row in found))
        raise InvalidInputError(
            "credentials.several-targets",
            f"there is a password for {safe(whose.what)} on {safe(where)}",
            hint="name one of them with --target",
        )
    return found[0]


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
