"""As whom people work: users that are made for one lease, and proxies that need no shared password."""

from __future__ import annotations

import pytest

from tests.scenarios.identity_papers import (
    BAD_LOGON,
    LOCKED,
    NO_PROXY,
    asked,
    is_cut_off,
    log_on_as_temporary,
    password_of,
    prepare,
    proxy,
    read_only,
    refused,
    status_of,
    temporary,
)
from tests.scenarios.world import World, can, request, standing

PAYROLL = "SELECT * FROM hr.payroll"
EMPLOYEES = "SELECT * FROM hr.employees"
USER = "JITU_PAYROLL_FIX"
NO_CREATE_SESSION = 1045


def test_a_temporary_user_works_until_the_deadline_ends_him_without_anybody_outside(
    world: World,
) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    world.assert_converged()
    password = password_of(world, "payroll-fix")
    session = world.log_on(USER, password)
    assert can(session, PAYROLL)
    assert not can(session, EMPLOYEES)

    world.advance("241m")
    assert is_cut_off(session)
    assert status_of(world, USER) == ""
    with refused(BAD_LOGON):
        world.log_on(USER, password)

    (receipt,) = world.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "deadline")
    assert receipt["sessions"] == []
    world.assert_converged()


def test_the_plan_says_each_step_in_the_order_it_runs(world: World) -> None:
    prepare(world)
    world.merge_request(temporary(extra="  session: {idle: 15m}\n"))
    kinds = [row["kind"] for row in world.plan()["changes"]]
    assert kinds == [
        "create-role",
        "create-profile",
        "arm-deadline",
        "create-user",
        "grant",
        "grant",
        "grant",
        "unlock-user",
    ]
    world.reconcile()
    world.merge_request(temporary(extra="  session: {idle: 15m}\n  ended: true\n"), "Done")
    effects = world.effects()
    assert [row.split()[0] for row in effects] == [
        "lock-user",
        "kill-sessions",
        "revoke",
        "revoke",
        "revoke",
        "drop-user",
        "drop-role",
        "drop-deadline",
        "drop-profile",
    ]


def test_an_edit_ends_a_temporary_user_in_the_middle_of_a_session(world: World) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    session = log_on_as_temporary(world)
    assert can(session, PAYROLL)
    world.merge_request(temporary(extra="  ended: true\n"), "Done")
    (receipt,) = world.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "reconciler")
    assert is_cut_off(session)
    assert status_of(world, USER) == ""
    assert world.as_dba("SELECT COUNT(*) FROM dba_scheduler_jobs WHERE owner = 'RECONCILER'") == [
        (0,)
    ]
    world.assert_converged()


CHANGES = "[{privileges: [SELECT, UPDATE], on: HR.PAYROLL}]"
UPDATE = "UPDATE hr.payroll SET amount = amount WHERE 1 = 0"
READ_ONLY_USER = 28194


@pytest.mark.parametrize("release", [23], ids=["release-23"])
def test_a_read_only_user_can_change_nothing_although_he_was_granted_it(world: World) -> None:
    prepare(world)
    world.merge_request(read_only(access=CHANGES))
    world.reconcile()
    world.assert_converged()
    session = log_on_as_temporary(world)
    assert can(session, PAYROLL)
    with refused(READ_ONLY_USER), session.cursor() as cursor:
        cursor.execute(UPDATE)
    world.as_dba(f"ALTER USER {USER} READ WRITE")
    assert [row.split()[0] for row in world.effects()] == ["set-read-only"]
    world.reconcile()
    world.assert_converged()
    world.advance("241m")
    assert is_cut_off(session)


@pytest.mark.parametrize("release", [19], ids=["release-19"])
def test_a_release_without_read_only_users_says_so(world: World) -> None:
    prepare(world)
    world.merge_request(read_only(access=CHANGES))
    ran = world.run("reconcile")
    assert "lease.read-only-not-possible" in ran.err
    assert status_of(world, USER) == ""


