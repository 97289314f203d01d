"""What no one may hold together: judged over what people really hold in the database, not over what documents say."""

from __future__ import annotations

import pytest

from tests.scenarios.world import POLICY, World, can, request, standing

pytestmark = pytest.mark.parametrize("release", [19, 23], indirect=True)

SEPARATION = (
    POLICY
    + """\
  separations:
    - name: pay-and-close
      one: ["UPDATE on HR.PAYROLL"]
      other: ["EXECUTE on FIN.CLOSE*", "UPDATE on FIN.INVOICES"]
      reason: Who pays does not close invoices
"""
)
PAY = "[{privileges: [UPDATE], on: HR.PAYROLL}]"
CLOSE = "[{privileges: [EXECUTE], on: FIN.CLOSE_INVOICE}]"
PAYING = "UPDATE hr.payroll SET net = 1"


@pytest.fixture(autouse=True)
def separated(world: World) -> None:
    world.merge({"grants/policies/cap.yaml": SEPARATION})


def refused(world: World, *, code: int = 5) -> str:
    """What a run says of the only thing that it refuses. A lease that is not in force at all makes the run partial."""
    ran = world.run("reconcile")
    assert ran.code == code, ran.out + ran.err
    assert "policy.separation" in ran.err
    return ran.err


def test_who_holds_one_side_through_a_role_does_not_get_the_other(world: World) -> None:
    world.as_dba(
        "CREATE ROLE closers",
        "GRANT EXECUTE ON fin.close_invoice TO closers",
        "GRANT closers TO alice",
    )
    world.merge_request(request(access=PAY))
    told = refused(world)
    assert (
        "lease payroll-fix would let alice hold both sides of pay-and-close of policy cap" in told
    )
    assert "EXECUTE on FIN.CLOSE_INVOICE through role CLOSERS" in told
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.as_dba("REVOKE closers FROM alice")
    world.reconcile()
    world.assert_converged()


def test_two_leases_of_one_person_are_kept_apart_until_one_has_ended(world: World) -> None:
    world.merge_request(request("close", access=CLOSE, window="{duration: 2h}"))
    world.reconcile()
    world.merge_request(request("pay", access=PAY, window="{duration: 2h}"))
    assert "through lease close until" in refused(world)
    assert not world.role_exists("JIT_PAY")
    world.advance("2h")
    world.reconcile()
    assert world.role_exists("JIT_PAY")


def test_an_edit_that_widens_is_not_followed_and_the_lease_goes_on(world: World) -> None:
    world.merge_request(request(access=PAY))
    world.reconcile()
    world.merge_request(request(access=f"{PAY[:-1]}, {CLOSE[1:]}"))
    assert "UPDATE on HR.PAYROLL through lease payroll-fix until" in refused(world, code=3)
    refused(world, code=3)
    held = "SELECT privilege FROM dba_tab_privs WHERE grantee = 'JIT_PAYROLL_FIX'"
    assert world.as_dba(held) == [("UPDATE",)]


def test_a_standing_grant_is_kept_apart_too(world: World) -> None:
    world.as_dba("GRANT UPDATE ON fin.invoices TO bob")
    both = {"grants/standing/pay.yaml": standing("pay", "[BOB]", PAY)}
    kept = {
        "grants/standing/close.yaml": standing(
            "close", "[BOB]", "[{privileges: [UPDATE], on: FIN.INVOICES}]"
        )
    }
    world.merge(both | kept)
    assert "standing grant pay would let bob hold both sides" in refused(world, code=3)
    rows = "SELECT owner FROM dba_tab_privs WHERE grantee = 'BOB' AND privilege = 'UPDATE'"
    assert world.as_dba(rows) == [("FIN",)]


def test_who_holds_both_already_is_named_and_keeps_it(world: World) -> None:
    world.as_dba(
        "CREATE ROLE closers",
        "GRANT EXECUTE ON fin.close_invoice TO closers",
        "GRANT UPDATE ANY TABLE TO closers",
        "GRANT closers TO alice",
    )
    ran = world.run("reconcile")
    assert ran.code == 0, ran.out + ran.err
    assert ran.err.count("alice already holds both sides of pay-and-close") == 1
    assert "UPDATE ANY TABLE through role CLOSERS" in ran.err
    assert can(world.log_on("ALICE"), PAYING)
