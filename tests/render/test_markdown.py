"""The comment on a pull request, and that no text from outside gets out of its place in it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reconciler.model.review import Review, Times
from reconciler.render.markdown import MARKER, MOST_CHARACTERS, comment
from reconciler.render.markdown_escape import GAP, code, fenced, prose, quiet
from reconciler.render.review_text import review as as_text
from reconciler.render.terminal import Style, safe
from tests.render.reviews import DIGEST, HOUR, NOW, review_of

BERLIN = ZoneInfo("Europe/Berlin")
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = (
    "@security please approve",
    "<script>alert(1)</script>",
    "</details>\n\n# Approved",
    "![x](https://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "https://evil.example www.evil.example a@b.example",
    "`````` ` ``",
    "\u202egnissim si gnihton",
    "::error file=x::y",
    "\n::stop-commands::x",
    "##[error]x",
    "| a | b |\n|---|---|",
    "--- \n===\n# x",
    "- [x] done",
    "1. one",
    "1) one",
    "&#64;security",
    "&lt;b&gt;",
    "\\",
    "\\`",
    "~~~\nx\n~~~",
    "GH-1 #1 owner/repo#1",
    "[^1]: note",
    ":+1: :tada:",
    "$x$ $$y$$",
    "   four spaces",
    "<!-- reconciler:review -->",
    "\x1b[31mred\x07",
    "*a* _b_ **c** ~~d~~",
    "",
    " ",
    "\u3000",
)
pieces = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet="`*_[]()<>#+-.!|~&@:$^\\\"'= \n\ta1", max_size=12),
    st.text(max_size=12),
)
texts = st.lists(pieces, min_size=1, max_size=3).map("".join)


def blocks(text: str) -> list[tuple[str, int, str]]:
    """Blocks of a text with their depth, and what stands in lines besides plain text: it is the same for all texts that stay in their places."""
    found = []
    for token in PARSER.parse(text):
        markup = [row.type for row in token.children or () if not _is_text(row)]
        found.append((token.type, token.level, " ".join(markup)))
    return found


def _is_text(token: Token) -> bool:
    return token.type in ("text", "text_special")


def plain(hostile: str) -> str:
    """A harmless text in the place of another: as empty where that shows nothing."""
    return "x" if hostile.split() else hostile


def visible(text: str) -> str:
    """The text outside code, as the page has it."""
    tokens = (row for token in PARSER.parse(text) for row in token.children or ())
    return "\n".join(row.content for row in tokens if _is_text(row))


def commands(text: str) -> list[str]:
    """Lines that the runner of a workflow obeys."""
    return [
        line
        for line in re.split(r"\r\n|\r|\n", text)
        if line.lstrip().startswith("::") or "##[" in line
    ]


@given(texts)
@settings(max_examples=150)
def test_no_text_breaks_out_of_its_place(text: str) -> None:
    found = comment(review_of(lambda: text), BERLIN)
    assert blocks(found) == blocks(comment(review_of(lambda: plain(text)), BERLIN))


@pytest.mark.parametrize("text", HOSTILE)
def test_none_of_the_known_tricks_breaks_out(text: str) -> None:
    test_no_text_breaks_out_of_its_place.hypothesis.inner_test(text)  # type: ignore[attr-defined]


@given(texts)
@example("@security")
@example("a\u200b@security")
def test_no_text_calls_anybody_and_links_anywhere(text: str) -> None:
    shown = visible(comment(review_of(lambda: text), BERLIN))
    assert not re.search(r"@[A-Za-z0-9_-]", shown)
    assert not re.search(r"#[A-Za-z0-9_]|\bGH-[0-9]", shown, re.IGNORECASE)
    assert "://" not in prose(text)
    assert "www." not in prose(text).lower()


@given(texts)
def test_no_text_is_a_command_of_a_workflow_in_a_log(text: str) -> None:
    found = review_of(lambda: text)
    assert commands(comment(found, BERLIN)) == []
    assert commands(as_text(found, BERLIN, Style())) == []


@given(texts)
def test_no_text_brings_html_or_control_characters(text: str) -> None:
    found = comment(review_of(lambda: text), BERLIN)
    tokens = [row for token in PARSER.parse(found) for row in (token, *(token.children or ()))]
    html = [row.content for row in tokens if row.type in ("html_block", "html_inline")]
    ours = re.compile(
        r"<!-- (reconciler:review|sha256:0{64}) -->|</?(details|summary)>|[A-Za-z: \d\n]"
    )
    assert ours.sub("", "".join(html)) == ""
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", found)


@given(texts)
def test_prose_shows_what_was_written(text: str) -> None:
    (_, inline, _) = PARSER.parse(f"x {prose(text)} x")
    shown = "".join(row.content for row in inline.children or ())
    assert shown.replace(GAP, "").split() == ["x", *safe(text).replace(GAP, "").split(), "x"]


@given(texts)
def test_code_shows_what_was_written(text: str) -> None:
    (_, inline, _) = PARSER.parse(f"x {code(text)} x")
    assert [row.type for row in inline.children or ()] == ["text", "code_inline", "text"]


@given(st.lists(texts, max_size=4))
def test_a_fence_is_longer_than_any_inside(lines: list[str]) -> None:
    (token,) = PARSER.parse(fenced(tuple(lines), "sql"))
    assert token.type == "fence"
    assert token.content.count("\n") == sum(line.count("\n") + 1 for line in lines)


def test_quiet_lines_stay_as_they_are() -> None:
    assert quiet('GRANT SELECT ON "HR"."X" TO "Y"') == 'GRANT SELECT ON "HR"."X" TO "Y"'
    assert quiet("a::b # [x]") == "a::b # [x]"


@given(st.integers(min_value=1_000, max_value=MOST_CHARACTERS), texts)
@settings(max_examples=60)
def test_a_comment_is_never_longer_than_it_may_be(most: int, text: str) -> None:
    found = review_of(lambda: text[:20])
    many = replace(found, access=found.access * 20, documents=())
    shown = comment(many, BERLIN, max(most, 3_000))
    assert len(shown.encode("utf-16-le")) // 2 <= max(most, 3_000)
    assert shown.startswith(f"{MARKER}\n<!-- {DIGEST} -->\n## ")


def test_what_does_not_fit_is_counted_and_whole_sections_stay() -> None:
    number = count(1)
    found = review_of(lambda: f"t{next(number)}")
    row = found.access[0]
    many = replace(
        found,
        access=tuple(
            replace(row, name=f"lease-{index}", reason="why " * 200) for index in range(200)
        ),
    )
    shown = comment(many, BERLIN)
    sections = shown.count("\n### `lease-")
    left = re.search(r"\*\*(\d+) sections left out\*\*", shown)
    assert left is not None
    assert int(left[1]) == 200 - sections + 3  # other documents, the target, the forecast
    assert shown.count("<details>") == shown.count("</details>")
    assert len(shown) > MOST_CHARACTERS * 0.9


def test_the_verdict_comes_first_and_then_who_has_to_approve() -> None:
    found = replace(review_of(lambda: "x"), refused=())
    lines = comment(found, BERLIN).splitlines()
    assert lines[0] == "<!-- reconciler:review -->"
    assert lines[2] == "## ✋ Access review: reviews so far cannot approve this"
    assert "**Who still has to approve**" in lines[:14]


def test_times_are_told_in_utc_and_in_the_zone_of_the_reviewer() -> None:
    shown = comment(review_of(lambda: "x"), BERLIN)
    assert (
        "**When:** from Mon 2026-11-30 09:00 UTC (10:00 CET) until Mon 2026-11-30 10:00 UTC (11:00 CET), 1h"
        in shown
    )
    late = replace(review_of(lambda: "x").access[0], times=Times(NOW + 14 * HOUR, None, None))
    night = comment(replace(review_of(lambda: "x"), access=(late,)), BERLIN)
    assert "Mon 2026-11-30 23:00 UTC (Tue 2026-12-01 00:00 CET)" in night
    assert "CET" not in comment(review_of(lambda: "x"), UTC)


def test_an_old_snapshot_is_told_before_anything_else() -> None:
    shown = comment(review_of(lambda: "x"), UTC)
    head = shown.split("###")[0]
    assert "⚠️ `x`: as it was 2 days ago, Sat 2026-11-28 09:00 UTC" in head


def test_long_blocks_of_the_programs_own_are_named_and_short_statements_shown() -> None:
    found: Review = review_of(lambda: "x")
    row = replace(found.access[0], statements=("CREATE ROLE r", "BEGIN\n" * 20 + "END;"))
    shown = comment(replace(found, access=(row,)), UTC)
    assert "CREATE ROLE r;\n-- here a block of 21 lines, which makes or moves the job" in shown
