"""Findings as annotations of a workflow: `::error file=...::message`. Everything else that is printed meanwhile is fenced in, so that no text of a document
is taken for a command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.render.terminal import safe

MOST = 10
"""Annotations of each severity that GitHub shows of one step."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "notice"}


def fenced_off(text: str, token: str) -> str:
    """The text between two commands that make the runner deaf; `token` is random, or a text could hold it."""
    body = text.rstrip("\n").replace(token, "")
    return f"::stop-commands::{token}\n{body}\n::{token}::\n"


def annotate(found: Iterable[Diagnostic]) -> Iterator[str]:
    """One command a finding: ten of each severity, then how many there are more."""
    rows = list(found)
    for severity, command in _COMMANDS.items():
        own = [row for row in rows if row.severity is severity]
        shown = MOST if len(own) <= MOST else MOST - 1
        yield from (_annotation(row, command) for row in islice(own, shown))
        if len(own) > shown:
            yield f"::{command}::and {len(own) - shown} more, which the summary of this run lists"


def _annotation(row: Diagnostic, command: str) -> str:
    fields = {"title": row.rule}
    if row.origin and row.origin.path:
        fields |= {"file": row.origin.path}
        if row.origin.line:
            fields |= {"line": str(row.origin.line), "col": str(row.origin.column)}
    shown = ",".join(f"{key}={_property(value)}" for key, value in sorted(fields.items()))
    message = f"{row.message}. {row.hint}" if row.hint else row.message
    return f"::{command} {shown}::{_data(message)}"


def _data(text: str) -> str:
    """As actions/toolkit escapes the text of a command."""
    return safe(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
