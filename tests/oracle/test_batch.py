"""Many statements in one round trip, each with a result of its own."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.errors import DatabaseError
from reconciler.oracle import batch
from reconciler.oracle.batch import NOT_RUN


def raising(number: int) -> str:
    """A block that fails with ORA-<number>."""
    return (
        f"DECLARE failure EXCEPTION; PRAGMA EXCEPTION_INIT(failure, -{number}); "
        "BEGIN RAISE failure; END;"
    )


def numbers(results: list[list[batch.StepResult]]) -> list[list[int]]:
    return [[step.ora for step in item] for item in results]


def test_each_statement_has_its_own_result_in_one_round_trip(database: Any) -> None:
    with database.session() as session:
        results = batch.run(
            session, [["CREATE ROLE JIT_A"], ["GRANT JIT_A TO NOBODY"], ["GRANT JIT_A TO APP_BOB"]]
        )
        assert session.round_trips == 1
    assert numbers(results) == [[0], [1917], [0]]
    assert results[1][0].message.startswith("ORA-01917: ")


def test_a_step_after_one_that_failed_is_not_run_but_other_items_are(database: Any) -> None:
    with database.session() as session:
        results = batch.run(
            session,
            [["GRANT HR_READER TO NOBODY", "CREATE ROLE JIT_A"], ["CREATE ROLE JIT_B"]],
        )
    assert numbers(results) == [[1917, NOT_RUN], [0]]
    assert database.rows("SELECT role FROM dba_roles WHERE role LIKE 'JIT%'") == [("JIT_B",)]


def test_a_step_after_one_that_had_nothing_to_do_is_run(database: Any) -> None:
    with database.session() as session:
        results = batch.run(session, [["REVOKE HR_READER FROM APP_BOB", "CREATE ROLE JIT_A"]])
    assert numbers(results) == [[1951, 0]]


@pytest.mark.parametrize("number", [54, 4020, 4021, 20001])
def test_an_error_of_a_statement_is_its_result(database: Any, number: int) -> None:
    with database.session() as session:
        assert numbers(batch.run(session, [[raising(number)], ["CREATE ROLE JIT_A"]])) == [
            [number],
            [0],
        ]


@pytest.mark.parametrize("number", [28, 1012, 1013, 1089, 3113])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_says_that_the_session_is_gone_or_cancelled_ends_the_batch(
    database: Any, number: int
) -> None:
    with database.session() as session, pytest.raises(DatabaseError):
        batch.run(session, [[raising(number)], ["CREATE ROLE JIT_A"]])
    assert database.rows("SELECT role FROM dba_roles WHERE role LIKE 'JIT%'") == []


def test_several_hundred_long_statements_fit(database: Any) -> None:
    padding = " " * 3000
    with database.session() as session:
        results = batch.run(
            session, [[f"CREATE ROLE JIT_{number}{padding}"] for number in range(300)]
        )
        assert session.round_trips == 1
    assert numbers(results) == [[0]] * 300
