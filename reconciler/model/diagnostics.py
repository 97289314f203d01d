"""Findings about documents and runs: what happened, where, and what to do next."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Severity(enum.StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A place in a document: path from the root of the repository, line and column from 1; 0 where there is none."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `rule` is a stable id such as `yaml.duplicate-key`; `hint` says what to do next; `related` are other places that belong to it."""

    rule: str
    message: str
    origin: Origin | None = None
    severity: Severity = Severity.ERROR
    hint: str = ""
    related: tuple[Origin, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTICE: 2}


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By place, then severity, then rule and text: the same input gives the same bytes."""
    return tuple(
        sorted(
            dict.fromkeys(diagnostics),
            key=lambda found: (
                found.origin or Origin(""),
                _RANK[found.severity],
                found.rule,
                found.message,
            ),
        )
    )


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(found.is_error for found in diagnostics)
