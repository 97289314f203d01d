"""Sessions: what bounds them, that they end with the access, whoever kills them, and what a run that breaks in the middle leaves."""

from __future__ import annotations

import oracledb
import pytest

from reconciler.oracle import gate
from reconciler.sandbox import process
from tests.scenarios.identity_papers import (
    is_cut_off,
    log_on_as_temporary,
    password_of,
    prepare,
    proxy,
    refused,
    status_of,
    temporary,
)
from tests.scenarios.world import ACCOUNT, World, can, request

PAYROLL = "SELECT * FROM hr.payroll"
EMPLOYEES = "SELECT * FROM hr.employees"
USER = "JITU_PAYROLL_FIX"
TOO_MANY_SESSIONS = 2391
KILL = "  session: {kill: true}\n"


def bounded(limits: str, name: str = "payroll-fix", **parts: str) -> str:
    return temporary(name, extra=f"  session: {limits}\n", **parts)


def profiles(world: World) -> list[str]:
    rows = world.as_dba(
        "SELECT DISTINCT profile FROM dba_profiles WHERE profile LIKE 'JITP%' ORDER BY profile"
    )
    return [str(row[0]) for row in rows]


def test_p16_an_open_session_is_cut_off_at_the_end_of_a_request_that_says_so(world: World) -> None:
    world.merge_request(request(access="[{role: HR_READER}]", extra=KILL))
    world.reconcile()
    world.assert_converged()
    session = world.log_on("ALICE")
    assert can(session, EMPLOYEES)
    world.merge_request(request(access="[{role: HR_READER}]", extra=f"{KILL}  ended: true\n"))
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended", "no session has the role of the lease enabled any more"
    assert is_cut_off(session)
    assert not can(world.log_on("ALICE"), EMPLOYEES)
    world.assert_converged()


def test_p16_the_deadline_cuts_it_off_by_itself_and_leaves_later_sessions_alone(
    world: World,
) -> None:
    world.merge_request(request(access="[{role: HR_READER}]", extra=KILL))
    world.reconcile()
    session = world.log_on("ALICE")
    world.advance("241m")
    assert is_cut_off(session)
    later = world.log_on("ALICE")
    (receipt,) = world.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "deadline")
    assert not is_cut_off(later)
    assert not can(later, EMPLOYEES)


