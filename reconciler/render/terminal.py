"""Text that is safe on a terminal, colours when they are wanted, and tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BEYOND_ASCII = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_HARMFUL = re.compile(f"[\x00-\x1f{_BEYOND_ASCII}]")
"""Control and bidi characters, line and paragraph separators, and halves of surrogate pairs."""
_HARMFUL_IN_JSON = re.compile(f"[{_BEYOND_ASCII}]")
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def safe(text: object) -> str:
    r"""Foreign text on one line without control or bidi characters: they are shown as `\x1b`, `\u202e`."""
    return _HARMFUL.sub(_escaped, str(text))


def safe_json(text: str) -> str:
    """JSON text that does the same on a terminal: what JSON itself lets through beyond ASCII is written as an escape of JSON."""
    return _HARMFUL_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


@dataclass(frozen=True, slots=True)
class Style:
    """Adds colours, or nothing at all when `colour` is off."""

    colour: bool = False

    def __call__(self, text: str, *names: str) -> str:
        if not self.colour or not names:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"


def wants_colour(environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """NO_COLOR wins, then FORCE_COLOR, then whether it is a terminal that knows colours."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return is_terminal and environment.get("TERM", "") not in ("", "dumb")


_SGR = re.compile(r"\x1b\[[0-9;]*m")


def width(text: str) -> int:
    """Columns the text takes: colours take none, wide East Asian characters take two, combining ones none."""
    text = _SGR.sub("", text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], style: Style, *, indent: str = ""
) -> str:
    """Columns as wide as their widest cell; the last one is not padded. Cells must be safe already."""
    cells = [list(header), *(list(row) for row in rows)]
    widths = [max(width(row[column]) for row in cells) for column in range(len(header))]
    lines = []
    for number, row in enumerate(cells):
        padded = [cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)]
        text = "  ".join(padded).rstrip()
        lines.append(indent + (style(text, "dim") if number == 0 else text))
    return "\n".join(lines)


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 change`, `3 changes`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
