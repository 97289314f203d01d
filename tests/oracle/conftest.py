"""Targets to connect to, and a database behind them: the stand-in, in both releases, reached over TCP by the driver."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import oracledb
import pytest

from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Mode, RemovalLimits, Scope, Target
from reconciler.oracle import bootstrap
from reconciler.oracle.session import Session, connect
from reconciler.sandbox.seam import Release

if TYPE_CHECKING:
    from reconciler.sandbox.engine.instance import Instance
    from reconciler.sandbox.engine.scheduler import Scheduler

MakeTarget = Callable[..., Target]
PASSWORD = "Correct-Horse-9"
SERVICE = "FREEPDB1"

HR_SCHEMA = (
    'CREATE USER HR IDENTIFIED BY "hr" QUOTA UNLIMITED ON USERS',
    "CREATE TABLE HR.EMPLOYEES (ID NUMBER PRIMARY KEY, NAME VARCHAR2(40), SALARY NUMBER)",
    "CREATE TABLE HR.JOBS (ID NUMBER PRIMARY KEY, TITLE VARCHAR2(40))",
    "CREATE ROLE HR_READER",
    "GRANT SELECT ON HR.EMPLOYEES TO HR_READER",
    'CREATE USER APP_ALICE IDENTIFIED BY "alice"',
    'CREATE USER APP_BOB IDENTIFIED BY "bob"',
    "GRANT CREATE SESSION TO APP_ALICE",
)


@pytest.fixture(scope="session")
def make_target() -> MakeTarget:
    def make(dsn: str, *, user: str = "RECONCILER", wallet_env: str = "") -> Target:
        return Target(
            name="hr-prod",
            origin=Origin("grants/targets/hr-prod.yaml", 1, 1),
            labels={},
            dsn=dsn,
            user=user,
            password_env="HR_PROD_PASSWORD",
            wallet_env=wallet_env,
            mode=Mode.AUTHORITATIVE,
            scope=Scope(grantees=("APP_*",), schemas=("HR",), roles=(), system=()),
            removals=RemovalLimits(),
        )

    return make


@dataclass(frozen=True)
class Database:
    """A running stand-in with a small HR schema and the reconciler's account."""

    instance: Instance
    scheduler: Scheduler
    dsn: str
    target: Target

    @property
    def release(self) -> int:
        return int(self.instance.release)

    @contextmanager
    def as_user(self, user: str, password: str) -> Iterator[oracledb.Connection]:
        with oracledb.connect(user=user, password=password, dsn=self.dsn) as connection:
            yield connection

    def run(self, *statements: str) -> None:
        """As SYSTEM."""
        with self.as_user("SYSTEM", PASSWORD) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def run_as_sys(self, *statements: str) -> None:
        with (
            oracledb.connect(
                user="SYS", password=PASSWORD, dsn=self.dsn, mode=oracledb.AUTH_MODE_SYSDBA
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str, **binds: object) -> list[tuple[object, ...]]:
        with self.as_user("SYSTEM", PASSWORD) as connection, connection.cursor() as cursor:
            cursor.execute(query, binds)
            found: list[tuple[object, ...]] = cursor.fetchall()
            return found

    def session(self) -> Session:
        """As the reconciler's account."""
        return connect(self.target, environment={"HR_PROD_PASSWORD": PASSWORD})

    def now(self) -> datetime:
        return self.instance.now()

    def let_time_pass(self, until: datetime) -> None:
        """Moves the database clock; every job that is due on the way runs at its time."""
        self.scheduler.advance_to(until)


@contextmanager
def running(directory: Path, release: Release, make_target: MakeTarget) -> Iterator[Database]:
    from reconciler.sandbox import server  # here: the tests that need no database start without it
    from reconciler.sandbox.engine.instance import Instance
    from reconciler.sandbox.engine.scheduler import Scheduler

    instance = Instance(directory, release, password=PASSWORD)
    try:
        with server.running(instance) as listening:
            dsn = f"127.0.0.1:{listening.port}/{SERVICE}"
            yield Database(instance, Scheduler(instance), dsn, make_target(dsn))
    finally:
        instance.close()


@pytest.fixture(scope="session")
def templates(
    tmp_path_factory: pytest.TempPathFactory, make_target: MakeTarget
) -> Mapping[Release, Path]:
    """The files of a database with schema and account, one directory a release: copied for each test."""
    made = {}
    for release in Release:
        made[release] = tmp_path_factory.mktemp("template") / str(int(release))
        with running(made[release], release, make_target) as database:
            database.run(*HR_SCHEMA)
            as_sys(database, account(int(release)))
    return made


@pytest.fixture(params=[Release.R19, Release.R23], ids=["19", "23"])
def database(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    make_target: MakeTarget,
    templates: Mapping[Release, Path],
) -> Iterator[Database]:
    release: Release = request.param
    shutil.copytree(templates[release], tmp_path / "instance")
    with running(tmp_path / "instance", release, make_target) as database:
        yield database


def account(release: int) -> Sequence[str]:
    return bootstrap.statements(
        "RECONCILER",
        PASSWORD,
        release=release,
        system_privileges=["CREATE SESSION", "CREATE TABLE"],
        roles=["HR_READER"],
    )


@pytest.fixture
def password() -> str:
    """Of the reconciler's account."""
    return PASSWORD


@pytest.fixture
def sys_run(database: Database) -> Callable[..., None]:
    """Runs statements as SYS."""
    return lambda *statements: as_sys(database, statements)


def as_sys(database: Database, statements: Sequence[str]) -> None:
    with (
        oracledb.connect(
            user="SYS", password=PASSWORD, dsn=database.dsn, mode=oracledb.AUTH_MODE_SYSDBA
        ) as connection,
        connection.cursor() as cursor,
    ):
        for statement in statements:
            cursor.execute(statement)