def test_the_requester_hands_a_temporary_user_back_by_command(world: World) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    session = log_on_as_temporary(world)
    ran = world.run("done", "payroll-fix")
    assert ran.code == 0, ran.out + ran.err
    assert is_cut_off(session)
    assert status_of(world, USER) == ""


def test_an_extension_moves_the_whole_end(world: World) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    session = log_on_as_temporary(world)
    world.merge_request(temporary(window="{duration: 6h}"), "Longer")
    world.reconcile()
    world.assert_converged()
    world.advance("241m")
    assert can(session, PAYROLL)
    world.advance("2h")
    assert is_cut_off(session)
    assert status_of(world, USER) == ""


def test_a_removed_document_ends_a_temporary_user_and_a_proxy(world: World) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.merge_request(proxy())
    world.reconcile()
    sessions = [log_on_as_temporary(world), world.log_on("alice[hr_app]")]
    world.remove_request("payroll-fix")
    world.remove_request("as-app")
    receipts = world.reconcile()["receipts"]
    assert [row["verdict"] for row in receipts] == ["ended", "ended"]
    assert [is_cut_off(session) for session in sessions] == [True, True]
    assert status_of(world, USER) == ""
    world.assert_converged()


def test_p19_an_end_without_the_gatekeeper_takes_what_it_can_and_goes_on_later(
    world: World,
) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    session = log_on_as_temporary(world)
    password = password_of(world, "payroll-fix")
    world.as_dba("REVOKE EXECUTE ON reconciler_gate.gate FROM reconciler")
    world.merge_request(temporary(extra="  ended: true\n"), "Done")
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 5, ran.out + ran.err
    assert "GRANT EXECUTE ON" in ran.err
    assert [row["verdict"] for row in ran.target["receipts"]] == ["not-ended"]
    assert not can(session, PAYROLL)
    with refused(NO_CREATE_SESSION):
        world.log_on(USER, password)
    world.as_dba("GRANT EXECUTE ON reconciler_gate.gate TO reconciler")
    assert [row["verdict"] for row in world.reconcile()["receipts"]] == ["ended"]
    assert status_of(world, USER) == ""


def test_p19_a_drop_that_is_blocked_leaves_a_locked_user_without_rights_and_goes_on_every_run(
    world: World,
) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    session = log_on_as_temporary(world)
    password = password_of(world, "payroll-fix")
    world.as_dba(f"CREATE TABLE {USER}.left_over (a NUMBER)")
    world.merge_request(temporary(extra="  ended: true\n"), "Done")

    ran = world.run("reconcile")
    assert ran.code == 5, ran.out + ran.err
    assert "ORA-01922" in ran.out + ran.err
    assert is_cut_off(session)
    assert status_of(world, USER) == "LOCKED"
    rights = f"SELECT COUNT(*) FROM dba_role_privs WHERE grantee = '{USER}'"
    assert world.as_dba(rights) == [(0,)]
    with refused(LOCKED):
        world.log_on(USER, password)

    again = world.run("reconcile", "--output", "json")
    assert again.code == 5, "it is told every run"
    (receipt,) = again.target["receipts"]
    assert receipt["verdict"] == "not-ended"
    assert "locked and has no rights" in receipt["note"]
    assert "lease-user.not-dropped" in again.err

    world.as_dba(f"DROP TABLE {USER}.left_over")
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"
    assert status_of(world, USER) == ""
    world.assert_converged()


def test_p19_the_deadline_too_drops_a_user_as_soon_as_it_can(world: World) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    session = log_on_as_temporary(world)
    world.as_dba(f"CREATE TABLE {USER}.left_over (a NUMBER)")
    world.advance("241m")
    assert is_cut_off(session)
    assert status_of(world, USER) == "LOCKED"
    world.as_dba(f"DROP TABLE {USER}.left_over")
    world.advance("2m")
    assert status_of(world, USER) == ""
    (receipt,) = world.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "deadline")


