"""The password of a temporary user: made for one lease, opened by its requester alone, of no use after the end."""

from __future__ import annotations

from pathlib import Path

import oracledb
import pyrage
import pytest

from tests.scenarios.world import PERSON, World, can

REQUEST = """\
apiVersion: grants/v1
kind: AccessRequest
metadata: {name: night-shift}
spec:
  requester: alice
  reason: Payroll totals are wrong since release 42
  targets: [prod]
  identity: {temporary: {}}
  access: [{privileges: [SELECT], on: HR.PAYROLL}]
  window: {duration: 4h}
"""
USER = "JITU_NIGHT_SHIFT"


def keys(folder: Path, name: str) -> tuple[str, Path]:
    private = pyrage.x25519.Identity.generate()
    path = folder / f"{name}.txt"
    path.write_text(f"{private}\n")
    return str(private.to_public()), path


@pytest.fixture
def private(world: World, tmp_path: Path) -> Path:
    """Alice's private key; the public one is in her document."""
    public, path = keys(tmp_path, "alice")
    person = PERSON.format(name="alice", title="Alice", user="ALICE")
    world.merge({"grants/people/alice.yaml": person + f"  publicKeys: [{public}]\n"}, "Her key")
    return path


def password(world: World, private: Path) -> str:
    ran = world.run("credentials", "night-shift", "--identity", str(private))
    assert ran.code == 0, ran.err
    assert USER in ran.err
    return ran.out.strip()


def refused_logon(world: World, secret: str) -> int:
    with pytest.raises(oracledb.DatabaseError) as caught:
        world.log_on(USER, secret)
    code: int = caught.value.args[0].code
    return code


def test_the_requester_opens_her_password_works_with_it_and_is_cut_off(
    world: World, private: Path
) -> None:
    world.merge_request(REQUEST)
    world.reconcile()
    secret = password(world, private)
    session = world.log_on(USER, secret)
    assert can(session, "SELECT COUNT(*) FROM hr.payroll")
    assert not can(session, "SELECT COUNT(*) FROM hr.employees")
    world.advance("4h")
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"), session.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM hr.payroll")
    assert refused_logon(world, secret) == 1017
    world.reconcile()
    world.assert_converged()
    assert world.run("credentials", "night-shift", "--identity", str(private)).code == 3


def test_nobody_else_opens_it(world: World, private: Path, tmp_path: Path) -> None:
    world.merge_request(REQUEST)
    world.reconcile()
    _, other = keys(tmp_path, "mallory")
    ran = world.run("credentials", "night-shift", "--identity", str(other))
    assert ran.code == 1
    assert "does not open it" in ran.err
    assert password(world, private)


def test_the_password_is_nowhere_in_clear(world: World, private: Path) -> None:
    world.merge_request(REQUEST)
    plan = world.run("plan", "--sql")
    assert "CREATE_USER" in plan.out
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 0, ran.err
    secret = password(world, private)
    for text in (plan.out, plan.err, ran.out, ran.err, world.git("log", "-p", "audit")):
        assert secret not in text
    found = world.run("credentials", "night-shift", "--sealed")
    assert found.out.startswith("-----BEGIN AGE ENCRYPTED FILE-----")


def test_an_unknown_lease_or_a_hostile_name_is_answered_with_what_to_do(world: World) -> None:
    for name in ("nothing-like-it", "../../x", "a\x1b[31m"):
        ran = world.run("credentials", name)
        assert ran.code == 3
        assert "\x1b" not in ran.err
    assert world.run("credentials").code != 0


def test_without_her_key_the_request_is_refused_before_anything_happens(world: World) -> None:
    world.merge_request(REQUEST)
    ran = world.run("validate", "--output", "json")
    assert ran.code == 3
    assert any("publicKeys" in row["message"] + row["hint"] for row in ran.json["findings"])
