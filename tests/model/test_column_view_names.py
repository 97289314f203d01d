"""A column view's name: the same for the same columns, another for others, and always one that needs no quotes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import names
from reconciler.model.identities import ColumnView, column_view, is_column_view_name

IDENTIFIERS = st.text(
    st.characters(exclude_characters='"\0', exclude_categories=["Cs"]), min_size=1, max_size=32
)


def test_p35_it_is_readable_and_does_not_depend_on_the_order_of_the_columns() -> None:
    view = column_view("HR", "EMPLOYEES", ["SALARY", "EMPLOYEE_ID", "SALARY"])
    assert re.fullmatch(r"HR\$EMPLOYEES\$[0-9A-F]{16}", view.name)
    assert view.columns == ("EMPLOYEE_ID", "SALARY")
    assert view == column_view("HR", "EMPLOYEES", ["EMPLOYEE_ID", "SALARY"])


@given(IDENTIFIERS, IDENTIFIERS, st.lists(IDENTIFIERS, min_size=1, max_size=5))
def test_p35_it_is_a_plain_name_that_fits(owner: str, table: str, columns: list[str]) -> None:
    view = column_view(owner, table, columns)
    assert names.parse(view.name) == view.name
    assert is_column_view_name(view.name)
    assert len(view.name.encode()) <= names.MAX_BYTES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("HR", "EMP", ["A"]), ("HR", "EMP", ["B"])),
        (("HR", "EMP", ["A"]), ("HR", "emp", ["A"])),
        (("HR", "EMP", ["A", "B"]), ("HR", "EMP", ["A.B"])),
        (("A$B", "C", ["X"]), ("A", "B$C", ["X"])),
        (("HR", "X" * 128, ["A"]), ("HR", "X" * 127 + "Y", ["A"])),
        (("HR", "Größe", ["A"]), ("HR", "Grüße", ["A"])),
    ],
)
def test_p35_other_names_below_are_another_view(
    one: tuple[str, str, list[str]], other: tuple[str, str, list[str]]
) -> None:
    assert column_view(*one).name != column_view(*other).name


def test_a_view_is_the_same_after_it_went_through_json() -> None:
    view = column_view("HR", "Größe", ["select", "b"])
    assert ColumnView.from_json(view.to_json()) == view


@pytest.mark.parametrize("owner", ["1HR", "_HR", "ÄMTER"])
def test_p35_it_begins_with_a_letter_whatever_its_owner_is_called(owner: str) -> None:
    view = column_view(owner, "EMPLOYEES", ["SALARY"])
    assert view.name.startswith("V")
    assert view.owner == owner
    assert is_column_view_name(view.name)