def test_p19_a_role_that_lets_create_objects_is_refused_to_a_temporary_user(world: World) -> None:
    prepare(world)
    world.as_dba("GRANT CREATE TABLE TO hr_reader")
    world.merge_request(temporary(access="[{role: HR_READER}]"))
    ran = world.run("reconcile")
    assert "lease.temporary-creates" in ran.err
    assert status_of(world, USER) == ""


def test_a_user_dropped_by_hand_closes_the_lease(world: World) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    world.as_dba(f"DROP USER {USER}")
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 0, ran.out + ran.err
    (receipt,) = ran.target["receipts"]
    assert (receipt["verdict"], receipt["reason"]) == ("ended", "removed-outside")
    assert "lease.removed-outside" in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_a_user_locked_by_hand_stays_locked_and_is_told_every_run(world: World) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    world.advance("1m")
    world.as_dba(f"ALTER USER {USER} ACCOUNT LOCK")
    ran = world.run("reconcile")
    assert (ran.code, "lease.account-locked" in ran.err) == (0, True), ran.out + ran.err
    assert status_of(world, USER) == "LOCKED"


def test_what_somebody_gave_a_temporary_user_by_hand_is_taken_away(world: World) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    world.as_dba(f"GRANT SELECT ON hr.employees TO {USER}", f"GRANT hr_reader TO {USER}")
    session = log_on_as_temporary(world)
    assert can(session, EMPLOYEES)
    world.reconcile()
    rows = f"SELECT granted_role FROM dba_role_privs WHERE grantee = '{USER}'"
    assert world.as_dba(rows) == [("JIT_PAYROLL_FIX",)]
    world.assert_converged()


def test_a_user_of_that_name_that_somebody_made_is_left_alone_and_told(world: World) -> None:
    prepare(world)
    world.as_dba(f'CREATE USER {USER} IDENTIFIED BY "mine"')
    world.merge_request(temporary())
    ran = world.run("reconcile")
    assert "lease-user.name-taken" in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.remove_request("payroll-fix")
    ran = world.run("reconcile")
    assert "lease-user.foreign" in ran.err
    assert status_of(world, USER) == "OPEN"


def test_without_the_gatekeeper_only_that_lease_waits_and_is_told_the_way_out(
    world: World,
) -> None:
    prepare(world)
    world.as_dba("REVOKE EXECUTE ON reconciler_gate.gate FROM reconciler")
    world.merge_request(temporary())
    world.merge_request(request("plain", requester="bob"))
    ran = world.run("reconcile")
    assert "gate.missing" in ran.err
    assert "reconciler bootstrap prod --gate --print-sql" in ran.err
    assert can(world.log_on("BOB"), PAYROLL)
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.as_dba("GRANT EXECUTE ON reconciler_gate.gate TO reconciler")
    world.reconcile()
    assert can(log_on_as_temporary(world), PAYROLL)


def test_the_identity_of_a_lease_never_changes(world: World) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    world.merge_request(asked("payroll-fix", "{user: ALICE}"), "As myself")
    ran = world.run("reconcile")
    assert "lease.immutable" in ran.err
    assert can(log_on_as_temporary(world), PAYROLL)
    assert not can(world.log_on("ALICE"), PAYROLL)


def test_an_orphaned_temporary_user_is_ended_when_role_or_deadline_show_whose_he_is(
    world: World,
) -> None:
    prepare(world)
    world.merge_request(temporary())
    world.reconcile()
    session = log_on_as_temporary(world)
    world.git("branch", "-D", "audit")
    world.remove_request("payroll-fix")
    ran = world.run("reconcile", "--output", "json")
    assert "lease-role.orphan" in ran.err
    assert [row["verdict"] for row in ran.target["receipts"]] == ["ended"]
    assert is_cut_off(session)
    assert status_of(world, USER) == ""


