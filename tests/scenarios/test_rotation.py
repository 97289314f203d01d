"""The password of a service account is made anew when its time comes, and only the service's operators can open it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import oracledb
import pyrage
import pytest

from tests.scenarios.world import World

SERVICE = """\
apiVersion: grants/v1
kind: Person
metadata: {{name: hr-app}}
spec:
  name: HR application
  email: hr-app@example.org
  kind: service
  users: [HR_APP]
  publicKeys: ['{key}']
  rotation: {{every: 30d, first: {first}, targets: [prod]}}
"""
PATH = "grants/people/hr-app.yaml"


@pytest.fixture
def key(tmp_path: Path, world: World) -> str:
    """The public key of the service's operators; the private one is where `credentials` looks."""
    private = pyrage.x25519.Identity.generate()
    file = tmp_path / "identity.txt"
    file.write_text(str(private))
    world.environment["RECONCILER_IDENTITY"] = str(file)
    return str(private.to_public())


def start(world: World, key: str, first: date, services: str = "HR_APP") -> None:
    target = world.repository / "grants/targets/prod.yaml"
    widened = target.read_text().replace("  scope:\n", f"  scope:\n    services: [{services}]\n")
    world.merge(
        {"grants/targets/prod.yaml": widened, PATH: SERVICE.format(key=key, first=first)},
        "Rotate the password of the HR application",
    )


def day_of(world: World) -> date:
    return date.fromisoformat(world.now()[:10])


def password(world: World) -> str:
    ran = world.run("credentials", "--user", "HR_APP")
    assert ran.code == 0, ran.err
    return ran.out.strip()


def refused(world: World, secret: str) -> bool:
    try:
        world.log_on("HR_APP", secret)
    except oracledb.DatabaseError as error:
        assert error.args[0].code == 1017, str(error)
        return True
    return False


def test_a_due_password_is_made_anew_and_only_its_owner_opens_it(world: World, key: str) -> None:
    start(world, key, day_of(world))
    assert world.effects() == [f"rotate-password HR_APP hr-app {day_of(world)}T00:00:00Z"]
    world.reconcile()
    secret = password(world)
    world.log_on("HR_APP", secret)
    assert refused(world, "sandbox")
    world.assert_converged()
    told = world.git("log", "-p", "audit")
    assert secret not in told
    assert "BEGIN AGE ENCRYPTED FILE" in told


def test_the_next_one_comes_when_its_time_comes_and_late_runs_make_one(
    world: World, key: str
) -> None:
    start(world, key, day_of(world))
    world.reconcile()
    first = password(world)
    world.advance("696h")
    world.assert_converged()
    world.advance("1500h")
    world.reconcile()
    world.assert_converged()
    assert refused(world, first)
    world.log_on("HR_APP", password(world))


def test_before_its_first_day_nothing_is_rotated(world: World, key: str) -> None:
    start(world, key, day_of(world) + timedelta(days=2))
    world.assert_converged()
    world.reconcile()
    world.log_on("HR_APP", "sandbox")
    assert world.run("credentials", "--user", "HR_APP").code != 0


def test_a_password_that_could_not_be_set_leaves_the_last_one_to_be_fetched(
    world: World, key: str
) -> None:
    start(world, key, day_of(world))
    world.reconcile()
    before = password(world)
    world.as_dba("REVOKE ALTER USER FROM RECONCILER_GATE")
    world.advance("720h")
    ran = world.reconcile(code=5)
    (outcome,) = ran["execution"]["outcomes"]
    assert (outcome["status"], outcome["ora"]) == ("failed", 1031)
    assert password(world) == before
    world.log_on("HR_APP", before)
    world.as_dba("GRANT ALTER USER TO RECONCILER_GATE")
    world.reconcile()
    assert password(world) != before


def test_a_service_outside_the_scope_or_not_listed_in_the_gatekeeper_is_left_alone(
    world: World, key: str
) -> None:
    start(world, key, day_of(world), services="OE_APP")
    ran = world.run("plan", "--output", "json")
    rules = {row["rule"] for row in ran.target["plan"]["findings"]}
    assert "scope.outside" in rules
    assert world.effects() == []
    world.log_on("HR_APP", "sandbox")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("kind: service", "kind: human"), "rotation.not-a-service"),
        (("every: 30d", "every: 1h"), "rotation.too-often"),
        (("publicKeys", "# publicKeys"), "rotation.no-key"),
        (("targets: [prod]", "targets: [nowhere]"), "reference"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused_where_it_is_written(
    world: World, key: str, change: tuple[str, str], rule: str
) -> None:
    start(world, key, day_of(world))
    world.merge({PATH: SERVICE.format(key=key, first=day_of(world)).replace(*change)}, "Break it")
    ran = world.run("validate", "--output", "json")
    assert ran.code == 3
    found = [row for row in ran.json["findings"] if row["rule"].startswith(rule)]
    assert found, ran.out
    assert found[0]["origin"]["path"] == PATH
