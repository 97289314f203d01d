"""What users, proxies, deadlines and passwords must never be talked into, by whoever writes documents, jobs or ledger."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.identity_papers import (
    NO_PROXY,
    log_on_as_temporary,
    password_of,
    prepare,
    proxy,
    refused,
    status_of,
    temporary,
)
from tests.scenarios.world import PERSON, TARGET, World, can, standing

PAYROLL = "SELECT * FROM hr.payroll"


def test_nobody_gets_through_to_a_user_who_administers_the_database(world: World) -> None:
    prepare(world)
    world.as_dba("GRANT dba TO hr_app")
    world.merge_request(proxy())
    ran = world.run("reconcile")
    assert ran.code == 5, ran.out + ran.err
    assert "administers the database" in ran.out + ran.err
    with refused(NO_PROXY):
        world.log_on("ALICE[HR_APP]")
    world.as_dba("REVOKE dba FROM hr_app")
    world.reconcile()
    world.log_on("ALICE[HR_APP]")


FORGED = (
    {"temporary_user": "HR_APP"},
    {"direct": [{"kind": "role", "privilege": "HR_READER", "grantee": "BOB"}]},
    {"direct": [{"kind": "system", "privilege": "CREATE SESSION", "grantee": "BOB"}]},
    {"kill_sessions_of": "BOB"},
)


@pytest.mark.parametrize("ending", FORGED, ids=["user", "role", "system", "sessions"])
def test_a_forged_deadline_makes_the_reconciler_end_nothing_of_others(
    world: World, ending: dict[str, object]
) -> None:
    """Whoever may write jobs into the account's schema writes comments too. What they say goes at the end of an orphan."""
    world.as_dba("GRANT hr_reader TO bob", "GRANT SELECT ON hr.payroll TO hr_app")
    before = world.as_dba(
        "SELECT grantee, privilege, table_name FROM dba_tab_privs ORDER BY 1, 2, 3"
    )
    bob = world.log_on("BOB")
    comment = json.dumps({"lease": "forged", "target": "prod", "ending": ending})
    world.as_dba(
        "BEGIN DBMS_SCHEDULER.CREATE_JOB(job_name => 'RECONCILER.JIT_FORGED', job_type => 'PLSQL_BLOCK',"
        " job_action => 'BEGIN NULL; END;', start_date => SYSTIMESTAMP + 1, enabled => TRUE,"
        f" comments => '{comment}'); END;"
    )
    world.merge(
        {"grants/targets/prod.yaml": TARGET.format(name="prod", dsn=world.dsn, mode="additive")}
    )
    world.run("reconcile")
    assert can(bob, "SELECT 1 FROM dual"), "his session lives"
    world.log_on("BOB")
    assert status_of(world, "HR_APP") == "OPEN"
    assert world.as_dba("SELECT granted_role FROM dba_role_privs WHERE grantee = 'BOB'") == [
        ("HR_READER",)
    ]
    after = world.as_dba(
        "SELECT grantee, privilege, table_name FROM dba_tab_privs ORDER BY 1, 2, 3"
    )
    assert after == before


@pytest.mark.parametrize(
    "access",
    [
        "[{privileges: [ALTER], on: RECONCILER.JIT_PAYROLL_FIX}]",
        "[{proxy: RECONCILER}]",
        "[{proxy: RECONCILER_GATE}]",
        "[{privileges: [EXECUTE], on: RECONCILER_GATE.GATE}]",
        "[{role: JIT_PAYROLL_FIX}]",
        "[{proxy: JITU_PAYROLL_FIX}]",
    ],
)
def test_nothing_of_the_reconciler_s_own_is_ever_granted(world: World, access: str) -> None:
    """The scope of a target may be a star, and a merged document hostile: who may alter deadlines, or call the gatekeeper, has the database."""
    prepare(world)
    target = (world.repository / "grants/targets/prod.yaml").read_text()
    wide = target.replace("[HR, OE, FIN]", "['*']").replace("users: [HR_APP]", "users: ['*']")
    wide = wide.replace("[HR_READER, OE_READER, FIN_READER]", "['*']")
    world.merge({"grants/targets/prod.yaml": wide})
    world.merge_request(temporary())
    world.reconcile()
    world.merge({"grants/standing/eve.yaml": standing("eve", "[BOB]", access)})
    ran = world.run("reconcile")
    assert ran.code != 0, ran.out
    assert "error " in ran.err, ran.err
    mine = "'RECONCILER', 'RECONCILER_GATE'"
    held = "SELECT grantee FROM dba_tab_privs WHERE grantee = 'BOB' AND owner IN"
    assert world.as_dba(f"{held} ({mine})") == []
    assert world.as_dba("SELECT granted_role FROM dba_role_privs WHERE grantee = 'BOB'") == []
    assert world.as_dba("SELECT client FROM dba_proxies") == []


