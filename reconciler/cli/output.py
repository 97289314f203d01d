"""stdout carries the result and nothing else; stderr carries findings, progress and summaries."""

from __future__ import annotations

import enum
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TextIO

from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.render.terminal import Style, safe, safe_json, wants_colour

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTICE: "cyan"}
_SHOWN_OF_A_RULE = 20


class Format(enum.StrEnum):
    """Values of --output."""

    TEXT = "text"
    JSON = "json"


class Console:
    """Where a command prints."""

    def __init__(self, out: TextIO, err: TextIO, environment: Mapping[str, str]) -> None:
        self._out = out
        self._err = err
        self.style = Style(wants_colour(environment, is_terminal=out.isatty()))
        self._err_style = Style(wants_colour(environment, is_terminal=err.isatty()))
        self.shows_progress = (
            err.isatty()
            and not environment.get("CI")
            and environment.get("TERM", "") not in ("", "dumb")
        )

    @classmethod
    def standard(cls) -> Console:
        sys.stdout = sys.stdout or _nowhere()
        sys.stderr = sys.stderr or _nowhere()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(
                    errors="backslashreplace"
                )  # a name that the terminal's encoding lacks must not end a run
        return cls(sys.stdout, sys.stderr, os.environ)

    def result(self, text: str) -> None:
        if text:
            _write(self._out, text if text.endswith("\n") else text + "\n")

    def json(self, value: Mapping[str, Any]) -> None:
        """One JSON document with `format_version`, keys in the order given."""
        encoding = getattr(self._out, "encoding", None) or "utf-8"
        plain = not encoding.lower().startswith("utf")
        text = json.dumps({"format_version": 1, **value}, ensure_ascii=plain, indent=2)
        self.result(safe_json(text))

    def json_error(self, found: Sequence[Diagnostic], code: int) -> None:
        """The JSON document of a command that has no result: what ended it comes last among its findings."""
        from reconciler.render import as_json

        self.json({"error": as_json.error(found, code)})

    def note(self, text: str) -> None:
        _write(self._err, text + "\n")

    def diagnostics(self, found: Iterable[Diagnostic]) -> None:
        """Findings on stderr, with their place first, as compilers write them; of one rule a screenful, for the others would drown the rest."""
        told = Counter[str]()
        for row in found:
            told[row.rule] += 1
            if told[row.rule] <= _SHOWN_OF_A_RULE:
                self.note(diagnostic_line(row, self._err_style))
        for rule, number in told.items():
            if number > _SHOWN_OF_A_RULE:
                more = number - _SHOWN_OF_A_RULE
                self.note(f"... and {more} more of {rule}; --output json has them all")

    def progress(self, label: str) -> Progress:
        return Progress(self._err, label, enabled=self.shows_progress)


def _nowhere() -> TextIO:
    """Takes the place of a stream that was closed before the start (`>&-`)."""
    return Path(os.devnull).open("w", encoding="utf-8")


def _write(stream: TextIO, text: str) -> None:
    """When the reader went away (`| head`) the rest goes nowhere: a run that has begun ends properly and keeps its own exit code."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def diagnostic_line(row: Diagnostic, style: Style) -> str:
    """`path:line:column: error rule: message`, the hint on a line of its own."""
    place = f"{safe(row.origin)}: " if row.origin else ""
    text = f"{place}{style(row.severity.value, 'bold', _COLOURS[row.severity])} {style(row.rule, 'dim')}: {safe(row.message)}"
    for related in row.related:
        text += f"\n    see {safe(related)}"
    if row.hint:
        text += f"\n    {style('->', 'dim')} {safe(row.hint)}"
    return text


class Progress:
    """One line on stderr that is rewritten in place and gone at the end; nothing at all without a terminal."""

    def __init__(self, stream: TextIO, label: str, *, enabled: bool) -> None:
        self._stream = stream
        self._label = label
        self._enabled = enabled

    def __call__(self, done: int, total: int) -> None:
        if self._enabled and total:
            _write(self._stream, f"\r{safe(self._label)}: {done}/{total} changes\x1b[K")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._enabled:
            _write(self._stream, "\r\x1b[K")
