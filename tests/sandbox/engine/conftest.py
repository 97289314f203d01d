"""A database in this process, and sessions on it without a wire between."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.engine.client import ClientSession
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.engine.scheduler import Scheduler
from reconciler.sandbox.seam import Bind, Logon, OracleError, OracleType, Outcome, Release

SETUP = (
    "CREATE USER hr IDENTIFIED BY hr QUOTA UNLIMITED ON users",
    "GRANT CREATE SESSION, CREATE PROCEDURE, CREATE JOB, CREATE TABLE TO hr",
    "CREATE TABLE hr.employees (id NUMBER PRIMARY KEY, name VARCHAR2(20), salary NUMBER(8,2), hired DATE)",
    "INSERT INTO hr.employees VALUES (1, 'King', 9000, DATE '2020-01-31')",
    "INSERT INTO hr.employees VALUES (2, 'Blake', 5000.5, DATE '2021-06-01')",
    "INSERT INTO hr.employees VALUES (3, 'Clark', 4000, NULL)",
    "COMMIT",
    "CREATE USER bob IDENTIFIED BY bob",
    "GRANT CREATE SESSION TO bob",
)


def out(kind: OracleType = OracleType.VARCHAR2, size: int = 4000) -> Bind:
    """A bind that only gives something back."""
    return Bind("", kind, None, size=size)


def array(
    values: list[Any], kind: OracleType = OracleType.VARCHAR2, *, most: int | None = None
) -> Bind:
    return Bind("", kind, values, is_array=True, size=32_767, max_elements=most or len(values))


@dataclass
class Connection:
    """Runs statements as a driver would, without one."""

    session: ClientSession

    def execute(self, text: str, **binds: Any) -> Outcome:
        self.session.begin_call()
        prepared = self.session.prepare(text)
        given = [self._bind(name, binds[name.lower()]) for name in prepared.bind_names]
        return self.session.execute(prepared, given)

    @staticmethod
    def _bind(name: str, value: Any) -> Bind:
        if isinstance(value, Bind):
            return Bind(
                name, value.type, value.value, value.is_array, value.size, value.max_elements
            )
        if isinstance(value, str):
            return Bind(name, OracleType.VARCHAR2, value, size=4000)
        return Bind(name, OracleType.NUMBER, value, size=22)

    def rows(self, text: str, **binds: Any) -> list[tuple[Any, ...]]:
        return list(self.execute(text, **binds).rows or ())

    def run(self, text: str, **binds: Any) -> dict[str, Any]:
        """Runs a block and gives the binds it wrote, by name."""
        names = self.session.prepare(text).bind_names
        outcome = self.execute(text, **binds)
        return {names[position].lower(): value for position, value in outcome.out.items()}

    def value(self, expression: str, declarations: str = "") -> Any:
        """The value of a PL/SQL expression, as text or number or NULL."""
        kind = Bind("", OracleType.VARCHAR2, None, size=4000)
        return self.run(f"DECLARE {declarations} BEGIN :v := {expression}; END;", v=kind)["v"]

    def fails(self, text: str, **binds: Any) -> OracleError:
        with pytest.raises(OracleError) as caught:
            self.execute(text, **binds)
        return caught.value


@dataclass
class Database:
    instance: Instance
    scheduler: Scheduler

    def connect(self, user: str, *, service: str = "FREEPDB1") -> Connection:
        logon = Logon(service, user, password_ok=True, sysdba=user == "SYS", program="tests")
        return Connection(self.instance.logon(logon))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an instance with a small HR schema."""
    folder = tmp_path_factory.mktemp("template") / "instance"
    instance = Instance(folder, Release.R23, password="system")
    system = Database(instance, Scheduler(instance)).connect("SYSTEM")
    for statement in SETUP:
        system.execute(statement)
    instance.close()
    return folder


@pytest.fixture
def open_database(template: Path, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Opens the same instance, as often as asked: a restart."""
    folder = tmp_path / "instance"
    shutil.copytree(template, folder)
    opened: list[Instance] = []

    def reopen() -> Database:
        for instance in opened:
            instance.close()
        instance = Instance(folder, Release.R23)
        opened.append(instance)
        return Database(instance, Scheduler(instance))

    yield reopen
    for instance in opened:
        instance.close()


@pytest.fixture
def database(open_database: Callable[[], Database]) -> Database:
    return open_database()


@pytest.fixture
def system(database: Database) -> Connection:
    return database.connect("SYSTEM")


@pytest.fixture
def hr(database: Database) -> Connection:
    return database.connect("HR")
