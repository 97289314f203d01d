"""When service accounts are due for a new password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from reconciler.desired.rotations import due
from reconciler.model.desired import DueRotation
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Documents, Mode, Person, Rotation, TargetSelector

HERE = Origin("grants/people/etl.yaml", 8, 3)
ON_PROD = TargetSelector(("hr-prod",), {}, HERE)
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
MOMENT = timedelta(microseconds=1)
MONTHLY = Rotation(4 * WEEK, date(2026, 11, 1), ON_PROD, HERE)
WEEKLY = Rotation(WEEK, date(2026, 11, 1), ON_PROD, HERE)


def service(name: str, *users: str, rotation: Rotation | None = WEEKLY) -> Person:
    return Person(name, HERE, name, "", "service", users, {}, rotation=rotation)


def due_at(
    papers: Any,
    at: datetime,
    *services: Person,
    rotated: Mapping[str, datetime] | None = None,
    mode: Mode = Mode.AUTHORITATIVE,
) -> list[tuple[str, datetime]]:
    people = {row.name: row for row in services or (service("etl", "ETL"),)}
    found = due(Documents("c0ffee", people=people), papers.target(mode), at, rotated or {})
    return [(row.user, row.due) for row in found]


def test_the_first_is_due_at_midnight_of_its_day_and_not_before(papers: Any) -> None:
    assert due_at(papers, FIRST - MOMENT) == []
    assert due_at(papers, FIRST) == [("ETL", FIRST)]


def test_it_is_due_again_when_the_period_is_over(papers: Any) -> None:
    rotated = {"ETL": FIRST}
    assert due_at(papers, FIRST + WEEK - MOMENT, rotated=rotated) == []
    assert due_at(papers, FIRST + WEEK, rotated=rotated) == [("ETL", FIRST + WEEK)]


def test_runs_that_come_late_catch_up_with_one_rotation(papers: Any) -> None:
    late = FIRST + 10 * WEEK + timedelta(days=3)
    assert due_at(papers, late, rotated={"ETL": FIRST}) == [("ETL", FIRST + 10 * WEEK)]
    assert due_at(papers, late, rotated={"ETL": late}) == []


def test_a_late_rotation_does_not_shift_the_next_ones(papers: Any) -> None:
    rotated = {"ETL": FIRST + timedelta(days=5)}
    assert due_at(papers, FIRST + WEEK, rotated=rotated) == [("ETL", FIRST + WEEK)]


def test_each_account_of_a_service_is_due_by_itself(papers: Any) -> None:
    etl = service("etl", "ETL_WRITE", "ETL_READ", "ETL_OLD")
    assert due_at(papers, FIRST, etl, rotated={"ETL_OLD": FIRST}) == [
        ("ETL_READ", FIRST),
        ("ETL_WRITE", FIRST),
    ]


def test_they_come_by_user_whatever_the_order_of_the_documents(papers: Any) -> None:
    one, two = service("a", "Z_USER"), service("b", "A_USER", rotation=MONTHLY)
    assert due_at(papers, FIRST, one, two) == due_at(papers, FIRST, two, one)
    assert [user for user, _ in due_at(papers, FIRST, one, two)] == ["A_USER", "Z_USER"]


@pytest.mark.parametrize(
    "rotation",
    [None, Rotation(WEEK, date(2026, 11, 1), TargetSelector(("crm",), {}, HERE), HERE)],
    ids=["without a rotation", "on another target"],
)
def test_passwords_that_nobody_asked_to_rotate_here_are_left(
    papers: Any, rotation: Rotation | None
) -> None:
    assert due_at(papers, FIRST + WEEK, service("app", "APP", rotation=rotation)) == []


def test_on_a_target_that_is_only_observed_no_password_is_made(papers: Any) -> None:
    assert due_at(papers, FIRST, mode=Mode.OBSERVE) == []


def test_what_is_wanted_of_a_target_names_the_service_and_its_place(papers: Any) -> None:
    people = {"etl": service("etl", "ETL")}
    found = due(Documents("c0ffee", people=people), papers.target(), FIRST, {})
    assert found == (DueRotation("ETL", "etl", FIRST, HERE),)
