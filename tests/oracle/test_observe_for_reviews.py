"""What a snapshot knows for reviews: sizes of tables, what views read, and where the classified columns are."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.classification import Column, ColumnPattern
from reconciler.model.errors import DatabaseError
from reconciler.model.snapshot import Dependency, Reading, Snapshot
from reconciler.oracle import name_lists
from reconciler.oracle.observe import observe

SCHEMAS = (
    'CREATE USER OE IDENTIFIED BY "oe" QUOTA UNLIMITED ON USERS',
    'CREATE USER "OE_X" IDENTIFIED BY "x" QUOTA UNLIMITED ON USERS',
    "CREATE TABLE OE.ORDERS (ID NUMBER, TOTAL NUMBER)",
    'CREATE TABLE OE."50% off" (IBAN_ID VARCHAR2(34))',
    "CREATE VIEW HR.EMP_PUBLIC AS SELECT ID, NAME FROM HR.EMPLOYEES",
    "CREATE VIEW HR.EMP_NAMES AS SELECT NAME FROM HR.EMP_PUBLIC",
    "GRANT SELECT ON HR.EMPLOYEES TO OE",
    "CREATE VIEW OE.PEOPLE AS SELECT e.NAME, e.SALARY FROM HR.EMPLOYEES e, OE.ORDERS, DUAL",
    "CREATE VIEW OE.BIG AS SELECT ID FROM OE.ORDERS",
    "BEGIN DBMS_STATS.SET_TABLE_STATS('HR', 'EMPLOYEES', numrows => 12000); END;",
    "BEGIN DBMS_STATS.SET_TABLE_STATS('OE', 'ORDERS', numrows => 5); END;",
)
HR_VIEWS = {
    Dependency("HR", "EMP_PUBLIC", "HR", "EMPLOYEES", "TABLE"),
    Dependency("HR", "EMP_NAMES", "HR", "EMP_PUBLIC", "VIEW"),
}


def pattern(text: str) -> ColumnPattern:
    return ColumnPattern(*text.split("."))


def read(database: Any, **reading: Any) -> Snapshot:
    given = {key: frozenset(value) for key, value in reading.items()}
    with database.session() as session:
        return observe(session, database.target, Reading(**given))


@pytest.fixture
def described(database: Any) -> Any:
    database.run(*SCHEMAS)
    return database


def test_nothing_is_read_that_was_not_asked_for(described: Any) -> None:
    found = read(described)
    assert (found.sizes, found.dependencies, found.classified_columns) == ({}, set(), set())


def test_sizes_are_those_of_the_statistics_and_missing_without_them(described: Any) -> None:
    found = read(described, described={"HR"})
    assert found.described_schemas == {"HR"}
    assert found.sizes == {("HR", "EMPLOYEES"): 12_000}  # HR.JOBS was never analyzed


def test_views_over_a_schema_are_seen_wherever_they_are(described: Any) -> None:
    """A view elsewhere opens what it reads as well; what it reads of Oracle's own is left out."""
    of_oe = Dependency("OE", "PEOPLE", "HR", "EMPLOYEES", "TABLE")
    assert read(described, described={"HR"}).dependencies == HR_VIEWS | {of_oe}
    assert read(described, described={"H*"}).dependencies == HR_VIEWS | {of_oe}
    orders = Dependency("OE", "PEOPLE", "OE", "ORDERS", "TABLE")
    big = Dependency("OE", "BIG", "OE", "ORDERS", "TABLE")
    assert read(described, described={"OE"}).dependencies == {of_oe, orders, big}


def test_an_underscore_in_the_name_of_a_schema_is_an_underscore(described: Any) -> None:
    assert read(described, described={"OE_X"}).sizes == {}


def test_classified_columns_are_found_by_name_and_by_pattern(described: Any) -> None:
    wanted = {pattern("HR.EMPLOYEES.SALARY"), pattern("OE.*.SAL*"), pattern("*.*.IBAN_*")}
    found = read(described, classified=wanted)
    assert found.classified_patterns == wanted
    assert found.classified_columns == {
        Column("HR", "EMPLOYEES", "SALARY"),
        Column("OE", "PEOPLE", "SALARY"),
        Column("OE", "50% off", "IBAN_ID"),
    }


def test_columns_of_oracles_own_tables_are_nobodys_data(described: Any) -> None:
    assert read(described, classified={pattern("*.*.USERNAME")}).classified_columns == set()


@pytest.mark.parametrize("most", [1, 2])
def test_too_many_patterns_find_the_same_columns(
    described: Any, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    wanted = {pattern(text) for text in ("HR.EMPLOYEES.SALARY", "OE.ORDERS.TOTAL", "OE.PEOPLE.NA*")}
    exact = read(described, classified=wanted).classified_columns
    assert len(exact) == 3
    monkeypatch.setattr(name_lists, "MOST_PATTERNS", most)
    assert read(described, classified=wanted).classified_columns == exact
    everything = read(described, described={"HR", "OE"})
    assert everything.sizes.keys() == {("HR", "EMPLOYEES"), ("OE", "ORDERS")}


def test_it_costs_no_round_trip_more_for_more_of_it(described: Any) -> None:
    before = read(described, schemas={"HR"}).round_trips
    described.run(*(f"CREATE TABLE HR.T{number} (SALARY NUMBER)" for number in range(300)))
    found = read(described, schemas={"HR"}, described={"*"}, classified={pattern("*.*.SALARY")})
    assert len(found.classified_columns) == 302
    assert found.round_trips == before


def test_an_account_from_before_is_told_which_right_it_lacks(described: Any, sys_run: Any) -> None:
    sys_run("REVOKE READ ON SYS.DBA_DEPENDENCIES FROM RECONCILER")
    with pytest.raises(DatabaseError) as refused:
        read(described, described={"HR"})
    assert refused.value.hint == "GRANT READ ON SYS.DBA_DEPENDENCIES TO RECONCILER"
