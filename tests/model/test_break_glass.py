"""Seals, the names of openings, and which review settles one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from reconciler.model import break_glass
from reconciler.model.break_glass import BreakGlass, Opening, Openings, Review
from reconciler.model.diagnostics import Origin

HERE = Origin("grants/break-glass/rescue.yaml", 1, 1)
OPENING = Opening(
    lease="bg-rescue-1",
    target="prod",
    document="rescue",
    seal="0" * 64,
    person="alice",
    user="ALICE",
    opened_by="bob",
    opened_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
    duration=timedelta(hours=1),
    reason="stopped",
)
GLASS = BreakGlass(
    "rescue", HERE, "why", ("alice",), {}, ("prod",), HERE, (), timedelta(hours=2), "tell", ("carol",), "0" * 64, HERE
)  # fmt: skip


def review(by: str = "carol", on: date = date(2026, 11, 21), lease: str = "bg-rescue-1") -> Review:
    return Review(lease, by, on, "fine", HERE)


@pytest.mark.parametrize(
    ("written", "settles"),
    [
        (review(), True),
        (review(on=date(2026, 11, 20)), True),
        (review(on=date(2026, 11, 19)), False),
        (review(by="alice"), False),
        (review(by="bob"), False),
        (review(lease="bg-rescue-2"), False),
    ],
)
def test_a_review_settles_what_somebody_else_opened_before(written: Review, settles: bool) -> None:
    glass = replace(GLASS, reviews=(written,))
    assert (glass.review_of(OPENING) is not None) is settles


def test_numbers_of_openings_are_never_used_again() -> None:
    rows = [
        replace(OPENING, lease="bg-rescue-2"),
        replace(OPENING, lease="bg-rescue-10"),
        replace(OPENING, lease="bg-rescue-2-7", document="rescue-2"),
    ]
    known = Openings(tuple(rows))
    assert known.next_lease("rescue") == "bg-rescue-11"
    assert known.next_lease("rescue-2") == "bg-rescue-2-8"
    assert known.next_lease("new") == "bg-new-1"
    assert [break_glass.document_of(row.lease) for row in rows] == ["rescue", "rescue", "rescue-2"]


def test_a_seal_is_broken_by_every_opening_that_used_its_code() -> None:
    again = replace(OPENING, target="crm-prod")
    other = replace(OPENING, lease="bg-rescue-2", seal="1" * 64)
    known = Openings((OPENING, other, again))
    assert known.of_seal("0" * 64) == (OPENING, again)
    assert known.of_seal("1" * 64) == (other,)
    assert known.of_seal("2" * 64) == ()


@pytest.mark.parametrize(
    ("lease", "is_one"),
    [
        ("bg-a-1", True),
        ("bg-a-b-12", True),
        ("bg-1", False),
        ("bg-a", False),
        ("xbg-a-1", False),
        ("bg-a-1\n", False),
        ("BG-A-1", False),
    ],
)
def test_leases_of_openings_are_told_by_their_name(lease: str, is_one: bool) -> None:
    assert break_glass.is_lease(lease) is is_one


def test_blanks_around_a_code_do_not_count_and_nothing_else_fits() -> None:
    seal = break_glass.digest_of("a code")
    assert break_glass.fits(" a code\r\n", seal)
    assert break_glass.fits("a code", seal.upper())
    for wrong in ("", "a  code", "A code", seal, "a code\x00", "ä"):
        assert not break_glass.fits(wrong, seal)
