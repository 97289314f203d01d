"""What plans and runs about temporary users, proxies and column views print as JSON is what schemas/output says."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_output_contracts import problems
from tests.cli.worlds import world_on
from tests.scenarios.identity_papers import prepare, proxy, temporary

READ_COLUMNS = "[{privileges: [SELECT], on: HR.EMPLOYEES, columns: [EMPLOYEE_ID, EMAIL]}]"


def test_steps_on_users_sessions_profiles_and_views_are_described(
    database: Path, tmp_path: Path
) -> None:
    world = world_on(database, tmp_path / "access")
    world.start_repository()
    prepare(world)
    limits = "  session: {idle: 15m}\n"
    world.merge_request(temporary(access=READ_COLUMNS, extra=limits))
    world.merge_request(proxy())
    printed = [("plan", world.run("plan", "--output", "json"))]
    printed.append(("reconcile", world.run("reconcile", "--output", "json")))
    world.as_dba("CREATE TABLE jitu_payroll_fix.left_over (a NUMBER)")
    world.merge_request(temporary(access=READ_COLUMNS, extra=f"{limits}  ended: true\n"))
    world.merge_request(proxy(extra="  ended: true\n"))
    printed.append(("plan", world.run("plan", "--output", "json")))
    printed.append(("reconcile", world.run("reconcile", "--output", "json")))
    printed.append(("reconcile", world.run("reconcile", "--output", "json")))
    for name, ran in printed:
        assert problems(name, ran.json) == []
    text = "".join(ran.out for _, ran in printed)
    for kind in (
        "create-user",
        "unlock-user",
        "lock-user",
        "kill-sessions",
        "drop-user",
        "create-profile",
        "drop-profile",
        "create-view",
        "drop-view",
    ):
        assert f'"kind": "{kind}"' in text, kind
    assert '"note"' in text
