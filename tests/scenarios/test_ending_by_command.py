"""Handing access back, and taking it away, by command: at once in the database, and the documents follow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.scenarios.world import World, can, request, standing

PAYROLL = "SELECT * FROM hr.payroll"


def later(world: World, hours: int) -> str:
    start = datetime.fromisoformat(world.now()) + timedelta(hours=hours)
    return f"{{start: {start:%Y-%m-%dT%H:%M:%SZ}, duration: 2h}}"


def event(world: World, kind: str) -> dict[str, Any]:
    return next(row for row in reversed(world.events()) if row["type"] == kind)


def test_p27_the_requester_hands_access_back_and_the_open_session_is_cut_off(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, PAYROLL)

    ran = world.run("done", "payroll-fix", "--reason", "all totals right", "--output", "json")
    assert ran.code == 0, ran.out + ran.err
    (receipt,) = ran.target["receipts"]
    assert (receipt["verdict"], receipt["reason"], receipt["ended_by"]) == (
        "ended",
        "done",
        "reconciler",
    )
    assert not can(session, PAYROLL)
    assert world.ledger_kinds()[-2:] == ["intent", "outcome"]
    assert world.as_dba("SELECT COUNT(*) FROM dba_scheduler_jobs WHERE owner = 'RECONCILER'") == [
        (0,)
    ]
    ordered = event(world, "end-ordered")
    assert (ordered["text"], ordered["ends"]) == ("all totals right", ["payroll-fix"])
    assert ordered["git"] == "Tester <tester@example.org>"
    assert ordered["actor"]


def test_the_branch_that_is_left_makes_the_documents_agree(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    (world.repository / "grants/draft.txt").write_text("mine", encoding="utf-8")
    world.git("add", "grants/draft.txt")
    before = world.git("status", "--porcelain")
    ran = world.run("done", "payroll-fix")
    assert "git merge reconciler/end-payroll-fix" in ran.out
    assert world.git("status", "--porcelain") == before, "work tree and index are not touched"

    found = world.run("reconcile")
    assert (found.code, found.err.count("lease.never-comes-back")) == (0, 1)
    assert "merge the branch" in found.err
    assert world.run("reconcile").code == 0, "it never turns red"
    assert not world.role_exists("JIT_PAYROLL_FIX")
    assert can(world.log_on("ALICE"), PAYROLL) is False

    world.git("reset", "-q", "grants/draft.txt")
    world.git("merge", "-q", "reconciler/end-payroll-fix")
    assert "ended: true" in world.git("show", "HEAD:grants/requests/payroll-fix.yaml")
    assert world.run("validate").code == 0
    found = world.run("reconcile")
    assert (found.code, "never-comes-back" in found.err) == (0, False)


def test_a_second_time_it_says_that_it_has_ended(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    assert world.run("done", "payroll-fix").code == 0
    commits = len(world.ledger())
    ran = world.run("done", "payroll-fix")
    assert ran.code == 0
    assert "has ended already" in ran.out
    assert "reconciler/end-payroll-fix" in ran.out, "the branch is the same one"
    assert world.git("branch", "--list", "reconciler/*").split() == ["reconciler/end-payroll-fix"]
    assert len(world.ledger()) == commits
    assert world.run("revoke", "payroll-fix", "--reason", "again").code == 0


def test_an_end_by_command_never_comes_back_by_editing(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.run("revoke", "payroll-fix", "--reason", "seen enough")
    world.merge_request(request(window="{duration: 8h}"), "Longer")
    world.run("reconcile")
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_nothing_else_of_the_plan_runs(world: World) -> None:
    world.merge_request(request("one"))
    world.merge_request(request("two", requester="bob"))
    world.reconcile()
    world.merge(
        {
            "grants/requests/three.yaml": request("three", requester="carol"),
            "grants/requests/two.yaml": request("two", requester="bob", window="{duration: 6h}"),
            "grants/standing/app.yaml": standing(
                "app", "[DAVE]", "[{privileges: [SELECT], on: HR.JOBS}]"
            ),
        }
    )
    before = world.effects()
    assert world.run("revoke", "one", "--reason", "x").code == 0
    assert world.effects() == before
    assert not world.role_exists("JIT_ONE")
    assert can(world.log_on("BOB"), PAYROLL)
    assert not world.role_exists("JIT_THREE")
    world.reconcile()
    assert can(world.log_on("CAROL"), PAYROLL)


def test_a_broken_document_does_not_stand_in_the_way(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    session = world.log_on("ALICE")
    world.merge({"grants/requests/payroll-fix.yaml": "kind: AccessRequest\nspec: [\n"})
    ran = world.run("revoke", "payroll-fix", "--reason", "misuse")
    assert ran.code == 0, ran.err
    assert not can(session, PAYROLL)


def test_a_lease_before_its_start_never_starts(world: World) -> None:
    world.merge_request(request(window=later(world, 2)))
    ran = world.run("revoke", "payroll-fix", "--reason", "not needed")
    assert ran.code == 0, ran.err
    assert "never will" in ran.out
    world.advance("150m")
    assert world.run("reconcile").code == 0
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_an_emergency_stop_of_a_person_ends_all_of_hers_and_what_was_to_come(world: World) -> None:
    world.merge(
        {
            "grants/requests/now.yaml": request("now"),
            "grants/requests/jobs.yaml": request(
                "jobs", access="[{privileges: [SELECT], on: HR.JOBS}]"
            ),
            "grants/requests/later.yaml": request("later", window=later(world, 2)),
            "grants/requests/bobs.yaml": request("bobs", requester="bob"),
            "grants/standing/alice.yaml": standing(
                "alice", "[ALICE]", "[{privileges: [SELECT], on: HR.EMPLOYEES}]"
            ),
        }
    )
    world.reconcile()
    alice, bob = world.log_on("ALICE"), world.log_on("BOB")
    ran = world.run("revoke", "--person", "alice", "--reason", "laptop stolen", "--output", "json")
    assert ran.code == 0, ran.out + ran.err
    assert [row["reason"] for row in ran.target["receipts"]] == ["emergency-stop"] * 2
    assert ran.json["never_starts"] == [{"lease": "later", "target": "prod"}]
    assert ran.json["branch"] == "reconciler/end-person-alice"
    assert ran.json["branch_leases"] == ["jobs", "later", "now"]
    assert "standing grants of alice stay" in ran.err
    assert not can(alice, PAYROLL)
    assert not can(alice, "SELECT * FROM hr.jobs")
    assert can(bob, PAYROLL)

    world.advance("150m")
    assert world.run("reconcile").code == 0
    assert not can(world.log_on("ALICE"), PAYROLL)
    world.git("merge", "-q", "reconciler/end-person-alice")
    assert world.run("reconcile").code == 0
    world.assert_converged()


def test_an_emergency_stop_of_a_target_ends_all_on_it(world: World) -> None:
    world.merge_request(request("alices"))
    world.merge_request(request("bobs", requester="bob"))
    world.merge_request(request("carols", requester="carol", window=later(world, 2)))
    world.reconcile()
    sessions = [world.log_on(name) for name in ("ALICE", "BOB")]
    ran = world.run("revoke", "--all-on", "prod", "--reason", "intrusion")
    assert ran.code == 0, ran.err
    assert [can(session, PAYROLL) for session in sessions] == [False, False]
    assert world.as_dba("SELECT COUNT(*) FROM dba_roles WHERE role LIKE 'JIT%'") == [(0,)]
    world.advance("150m")
    world.reconcile()
    assert not world.role_exists("JIT_CAROLS")


def test_access_that_is_left_over_another_path_is_told_and_exits_with_5(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("GRANT SELECT ON hr.payroll TO PUBLIC")
    ran = world.run("done", "payroll-fix")
    assert ran.code == 5
    assert "revoked-but-effective" in ran.out
    world.as_dba("REVOKE SELECT ON hr.payroll FROM PUBLIC")
    assert world.run("done", "payroll-fix").code == 0, "called again, it proves the end"
    world.assert_converged()


def test_a_lease_that_another_lease_gives_too_is_explained(world: World) -> None:
    world.merge_request(request("one"))
    world.merge_request(request("two"))
    world.reconcile()
    ran = world.run("done", "one", "--output", "json")
    assert ran.code == 0, ran.out + ran.err
    (receipt,) = ran.target["receipts"]
    assert {path["explained_by"] for path in receipt["paths"]} == {"two"}


def test_p21_a_lease_role_dropped_by_hand_is_not_granted_again(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    session = world.log_on("ALICE")
    world.as_dba("DROP ROLE jit_payroll_fix")
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 0, ran.out + ran.err
    (receipt,) = ran.target["receipts"]
    assert (receipt["verdict"], receipt["reason"], receipt["ended_by"]) == (
        "ended",
        "removed-outside",
        "outside",
    )
    assert "lease.removed-outside" in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX")
    assert not can(session, PAYROLL)
    assert world.as_dba("SELECT COUNT(*) FROM dba_scheduler_jobs WHERE owner = 'RECONCILER'") == [
        (0,)
    ], "the deadline that was left goes too"
    again = world.run("reconcile")
    assert (again.code, "lease.never-comes-back" in again.err) == (0, True)
    world.merge_request(request(extra="  ended: true\n"), "Agree")
    assert world.run("reconcile").err == ""


def test_p21_a_lease_role_that_lost_a_privilege_is_repaired(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("REVOKE SELECT ON hr.payroll FROM jit_payroll_fix")
    world.reconcile()
    assert can(world.log_on("ALICE"), PAYROLL)
