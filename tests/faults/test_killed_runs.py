"""A run that is killed anywhere: no access without a deadline meanwhile, and the next run finishes what it began, as if nothing had happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import oracledb
import pytest

from reconciler.sandbox.engine.faults import Fault, FaultKind
from tests.faults.conftest import Moment
from tests.scenarios.world import World, request, standing

MakeMoment = Callable[[int, Callable[[World], None]], Moment]

COLUMNS = "{{privileges: [UPDATE], on: HR.EMPLOYEES, columns: [{}]}}"
QUERIES = {
    "objects": "SELECT grantee, owner, table_name, privilege, grantable, grantor FROM dba_tab_privs WHERE owner = 'HR'",
    "columns": "SELECT grantee, table_name, column_name, privilege, grantor FROM dba_col_privs WHERE owner = 'HR'",
    "roles granted": "SELECT grantee, granted_role, admin_option FROM dba_role_privs",
    "system": "SELECT grantee, privilege FROM dba_sys_privs",
    "lease roles": "SELECT role FROM dba_roles WHERE role LIKE 'JIT%'",
    "deadlines": "SELECT job_name, enabled, TO_CHAR(SYS_EXTRACT_UTC(start_date), 'YYYY-MM-DD HH24:MI:SS'), comments "
    "FROM dba_scheduler_jobs WHERE owner = 'RECONCILER'",
}
WITHOUT_DEADLINE = """
SELECT held.grantee, held.granted_role FROM dba_role_privs held
WHERE held.granted_role LIKE 'JIT%' AND held.grantee <> 'RECONCILER' AND NOT EXISTS (
  SELECT 1 FROM dba_scheduler_jobs job
  WHERE job.owner = 'RECONCILER' AND job.job_name = held.granted_role AND job.enabled = 'TRUE')
"""


def everything_at_once(world: World) -> None:
    """Merged and not yet run: a lease to start, one to extend, one to end early, standing grants to add, to narrow and to take away."""
    now = datetime.fromisoformat(world.now())
    start = f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"

    def lease(name: str, requester: str, hours: int) -> str:
        return request(name, requester=requester, window=f"{{start: {start}, duration: {hours}h}}")

    world.merge(
        {
            "grants/requests/extended.yaml": lease("extended", "bob", 4),
            "grants/requests/handed-back.yaml": lease("handed-back", "alice", 4),
            "grants/standing/app.yaml": standing(
                "app",
                "[DAVE]",
                f"[{{privileges: [SELECT], on: HR.JOBS}}, {COLUMNS.format('EMAIL, SALARY')}]",
            ),
        }
    )
    world.reconcile()
    world.merge(
        {
            "grants/requests/extended.yaml": lease("extended", "bob", 6),
            "grants/requests/handed-back.yaml": None,
            "grants/requests/started.yaml": lease("started", "carol", 4),
            "grants/standing/app.yaml": standing(
                "app",
                "[DAVE, BOB]",
                f"[{{privileges: [SELECT], on: HR.PAYROLL}}, {COLUMNS.format('EMAIL')}]",
            ),
        }
    )


class Observer:
    """A DBA's session that looks on."""

    def __init__(self, world: World) -> None:
        self._connection = oracledb.connect(
            user="SYS",
            password=world.system_password,
            dsn=world.dsn,
            mode=oracledb.AUTH_MODE_SYSDBA,
        )
        world.connections.append(self._connection)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return sorted(cursor.fetchall())

    def dictionary(self) -> dict[str, list[tuple[Any, ...]]]:
        return {name: self.rows(query) for name, query in QUERIES.items()}


SNAPSHOT = "/snapshot.jsonl"
CLOCKED = ("at", "deadline")
"""Facts of a snapshot that the clock decides."""


