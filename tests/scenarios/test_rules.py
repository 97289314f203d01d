"""The rules that never break, each by a story that once broke it or would break it first."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reconciler.cli import runs
from reconciler.run import target as run
from tests.scenarios.world import TARGET, World, can, request, standing

pytestmark = pytest.mark.parametrize("release", [23], indirect=True)

PAYROLL = "SELECT * FROM hr.payroll"


def at(world: World, **ahead: float) -> str:
    return f"{datetime.fromisoformat(world.now()) + timedelta(**ahead):%Y-%m-%dT%H:%M:%SZ}"


def clone(world: World, folder: Path, origin: Path) -> World:
    """Another clone of the repository, as another runner would have it."""
    world.git("clone", "-q", str(origin), str(folder))
    other = World(
        folder,
        world.dsn,
        world.release,
        world.system_password,
        world.password,
        world.advance_clock,
        world.sandbox,
    )
    other.git("config", "user.name", "Other")
    other.git("config", "user.email", "other@example.org")
    return other


@pytest.fixture
def origin(world: World, tmp_path: Path) -> Path:
    folder = tmp_path / "origin.git"
    world.git("init", "-q", "--bare", "-b", "main", str(folder))
    world.git("remote", "add", "origin", str(folder))
    world.git("push", "-q", "origin", "main")
    return folder


# Rule 1: fail closed on time


def test_rule_1_an_end_without_a_start_is_held_to_the_cap_from_its_activation(world: World) -> None:
    world.merge_request(request(window=f"{{until: {at(world, hours=13)}}}"))
    ran = world.run("reconcile")
    assert (ran.code, "lease.over-cap" in ran.err) == (3, True)
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.advance("90m")
    assert world.run("reconcile").code == 0
    assert can(world.log_on("ALICE"), PAYROLL)


# Rule 2: the deadline is armed before the grant


def test_rule_2_without_the_right_to_arm_a_deadline_nothing_is_granted(world: World) -> None:
    world.as_dba("REVOKE CREATE JOB FROM reconciler")
    world.merge_request(request())
    world.reconcile(code=4)
    assert not can(world.log_on("ALICE"), PAYROLL)
    assert world.as_dba("SELECT * FROM dba_tab_privs WHERE grantee = 'JIT_PAYROLL_FIX'") == []


def test_rule_2_an_activation_that_a_killed_run_began_keeps_its_end(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    before = world.git("rev-parse", "audit~1")
    world.git("update-ref", "refs/heads/audit", before)  # as if killed before the outcome
    world.advance("60m")
    world.reconcile()
    world.assert_converged()
    world.advance("181m")
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_rule_2_status_shows_a_lease_without_its_deadline_in_the_exit_code(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    assert world.run("status").code == 0
    world.as_dba("BEGIN DBMS_SCHEDULER.DROP_JOB('RECONCILER.JIT_PAYROLL_FIX', TRUE); END;")
    assert world.run("status").code == 5


# Rule 3: one lease, one role


def test_rule_3_a_lease_gives_its_user_a_role_and_nothing_directly(world: World) -> None:
    world.merge_request(
        request(
            access="[{privileges: [SELECT], on: HR.PAYROLL}, {role: HR_READER}, {system: CREATE VIEW}]"
        )
    )
    before = world.as_dba("SELECT * FROM dba_tab_privs WHERE grantee = 'ALICE'")
    world.reconcile()
    assert world.as_dba("SELECT * FROM dba_tab_privs WHERE grantee = 'ALICE'") == before
    assert world.as_dba(
        "SELECT admin_option FROM dba_role_privs WHERE grantee = 'ALICE' AND granted_role LIKE 'JIT%'"
    ) == [("NO",)]


def test_rule_3_a_lease_role_that_somebody_gave_to_everybody_is_an_error_and_goes_with_its_end(
    world: World,
) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("GRANT jit_payroll_fix TO PUBLIC")
    ran = world.run("reconcile")
    assert (ran.code, "lease-role.held-by-protected" in ran.err) == (3, True)
    world.advance("241m")
    assert not can(world.log_on("BOB"), PAYROLL)


# Rule 5: a lease that has ended never comes back


def test_rule_5_a_fresh_clone_that_may_not_fetch_still_knows_what_has_ended(
    world: World, origin: Path, tmp_path: Path
) -> None:
    world.merge_request(request())
    world.git("push", "-q", "origin", "main")
    world.reconcile()
    world.advance("30m")
    world.merge_request(request(extra="  ended: true\n"))
    world.reconcile()
    world.merge_request(request())
    world.git("push", "-q", "origin", "main")
    other = clone(world, tmp_path / "fresh", origin)
    other.run("reconcile", "--no-push")
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_rule_5_a_ledger_that_was_lost_gives_no_duration_again(world: World) -> None:
    """Of two leases one was ended by its deadline, which the database remembers, and one by a run, which only the ledger knew."""
    world.merge_request(request())
    world.merge_request(request("early", requester="bob"))
    world.reconcile()
    world.merge_request(request("early", requester="bob", extra="  ended: true\n"))
    world.reconcile()
    world.advance("241m")
    world.reconcile()
    world.merge_request(request("early", requester="bob"))
    world.git("branch", "-D", "audit")
    ran = world.run("reconcile")
    assert (ran.code, "ledger.lost" in ran.err) == (3, True), ran.err
    assert not world.role_exists("JIT_EARLY")
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.run("reconcile")
    assert not world.role_exists("JIT_EARLY")
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.merge_request(request("new"))
    world.run("reconcile")
    assert world.role_exists("JIT_NEW")


def test_rule_5_a_target_under_a_new_name_gives_no_ended_lease_again(world: World) -> None:
    world.merge(
        {
            "grants/policies/cap.yaml": "apiVersion: grants/v1\nkind: Policy\nmetadata: {name: cap}\n"
            "spec:\n  targets: {labels: {site: here}}\n  maxDuration: 12h\n",
            "grants/targets/prod.yaml": TARGET.format(
                name="prod", dsn=world.dsn, mode="authoritative"
            ).replace("env: prod", "site: here"),
        }
    )
    world.merge_request(request(targets="{labels: {site: here}}"))
    world.reconcile()
    world.as_dba("BEGIN DBMS_SCHEDULER.DROP_JOB('RECONCILER.JIT_PAYROLL_FIX', TRUE); END;")
    world.advance("241m")
    world.reconcile()
    world.merge(
        {
            "grants/targets/prod.yaml": None,
            "grants/targets/prime.yaml": TARGET.format(
                name="prime", dsn=world.dsn, mode="authoritative"
            ).replace("env: prime", "site: here"),
        }
    )
    ran = world.run("reconcile")
    assert "lease.used-up" in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.assert_converged()


def test_rule_5_an_end_that_was_begun_is_not_taken_back_by_a_revert(world: World) -> None:
    world.merge_request(request(access="[{privileges: [SELECT], on: HR.PAYROLL}]"))
    world.reconcile()
    world.merge_request(request(extra="  ended: true\n"))
    world.as_dba("REVOKE jit_payroll_fix FROM reconciler")  # so that it can't be dropped
    assert world.run("reconcile").code == 5
    assert not can(world.log_on("ALICE"), PAYROLL)
    world.as_dba("GRANT jit_payroll_fix TO reconciler WITH ADMIN OPTION")
    world.merge_request(request())
    ran = world.run("reconcile")
    assert "lease.never-comes-back" in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_rule_5_a_stricter_policy_does_not_stand_in_the_way_of_an_early_end(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.merge({"grants/policies/cap.yaml": world.policy("2h")})
    world.merge_request(request(extra="  ended: true\n"))
    world.reconcile()
    assert not world.role_exists("JIT_PAYROLL_FIX")


@pytest.mark.parametrize(
    "broken", ["grants/policies/cap.yaml", "grants/people/alice.yaml", "grants/targets/new.yaml"]
)
def test_rule_5_errors_elsewhere_do_not_stand_in_the_way_of_an_early_end(
    world: World, broken: str
) -> None:
    world.merge_request(request())
    world.reconcile()
    world.merge({broken: "kind: [\n"})
    world.merge_request(request(extra="  ended: true\n"))
    assert world.run("reconcile").code == 3
    assert not world.role_exists("JIT_PAYROLL_FIX")


# Rule 6: nothing is touched that is not ours


def test_rule_6_a_role_of_somebody_else_with_a_leases_name_stays_as_it_is_run_after_run(
    world: World,
) -> None:
    world.as_dba(
        "CREATE ROLE jit_payroll_fix",
        "GRANT SELECT ON hr.employees TO jit_payroll_fix",
        "GRANT jit_payroll_fix TO bob",
    )
    world.merge_request(request())
    for _ in range(3):
        ran = world.run("reconcile")
        assert (ran.code, "lease-role.foreign" in ran.err) == (5, True)
    assert world.as_dba(
        "SELECT table_name FROM dba_tab_privs WHERE grantee = 'JIT_PAYROLL_FIX'"
    ) == [("EMPLOYEES",)]
    assert can(world.log_on("BOB"), "SELECT * FROM hr.employees")
    assert world.as_dba("SELECT job_name FROM dba_scheduler_jobs WHERE owner = 'RECONCILER'") == []
    (kept,) = [row for row in world.ledger() if row.startswith("sync")]
    assert "snapshot for reviews" in kept, "nothing was granted"


@pytest.mark.parametrize("mode", ["authoritative", "additive"])
def test_rule_6_what_somebody_outside_the_scope_got_through_a_grant_option_is_not_taken(
    world: World, mode: str
) -> None:
    option = "[{privileges: [SELECT], on: HR.PAYROLL, withOption: true}]"
    world.merge(
        {
            "grants/targets/prod.yaml": TARGET.format(name="prod", dsn=world.dsn, mode=mode),
            "grants/standing/app.yaml": standing("app", "[BOB]", option),
        }
    )
    world.reconcile()
    world.as_dba("CREATE USER outsider IDENTIFIED BY sandbox", "GRANT CREATE SESSION TO outsider")
    bob = world.log_on("BOB")
    assert can(bob, "GRANT SELECT ON hr.payroll TO outsider")
    world.merge({"grants/standing/app.yaml": None})
    ran = world.run("reconcile")
    assert (ran.code, "revoke.cascades" in ran.err) == (3, True)
    assert can(world.log_on("OUTSIDER"), PAYROLL)


def test_rule_6_a_grant_that_cannot_be_honoured_takes_nothing_away(world: World) -> None:
    world.as_dba("CREATE ROLE hr_team", "GRANT SELECT ON hr.payroll TO hr_team")
    world.merge(
        {
            "grants/targets/prod.yaml": TARGET.format(
                name="prod", dsn=world.dsn, mode="authoritative"
            ).replace("[ALICE,", "[HR_TEAM, ALICE,")
        }
    )
    option = "[{privileges: [SELECT], on: HR.PAYROLL, withOption: true}]"
    world.merge({"grants/standing/app.yaml": standing("app", "[HR_TEAM]", option)})
    ran = world.run("reconcile")
    assert (ran.code, "privilege.not-to-roles" in ran.err) == (3, True)
    assert ("SELECT",) in world.as_dba(
        "SELECT privilege FROM dba_tab_privs WHERE grantee = 'HR_TEAM' AND table_name = 'PAYROLL'"
    )


# Rule 7: the removal brake


def test_rule_7_what_a_revoke_takes_along_counts_too(world: World) -> None:
    limits = "  removals: {count: 2}\n"
    target = TARGET.format(name="prod", dsn=world.dsn, mode="authoritative") + limits
    option = "[{privileges: [SELECT], on: HR.PAYROLL, withOption: true}]"
    app = standing("app", "[BOB]", option)
    world.merge({"grants/targets/prod.yaml": target, "grants/standing/app.yaml": app})
    world.reconcile()
    bob = world.log_on("BOB")
    assert can(bob, "GRANT SELECT ON hr.payroll TO carol")
    assert can(bob, "GRANT SELECT ON hr.payroll TO dave")
    before = world.as_dba("SELECT * FROM dba_tab_privs WHERE table_name = 'PAYROLL'")
    world.merge({"grants/standing/app.yaml": None})
    assert world.run("reconcile").code == 4
    assert world.as_dba("SELECT * FROM dba_tab_privs WHERE table_name = 'PAYROLL'") == before


# Rule 8: success is proved


def test_rule_8_a_revoke_that_the_account_may_not_do_is_no_success_while_the_grant_is_there(
    world: World,
) -> None:
    """Who may not see an object is told by Oracle that it does not exist, which must not count as revoked."""
    access = "[{privileges: [SELECT], on: HR.PAYROLL}]"
    world.merge({"grants/standing/app.yaml": standing("app", "[BOB]", access)})
    world.reconcile()
    world.as_dba("REVOKE GRANT ANY OBJECT PRIVILEGE FROM reconciler")
    world.merge({"grants/standing/app.yaml": None})
    found = world.reconcile(code=4)
    assert "rights.missing" in {row["rule"] for row in found["findings"]}
    assert can(world.log_on("BOB"), PAYROLL)
    world.as_dba("GRANT GRANT ANY OBJECT PRIVILEGE TO reconciler")
    world.merge(
        {"grants/targets/prod.yaml": TARGET.format(name="prod", dsn=world.dsn, mode="additive")}
    )
    world.reconcile()
    assert not can(world.log_on("BOB"), PAYROLL), "it is still known as ours"


def test_rule_8_a_target_that_disappears_with_open_leases_is_an_error_until_their_end_is_proved(
    world: World,
) -> None:
    world.merge_request(request())
    world.reconcile()
    target = "grants/targets/prod.yaml"
    text = (world.repository / target).read_text()
    other = TARGET.format(name="other", dsn="127.0.0.1:9/FREEPDB1", mode="additive")
    gone = {
        target: None,
        "grants/requests/payroll-fix.yaml": None,
        "grants/policies/cap.yaml": None,
    }
    world.merge(gone | {"grants/targets/other.yaml": other})
    for command in ("plan", "status", "reconcile"):
        ran = world.run(command)
        assert ran.code != 0
        if command != "status":
            assert "target.gone" in ran.err
    policy = world.policy("12h")
    world.merge(
        {target: text, "grants/policies/cap.yaml": policy, "grants/targets/other.yaml": None}
    )
    world.reconcile()
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.merge(
        {target: None, "grants/policies/cap.yaml": None, "grants/targets/other.yaml": other}
    )
    assert "target.gone" not in world.run("plan").err


# Rule 9: intent before, outcome after


def test_rule_9_a_run_that_waited_for_another_starts_from_what_that_one_recorded(
    world: World, origin: Path, tmp_path: Path
) -> None:
    access = "[{privileges: [SELECT], on: HR.PAYROLL}]"
    world.merge({"grants/standing/app.yaml": standing("app", "[BOB]", access)})
    world.merge_request(request())
    world.git("push", "-q", "origin", "main")
    other = clone(world, tmp_path / "other", origin)
    waiting = runs.open_workspace(other.repository, None, fetch=True)
    world.reconcile()

    (target,) = waiting.targets(())
    found = run.reconcile(
        waiting,
        target,
        {"RECONCILER_PASSWORD": world.password},
        progress=lambda *_: None,
        refresh=lambda: runs.bring_up(waiting, fetch=True),
        publish=lambda: runs.push(waiting),
    )
    assert (found.survey.plan.changes, found.commits) == ((), ())
    assert other.git("rev-parse", "audit") == world.git("rev-parse", "audit")


def test_rule_9_an_outcome_is_published_before_another_run_may_work_on_the_target(
    world: World, origin: Path
) -> None:
    world.merge_request(request())
    published: list[str] = []
    workspace = runs.open_workspace(world.repository, None, fetch=True)

    def publish() -> None:
        (busy,) = world.as_dba(
            "SELECT COUNT(*) FROM v$session WHERE module = 'RECONCILER' AND action = 'holds the lock'"
        )
        runs.push(workspace)
        published.append(f"{busy[0]} {world.git('log', '-1', '--format=%s', 'origin/audit')[:6]}")

    (target,) = workspace.targets(())
    run.reconcile(
        workspace,
        target,
        {"RECONCILER_PASSWORD": world.password},
        progress=lambda *_: None,
        refresh=lambda: None,
        publish=publish,
    )
    assert published == ["1 intent", "1 outcom"]


# Rule 10: what was reviewed is what runs


def test_rule_10_a_saved_plan_of_documents_that_are_no_longer_in_force_does_not_run(
    world: World, tmp_path: Path
) -> None:
    world.merge_request(request())
    plan = str(tmp_path / "plan.json")
    world.run("plan", "--out", plan)
    world.remove_request("payroll-fix")
    ran = world.run("apply", plan)
    assert (ran.code, "plan.stale" in ran.err) == (4, True)
    assert not world.role_exists("JIT_PAYROLL_FIX")


# Rule 11: one quoting function; passwords reach nothing


def test_rule_11_no_child_process_sees_the_accounts_password(
    world: World, origin: Path, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    hook = world.repository / ".git/hooks/pre-push"
    hook.write_text(f"#!/bin/sh\nenv >> {seen}\n")
    hook.chmod(0o755)
    world.merge_request(request())
    world.reconcile()
    assert "PATH=" in seen.read_text()
    assert world.password not in seen.read_text()


# Rule 12: errors on one item stop that item only


def test_rule_12_a_lease_on_a_missing_object_stops_neither_its_neighbours_nor_its_own_end(
    world: World,
) -> None:
    world.merge_request(request("good"))
    world.merge_request(
        request("bad", requester="bob", access="[{privileges: [SELECT], on: HR.NO_SUCH_TABLE}]")
    )
    found = world.reconcile(code=5)
    rules = [row["rule"] for row in found["plan"]["findings"] if row["severity"] == "error"]
    assert rules == ["object.unknown"]
    assert can(world.log_on("ALICE"), PAYROLL)
    world.advance("241m")
    world.run("reconcile")
    assert not world.role_exists("JIT_GOOD")
    assert not world.role_exists("JIT_BAD")


# Rule 13: same input, same bytes


def test_rule_13_the_same_commit_and_database_give_the_same_plan_byte_for_byte(
    world: World,
) -> None:
    world.merge_request(request(window=f"{{until: {at(world, hours=2)}}}"))
    plans = [world.run("plan", "--sql").out.splitlines()[1:] for _ in range(2)]
    assert plans[0] == plans[1]
