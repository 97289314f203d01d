"""Ordered faults strike at the call they were ordered for, and nowhere else."""

from __future__ import annotations

import time
from typing import Any

import pytest

from reconciler.sandbox.engine.faults import Fault, FaultKind, FaultPlan
from reconciler.sandbox.seam import ConnectionDropped


def order(database: Any, **values: Any) -> None:
    database.instance.faults.set((Fault.from_mapping(values),))


def test_a_fault_strikes_at_its_call(database: Any, hr: Any) -> None:
    order(database, kind="error", call=3, code=60, message="deadlock detected")
    answers = []
    for _ in range(4):
        try:
            answers.append(hr.rows("SELECT 1 FROM dual"))
        except Exception as error:  # noqa: BLE001 - which one is the question
            answers.append(getattr(error, "code", error))
    assert answers == [[(1,)], [(1,)], 60, [(1,)]]


def test_a_fault_of_one_user_leaves_the_others_alone(database: Any, system: Any, hr: Any) -> None:
    order(database, kind="drop", user="hr", times=100)
    assert system.rows("SELECT 1 FROM dual") == [(1,)]
    with pytest.raises(ConnectionDropped):
        hr.rows("SELECT 1 FROM dual")


def test_a_fault_of_a_statement_counts_that_statement_only(database: Any, system: Any) -> None:
    order(database, kind="error", matching="create role b", code=1031)
    system.execute("CREATE ROLE a")
    assert system.fails("CREATE ROLE b").code == 1031
    assert system.rows("SELECT COUNT(*) FROM dba_roles WHERE role IN ('A', 'B')") == [(1,)]


def test_a_fault_of_a_statement_strikes_inside_a_block(database: Any, system: Any) -> None:
    order(database, kind="error", matching="CREATE ROLE b", code=1031)
    block = "BEGIN EXECUTE IMMEDIATE :s; EXCEPTION WHEN OTHERS THEN :c := SQLCODE; END;"
    assert system.run(block, s="CREATE ROLE b", c=0) == {"c": -1031}


def test_dropped_before_is_not_done_and_dropped_after_is_done(database: Any) -> None:
    for kind, count in (("drop", 0), ("drop-after", 1)):
        connection = database.connect("SYSTEM")
        order(database, kind=kind, matching="CREATE ROLE a")
        with pytest.raises(ConnectionDropped):
            connection.execute("CREATE ROLE a")
        found = database.connect("SYSTEM").rows("SELECT COUNT(*) FROM dba_roles WHERE role = 'A'")
        assert found == [(count,)]


def test_a_killed_session_stays_dead(database: Any, hr: Any) -> None:
    order(database, kind="kill")
    assert hr.fails("SELECT 1 FROM dual").code == 28
    assert hr.fails("SELECT 1 FROM dual").code == 28


def test_a_delay_takes_its_time(database: Any, hr: Any) -> None:
    order(database, kind="delay", seconds=0.3)
    start = time.monotonic()
    hr.rows("SELECT 1 FROM dual")
    assert time.monotonic() - start >= 0.3


def test_round_trips_are_counted_by_user(database: Any, hr: Any) -> None:
    before = database.instance.round_trips["HR"]
    hr.rows("SELECT 1 FROM dual")
    hr.rows("SELECT 1 FROM dual")
    assert database.instance.round_trips["HR"] == before + 2


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "unknown"},
        {},
        {"kind": "drop", "call": 0},
        {"kind": "error"},
        {"kind": "drop", "colour": "red"},
        {"kind": "delay", "seconds": -1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Fault.from_mapping(values)


def test_an_order_survives_the_control_channel() -> None:
    fault = Fault(FaultKind.ERROR, call=2, user="HR", code=60)
    assert Fault.from_mapping(fault.to_mapping()) == fault


def test_new_orders_count_from_the_beginning() -> None:
    plan = FaultPlan()
    plan.set((Fault(FaultKind.DROP, call=2),))
    assert plan.due("HR", None) == ()
    plan.set((Fault(FaultKind.DROP, call=2),))
    assert plan.due("HR", None) == ()
    assert len(plan.due("HR", None)) == 1
