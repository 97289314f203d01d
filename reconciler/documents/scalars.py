"""What a plain YAML scalar means, and which characters no document may hold.

YAML 1.2 core schema, minus what parsers disagree on: `012` and `0o14` are refused, `.inf` and `.nan` are text, so are dates and `no`.
"""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

MAX_NUMBER_LENGTH = 18
"""Characters of a number. Longer ones would lose digits as a float or cost time as an int, and no field needs them."""

NOT_ONLY_TEXT = frozenset("-+.~0123456789nNtTfF")
"""First characters of scalars that may be something else than text. All others need not be resolved."""

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_AMBIGUOUS = re.compile(r"[-+]?0(?:[0-9]+|o[0-7]+)\Z")

_FORBIDDEN = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 and C1: terminals obey them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi: reviewers see another order than the machine
    "\u2028\u2029"  # line ends for some programs only
    "\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f"  # invisible
    "\ud800-\udfff\ufffe\uffff"  # not characters
    "]"
)
_LONE_CARRIAGE_RETURN = re.compile(r"\r(?!\n)")


class InvalidScalarError(ValueError):
    """A plain scalar that parsers read in different ways, or a number out of bounds. `rule` is the diagnostic's."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def resolve(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar. Raises InvalidScalarError."""
    if text in _WORDS:
        return _WORDS[text]
    if _AMBIGUOUS.match(text):
        raise InvalidScalarError(
            "yaml.ambiguous-number",
            f"{_short(text)} is 10, 12 or text, depending on the program that reads it",
        )
    for pattern, convert in ((_INT, int), (_HEX, _from_hex), (_FLOAT, float)):
        if pattern.match(text):
            return _bounded(text, convert(text) if len(text) <= MAX_NUMBER_LENGTH else math.inf)
    return text


def _from_hex(text: str) -> int:
    return int(text, 16)


def _bounded(text: str, number: float) -> float:
    if math.isinf(number):
        raise InvalidScalarError(
            "yaml.number-too-large", f"{_short(text)} is too large or too long for a number"
        )
    return number


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


def forbidden_character(text: str) -> tuple[int, str] | None:
    """Index and name (`U+202E`) of the first character that no document may hold, None if there is none.

    Tab and line feed are allowed, a carriage return only before a line feed.
    """
    found = _FORBIDDEN.search(text) or (
        _LONE_CARRIAGE_RETURN.search(text) if "\r" in text else None
    )
    if found is None:
        return None
    return found.start(), f"U+{ord(found[0]):04X}"
