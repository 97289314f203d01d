"""Was it used? From the database's own audit trail into the ledger and the receipt, and what is said when nothing was recorded (capabilities 13, 14 and 41)."""

from __future__ import annotations

from typing import Any

import oracledb
import pytest

from reconciler.sandbox import process
from tests.scenarios.world import ACCOUNT, World, can, request

AUDITED = ("CREATE AUDIT POLICY watch_hr ACTIONS ALL", "AUDIT POLICY watch_hr BY alice")
SELECT = "SELECT COUNT(*) FROM hr.payroll"
TARGET = "grants/targets/prod.yaml"


def grant(world: World, **changes: str) -> None:
    world.merge_request(request(**changes))
    world.reconcile()


def end(world: World) -> dict[str, Any]:
    """Lets the lease's window pass; gives the usage that the next run tells."""
    world.advance("5h")
    (usage,) = world.reconcile()["usages"]
    return dict(usage)


def usage(world: World, *arguments: str) -> dict[str, Any]:
    """The only lease of the command's answer."""
    ran = world.run("usage", *arguments, "--output", "json")
    assert ran.code == 0, ran.out + ran.err
    (found,) = ran.target["leases"]
    return dict(found)


def log_on_as(world: World, program: str, machine: str) -> oracledb.Connection:
    connection = oracledb.connect(
        user="ALICE", password="sandbox", dsn=world.dsn, program=program, machine=machine
    )
    world.connections.append(connection)
    return connection


def test_capability_41_a_lease_that_was_used_says_when_from_where_and_what(world: World) -> None:
    world.as_dba(*AUDITED)
    grant(world)
    alice = log_on_as(world, "payroll-tool", "desk-7")
    assert can(alice, SELECT)
    assert can(alice, SELECT)
    told = end(world)
    assert (told["use"], told["count"]) == ("used", 2)
    assert told["since"] <= told["first"] <= told["last"] <= told["until"]
    assert told["sources"] == [
        {"host": "desk-7", "address": "127.0.0.1", "program": "payroll-tool", "proxy": "", "times": 2}
    ]  # fmt: skip
    assert told["touched"] == [{"action": "SELECT", "object": "HR.PAYROLL", "times": 2}]
    (event,) = [row for row in world.events() if row["type"] == "usage"]
    assert {key: event[key] for key in told} == told


def test_the_receipt_for_people_says_it_too(world: World) -> None:
    world.as_dba(*AUDITED)
    grant(world)
    can(log_on_as(world, "payroll-tool", "desk-7"), SELECT)
    world.advance("5h")
    ran = world.run("reconcile")
    assert "use        used 1 time, " in ran.out
    assert "from       desk-7 127.0.0.1 (payroll-tool), 1 time" in ran.out
    assert "did        SELECT HR.PAYROLL (1 time)" in ran.out


def test_capability_41_a_lease_that_was_not_used_is_said_so_only_because_it_was_recorded(
    world: World,
) -> None:
    world.as_dba(*AUDITED)
    grant(world)
    assert can(world.log_on("ALICE"), "SELECT 1 FROM dual")
    told = end(world)
    assert (told["use"], told["count"], told["reason"]) == ("not-used", 0, "")


def test_nobody_is_said_to_have_been_idle_when_auditing_is_off(world: World) -> None:
    grant(world)
    told = end(world)
    assert told["use"] == "unknown"
    assert told["reason"] == "auditing is off: no enabled audit policy covers ALICE"
    assert told["last_login"] is None


def test_last_login_is_the_signal_that_is_always_there(world: World) -> None:
    grant(world)
    world.log_on("ALICE")
    world.advance("5h")
    ran = world.run("reconcile")
    assert "unknown: auditing is off" in ran.out
    assert ", while the lease ran" in ran.out
    assert usage(world)["last_login"] is not None


def test_a_policy_for_something_else_proves_no_silence(world: World) -> None:
    world.as_dba(
        "CREATE AUDIT POLICY watch_hr ACTIONS SELECT ON hr.employees, LOGON",
        "AUDIT POLICY watch_hr",
    )
    grant(world)
    told = end(world)
    assert told["use"] == "unknown"
    assert told["reason"] == "no enabled audit policy records SELECT on HR.PAYROLL by ALICE"


def test_refused_attempts_are_counted_with_their_number(world: World) -> None:
    world.as_dba(*AUDITED)
    grant(world)
    alice = world.log_on("ALICE")
    assert not can(alice, "SELECT * FROM hr.salary_grades_nobody_has")
    assert not can(alice, "DELETE FROM hr.payroll")
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        world.log_on("ALICE", "wrong")
    told = end(world)
    assert told["use"] == "not-used"
    numbers = {(row["ora"], row["action"]) for row in told["refused"]}
    assert {(1017, "LOGON"), (942, "SELECT")} <= numbers
    assert {row["object"] for row in told["refused"] if row["action"] == "DELETE"} == {"HR.PAYROLL"}


def test_use_of_a_role_is_use_of_what_the_role_holds(world: World) -> None:
    world.as_dba(*AUDITED)
    grant(world, access="[{role: HR_READER}]")
    with world.log_on("ALICE") as alice:
        assert can(alice, "SELECT COUNT(*) FROM hr.employees")
    assert end(world)["use"] == "used"