def test_a_proxy_works_as_its_client_with_the_requesters_own_password(world: World) -> None:
    prepare(world)
    with refused(NO_PROXY):
        world.log_on("alice[hr_app]")
    world.merge_request(proxy())
    world.reconcile()
    world.assert_converged()
    session = world.log_on("alice[hr_app]")
    assert can(session, PAYROLL)
    assert not can(world.log_on("ALICE"), PAYROLL), "only as the application"
    application = world.log_on("HR_APP")

    world.advance("241m")
    assert is_cut_off(session)
    assert can(application, PAYROLL), "sessions of the application itself go on"
    with refused(NO_PROXY):
        world.log_on("alice[hr_app]")
    (receipt,) = world.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "deadline")
    world.assert_converged()


def test_a_proxy_that_is_ended_early_loses_right_and_sessions(world: World) -> None:
    prepare(world)
    world.merge_request(proxy())
    world.reconcile()
    session = world.log_on("alice[hr_app]")
    ran = world.run("revoke", "as-app", "--reason", "seen enough", "--output", "json")
    assert ran.code == 0, ran.out + ran.err
    (receipt,) = ran.target["receipts"]
    assert receipt["verdict"] == "ended"
    assert is_cut_off(session)
    with refused(NO_PROXY):
        world.log_on("alice[hr_app]")


def test_a_proxy_right_that_was_taken_by_hand_is_given_again(world: World) -> None:
    prepare(world)
    world.merge_request(proxy())
    world.reconcile()
    world.as_dba("ALTER USER hr_app REVOKE CONNECT THROUGH alice")
    world.reconcile()
    assert can(world.log_on("alice[hr_app]"), PAYROLL)


def test_p20_two_leases_of_one_proxy_do_not_cancel_each_other(world: World) -> None:
    prepare(world)
    world.merge_request(proxy())
    world.reconcile()
    world.merge_request(proxy("as-app-too"))
    ran = world.run("reconcile")
    assert "lease.proxy-shared" in ran.err
    assert not world.role_exists("JIT_AS_APP_TOO")
    world.as_dba("SELECT 1 FROM dual")
    assert can(world.log_on("alice[hr_app]"), PAYROLL)


def test_p20_a_standing_proxy_right_is_not_taken_by_the_end_of_a_lease(world: World) -> None:
    prepare(world)
    world.merge({"grants/standing/app.yaml": standing("app", "[ALICE]", "[{proxy: HR_APP}]")})
    world.reconcile()
    world.merge_request(proxy())
    ran = world.run("reconcile")
    assert "lease.proxy-shared" in ran.err
    assert can(world.log_on("alice[hr_app]"), PAYROLL)


def test_p22_proxy_sessions_that_cannot_be_told_apart_are_listed_not_killed(world: World) -> None:
    prepare(world)
    world.as_dba("ALTER USER hr_app GRANT CONNECT THROUGH erin")
    world.merge_request(proxy())
    ran = world.run("reconcile")
    assert "lease.proxies-not-told-apart" in ran.err
    alice, erin = world.log_on("alice[hr_app]"), world.log_on("erin[hr_app]")
    world.merge_request(proxy(extra="  ended: true\n"), "Done")
    found = world.reconcile(code=5)
    (receipt,) = found["receipts"]
    assert receipt["verdict"] == "revoked-but-effective"
    assert len(receipt["sessions"]) == 2
    assert can(erin, PAYROLL)
    with refused(NO_PROXY):
        world.log_on("alice[hr_app]")
    alice.close()
    erin.close()
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"


@pytest.mark.parametrize("client", ["Hr.App", "hr app", "Ünïcode"])
def test_p22_quoted_mixed_case_names_are_kept(world: World, client: str) -> None:
    prepare(world, users=f"['\"{client}\"']")
    world.as_dba(
        f'CREATE USER "{client}" IDENTIFIED BY "sandbox"',
        f'GRANT CREATE SESSION TO "{client}"',
        f'GRANT SELECT ON hr.payroll TO "{client}"',
    )
    world.merge_request(proxy(client=f"'\"{client}\"'"))
    world.reconcile()
    world.assert_converged()
    session = world.log_on(f'alice["{client}"]')
    assert can(session, PAYROLL)
    world.advance("241m")
    assert is_cut_off(session)
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"
