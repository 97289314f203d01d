"""What the code relies on and no page of Oracle's books states clearly.

Runs against the stand-in, and against the real database named by RECONCILER_TEST_DSN (a pluggable database) with RECONCILER_TEST_PASSWORD, the password of SYS:
`pytest -m oracle tests/oracle`. It makes and drops the users RECONCILER_IT and RECONCILER_IT_APP and roles named JIT_IT_*.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import oracledb
import pytest

from reconciler.model import privileges
from reconciler.model.documents import Target
from reconciler.model.privileges import Entitlement
from reconciler.model.snapshot import HeldGrant, Snapshot
from reconciler.oracle import batch, bootstrap, deadline
from reconciler.oracle.observe import observe
from reconciler.oracle.session import Session, connect
from reconciler.sandbox.seam import Release

ACCOUNT, APP = "RECONCILER_IT", "RECONCILER_IT_APP"
ACCOUNT_PASSWORD = "Integration_Test_1"
JOB_SECONDS = 120  # a real job slave takes its time to wake up


@dataclass(frozen=True)
class AnyDatabase:
    dsn: str
    sys_password: str
    target: Target

    @contextmanager
    def as_sys(self) -> Iterator[oracledb.Cursor]:
        with (
            oracledb.connect(
                user="SYS",
                password=self.sys_password,
                dsn=self.dsn,
                mode=oracledb.AUTH_MODE_SYSDBA,
            ) as connection,
            connection.cursor() as cursor,
        ):
            yield cursor

    def session(self) -> Session:
        return connect(self.target, environment={"HR_PROD_PASSWORD": ACCOUNT_PASSWORD})

    def snapshot(self) -> Snapshot:
        with self.session() as session:
            return observe(session, self.target)


def clean(cursor: oracledb.Cursor) -> None:
    cursor.execute("SELECT role FROM dba_roles WHERE role LIKE 'JIT\\_IT\\_%' ESCAPE '\\'")
    for (role,) in cursor.fetchall():
        cursor.execute(f'DROP ROLE "{role}"')
    for user in (ACCOUNT, APP):
        with suppress(oracledb.DatabaseError):  # ORA-01918 the first time
            cursor.execute(f"DROP USER {user} CASCADE")


def prepare(database: AnyDatabase) -> None:
    with database.as_sys() as cursor:
        clean(cursor)
        release = int(cursor.connection.version.partition(".")[0])
        for statement in bootstrap.statements(ACCOUNT, ACCOUNT_PASSWORD, release=release):
            cursor.execute(statement)
        cursor.execute(f'CREATE USER {APP} IDENTIFIED BY "{ACCOUNT_PASSWORD}"')
        cursor.execute(f"CREATE TABLE {APP}.T (ID NUMBER)")


@pytest.fixture(params=[Release.R19, Release.R23, pytest.param("real", marks=pytest.mark.oracle)])
def server(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    make_target: Callable[..., Target],
    templates: Mapping[Release, Path],
    password: str,
) -> Iterator[AnyDatabase]:
    if request.param == "real":
        dsn = os.environ.get("RECONCILER_TEST_DSN")
        if not dsn:
            pytest.skip("RECONCILER_TEST_DSN names no database")
        target = replace(make_target(dsn), user=ACCOUNT)
        database = AnyDatabase(dsn, os.environ["RECONCILER_TEST_PASSWORD"], target)
        prepare(database)
        yield database
        with database.as_sys() as cursor:
            clean(cursor)
        return
    from reconciler.sandbox import server as sandbox
    from reconciler.sandbox.engine.instance import Instance
    from reconciler.sandbox.engine.scheduler import Scheduler

    shutil.copytree(templates[request.param], tmp_path / "instance")
    instance = Instance(tmp_path / "instance", request.param, password=password)
    scheduler = Scheduler(instance)
    scheduler.start()
    try:
        with sandbox.running(instance) as listening:
            dsn = f"127.0.0.1:{listening.port}/FREEPDB1"
            database = AnyDatabase(dsn, password, replace(make_target(dsn), user=ACCOUNT))
            prepare(database)
            yield database
    finally:
        scheduler.stop()
        instance.close()


def test_a_block_takes_and_gives_arrays_of_several_hundred_elements(server: AnyDatabase) -> None:
    with server.session() as session:
        made = batch.run(session, [[f"CREATE ROLE JIT_IT_{number}"] for number in range(300)])
        dropped = batch.run(session, [[f"DROP ROLE JIT_IT_{number}"] for number in range(300)])
    assert {step.ora for item in made + dropped for step in item} == {0}


def test_a_grant_through_any_object_privilege_is_recorded_as_the_owners(
    server: AnyDatabase,
) -> None:
    with server.session() as session:
        session.call("CREATE ROLE JIT_IT_A")
        session.call(f"GRANT SELECT ON {APP}.T TO JIT_IT_A")
    wanted = Entitlement("JIT_IT_A", privileges.on_object("SELECT", APP, "T"))
    assert HeldGrant(wanted, APP) in server.snapshot().grants


def test_a_deadline_keeps_its_instant_to_the_microsecond(server: AnyDatabase) -> None:
    first = (server.snapshot().at + timedelta(hours=1)).replace(microsecond=123456)
    later = first + timedelta(hours=1, microseconds=1)
    with server.session() as session:
        session.call(deadline.arm_statement("JIT_IT_A", "it-a", "hr-prod", first))
        assert server.snapshot().deadlines["JIT_IT_A"].is_armed_for(first)
        session.call(deadline.move_statement("JIT_IT_A", "it-a", "hr-prod", later))
        assert server.snapshot().deadlines["JIT_IT_A"].is_armed_for(later)
        session.call(deadline.drop_statement("JIT_IT_A"))
    assert "JIT_IT_A" not in server.snapshot().deadlines


def test_a_job_ends_the_lease_with_the_accounts_direct_grants_and_drops_itself(
    server: AnyDatabase,
) -> None:
    with server.session() as session:
        session.call("CREATE ROLE JIT_IT_A")
        session.call(f"GRANT SELECT, UPDATE ON {APP}.T TO JIT_IT_A")
        session.call("GRANT CREATE SESSION TO JIT_IT_A")
        session.call(f"GRANT JIT_IT_A TO {APP}")
        end = server.snapshot().at + timedelta(seconds=1)
        session.call(deadline.arm_statement("JIT_IT_A", "it-a", "hr-prod", end))
    until = time.monotonic() + JOB_SECONDS
    while "JIT_IT_A" in server.snapshot().deadlines and time.monotonic() < until:
        time.sleep(0.2)
    # A snapshot is several queries: the one that misses the job may have read the roles before the job ran.
    found = server.snapshot()
    assert "JIT_IT_A" not in found.roles
    assert "JIT_IT_A" not in found.deadlines
    runs = [run for run in found.deadline_runs if run.name == "JIT_IT_A" and run.at >= end]
    assert [run.succeeded for run in runs] == [True]


LOGON_TRIGGER = f"""\
CREATE OR REPLACE TRIGGER {ACCOUNT}.REFUSE_APP AFTER LOGON ON DATABASE
BEGIN
  IF SYS_CONTEXT('USERENV', 'SESSION_USER') = '{APP}' THEN
    RAISE_APPLICATION_ERROR(-20012, 'not from ' || NVL(SYS_CONTEXT('USERENV', 'IP_ADDRESS'), 'nowhere'));
  END IF;
END;"""


def test_a_logon_trigger_refuses_all_but_those_who_could_mend_it(server: AnyDatabase) -> None:
    def refusal() -> str:
        try:
            oracledb.connect(user=APP, password=ACCOUNT_PASSWORD, dsn=server.dsn).close()
        except oracledb.DatabaseError as error:
            return str(error)
        return ""

    with server.as_sys() as cursor:
        cursor.execute(f"GRANT CREATE SESSION TO {APP}")
        cursor.execute(f"GRANT ADMINISTER DATABASE TRIGGER TO {ACCOUNT}")
        cursor.execute(LOGON_TRIGGER)
        try:
            assert "ORA-20012" in refusal()
            assert "nowhere" not in refusal(), "a session over the network has an address"
            cursor.execute(f"GRANT ADMINISTER DATABASE TRIGGER TO {APP}")
            assert refusal() == ""
        finally:
            cursor.execute(f"DROP TRIGGER {ACCOUNT}.REFUSE_APP")
