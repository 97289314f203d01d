"""Client networks: from where a temporary user may log on, and that nobody else is hurt by the check."""

from __future__ import annotations

import json

import oracledb
import pytest

from reconciler.oracle import gate
from tests.scenarios.identity_papers import (
    is_cut_off,
    log_on_as_temporary,
    prepare,
    refused,
    temporary,
)
from tests.scenarios.world import ACCOUNT, World, can, request

PAYROLL = "SELECT * FROM hr.payroll"
USER = "JITU_PAYROLL_FIX"
HERE = "127.0.0.0/8"
TRIGGER_REFUSES, TRIGGER_INVALID = 4088, 4098
CHECK = "RECONCILER_GATE.LOGON_CHECK"
BROKEN = f"CREATE OR REPLACE TRIGGER {CHECK} AFTER LOGON ON DATABASE BEGIN no_such_thing; END;"


def install_check(world: World) -> None:
    """What a DBA does with the script that bootstrap prints; what is there already is kept."""
    for statement in gate.script(ACCOUNT, release=world.release, logon_check=True):
        if not statement.startswith("CREATE USER"):
            world.as_dba(statement)


@pytest.fixture
def checked(world: World) -> World:
    """With the logon check, and a key of alice's."""
    install_check(world)
    prepare(world)
    return world


def limited(*networks: str, name: str = "payroll-fix", extra: str = "") -> str:
    return temporary(name, extra=f"  session: {{from: {json.dumps(networks)}}}\n{extra}")


def rows_of(world: World, user: str = USER) -> list[str]:
    found = world.as_dba(
        f"SELECT network FROM reconciler_gate.logon_networks WHERE username = '{user}' ORDER BY network"
    )
    return [str(row[0]) for row in found]


def is_refused(world: World) -> bool:
    """Whether the temporary user is refused at the logon by the check."""
    try:
        log_on_as_temporary(world)
    except oracledb.DatabaseError as error:
        assert error.args[0].code == TRIGGER_REFUSES, str(error)
        assert "ORA-20012" in str(error)
        return True
    return False


def test_a_temporary_user_works_from_a_network_that_is_allowed_until_his_end(
    checked: World,
) -> None:
    world = checked
    world.merge_request(limited(HERE, "10.1.0.0/16", "2001:db8::/32"))
    changes = [row.split()[0] for row in world.effects()]
    assert changes.index("set-networks") < changes.index("unlock-user")
    world.reconcile()
    world.assert_converged()
    session = log_on_as_temporary(world)
    assert can(session, PAYROLL)
    world.advance("241m")
    assert is_cut_off(session)
    assert rows_of(world) == [], "the deadline takes them with the user"
    (receipt,) = world.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "deadline")
    world.assert_converged()


def test_from_another_network_he_is_refused_and_everybody_else_is_not(checked: World) -> None:
    world = checked
    world.merge_request(limited("10.1.0.0/16", "192.168.7.0/24", "2001:db8::/32"))
    world.reconcile()
    assert is_refused(world)
    assert not is_cut_off(world.log_on("ALICE"))
    assert not is_cut_off(world.log_on("HR_APP"))


def test_an_edit_changes_the_networks_in_the_next_run_and_never_lifts_them(
    checked: World,
) -> None:
    world = checked
    world.merge_request(limited("10.1.0.0/16"))
    world.reconcile()
    assert is_refused(world)
    world.merge_request(limited("10.1.0.0/16", "127.0.0.1/32"), "Allow the jump host")
    assert world.effects() == [f"set-networks {USER} payroll-fix 10.1.0.0/16 127.0.0.1/32"]
    world.reconcile()
    world.assert_converged()
    assert not is_refused(world)
    world.merge_request(limited("10.1.0.0/16"), "Close it again")
    world.reconcile()
    assert is_refused(world)
    world.merge_request(temporary(), "Say nothing of networks")
    world.assert_converged()
    assert is_refused(world)


def test_networks_that_somebody_changed_are_repaired(checked: World) -> None:
    world = checked
    world.merge_request(limited("10.1.0.0/16"))
    world.reconcile()
    world.as_dba("DELETE FROM reconciler_gate.logon_networks")
    assert [row.split()[0] for row in world.effects()] == ["set-networks"]
    world.reconcile()
    assert rows_of(world) == ["10.1.0.0/16"]
    world.as_dba(
        "INSERT INTO reconciler_gate.logon_networks SELECT username, '127.0.0.0/8', low, high FROM reconciler_gate.logon_networks"
    )
    world.reconcile()
    assert rows_of(world) == ["10.1.0.0/16"]
    world.assert_converged()


def test_networks_of_a_user_who_was_dropped_by_hand_are_cleared(checked: World) -> None:
    world = checked
    world.merge_request(limited(HERE))
    world.reconcile()
    world.merge_request(limited(HERE, extra="  ended: true\n"), "Done")
    world.as_dba(f"DROP USER {USER}")
    assert rows_of(world) == [HERE]
    world.reconcile()
    world.assert_converged()
    assert rows_of(world) == []


