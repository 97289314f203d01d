"""The one tree of errors that end a command or the work on one target."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.exit_codes import ExitCode


class ReconcilerError(Exception):
    """Something went wrong that the user can act on.

    `rule` is a stable id, `hint` what to do next, `exit_code` what the command returns. `diagnostics()` has all findings; `str()` is one line.
    Messages never hold a password, a key or a whole connect descriptor.
    """

    exit_code = ExitCode.FAILURE

    def __init__(
        self,
        rule: str,
        message: str,
        *,
        hint: str = "",
        origin: Origin | None = None,
        findings: Sequence[Diagnostic] = (),
    ) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.hint = hint
        self.origin = origin
        self.findings = tuple(findings)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self.findings or (Diagnostic(self.rule, self.message, self.origin, hint=self.hint),)


class InvalidInputError(ReconcilerError):
    """Documents or arguments are wrong."""

    exit_code = ExitCode.INVALID


class RefusedError(ReconcilerError):
    """Policy, approval, brake or a moved plan says no; nothing was executed."""

    exit_code = ExitCode.REFUSED


class DatabaseError(ReconcilerError):
    """A target could not be reached, logged on to or read. `ora` is Oracle's number, 0 if there is none."""

    def __init__(
        self, rule: str, message: str, *, ora: int = 0, hint: str = "", origin: Origin | None = None
    ) -> None:
        super().__init__(rule, message, hint=hint, origin=origin)
        self.ora = ora


class GitError(ReconcilerError):
    """The grants repository cannot be read as needed."""


class LedgerError(ReconcilerError):
    """The ledger cannot be read or written."""


class ApprovalError(ReconcilerError):
    """The evidence of reviews cannot be read, or a comment cannot be written: whether a change was approved is not known, so it counts as not approved."""