def ledger_state(world: World) -> dict[str, Any]:
    """The files of the ledger's state, without the instants that the clock decides."""
    found: dict[str, Any] = {}
    for path in world.git("ls-tree", "-r", "--name-only", "audit", "state/").splitlines():
        text = world.git("show", f"audit:{path}")
        if path.endswith(".jsonl"):
            rows = [json.loads(row) for row in text.splitlines()]
            found[path] = (
                [row for row in rows if row[0] not in CLOCKED] if SNAPSHOT in path else rows
            )
        else:
            found[path] = json.loads(text)
            rows = found[path].get("leases", {path: found[path]}).values()
            for row in rows:
                row.pop("ended_at", None)
    return found


def round_trips(world: World, moment: Moment) -> int:
    assert moment.serving.instance is not None
    return moment.serving.instance.round_trips["RECONCILER"]


def arm(moment: Moment, *faults: Fault) -> None:
    assert moment.serving.instance is not None
    moment.serving.instance.faults.set(faults)


@pytest.mark.parametrize(
    ("release", "kind"),
    [
        pytest.param(19, FaultKind.DROP, marks=pytest.mark.slow),
        (19, FaultKind.DROP_AFTER),
        (23, FaultKind.DROP),
        pytest.param(23, FaultKind.DROP_AFTER, marks=pytest.mark.slow),
        pytest.param(23, FaultKind.KILL, marks=pytest.mark.slow),
    ],
    ids=lambda value: value.value if isinstance(value, FaultKind) else f"release-{value}",
)
def test_p17_p21_a_connection_lost_at_any_call_leaves_no_lease_without_deadline_and_the_next_run_finishes(
    moments: MakeMoment, tmp_path: Path, release: int, kind: FaultKind
) -> None:
    moment = moments(release, everything_at_once)
    with moment.start(tmp_path / "undisturbed") as world:
        observer = Observer(world)
        before = observer.dictionary()
        world.reconcile()
        wanted = observer.dictionary(), ledger_state(world)
        calls = round_trips(world, moment)
        assert before != wanted[0]

    resolved = 0
    for call in range(1, calls + 1):
        with moment.start(tmp_path / "disturbed") as world:
            observer = Observer(world)
            arm(moment, Fault(kind, call=call, user="RECONCILER"))
            killed = world.run("reconcile", "--output", "json")
            arm(moment)

            assert observer.rows(WITHOUT_DEADLINE) == [], f"at call {call}"
            is_open = "state/prod/intent.json" in ledger_state(world)
            if killed.code == 0:
                assert not is_open
            else:
                assert killed.code == 1, killed.err
                assert is_open or observer.dictionary() == before, "nothing without an intent"
            runs_before = len(world.ledger())
            world.reconcile()
            if is_open:
                resolved += 1
                assert_resolved(world, runs_before)
            assert (observer.dictionary(), ledger_state(world)) == wanted, f"at call {call}"
            assert world.run("plan", "--detailed-exitcode").code == 0
    assert resolved > 5, "most calls come after the intent"


def assert_resolved(world: World, runs_before: int) -> None:
    """The first commit of the run after the killed one says of each planned effect whether it is in force; what is not is what that run then did."""
    assert world.ledger()[runs_before].startswith("sync(prod): run ")
    found = journals(world)
    (resolving,) = [rows for rows in found.values() if "intent-resolved" in rows]
    resolution = resolving["intent-resolved"]
    in_force, not_in_force = resolution["in_force"], resolution["not_in_force"]
    assert sorted(in_force + not_in_force) == sorted(found[resolution["run"]]["intent"]["effects"])
    assert sorted(not_in_force) == sorted(resolving.get("intent", {"effects": []})["effects"])


def journals(world: World) -> dict[str, dict[str, Any]]:
    """The last event of each type, by run."""
    paths = world.git("ls-tree", "-r", "--name-only", "audit", "audit/").splitlines()
    return {
        Path(path).stem: {
            row["type"]: row
            for row in map(json.loads, world.git("show", f"audit:{path}").splitlines())
        }
        for path in paths
    }
