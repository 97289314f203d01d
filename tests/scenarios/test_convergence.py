"""Check fails, run, check passes; then somebody changes the database by hand, and again."""

from __future__ import annotations

from tests.scenarios.world import World, can, request, standing


def test_p1_p9_one_run_converges_and_drift_is_repaired(world: World) -> None:
    world.merge(
        {
            "grants/standing/app.yaml": standing(
                "app",
                "[DAVE]",
                "[{privileges: [SELECT, INSERT], on: HR.JOBS}, {role: HR_READER}]",
            ),
            "grants/standing/bob.yaml": standing(
                "bob",
                "[BOB]",
                "[{privileges: [UPDATE], on: HR.EMPLOYEES, columns: [EMAIL, SALARY]}]",
            ),
            "grants/requests/payroll-fix.yaml": request(),
        }
    )
    world.assert_plan_pending()
    world.reconcile()
    world.assert_converged()

    world.as_dba(
        "REVOKE INSERT ON hr.jobs FROM dave",
        "GRANT DELETE ON hr.jobs TO bob",
        "REVOKE hr_reader FROM dave",
    )
    world.assert_plan_pending()
    world.reconcile()
    world.assert_converged()

    held = world.as_dba(
        "SELECT grantee, privilege FROM dba_tab_privs WHERE owner = 'HR' AND table_name = 'JOBS' AND grantee IN ('BOB', 'DAVE') ORDER BY 1, 2"
    )
    assert held == [("DAVE", "INSERT"), ("DAVE", "SELECT")]
    world.reconcile()
    assert world.ledger_kinds() == ["intent", "outcome", "drift", "intent", "outcome"]


def test_a_lease_gives_access_and_the_database_takes_it_away(world: World) -> None:
    before = world.log_on("ALICE")
    assert not can(before, "SELECT * FROM hr.payroll")
    world.merge_request(request(window="{duration: 4h}"))
    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, "SELECT * FROM hr.payroll")
    assert not can(session, "DELETE FROM hr.payroll")

    world.advance("239m")
    assert can(session, "SELECT * FROM hr.payroll")
    world.advance("2m")
    assert not can(session, "SELECT * FROM hr.payroll")
    assert not world.role_exists("JIT_PAYROLL_FIX")

    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"
    assert receipt["ended_by"] == "deadline"
    assert receipt["lag_seconds"] <= 60
    assert world.ledger_kinds()[-1] == "sync"
    world.assert_converged()
