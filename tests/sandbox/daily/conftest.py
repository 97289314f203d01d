"""A sandbox of each release behind its listener, and what a DBA types into it through the real driver."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import oracledb
import pytest

from reconciler.sandbox import server
from reconciler.sandbox.engine.faults import Fault
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.engine.scheduler import Scheduler
from reconciler.sandbox.seam import Release

PASSWORD = "Daily-Work_1"


@dataclass
class Client:
    """One session of the driver."""

    connection: oracledb.Connection

    def run(self, *statements: str) -> None:
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str, **binds: Any) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            return [tuple(row) for row in cursor.execute(query, binds)]

    def value(self, query: str, **binds: Any) -> Any:
        ((value,),) = self.rows(query, **binds)
        return value

    def fails(self, statement: str) -> int:
        """The ORA number of the statement's error."""
        with pytest.raises(oracledb.Error) as caught:
            self.run(statement)
        return number_of(caught.value)

    def message(self, statement: str) -> str:
        with pytest.raises(oracledb.Error) as caught:
            self.run(statement)
        return str(caught.value)


def number_of(error: oracledb.Error) -> int:
    detail: Any = error.args[0]
    return int(detail.code)


@dataclass
class Sandbox:
    release: Release
    instance: Instance
    scheduler: Scheduler
    port: int
    opened: list[oracledb.Connection] = field(default_factory=list)

    def connect(self, user: str, password: str = "", *, service: str = "FREEPDB1") -> Client:
        """SYS comes AS SYSDBA; other users' passwords are their names in lower case."""
        administrative = user.upper() in ("SYS", "SYSTEM")
        connection = oracledb.connect(
            user=user,
            password=password or (PASSWORD if administrative else user.partition("[")[0].lower()),
            dsn=f"127.0.0.1:{self.port}/{service}",
            mode=oracledb.AUTH_MODE_SYSDBA if user.upper() == "SYS" else oracledb.AUTH_MODE_DEFAULT,
        )
        connection.autocommit = True
        self.opened.append(connection)
        return Client(connection)

    def refused(self, user: str, password: str = "", *, service: str = "FREEPDB1") -> int:
        with pytest.raises(oracledb.Error) as caught:
            self.connect(user, password, service=service)
        return number_of(caught.value)

    def refusal(self, user: str, password: str = "") -> str:
        with pytest.raises(oracledb.Error) as caught:
            self.connect(user, password)
        return str(caught.value)

    def advance(self, **time: float) -> None:
        self.scheduler.advance(timedelta(**time))

    def order(self, *faults: Mapping[str, Any]) -> None:
        with self.instance.lock:
            self.instance.faults.set(tuple(Fault.from_mapping(fault) for fault in faults))


SETUP = (
    "CREATE USER hr IDENTIFIED BY hr QUOTA UNLIMITED ON users",
    "GRANT CREATE SESSION, CREATE TABLE, CREATE VIEW, CREATE SEQUENCE, CREATE PROCEDURE TO hr",
    "CREATE TABLE hr.employees (id NUMBER PRIMARY KEY, name VARCHAR2(20), salary NUMBER(8,2))",
    "INSERT INTO hr.employees VALUES (1, 'King', 9000)",
    "COMMIT",
    "CREATE USER alice IDENTIFIED BY alice",
    "CREATE USER bob IDENTIFIED BY bob",
    "GRANT CREATE SESSION TO alice, bob",
)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Release, Path]:
    made = {}
    for release in Release:
        made[release] = tmp_path_factory.mktemp("template") / str(int(release))
        instance = Instance(made[release], release, password=PASSWORD)
        with server.running(instance) as listening:
            sandbox = Sandbox(release, instance, Scheduler(instance), listening.port)
            sandbox.connect("SYSTEM").run(*SETUP)
            sandbox.opened[0].close()
        instance.close()
    return made


@pytest.fixture(params=Release, ids=lambda release: f"release{release}")
def sandbox(
    request: pytest.FixtureRequest, templates: Mapping[Release, Path], tmp_path: Path
) -> Iterator[Sandbox]:
    release: Release = request.param
    directory = tmp_path / "instance"
    shutil.copytree(templates[release], directory)
    instance = Instance(directory, release)
    with server.running(instance) as listening:
        made = Sandbox(release, instance, Scheduler(instance), listening.port)
        yield made
        for connection in made.opened:
            close(connection)
    instance.close()


def close(connection: oracledb.Connection) -> None:
    """Also one that the server has ended."""
    try:
        connection.close()
    except oracledb.Error:
        return


@pytest.fixture
def system(sandbox: Sandbox) -> Client:
    return sandbox.connect("SYSTEM")