def test_p16_a_kill_that_is_asked_for_later_is_armed_in_the_deadline(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.merge_request(request(extra=KILL), "Kill at the end")
    assert [row.split()[0] for row in world.effects()] == ["move-deadline"]
    world.reconcile()
    world.assert_converged()
    session = world.log_on("ALICE")
    world.advance("241m")
    assert is_cut_off(session)


def test_p16_proxy_sessions_that_outlive_the_end_are_in_the_receipt(world: World) -> None:
    prepare(world)
    world.merge_request(proxy())
    world.reconcile()
    world.as_dba("ALTER USER hr_app GRANT CONNECT THROUGH erin")
    session = world.log_on("alice[hr_app]")
    world.advance("241m")
    assert can(session, PAYROLL), "nothing tells it from a session of erin's"
    (receipt,) = world.reconcile(code=5)["receipts"]
    assert receipt["verdict"] == "revoked-but-effective"
    assert [row["user"] for row in receipt["sessions"]] == ["HR_APP"]
    world.as_dba("ALTER USER hr_app REVOKE CONNECT THROUGH erin")
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended", "with nobody else left it is told apart, and killed"
    assert is_cut_off(session)


def test_a_session_that_does_nothing_is_ended_by_its_profile(world: World) -> None:
    prepare(world)
    world.merge_request(bounded("{idle: 15m}"))
    world.reconcile()
    world.assert_converged()
    assert profiles(world) == ["JITP_I15"]
    session = log_on_as_temporary(world)
    assert can(session, PAYROLL)
    world.advance("17m")
    assert is_cut_off(session)
    assert can(log_on_as_temporary(world), PAYROLL), "he may log on again"


def test_the_longest_session_is_ended_by_its_profile(world: World) -> None:
    prepare(world)
    world.merge_request(bounded("{longest: 30m}"))
    world.reconcile()
    session = log_on_as_temporary(world)
    world.advance("20m")
    assert can(session, PAYROLL)
    world.advance("12m")
    assert is_cut_off(session)


def test_no_more_sessions_than_the_profile_allows(world: World) -> None:
    prepare(world)
    world.merge_request(bounded("{perUser: 2}"))
    world.reconcile()
    log_on_as_temporary(world)
    log_on_as_temporary(world)
    with refused(TOO_MANY_SESSIONS):
        log_on_as_temporary(world)


def test_equal_bounds_share_a_profile_that_goes_with_the_last_user(world: World) -> None:
    prepare(world)
    world.merge_request(bounded("{idle: 15m, perUser: 2}", "one"))
    world.merge_request(bounded("{idle: 15m, perUser: 2}", "two"))
    world.reconcile()
    assert profiles(world) == ["JITP_I15_S2"]
    world.merge_request(bounded("{idle: 15m, perUser: 2}", "one").rstrip() + "\n  ended: true\n")
    world.reconcile()
    assert profiles(world) == ["JITP_I15_S2"]
    world.advance("241m")
    world.reconcile()
    assert profiles(world) == []
    world.assert_converged()


def test_a_profile_that_was_loosened_by_hand_is_made_again_what_it_was(world: World) -> None:
    prepare(world)
    world.merge_request(bounded("{idle: 15m}"))
    world.reconcile()
    world.as_dba("ALTER PROFILE jitp_i15 LIMIT IDLE_TIME UNLIMITED")
    assert [row.split()[0] for row in world.effects()] == ["create-profile"]
    world.reconcile()
    world.assert_converged()
    world.as_dba(f"ALTER USER {USER} PROFILE DEFAULT")
    assert [row.split()[0] for row in world.effects()] == ["set-profile"]
    world.reconcile()
    world.assert_converged()
    session = log_on_as_temporary(world)
    world.advance("17m")
    assert is_cut_off(session)


def test_bounds_follow_an_edit(world: World) -> None:
    prepare(world)
    world.merge_request(bounded("{idle: 15m}"))
    world.reconcile()
    world.merge_request(bounded("{idle: 30m}"), "Longer")
    world.reconcile()
    world.assert_converged()
    assert profiles(world) == ["JITP_I30"]


def test_bounds_that_do_not_act_are_told(world: World) -> None:
    prepare(world)
    world.as_dba("ALTER SYSTEM SET resource_limit = FALSE")
    world.merge_request(bounded("{idle: 15m}"))
    ran = world.run("reconcile")
    assert (ran.code, "profile.resource-limit-off" in ran.err) == (0, True), ran.out + ran.err


def test_p22_sessions_are_killed_by_the_procedure_of_a_managed_service(world: World) -> None:
    prepare(world)
    world.as_dba(
        "CREATE USER rdsadmin NO AUTHENTICATION",
        "GRANT ALTER SYSTEM TO rdsadmin",
        "CREATE PACKAGE rdsadmin.rdsadmin_util AS"
        " PROCEDURE kill(sid NUMBER, serial NUMBER, method VARCHAR2); END;",
        "CREATE PACKAGE BODY rdsadmin.rdsadmin_util AS"
        " PROCEDURE kill(sid NUMBER, serial NUMBER, method VARCHAR2) IS BEGIN"
        " EXECUTE IMMEDIATE 'ALTER SYSTEM KILL SESSION ''' || sid || ',' || serial || ''' ' || method;"
        " END; END;",
        "GRANT EXECUTE ON rdsadmin.rdsadmin_util TO reconciler_gate",
        "REVOKE ALTER SYSTEM FROM reconciler_gate",
        *(
            statement
            for statement in gate.script(ACCOUNT, release=world.release, killer="rds")
            if statement.startswith("CREATE OR REPLACE PACKAGE BODY")
        ),
    )
    world.merge_request(temporary())
    world.reconcile()
    session = log_on_as_temporary(world)
    world.merge_request(temporary(extra="  ended: true\n"), "Done")
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"
    assert is_cut_off(session)


def test_p22_the_kill_names_the_instance() -> None:
    """Of several instances the stand-in has one; the statement is what can be tested."""
    (body,) = [
        statement
        for statement in gate.script(ACCOUNT, release=19)
        if statement.startswith("CREATE OR REPLACE PACKAGE BODY")
    ]
    assert "ALTER SYSTEM KILL SESSION ''' || sid || ',' || serial || ',@' || instance" in body
    assert "FROM sys.gv_$session" in body
    assert " v$session" not in body.lower()


@pytest.mark.parametrize("kind", ["drop", "drop-after"])
@pytest.mark.parametrize("statement", ["CREATE_USER", "GRANT SELECT", "UNLOCK_USER"])
def test_p19_a_connection_lost_before_the_user_is_unlocked_leaves_him_locked_and_the_next_run_goes_on(
    world: World, kind: str, statement: str
) -> None:
    prepare(world)
    world.merge_request(temporary())
    process.set_faults(world.sandbox, [{"kind": kind, "user": "RECONCILER", "matching": statement}])
    assert world.run("reconcile").code != 0
    process.set_faults(world.sandbox, [])
    unlocked = (kind, statement) == ("drop-after", "UNLOCK_USER")
    assert status_of(world, USER) in (["OPEN"] if unlocked else ["", "LOCKED"])

    world.reconcile()
    world.assert_converged()
    session = log_on_as_temporary(world)
    assert can(session, PAYROLL)
    world.advance("241m")
    assert is_cut_off(session)
    assert status_of(world, USER) == ""


@pytest.mark.parametrize("statement", ["LOCK_USER", "KILL_SESSIONS", "DROP_USER", "DROP ROLE"])
def test_p16_a_connection_lost_during_the_end_is_finished_by_the_next_run(
    world: World, statement: str
) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    session = log_on_as_temporary(world)
    password = password_of(world, "payroll-fix")
    world.merge_request(temporary(extra="  ended: true\n"), "Done")
    process.set_faults(
        world.sandbox, [{"kind": "drop-after", "user": "RECONCILER", "matching": statement}]
    )
    assert world.run("reconcile").code != 0
    process.set_faults(world.sandbox, [])
    with pytest.raises(oracledb.DatabaseError):
        world.log_on(USER, password)

    found = world.reconcile()
    assert [row["verdict"] for row in found["receipts"]] == ["ended"]
    assert is_cut_off(session)
    assert status_of(world, USER) == ""
    world.assert_converged()


def test_p16_a_session_that_lingers_is_waited_for_inside_the_run(world: World) -> None:
    """ORA-01940 for a moment: Oracle counts a killed session until it is cleaned up."""
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    session = log_on_as_temporary(world)
    process.set_faults(
        world.sandbox, [{"kind": "error", "code": 1940, "matching": f'DROP USER "{USER}"'}]
    )
    world.merge_request(temporary(extra="  ended: true\n"), "Done")
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"
    assert is_cut_off(session)