def test_a_request_with_networks_is_refused_alone_where_nobody_looks_at_them(
    world: World,
) -> None:
    prepare(world)
    world.merge_request(limited(HERE))
    world.merge_request(temporary("other-fix"))
    result = world.reconcile(code=5)
    (finding,) = [row for row in result["plan"]["findings"] if row["rule"] == "logon-check.missing"]
    assert "--logon-check" in finding["hint"]
    assert can(log_on_as_temporary(world, "other-fix"), PAYROLL)
    assert world.as_dba(f"SELECT username FROM dba_users WHERE username = '{USER}'") == []
    install_check(world)
    world.reconcile()
    assert can(log_on_as_temporary(world), PAYROLL)


@pytest.mark.parametrize(
    "identity",
    ["{user: ALICE}", "{proxy: {through: ALICE, client: HR_APP}}"],
    ids=["user", "proxy"],
)
def test_only_temporary_users_can_be_limited(checked: World, identity: str) -> None:
    text = limited(HERE).replace("{temporary: {}}", identity)
    if "proxy" in identity:
        text = text.replace("  access: [{privileges: [SELECT], on: HR.PAYROLL}]\n", "")
    checked.merge_request(text)
    ran = checked.run("validate")
    assert ran.code != 0
    assert "for other work would be limited too" in ran.out + ran.err


def test_a_check_that_is_off_is_told_and_grants_nothing_with_networks(checked: World) -> None:
    world = checked
    world.as_dba(f"ALTER TRIGGER {CHECK} DISABLE")
    (finding,) = world.plan()["findings"]
    assert finding["rule"] == "logon-check.broken"
    assert "ENABLE" in finding["hint"]
    world.merge_request(limited(HERE))
    result = world.reconcile(code=5)
    assert "logon-check.missing" in [row["rule"] for row in result["plan"]["findings"]]
    assert world.as_dba(f"SELECT username FROM dba_users WHERE username = '{USER}'") == []


def test_without_its_table_temporary_users_are_refused_and_nobody_else(checked: World) -> None:
    world = checked
    world.merge_request(limited(HERE))
    world.reconcile()
    world.as_dba("DROP TABLE reconciler_gate.logon_networks")
    assert is_refused(world), "whether he may come from here cannot be told"
    assert not is_cut_off(world.log_on("ALICE"))
    world.merge_request(request("other-fix", requester="bob"))
    result = world.reconcile(code=3)
    rules = [row["rule"] for row in result["plan"]["findings"]]
    assert {"logon-check.broken", "logon-check.missing"} <= set(rules)
    assert can(world.log_on("BOB"), PAYROLL), "other leases go on"
    world.advance("241m")
    assert world.as_dba(f"SELECT username FROM dba_users WHERE username = '{USER}'") == []


def test_an_invalid_trigger_keeps_all_but_administrators_out(checked: World) -> None:
    """What Oracle does with any logon trigger that does not compile: so the check has nothing in it that could become invalid by itself."""
    world = checked
    world.as_dba(
        f"GRANT ADMINISTER DATABASE TRIGGER TO {ACCOUNT}",
        "GRANT ADMINISTER DATABASE TRIGGER TO DAVE",
    )
    world.as_dba(BROKEN)
    with refused(TRIGGER_INVALID):
        world.log_on("ALICE")
    assert not is_cut_off(world.log_on("DAVE"))
    (finding,) = [row for row in world.plan()["findings"] if row["rule"].startswith("logon-check")]
    assert "invalid" in finding["message"]
    assert "DISABLE" in finding["hint"]
    world.as_dba(f"REVOKE ADMINISTER DATABASE TRIGGER FROM {ACCOUNT}")
    ran = world.run("plan")
    assert ran.code != 0
    assert "target.logon-trigger" in ran.err
    assert "DISABLE" in ran.err
    install_check_again(world)
    assert not is_cut_off(world.log_on("ALICE"))


def install_check_again(world: World) -> None:
    """The table is there: SQL*Plus goes on after ORA-00955."""
    for statement in gate.script(ACCOUNT, release=world.release, logon_check=True):
        if not statement.startswith(("CREATE USER", "CREATE TABLE")):
            world.as_dba(statement)


def test_administrators_of_triggers_are_let_in_whatever_it_says(checked: World) -> None:
    """Why temporary users must never get that privilege."""
    world = checked
    world.merge_request(limited("10.1.0.0/16"))
    world.reconcile()
    assert is_refused(world)
    world.as_dba(f"GRANT ADMINISTER DATABASE TRIGGER TO {USER}")
    assert not is_refused(world)
    ran = world.run("reconcile")
    assert "lacks ADMINISTER DATABASE TRIGGER" in ran.err, "what he has besides his lease is told"


def test_an_account_that_may_not_read_the_networks_says_what_it_needs(checked: World) -> None:
    world = checked
    world.as_dba(f"REVOKE SELECT ON reconciler_gate.logon_networks FROM {ACCOUNT}")
    ran = world.run("plan")
    assert ran.code != 0
    assert "GRANT SELECT ON RECONCILER_GATE.LOGON_NETWORKS" in ran.err


def test_a_lease_with_networks_does_not_give_the_exemption_from_them(checked: World) -> None:
    world = checked
    world.as_dba("GRANT ADMINISTER DATABASE TRIGGER TO HR_READER")
    world.merge_request(
        temporary(access="[{role: HR_READER}]", extra="  session: {from: [10.1.0.0/16]}\n")
    )
    result = world.reconcile(code=5)
    assert "logon-check.exempt" in [row["rule"] for row in result["plan"]["findings"]]
    assert world.as_dba(f"SELECT username FROM dba_users WHERE username = '{USER}'") == []
