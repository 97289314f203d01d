"""Signing a review with `ssh-keygen`, so that keys with a passphrase, in an agent or on a token work as they do for everything else."""

from __future__ import annotations

import subprocess
from pathlib import Path

from reconciler.approvals import sshsig
from reconciler.approvals.statements import Statement
from reconciler.model.errors import ApprovalError, InvalidInputError

_TIMEOUT_SECONDS = 300
"""For whoever has to find his token, or type a passphrase."""


def sign(statement: Statement, key: Path) -> bytes:
    """The signature of a statement. `key` is a private key, or a public one whose private half an agent holds. `ssh-keygen` may ask on the terminal.

    Raises InvalidInputError when there is no such file, ApprovalError when nothing was signed.
    """
    if not key.is_file():
        raise InvalidInputError(
            "approve.no-key",
            f"there is no key file {key}",
            hint="-i takes your SSH key, such as ~/.ssh/id_ed25519.",
        )
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", sshsig.NAMESPACE]
    try:
        done = subprocess.run(
            command,
            input=statement.text(),
            stdout=subprocess.PIPE,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise ApprovalError(
            "approve.ssh-keygen",
            "ssh-keygen is not installed",
            hint="Install OpenSSH 8.2 or newer.",
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ApprovalError("approve.ssh-keygen", f"ssh-keygen: {type(error).__name__}") from None
    try:
        return sshsig.from_armor(done.stdout.decode("ascii", "replace"))
    except sshsig.SignatureError as error:
        raise ApprovalError(
            "approve.not-signed",
            f"ssh-keygen signed nothing (exit code {done.returncode}): {error}",
            hint="Its own message stands above. The key must be an SSH key that you can use here.",
        ) from None