def test_the_command_answers_from_the_trail_while_it_runs_and_from_the_ledger_afterwards(
    world: World,
) -> None:
    world.as_dba(*AUDITED)
    grant(world)
    assert usage(world)["use"] == "not-used"
    can(world.log_on("ALICE"), SELECT)
    active = usage(world, "payroll-fix")
    assert (active["use"], active["source"], active["count"]) == ("used", "trail", 1)
    end(world)
    before = process.status(world.sandbox).round_trips[ACCOUNT]
    ended = usage(world, "payroll-fix")
    assert (ended["use"], ended["source"], ended["count"]) == ("used", "ledger", 1)
    assert process.status(world.sandbox).round_trips[ACCOUNT] == before
    assert "used 1 time" in world.run("usage", "payroll-fix").out


def test_a_lease_nobody_knows_is_an_error_with_the_way_to_the_names(world: World) -> None:
    ran = world.run("usage", "no-such-lease")
    assert ran.code == 3
    assert "no lease no-such-lease has ended or is active on prod" in ran.err
    assert "reconciler status --all" in ran.err


def test_without_the_right_to_read_the_trail_the_run_goes_on_and_says_what_to_grant(
    world: World,
) -> None:
    world.as_dba(*AUDITED, f"REVOKE READ ON unified_audit_trail FROM {ACCOUNT}")
    grant(world)
    can(world.log_on("ALICE"), SELECT)
    told = end(world)
    assert told["use"] == "unknown"
    assert told["reason"] == f"{ACCOUNT} may not read the audit trail (ORA-00942)"
    assert "GRANT READ ON UNIFIED_AUDIT_TRAIL TO" in told["hint"]
    world.as_dba(*told["hint"].replace('"', "").split("; "))
    grant(world, name="again")
    can(world.log_on("ALICE"), SELECT)
    assert end(world)["use"] == "used"


def test_a_target_may_say_that_use_is_nobodys_business(world: World) -> None:
    text = (world.repository / TARGET).read_text()
    world.as_dba(*AUDITED)
    world.merge({TARGET: text.replace("  mode:", "  audit: off\n  mode:")})
    grant(world)
    can(world.log_on("ALICE"), SELECT)
    active = usage(world)
    assert (active["use"], active["reason"]) == ("unknown", "the target document says `audit: off`")
    world.advance("5h")
    assert world.reconcile()["usages"] == []


def test_a_run_pays_one_round_trip_for_it_however_many_leases_end(world: World) -> None:
    world.as_dba(*AUDITED)
    costs = []
    for names in (["a-1"], [f"b-{number}" for number in range(8)]):
        for name in names:
            world.merge_request(request(name=name))
        world.reconcile()
        world.advance("5h")
        found = world.reconcile()
        assert len(found["usages"]) == len(names)
        costs.append(found["round_trips"])
    assert costs[0] == costs[1]


AUDIT_ROLE = "RECONCILER_AUDITED"
POLICY = (
    f"CREATE ROLE {AUDIT_ROLE}",
    f"GRANT {AUDIT_ROLE} TO {ACCOUNT} WITH ADMIN OPTION",
    "CREATE AUDIT POLICY reconciler_leases ACTIONS ALL",
    f"AUDIT POLICY reconciler_leases BY USERS WITH GRANTED ROLES {AUDIT_ROLE}",
)


def audit_leases(world: World) -> None:
    """As docs/adr/0011 has it: the target's document says it, and a DBA has run the four statements."""
    text = (world.repository / TARGET).read_text()
    text = text.replace("  mode:", "  audit: per-lease\n  mode:")
    world.merge({TARGET: text.replace("roles: [", f"roles: [{AUDIT_ROLE}, ")})


def test_capability_13_whatever_the_holder_of_a_lease_does_is_recorded_and_nobody_else(
    world: World,
) -> None:
    world.as_dba(*POLICY)
    audit_leases(world)
    with world.log_on("ALICE") as before:
        assert can(before, "SELECT 1 FROM dual")
    grant(world)
    with world.log_on("ALICE") as alice, world.log_on("BOB") as bob:
        assert can(alice, SELECT)
        assert not can(bob, SELECT)
    rows = world.as_dba(
        "SELECT DISTINCT dbusername, unified_audit_policies FROM unified_audit_trail"
        f" WHERE dbusername <> '{ACCOUNT}' AND dbusername <> 'SYS'"
    )
    assert rows == [("ALICE", "RECONCILER_LEASES")]
    assert end(world)["use"] == "used"


def test_the_watch_ends_in_the_database_with_the_lease(world: World) -> None:
    world.as_dba(*POLICY)
    audit_leases(world)
    grant(world)
    world.advance("5h")
    with world.log_on("ALICE") as alice:
        assert can(alice, "SELECT 1 FROM dual")
    assert not world.as_dba("SELECT 1 FROM unified_audit_trail WHERE dbusername = 'ALICE'")
    (told,) = world.reconcile()["usages"]
    assert told["use"] == "not-used"


def test_what_watches_the_account_is_not_the_accounts_to_switch_off(world: World) -> None:
    world.as_dba(*POLICY)
    with oracledb.connect(user=ACCOUNT, password=world.password, dsn=world.dsn) as account:
        for statement in (
            f"NOAUDIT POLICY reconciler_leases BY USERS WITH GRANTED ROLES {AUDIT_ROLE}",
            "DROP AUDIT POLICY reconciler_leases",
        ):
            assert not can(account, statement)


def test_without_the_role_of_the_policy_no_lease_starts(world: World) -> None:
    audit_leases(world)
    world.merge_request(request())
    world.reconcile(code=5)
    assert not world.role_exists("JIT_PAYROLL_FIX")
    assert f"{AUDIT_ROLE} is no role of prod" in world.run("plan").err
