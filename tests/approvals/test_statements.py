"""The line that carries a signed review: what it says, and what makes it prove nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.approvals.statements import Statement, review_of
from reconciler.model.approvals import Opinion
from tests.approvals import keys
from tests.approvals.keys import person, trailer

COMMIT = "0123456789abcdef0123456789abcdef01234567"
AT = datetime(2026, 11, 20, 14, tzinfo=UTC)
BOB, CAROL = keys.ed25519_key(), keys.ecdsa_key(256)
PEOPLE = {"bob": person("bob", BOB), "carol": person("carol", CAROL), "dave": person("dave")}
STATEMENT = Statement("bob", Opinion.APPROVED, COMMIT, AT)
LINE = trailer(STATEMENT, BOB)


def test_what_is_signed_is_a_short_text_that_people_can_read() -> None:
    assert STATEMENT.text() == (
        b"reconciler review 1\n"
        b"verdict approved\n"
        b"commit 0123456789abcdef0123456789abcdef01234567\n"
        b"person bob\n"
        b"at 2026-11-20T14:00:00Z\n"
    )


def test_the_line_is_a_trailer_of_git() -> None:
    start = f"Reviewed-by: bob <bob@example.org> verdict=approved commit={COMMIT} at=2026-11-20T14:00:00Z signature="
    assert LINE.startswith(start)
    assert LINE.isprintable()


def test_a_signed_review_says_who_what_when_and_of_which_commit() -> None:
    review = review_of(LINE, PEOPLE)
    assert review == ("bob", Opinion.APPROVED, AT, COMMIT, "", LINE)


def test_a_signed_refusal_is_one() -> None:
    line = trailer(Statement("carol", Opinion.CHANGES_REQUESTED, COMMIT, AT), CAROL)
    review = review_of(line, PEOPLE)
    assert (review.opinion, review.problem) == (Opinion.CHANGES_REQUESTED, "")


def test_the_address_is_for_readers_only() -> None:
    assert review_of(LINE.replace("bob@example.org", "old@example.org"), PEOPLE).problem == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("verdict=approved", "verdict=changes-requested"),
        (COMMIT, COMMIT[::-1]),
        ("at=2026-11-20T14:00:00Z", "at=2026-11-20T14:00:01Z"),
    ],
)
def test_nothing_of_what_was_signed_can_be_changed(old: str, new: str) -> None:
    review = review_of(LINE.replace(old, new), PEOPLE)
    assert review.problem == "the signature does not verify: it does not belong to this text"


def test_a_review_cannot_be_made_somebody_elses() -> None:
    forged = review_of(LINE.replace(": bob <", ": carol <"), PEOPLE)
    assert forged.login == "carol"
    assert "another key than the person's" in forged.problem


def test_people_without_keys_and_people_who_are_not_there_approve_nothing() -> None:
    for name, reason in (("dave", "has no `signingKeys`"), ("mallory", "no person is called")):
        line = trailer(Statement(name, Opinion.APPROVED, COMMIT, AT), BOB)
        assert reason in review_of(line, PEOPLE).problem


def test_a_key_that_was_taken_from_the_person_proves_nothing_any_more() -> None:
    assert review_of(LINE, {"bob": person("bob", keys.ed25519_key())}).problem


@pytest.mark.parametrize("verdict", ["dismissed", "commented", "rejected", "APPROVED"])
def test_only_two_verdicts_are_signed(verdict: str) -> None:
    line = LINE.replace("verdict=approved", f"verdict={verdict}")
    assert review_of(line, PEOPLE).problem == "the line is malformed"


def test_an_ordinary_trailer_is_not_signed() -> None:
    review = review_of("Reviewed-by: Bob <bob@example.org>", PEOPLE)
    assert (review.login, review.problem) == ("", "it is not signed")


@pytest.mark.parametrize(
    "line",
    [
        LINE + " more=1",
        LINE.replace(" verdict=", "  verdict="),
        LINE.replace("bob <", "Bob <"),
        LINE.replace("bob <", "bob\x1b[31m <"),
        LINE.replace("bob@example.org", "bob@exa\u202emple.org bob"),
        LINE.replace(COMMIT, COMMIT[:39]),
        LINE.replace(COMMIT, COMMIT.upper()),
        LINE.replace("T14:00:00Z", "T25:00:00Z"),
        LINE.replace("2026-11-20T14:00:00Z", "2026-11-20T14:00Z--Z"),
        LINE.replace("2026-11-20", "2026-02-30"),
        LINE.replace("2026-11-20", "٢٠٢٦-11-20"),
        LINE + "\n",
        LINE + "\nReviewed-by: x",
        LINE[: LINE.index("signature=") + 10],
        "Reviewed-by:",
        "Reviewed-by: signature=",
        "",
    ],
)
def test_a_line_of_any_other_form_proves_nothing(line: str) -> None:
    review = review_of(line, PEOPLE)
    assert review.problem
    assert review.login == ""


def test_a_line_without_end_is_cut() -> None:
    review = review_of(f"{LINE}{'A' * 1_000_000}", PEOPLE)
    assert review.problem == "the line is too long"
    assert len(review.proof) < 10_000


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    assert review_of(text, PEOPLE).problem
    assert review_of(f"Reviewed-by: {text} signature={text}", PEOPLE).problem