def test_the_password_of_a_lease_is_not_rotated_to_somebody_else(world: World) -> None:
    """A service that claims the user of somebody's lease, on a target whose scope has a star for services."""
    prepare(world)
    world.merge_request(temporary())
    target = (world.repository / "grants/targets/prod.yaml").read_text()
    eve = PERSON.format(name="eve", title="Eve", user="JITU_PAYROLL_FIX").replace(
        "human", "service"
    )
    alice = (world.repository / "grants/people/alice.yaml").read_text()
    keys = alice[alice.index("  publicKeys") :]
    world.merge(
        {
            "grants/targets/prod.yaml": target.replace(
                "  scope:\n", "  scope:\n    services: ['*']\n"
            )
        }
    )
    world.reconcile()
    secret = password_of(world, "payroll-fix")
    rotation = "  rotation: {every: 1d, first: 2020-01-01, targets: [prod]}\n"
    world.merge({"grants/people/eve.yaml": eve + keys + rotation})
    ran = world.run("reconcile")
    assert "name.reserved" in ran.err, ran.err
    assert not [row for row in world.effects() if "rotate" in row]
    assert password_of(world, "payroll-fix") == secret
    assert can(log_on_as_temporary(world), PAYROLL)


def test_a_proxy_whose_role_is_gone_is_not_called_ended_while_it_can_be_used(world: World) -> None:
    """The role of such a lease holds nothing: it only marks it."""
    prepare(world)
    world.merge_request(proxy())
    world.reconcile()
    world.as_dba("DROP ROLE jit_as_app")
    world.log_on("ALICE[HR_APP]")
    ran = world.run("status", "--output", "json")
    (lease,) = ran.target["leases"]
    assert (ran.code, lease["state"]) == (5, "due-to-end"), ran.out
    world.reconcile()
    with refused(NO_PROXY):
        world.log_on("ALICE[HR_APP]")
    ran = world.run("status", "--all", "--output", "json")
    assert [row["state"] for row in ran.target["leases"]] == ["ended"]


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_gives_no_access_up(world: World, password: str) -> None:
    """The database is there, and the access is in force."""
    prepare(world)
    world.merge_request(proxy())
    world.reconcile()
    world.environment["RECONCILER_PASSWORD"] = password
    ran = world.run("revoke", "--all-on", "prod", "--unreachable", "--reason", "It is gone")
    assert (ran.code, "revoke.answers" in ran.err) == (4, True), ran.out + ran.err
    assert "given up" not in str(world.ledger())


def test_access_that_was_given_up_is_told_and_ended_when_its_target_is_there_again(
    world: World,
) -> None:
    prepare(world)
    world.merge_request(proxy())
    world.reconcile()
    place = world.repository / "grants/targets/prod.yaml"
    right = place.read_text()
    world.merge({"grants/targets/prod.yaml": right.replace(world.dsn, "127.0.0.1:1/FREEPDB1")})
    ran = world.run("revoke", "--all-on", "prod", "--unreachable", "--reason", "It is gone")
    assert ran.code == 0, ran.out + ran.err
    world.merge({"grants/targets/prod.yaml": right})
    world.log_on("ALICE[HR_APP]")
    ran = world.run("status", "--output", "json")
    (lease,) = ran.target["leases"]
    assert (ran.code, lease["state"]) == (5, "due-to-end"), ran.out
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"
    with refused(NO_PROXY):
        world.log_on("ALICE[HR_APP]")
    world.reconcile()
    assert world.as_dba("SELECT client FROM dba_proxies") == []


def test_a_password_is_in_no_output_no_ledger_and_no_view_of_the_database(world: World) -> None:
    prepare(world)
    world.merge_request(temporary())
    printed = [world.run("plan"), world.run("reconcile", "--output", "json"), world.run("status")]
    secret = password_of(world, "payroll-fix")
    for ran in printed:
        assert secret not in ran.out + ran.err
    assert secret not in world.git("log", "-p", "--all")
    for query in (
        "SELECT comments, job_action FROM dba_scheduler_jobs",
        "SELECT sql_text, sql_binds FROM unified_audit_trail",
    ):
        assert secret not in str(world.as_dba(query)), query
