"""ROWID: 18 characters made of the table and SQLite's row number, in Oracle's alphabet."""

from __future__ import annotations

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _digits(value: int, width: int) -> str:
    text = ""
    for _ in range(width):
        value, digit = divmod(value, 64)
        text = _ALPHABET[digit] + text
    return text


def rowid_text(object_id: int, row: int) -> str:
    """The ROWID of a row: object (6), file (3), block (6) and row in the block (3)."""
    return _digits(object_id, 6) + "AAB" + _digits(row // 512, 6) + _digits(row % 512, 3)
