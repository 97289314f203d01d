"""Repeat intervals of scheduler jobs: FREQ=SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY with INTERVAL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.sandbox.seam import OracleError

_UNITS = {
    "SECONDLY": timedelta(seconds=1),
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
}
_CLAUSE = re.compile(r"\s*([A-Z]+)\s*=\s*([A-Z0-9]+)\s*")


@dataclass(frozen=True, slots=True)
class Repetition:
    """A fixed distance between runs."""

    every: timedelta

    @classmethod
    def parse(cls, text: str) -> Repetition:
        """Raises ORA-27412 for text that is no repeat interval, ORA-03001 for clauses beyond FREQ and INTERVAL."""
        clauses: dict[str, str] = {}
        for part in text.upper().rstrip("; ").split(";"):
            match = _CLAUSE.fullmatch(part)
            if match is None or match[1] in clauses:
                raise _invalid(text)
            clauses[match[1]] = match[2]
        unit, interval = _UNITS.get(clauses.pop("FREQ", "")), clauses.pop("INTERVAL", "1")
        if clauses:
            raise OracleError(
                3001, f"unimplemented feature: {next(iter(clauses))} of a repeat interval"
            )
        if unit is None or not interval.isdigit() or not 1 <= int(interval) <= 999:
            raise _invalid(text)
        return cls(unit * int(interval))

    def after(self, anchor: datetime, instant: datetime) -> datetime:
        """The first run later than `instant` of the runs counted from `anchor`."""
        if anchor > instant:
            return anchor
        return anchor + self.every * ((instant - anchor) // self.every + 1)


def _invalid(text: str) -> OracleError:
    return OracleError(27412, f"repeat interval or calendar contains invalid identifier: {text}")
