"""The main job on whatever database the environment names: the stand-in by default, a real one with RECONCILER_TEST_DSN. Only the connect string differs, and
that time passes by waiting on a real one."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest

from reconciler.model.instants import parse_duration
from reconciler.oracle import bootstrap
from reconciler.sandbox import sample
from reconciler.sandbox.seam import Release
from tests.scenarios.conftest import PASSWORD, ROLES, SYSTEM_PRIVILEGES
from tests.scenarios.world import ACCOUNT, World, can, request, standing

PAYROLL = "SELECT * FROM hr.payroll"
SAMPLE_USERS = (
    "HR",
    "OE",
    "FIN",
    "ALICE",
    "BOB",
    "CAROL",
    "DAVE",
    "ERIN",
    "FRANK",
    "HR_APP",
    ACCOUNT,
)
SAMPLE_ROLES = (*ROLES, "APP_SUPPORT")


@pytest.fixture
def database(tmp_path: Path, release: int, request: pytest.FixtureRequest) -> Iterator[World]:
    """A world on the database of the environment, freshly prepared, or on a stand-in of its own."""
    dsn = os.environ.get("RECONCILER_TEST_DSN")
    if not dsn:
        yield request.getfixturevalue("world")
        return
    password = os.environ["RECONCILER_TEST_PASSWORD"]
    world = World(
        tmp_path / "access",
        dsn,
        release,
        password,
        PASSWORD,
        lambda duration: time.sleep(parse_duration(duration).total_seconds()),
        tmp_path,
    )
    prepare(world)
    world.start_repository()
    yield world
    world.close()


def prepare(world: World) -> None:
    """Drops what an earlier test left, and makes the sample and the account again."""
    for kind, names in (("USER", SAMPLE_USERS), ("ROLE", SAMPLE_ROLES)):
        for name in names:
            with contextlib.suppress(oracledb.DatabaseError):
                world.as_dba(f"DROP {kind} {name}" + (" CASCADE" if kind == "USER" else ""))
    for (role,) in world.as_dba(r"SELECT role FROM dba_roles WHERE role LIKE 'JIT\_%' ESCAPE '\'"):
        world.as_dba(f'DROP ROLE "{role}"')
    for statement in sample.statements(Release(world.release)):
        world.as_dba(statement)
    for statement in bootstrap.statements(
        ACCOUNT, PASSWORD, release=world.release, system_privileges=SYSTEM_PRIVILEGES, roles=ROLES
    ):
        world.as_dba(statement)


@pytest.mark.oracle
def test_a_lease_is_granted_used_ended_by_the_database_and_proved(database: World) -> None:
    database.merge_request(request(window="{duration: 2m}"))
    database.reconcile()
    database.assert_converged()
    session = database.log_on("ALICE")
    assert can(session, PAYROLL)
    database.advance("4m")
    assert not can(session, PAYROLL)
    assert not database.role_exists("JIT_PAYROLL_FIX")
    (receipt,) = database.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "deadline")
    assert receipt["lag_seconds"] <= 90


@pytest.mark.oracle
def test_an_extension_moves_the_deadline(database: World) -> None:
    database.merge_request(request(window="{duration: 2m}"))
    database.reconcile()
    session = database.log_on("ALICE")
    database.merge_request(request(window="{duration: 5m}"), "Extend")
    database.reconcile()
    database.advance("3m")
    assert can(session, PAYROLL)
    database.advance("4m")
    assert not can(session, PAYROLL)


@pytest.mark.oracle
def test_an_early_end_leaves_nothing(database: World) -> None:
    database.merge_request(
        request(
            access="[{privileges: [SELECT], on: HR.PAYROLL}, {privileges: [UPDATE], on: HR.EMPLOYEES, columns: [SALARY]}]"
        )
    )
    database.reconcile()
    database.remove_request("payroll-fix")
    (receipt,) = database.reconcile()["receipts"]
    assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "reconciler")
    assert database.as_dba(
        f"SELECT COUNT(*) FROM dba_scheduler_jobs WHERE owner = '{ACCOUNT}'"
    ) == [(0,)]


@pytest.mark.oracle
def test_standing_grants_converge_and_drift_is_repaired(database: World) -> None:
    database.merge(
        {
            "grants/standing/app.yaml": standing(
                "app",
                "[DAVE, BOB]",
                "[{privileges: [SELECT, INSERT], on: HR.JOBS}, {role: HR_READER}, {system: CREATE VIEW}]",
            )
        }
    )
    database.reconcile()
    database.assert_converged()
    database.as_dba("REVOKE INSERT ON hr.jobs FROM dave", "GRANT DELETE ON hr.jobs TO bob")
    database.reconcile()
    database.assert_converged()
