"""Foreign text cannot move a cursor, start a CI command or fake a line."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.terminal import Style, counted, safe, safe_json, table, wants_colour, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("žluťoučký", "žluťoučký"),
        ("a\nb", "a\\x0ab"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\u202ecod", "\\u202ecod"),
        ("\u2028", "\\u2028"),
    ],
)
def test_control_and_bidi_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text())
def test_safe_text_is_one_printable_line(text: str) -> None:
    assert "\n" not in safe(text)
    assert "\x1b" not in safe(text)
    assert safe(safe(text)) == safe(text)


@pytest.mark.parametrize(
    ("environment", "terminal", "wanted"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_colours_follow_the_conventions(
    environment: dict[str, str], terminal: bool, wanted: bool
) -> None:
    assert wants_colour(environment, is_terminal=terminal) is wanted


def test_a_table_keeps_its_columns_with_colours_and_wide_characters() -> None:
    style = Style(colour=True)
    text = table(("NAME", "STATE"), [("日本", style("active", "green")), ("ab", "x")], Style())
    assert text.splitlines() == ["NAME  STATE", f"日本  {style('active', 'green')}", "ab    x"]
    assert width(style("active", "green")) == 6


def test_counts_read_well() -> None:
    assert (counted(1, "change"), counted(3, "change"), counted(2, "privilege")) == (
        "1 change",
        "3 changes",
        "2 privileges",
    )


def test_control_bidi_and_separator_characters_are_shown_as_escapes_and_no_others() -> None:
    bidi = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    escaped = [char for char in every if safe(char) != char]
    assert escaped == [
        char
        for char in every
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in bidi
    ]
    assert [char for char in every if safe_json(char) != char] == [
        char for char in escaped if char > "~"
    ]
