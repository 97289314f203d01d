"""How access ends: by its deadline, early, again and again until it is proved, and never by halves."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.scenarios.world import World, can, request, standing

PAYROLL = "SELECT * FROM hr.payroll"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_p17_every_active_lease_has_an_armed_deadline_and_a_missing_one_is_repaired(
    world: World,
) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("BEGIN DBMS_SCHEDULER.DROP_JOB('RECONCILER.JIT_PAYROLL_FIX', TRUE); END;")

    status = world.run("status", "--output", "json")
    assert [lease["deadline_armed"] for lease in status.target["leases"]] == [False]
    assert [effect.split()[0] for effect in world.effects()] == ["arm-deadline"]
    world.reconcile()

    world.assert_converged()
    session = world.log_on("ALICE")
    assert can(session, PAYROLL)
    world.advance("241m")
    assert not can(session, PAYROLL)


def test_p17_a_disabled_deadline_is_enabled_again(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("BEGIN DBMS_SCHEDULER.DISABLE('RECONCILER.JIT_PAYROLL_FIX'); END;")
    world.reconcile()
    world.assert_converged()
    world.advance("241m")
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_p17_a_deadline_that_was_emptied_by_hand_is_seen_and_made_again(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba(
        "BEGIN DBMS_SCHEDULER.SET_ATTRIBUTE('RECONCILER.JIT_PAYROLL_FIX', 'job_action', 'BEGIN NULL; END;'); END;"
    )
    status = world.run("status", "--output", "json")
    assert [lease["deadline_armed"] for lease in status.target["leases"]] == [False]
    world.reconcile()
    world.assert_converged()
    world.advance("241m")
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_p17_a_lease_past_its_end_that_no_job_ended_is_ended_by_the_next_run_and_shown_until_then(
    world: World,
) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("BEGIN DBMS_SCHEDULER.DROP_JOB('RECONCILER.JIT_PAYROLL_FIX', TRUE); END;")
    world.advance("241m")
    status = world.run("status", "--output", "json")
    assert status.code == 5
    assert [lease["state"] for lease in status.target["leases"]] == ["due-to-end"]

    (receipt,) = world.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "reconciler")
    assert receipt["lag_seconds"] >= 60
    assert world.run("status").code == 0


def test_p17_nothing_is_granted_where_no_deadline_could_run(world: World) -> None:
    world.as_dba("ALTER SYSTEM SET job_queue_processes = 0")
    world.merge_request(request())
    ran = world.run("reconcile")
    assert (ran.code, "deadline.cannot-run" in ran.err) == (5, True)
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.as_dba("ALTER SYSTEM SET job_queue_processes = 10")
    world.reconcile()
    assert world.role_exists("JIT_PAYROLL_FIX")


def test_p18_an_end_is_not_believed_while_another_path_gives_the_same_access(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("GRANT SELECT ON hr.payroll TO PUBLIC")
    world.advance("241m")

    found = world.reconcile(code=5)
    (receipt,) = found["receipts"]
    assert receipt["verdict"] == "revoked-but-effective"
    assert [path["through"][0] for path in receipt["paths"]] == ["PUBLIC"]
    status = world.run("status", "--output", "json")
    assert (status.code, [lease["state"] for lease in status.target["leases"]]) == (
        5,
        ["revoked-but-effective"],
    )
    assert world.reconcile(code=5)["receipts"][0]["verdict"] == "revoked-but-effective"

    world.as_dba("REVOKE SELECT ON hr.payroll FROM PUBLIC")
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"
    world.assert_converged()


def test_p18_access_that_a_standing_grant_wants_is_explained_in_the_receipt(world: World) -> None:
    world.merge(
        {
            "grants/standing/alice.yaml": standing(
                "alice", "[ALICE]", "[{privileges: [SELECT], on: HR.PAYROLL}]"
            ),
            "grants/requests/payroll-fix.yaml": request(),
        }
    )
    world.reconcile()
    world.advance("241m")
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"
    assert [path["explained_by"] for path in receipt["paths"]] == ["alice"]


def test_p18_a_role_inside_a_lease_counts_as_effective_while_sessions_from_before_the_end_live(
    world: World,
) -> None:
    """Oracle keeps a role enabled in open sessions after it was revoked; only privileges that the lease role holds itself go at once."""
    world.merge_request(request(access="[{role: HR_READER}]"))
    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, "SELECT * FROM hr.employees")
    world.advance("241m")
    assert can(session, "SELECT * FROM hr.employees"), "as in Oracle"
    (receipt,) = world.reconcile(code=5)["receipts"]
    assert receipt["verdict"] == "revoked-but-effective"
    assert "opened before the end" in receipt["paths"][0]["through"][0]

    session.close()
    assert not can(world.log_on("ALICE"), "SELECT * FROM hr.employees")
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended", "a session from after the end does not count"


def test_p20_overlapping_leases_do_not_cancel_each_other(world: World) -> None:
    world.merge_request(request("first", window="{duration: 2h}"))
    world.merge_request(request("second", window="{duration: 4h}"))
    world.merge_request(request("third", window="{duration: 4h}"))
    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, PAYROLL)

    world.advance("121m")
    assert can(session, PAYROLL), "the end of the first left the others"
    world.reconcile()
    world.remove_request("third")
    (receipt,) = world.reconcile()["receipts"]
    assert (receipt["lease"], receipt["verdict"]) == ("third", "ended")
    assert can(session, PAYROLL), "the early end of the third left the second"

    world.advance("120m")
    assert not can(session, PAYROLL)


def test_p21_a_lease_role_dropped_by_hand_closes_the_lease(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("DROP ROLE jit_payroll_fix")
    world.advance("241m")
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"
    world.assert_converged()


def test_p21_a_deadline_that_could_not_revoke_tries_again_every_minute(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("ALTER SYSTEM SET job_queue_processes = 0")
    world.advance("300m")
    assert world.role_exists("JIT_PAYROLL_FIX")
    world.as_dba("ALTER SYSTEM SET job_queue_processes = 10")
    world.advance("2m")
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_p23_twenty_adjacent_ended_leases_all_end_in_one_pass(world: World) -> None:
    files = {
        f"grants/requests/fix-{number:02}.yaml": request(
            f"fix-{number:02}", window="{duration: 1h}"
        )
        for number in range(20)
    }
    world.merge(files)
    world.reconcile()
    world.as_dba("ALTER SYSTEM SET job_queue_processes = 0")
    world.advance("61m")
    receipts = world.reconcile()["receipts"]
    assert [receipt["verdict"] for receipt in receipts] == ["ended"] * 20
    assert world.as_dba("SELECT COUNT(*) FROM dba_roles WHERE role LIKE 'JIT%'") == [(0,)]
    world.assert_converged()


def test_p26_an_extension_moves_the_deadline_and_the_open_session_never_notices(
    world: World,
) -> None:
    world.merge_request(request(window="{duration: 4h}"))
    world.reconcile()
    session = world.log_on("ALICE")
    world.advance("200m")
    world.merge_request(request(window="{duration: 6h}"), "Extend")
    assert [effect.split()[0] for effect in world.effects()] == ["move-deadline"]
    found = world.reconcile()
    assert [row["kind"] for row in found["execution"]["outcomes"]] == ["move-deadline"]

    world.advance("100m")
    assert can(session, PAYROLL), "five hours after the start"
    world.advance("61m")
    assert not can(session, PAYROLL)


def test_p26_the_cap_counts_from_the_first_start(world: World) -> None:
    world.merge_request(request(window="{duration: 8h}"))
    world.reconcile()
    world.advance("7h")
    world.merge_request(request(window="{duration: 13h}"), "Extend beyond the 12 hours of policy")
    assert world.run("validate").code == 3
    world.reconcile(code=3)
    session = world.log_on("ALICE")
    assert can(session, PAYROLL), "a refused extension takes nothing away"
    world.advance("61m")
    assert not can(session, PAYROLL), "nor does it give anything"


def test_p26_a_shorter_end_moves_the_deadline_earlier(world: World) -> None:
    world.merge_request(request(window="{duration: 8h}"))
    world.reconcile()
    world.merge_request(request(window="{duration: 1h}"), "Shorten")
    world.reconcile()
    world.advance("61m")
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_p27_a_reviewed_edit_ends_a_lease_in_the_next_run_with_a_receipt(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    session = world.log_on("ALICE")
    world.merge_request(request(extra="  ended: true\n"), "Hand it back")
    (receipt,) = world.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["reason"], receipt["ended_by"]) == (
        "ended",
        "ended-by-edit",
        "reconciler",
    )
    assert receipt["sessions"], "the open session is in the receipt"
    assert not can(session, PAYROLL)
    assert world.as_dba("SELECT COUNT(*) FROM dba_scheduler_jobs WHERE owner = 'RECONCILER'") == [
        (0,)
    ]


def test_p27_deleting_the_document_ends_the_lease_too(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.remove_request("payroll-fix")
    (receipt,) = world.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["reason"]) == ("ended", "document-removed")


def test_an_ended_lease_never_comes_back(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.remove_request("payroll-fix")
    world.reconcile()

    world.merge_request(request(), "Revert the removal")
    ran = world.run("reconcile")
    assert ran.code == 3
    assert "lease.never-comes-back" in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.merge_request(request(window="{duration: 8h}"), "Edit it")
    assert world.run("reconcile").code == 3
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_an_extension_after_the_end_is_refused(world: World) -> None:
    world.merge_request(request(window="{duration: 1h}"))
    world.reconcile()
    world.advance("61m")
    world.merge_request(request(window="{duration: 8h}"), "Too late")
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 3
    assert [receipt["verdict"] for receipt in ran.target["receipts"]] == ["ended"]
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_p28_validate_does_not_change_its_verdict_because_time_passed(world: World) -> None:
    world.merge_request(request(window="{start: 2026-11-21T08:00:00Z, duration: 2h}"))
    before = world.run("validate")
    world.reconcile()
    world.advance("60d")
    world.reconcile()
    assert world.run("validate") == before


def test_p29_twelve_hours_without_ci_every_due_lease_has_ended_and_the_lag_is_measured(
    world: World,
) -> None:
    files = {
        f"grants/requests/fix-{hours}.yaml": request(
            f"fix-{hours}", window=f"{{duration: {hours}h}}"
        )
        for hours in range(1, 6)
    }
    world.merge(files)
    world.reconcile()
    world.advance("12h")
    assert world.as_dba("SELECT COUNT(*) FROM dba_roles WHERE role LIKE 'JIT%'") == [(0,)]
    receipts = world.reconcile()["receipts"]
    assert {receipt["ended_by"] for receipt in receipts} == {"deadline"}
    assert all(receipt["lag_seconds"] < 60 for receipt in receipts)
    assert all(
        instant(receipt["verified_at"]) - instant(receipt["ended_at"]) > timedelta(hours=6)
        for receipt in receipts
    )


def test_a_future_start_waits_for_its_time(world: World) -> None:
    start = instant(world.now().replace("Z", "+00:00")) + timedelta(hours=2)
    world.merge_request(request(window=f"{{start: {start:%Y-%m-%dT%H:%M:%SZ}, duration: 2h}}"))
    assert world.effects() == []
    world.reconcile()
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.advance("121m")
    world.reconcile()
    assert world.role_exists("JIT_PAYROLL_FIX")
    world.advance("120m")
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_a_request_that_was_over_before_it_was_granted_lapses(world: World) -> None:
    start = instant(world.now().replace("Z", "+00:00")) + timedelta(hours=1)
    world.merge_request(request(window=f"{{start: {start:%Y-%m-%dT%H:%M:%SZ}, duration: 1h}}"))
    world.advance("3h")
    ran = world.run("reconcile")
    assert ran.code == 0
    assert "lease.lapsed" in ran.err
    assert world.run("reconcile").err == ""
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_orphaned_lease_roles_of_ours_are_removed_and_those_of_others_are_left(
    world: World,
) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("CREATE ROLE jit_not_ours", "GRANT SELECT ON hr.jobs TO jit_not_ours")
    world.git("branch", "-D", "audit")
    world.remove_request("payroll-fix")

    ran = world.run("reconcile")
    assert ran.code == 0, ran.err
    assert "lease-role.foreign" in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX")
    assert world.role_exists("JIT_NOT_OURS")
