"""Whether what is held gives what is wanted: options, sizes, and the columns of a whole object."""

from __future__ import annotations

import pytest

from reconciler.model.privileges import (
    UNLIMITED,
    Entitlement,
    Privilege,
    on_column,
    on_object,
    quota,
    role,
    system,
)
from reconciler.planning.difference import Coverage

SELECT = on_object("SELECT", "HR", "EMPLOYEES")
UPDATE = on_object("UPDATE", "HR", "EMPLOYEES")
SALARY = on_column("UPDATE", "HR", "EMPLOYEES", "SALARY")
READER = role("HR_READER")


def alice(privilege: Privilege, option: bool = False, second: bool = False) -> Entitlement:
    return Entitlement("ALICE", privilege, option, second)


@pytest.mark.parametrize(
    ("held", "wanted", "covered"),
    [
        (alice(SELECT), alice(SELECT), True),
        (alice(SELECT), Entitlement("BOB", SELECT), False),
        (alice(SELECT, True), alice(SELECT), True),
        (alice(SELECT), alice(SELECT, True), False),
        (alice(SELECT, True), alice(SELECT, second=True), False),
        (alice(SELECT, True, True), alice(SELECT, True, True), True),
        (alice(READER, True), alice(READER, second=True), True),
        (alice(READER, second=True), alice(READER, True), False),
        (alice(UPDATE), alice(SALARY), True),
        (alice(UPDATE), alice(SALARY, True), False),
        (alice(SALARY), alice(UPDATE), False),
        (alice(SELECT), alice(SALARY), False),
        (alice(system("CREATE TABLE")), alice(system("CREATE VIEW")), False),
    ],
)
def test_what_is_held_covers_the_same_or_less(
    held: Entitlement, wanted: Entitlement, covered: bool
) -> None:
    assert Coverage([held]).covers(wanted) is covered


@pytest.mark.parametrize(
    ("held", "wanted", "covered"),
    [
        ("2048", "1024", True),
        ("1024", "1024", True),
        ("1024", "2048", False),
        (UNLIMITED, "2048", True),
        ("2048", UNLIMITED, False),
    ],
)
def test_a_quota_covers_a_smaller_one(held: str, wanted: str, covered: bool) -> None:
    found = Coverage([alice(quota(held, "USERS"))])
    assert found.covers(alice(quota(wanted, "USERS"))) is covered
    assert found.has_any_of(alice(quota(wanted, "USERS")))
    assert not found.has_any_of(alice(quota(wanted, "DATA")))
    assert not found.covers(alice(quota("1", "DATA")))


def test_of_several_rows_for_one_privilege_all_that_they_give_counts() -> None:
    both = Coverage([alice(SELECT, True), alice(SELECT, second=True)])
    assert both.covers(alice(SELECT, True, True))
    sizes = Coverage([alice(quota("2048", "USERS")), alice(quota("1024", "USERS"))])
    assert sizes.covers(alice(quota("2048", "USERS")))


def test_a_privilege_is_there_whatever_its_options() -> None:
    assert Coverage([alice(SELECT)]).has_any_of(alice(SELECT, True))
    assert not Coverage([alice(SELECT)]).has_any_of(alice(UPDATE))
