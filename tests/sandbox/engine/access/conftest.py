"""A small database without wire and SQL: real catalogs, real statements of the access room, tables made straight in the catalog."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.sandbox import verifier
from reconciler.sandbox.engine.access import logon as logons
from reconciler.sandbox.engine.access import principals, statements
from reconciler.sandbox.engine.catalog import store
from reconciler.sandbox.engine.context import ROOT_CONTAINER, Container, Note, SessionView
from reconciler.sandbox.seam import Bind, Logon, OracleError, Outcome, Release

SYSTEM_PASSWORD = "manager"
PDB = "FREEPDB1"
CREATED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Session:
    """SessionView over the catalogs. A commit is only counted: there are no rows."""

    database: Database
    user: str
    container: Container
    roles: frozenset[str]
    is_sysdba: bool = False
    proxy_user: str | None = None
    current_schema: str = ""
    sid: int = 1
    serial: int = 1
    parameters: dict[str, str] = field(default_factory=dict)
    status: str = "INACTIVE"
    in_transaction: bool = False
    commits: int = 0
    definer: str | None = None
    notes: list[Note] | None = None
    read_only: bool = False

    @property
    def instance(self) -> Database:
        return self.database

    @property
    def current_user(self) -> str:
        return self.definer or self.user

    @property
    def attributes(self) -> Mapping[str, str | None]:
        return {"status": self.status}

    def data(self) -> sqlite3.Connection:
        raise NotImplementedError

    def begin(self) -> None:
        self.in_transaction = True

    def commit(self) -> None:
        self.commits += 1
        self.in_transaction = False

    def rollback(self) -> None:
        self.in_transaction = False

    @contextmanager
    def definer_rights(self, owner: str, roles: frozenset[str] = frozenset()) -> Iterator[None]:
        before, self.definer = self.definer, owner
        try:
            yield
        finally:
            self.definer = before

    def set_roles(self, roles: frozenset[str]) -> None:
        self.roles = roles

    def set_current_schema(self, schema: str) -> None:
        self.current_schema = schema

    def set_container(self, name: str) -> None:
        self.container = self.database.containers[name]

    def execute_sql(self, text: str, binds: Sequence[Bind] = ()) -> Outcome:
        return self.database.run_block(text, binds)

    def check_cancelled(self) -> None:
        return

    def run(self, text: str) -> Outcome:
        return statements.run(self, text)

    def error(self, text: str) -> int | None:
        """The ORA number the statement gives, None if it succeeds."""
        try:
            self.run(text)
        except OracleError as error:
            return error.code
        return None

    def close(self) -> None:
        self.database.open.remove(self)


class Database:
    """InstanceView: a root and one pluggable database."""

    def __init__(
        self, folder: Path, release: Release, templates: Callable[[Release], Path]
    ) -> None:
        self.release = release
        self.clock = CREATED
        self.open: list[Session] = []
        self.killed: list[tuple[int, int, bool]] = []
        self.jobs_changes = 0
        self.run_block: Callable[[str, Sequence[Bind]], Outcome] = lambda _text, _binds: Outcome()
        self.containers: dict[str, Container] = {}
        for name in (ROOT_CONTAINER, PDB):
            path = str(folder / f"{name}.sqlite")
            shutil.copyfile(templates(release) / f"{name}.sqlite", path)
            self.containers[name] = Container(name, store.connect(path), path, "")

    @property
    def root(self) -> Container:
        return self.containers[ROOT_CONTAINER]

    @property
    def pdb(self) -> Container:
        return self.containers[PDB]

    def now(self) -> datetime:
        return self.clock

    def pass_time(self, **units: float) -> None:
        self.clock += timedelta(**units)

    def sessions(self) -> Sequence[Session]:
        return list(self.open)

    def disconnect_session(self, sid: int, serial: int, *, by: SessionView) -> None:
        self.kill_session(sid, serial, immediate=False, by=by)

    def kill_session(self, sid: int, serial: int, *, immediate: bool, by: SessionView) -> None:
        self.killed.append((sid, serial, immediate))

    def jobs_changed(self) -> None:
        self.jobs_changes += 1

    def close(self) -> None:
        for container in self.containers.values():
            container.catalog.close()

    def as_sys(self, container: str = PDB) -> Session:
        return self._opened(
            Session(self, "SYS", self.containers[container], frozenset(), True, None, "SYS")
        )

    def session_of(self, user: str) -> Session:
        """A session without logon, for users without a password."""
        if user == "SYS":
            return Session(self, "SYS", self.pdb, frozenset(), True, None, "SYS")
        roles = principals.default_roles(self.pdb.catalog, user)
        return Session(self, user, self.pdb, roles, False, None, user)

    def logon(
        self,
        user: str,
        password: str = "pw",
        *,
        container: str = PDB,
        sysdba: bool = False,
        new_password: str | None = None,
        verify: Callable[[str, str, str, str | None], None] | None = None,
    ) -> Session:
        """A session of `user` (or `proxy[client]`), or the OracleError of the logon."""
        name, _, client = user.partition("[")
        place = self.containers[container]
        stored = logons.verifier_for(place, name)
        answer = Logon(
            service=container,
            user=name,
            password_ok=stored is not None and verifier.matches(stored, password),
            client_user=client.removesuffix("]") or None,
            sysdba=sysdba,
            new_password=new_password,
            old_password=password if new_password else None,
        )
        identity = logons.open_session_identity(self, place, answer, verify=verify)
        return self._opened(
            Session(
                self, identity.user, place, identity.roles, identity.is_sysdba,
                identity.proxy_user, identity.schema, read_only=identity.read_only,
            )
        )  # fmt: skip

    def _opened(self, session: Session) -> Session:
        session.sid = len(self.open) + 1
        self.open.append(session)
        return session

    def logon_error(self, user: str, password: str = "pw", **options: object) -> int | None:
        """The ORA number of a logon, None if it succeeds; the session is closed again."""
        try:
            session = self.logon(user, password, **options)  # type: ignore[arg-type]
        except OracleError as error:
            return error.code
        session.close()
        return None

    def add_object(
        self,
        owner: str,
        name: str,
        kind: str = "TABLE",
        *,
        columns: Sequence[str] = (),
        source: str | None = None,
        over: Sequence[tuple[str, str]] = (),
        namespace: int = 1,
        container: str = PDB,
    ) -> int:
        """An object as the room of data or code would record it; `over` are the objects a view reads."""
        catalog = self.containers[container].catalog
        (object_id,) = catalog.execute(
            "INSERT INTO objects (owner, name, type, namespace, created, last_ddl_time, source)"
            " VALUES (?, ?, ?, ?, '2026', '2026', ?) RETURNING object_id",
            (owner, name, kind, namespace, source),
        ).fetchone()
        catalog.executemany(
            "INSERT INTO columns (object_id, position, name, type) VALUES (?, ?, ?, 2)",
            [(object_id, position, column) for position, column in enumerate(columns, 1)],
        )
        catalog.executemany(
            "INSERT INTO dependencies SELECT ?, object_id FROM objects WHERE owner = ? AND name = ?",
            [(object_id, *base) for base in over],
        )
        return int(object_id)

    def rows(self, query: str, *values: object, container: str = PDB) -> list[tuple[object, ...]]:
        return self.containers[container].catalog.execute(query, values).fetchall()

    def dump(self, container: str = PDB) -> str:
        """Everything in the catalog but times of change, for comparisons."""
        catalog = self.containers[container].catalog
        tables = [
            name
            for (name,) in catalog.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
            )
        ]
        lines = []
        for table in tables:
            columns = [row[1] for row in catalog.execute(f"PRAGMA table_info({table})")]
            kept = ", ".join(column for column in columns if column != "last_ddl_time")
            lines += [
                f"{table}: {row}"
                for row in sorted(map(str, catalog.execute(f"SELECT {kept} FROM {table}")))
            ]
        return "\n".join(lines)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Release], Path]:
    """Folder with the catalogs of a new database, made once per release."""
    made: dict[Release, Path] = {}

    def folder(release: Release) -> Path:
        if release not in made:
            made[release] = tmp_path_factory.mktemp(f"release{release}")
            for name in (ROOT_CONTAINER, PDB):
                path = str(made[release] / f"{name}.sqlite")
                store.create(
                    path, name=name, release=release, now=CREATED, system_password=SYSTEM_PASSWORD
                )
        return made[release]

    return folder


@pytest.fixture(params=[Release.R19, Release.R23], ids=["19", "23"])
def release(request: pytest.FixtureRequest) -> Release:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def database(
    release: Release, tmp_path: Path, templates: Callable[[Release], Path]
) -> Iterator[Database]:
    made = Database(tmp_path, release, templates)
    yield made
    made.close()


@pytest.fixture
def new_database(
    tmp_path_factory: pytest.TempPathFactory, templates: Callable[[Release], Path]
) -> Iterator[Callable[[Release], Database]]:
    """Databases for property tests, which need one per example."""
    made: list[Database] = []

    def create(release: Release) -> Database:
        made.append(Database(tmp_path_factory.mktemp("database"), release, templates))
        return made[-1]

    yield create
    for one in made:
        one.close()


@pytest.fixture
def sys(database: Database) -> Session:
    return database.as_sys()


@pytest.fixture
def people(database: Database, sys: Session) -> Callable[..., None]:
    """Makes users with the password pw, CREATE SESSION and what else is given."""

    def make(*names: str, grants: str = "") -> None:
        for name in names:
            sys.run(f"CREATE USER {name} IDENTIFIED BY pw")
            sys.run(f"GRANT CREATE SESSION{', ' + grants if grants else ''} TO {name}")

    return make


@pytest.fixture(scope="session")
def make_database() -> type[Database]:
    """The class itself, for fixtures that live longer than a test."""
    return Database
