"""The one table of exit codes, and which of two is worse."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from reconciler.model.diagnostics import Diagnostic


class ExitCode(enum.IntEnum):
    """What a command tells the shell."""

    OK = 0
    FAILURE = 1
    CHANGES = 2
    INVALID = 3
    REFUSED = 4
    PARTIAL = 5
    USAGE = 64
    BUG = 70
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "done, or nothing to do",
    ExitCode.FAILURE: "operational failure: a database, git or the ledger could not be reached or written",
    ExitCode.CHANGES: "changes pending (plan --detailed-exitcode), or drift found by a read-only check",
    ExitCode.INVALID: "invalid input: documents, names, times",
    ExitCode.REFUSED: "refused by policy, approval, brake or a plan that has moved; `why`: there is no access",
    ExitCode.PARTIAL: "partly done: an item failed, or a receipt says revoked-but-effective; `who can`, `why`: not all grants that count were read",
    ExitCode.USAGE: "wrong usage of the command line",
    ExitCode.BUG: "a bug in reconciler; the log file named on stderr has the details",
    ExitCode.INTERRUPTED: "interrupted",
}

_FROM_GOOD_TO_BAD = (
    ExitCode.OK,
    ExitCode.CHANGES,
    ExitCode.INVALID,
    ExitCode.REFUSED,
    ExitCode.PARTIAL,
    ExitCode.FAILURE,
    ExitCode.USAGE,
    ExitCode.BUG,
    ExitCode.INTERRUPTED,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The worst of several, OK for none: never 0 when one of them was not 0."""
    return max(codes, key=_FROM_GOOD_TO_BAD.index, default=ExitCode.OK)


_REFUSALS = ("approval.", "change.")
"""Rules whose findings say that something was not approved, not that it is wrong."""


def of_findings(findings: Iterable[Diagnostic]) -> ExitCode:
    """What errors among the findings come to: refused when one says that something was not approved, else invalid input; OK without errors."""
    return worst(
        ExitCode.REFUSED if row.rule.startswith(_REFUSALS) else ExitCode.INVALID
        for row in findings
        if row.is_error
    )
