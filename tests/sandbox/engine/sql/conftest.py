"""A session on real files: the catalog as Oracle ships it and a file of rows, without wire, logon or PL/SQL."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.engine.catalog import store
from reconciler.sandbox.engine.context import Container, Note
from reconciler.sandbox.engine.rows import open_data
from reconciler.sandbox.engine.sql import statements
from reconciler.sandbox.engine.sql.lexer import prepare
from reconciler.sandbox.engine.sql.values import type_of
from reconciler.sandbox.seam import Bind, Column, OracleError, OracleType, Release, StatementKind

NOW = datetime(2026, 11, 20, 14, 30, 15, 250000, tzinfo=UTC)


@dataclass
class LocalInstance:
    release: Release
    root: Container
    _open: list[LocalSession] = field(default_factory=list)

    @property
    def containers(self) -> Mapping[str, Container]:
        return {self.root.name: self.root}

    def now(self) -> datetime:
        return NOW

    def sessions(self) -> Sequence[Any]:
        return self._open

    def kill_session(self, sid: int, serial: int, *, immediate: bool, by: Any) -> None:
        raise OracleError(30, "User session ID does not exist.")

    def jobs_changed(self) -> None:
        return None


@dataclass
class LocalSession:
    """One session; `rows` and `fails` are for tests."""

    instance: LocalInstance
    user: str
    sid: int = 1
    serial: int = 1
    proxy_user: str | None = None
    is_sysdba: bool = False
    roles: frozenset[str] = frozenset()
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    notes: list[Note] | None = None
    read_only: bool = False
    _data: sqlite3.Connection | None = None

    @property
    def current_user(self) -> str:
        return self.user

    @property
    def current_schema(self) -> str:
        return self.user

    @property
    def container(self) -> Container:
        return self.instance.root

    def data(self) -> sqlite3.Connection:
        if self._data is None:
            self._data = open_data(self.container)
        return self._data

    @property
    def in_transaction(self) -> bool:
        return self.data().in_transaction

    def begin(self) -> None:
        if not self.in_transaction:
            self.data().execute("BEGIN")

    def commit(self) -> None:
        if self.in_transaction:
            self.data().execute("COMMIT")

    def rollback(self) -> None:
        if self.in_transaction:
            self.data().execute("ROLLBACK")

    def check_cancelled(self) -> None:
        return None

    def close(self) -> None:
        if self._data is not None:
            self.rollback()
            self._data.close()

    # --- for tests -----------------------------------------------------------------------------------------------------------------

    def run(self, sql: str, *values: Any) -> Any:
        prepared = prepare(sql)
        binds = [
            value
            if isinstance(value, Bind)
            else Bind(name, type_of(value) or OracleType.VARCHAR2, value)
            for name, value in zip(prepared.bind_names, values, strict=True)
        ]
        if prepared.kind is StatementKind.QUERY:
            return statements.run_query(self, prepared, binds)
        if prepared.kind is StatementKind.DML:
            return statements.run_dml(self, prepared, binds)
        return statements.run_ddl(self, sql)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return list(self.run(sql, *values).rows)

    def value(self, sql: str, *values: Any) -> Any:
        ((value,),) = self.rows(sql, *values)
        return value

    def columns(self, sql: str) -> tuple[Column, ...]:
        return statements.describe_query(self, prepare(sql))

    def error(self, sql: str, *values: Any) -> OracleError:
        with pytest.raises(OracleError) as caught:
            self.exhaust(sql, *values)
        return caught.value

    def exhaust(self, sql: str, *values: Any) -> None:
        """Runs to the last row."""
        for _ in self.run(sql, *values).rows or ():
            pass

    def code(self, sql: str, *values: Any) -> int:
        return self.error(sql, *values).code


Connect = Callable[..., LocalSession]


@pytest.fixture(scope="session")
def new_catalog(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Release, Path], None]:
    """Copies the catalog of a new database, which is made once for each release."""
    directory = tmp_path_factory.mktemp("catalogs")

    def copy(release: Release, target: Path) -> None:
        made = directory / release.name
        if not made.exists():
            store.create(str(made), name="FREEPDB1", release=release, now=NOW, system_password="x")
        shutil.copy(made, target)

    return copy


def _instance(catalog_path: Path, release: Release) -> Iterator[Connect]:
    with closing(store.connect(str(catalog_path))) as catalog:
        data_path = catalog_path.with_suffix(".rows")
        container = Container("FREEPDB1", catalog, str(catalog_path), str(data_path))
        instance = LocalInstance(release, container)

        def connect(
            user: str = "SYS", *, roles: Sequence[str] = (), **parameters: str
        ) -> LocalSession:
            session = LocalSession(instance, user, sid=len(instance._open) + 1)
            session.roles, session.parameters = frozenset(roles), dict(parameters)
            instance._open.append(session)
            return session

        yield connect
        for session in instance._open:
            session.close()


@pytest.fixture
def connect(tmp_path: Path, new_catalog: Callable[[Release, Path], None]) -> Iterator[Connect]:
    """Opens sessions of a release 23 database."""
    new_catalog(Release.R23, tmp_path / "catalog.db")
    yield from _instance(tmp_path / "catalog.db", Release.R23)


@pytest.fixture
def connect19(tmp_path: Path, new_catalog: Callable[[Release, Path], None]) -> Iterator[Connect]:
    """Opens sessions of a release 19 database."""
    new_catalog(Release.R19, tmp_path / "catalog19.db")
    yield from _instance(tmp_path / "catalog19.db", Release.R19)


def _add_user(session: LocalSession, name: str, quota: bool = True) -> None:
    catalog = session.container.catalog
    user_id = catalog.execute(
        "SELECT max(user_id) + 1 FROM users WHERE user_id < 2147483000"
    ).fetchone()[0]
    catalog.execute(
        "INSERT INTO users (user_id, name, created) VALUES (?, ?, ?)",
        (user_id, name, "2026-01-01 00:00:00.000000"),
    )
    if quota:
        catalog.execute("INSERT INTO quotas VALUES (?, 'USERS', -1)", (name,))


@pytest.fixture
def add_user() -> Callable[..., None]:
    return _add_user


def _grant(session: LocalSession, grantee: str, *privileges: str, on: str = "") -> None:
    """System privileges, or with `on` (OWNER.NAME) object privileges; UPDATE(C) grants on a column."""
    catalog = session.container.catalog
    if not on:
        catalog.executemany(
            "INSERT INTO system_grants (grantee, privilege) VALUES (?, ?)",
            [(grantee, item) for item in privileges],
        )
        return
    owner, name = on.split(".")
    (object_id,) = catalog.execute(
        "SELECT object_id FROM objects WHERE owner = ? AND name = ? AND namespace = 1",
        (owner, name),
    ).fetchone()
    for privilege in privileges:
        word, _, column = privilege.rstrip(")").partition("(")
        if column:
            catalog.execute(
                "INSERT INTO column_grants (grantee, object_id, column_name, privilege, grantor) VALUES (?, ?, ?, ?, ?)",
                (grantee, object_id, column, word, owner),
            )
        else:
            catalog.execute(
                "INSERT INTO object_grants (grantee, object_id, privilege, grantor) VALUES (?, ?, ?, ?)",
                (grantee, object_id, privilege, owner),
            )


@pytest.fixture
def grant() -> Callable[..., None]:
    return _grant


@pytest.fixture
def sys(connect: Connect) -> LocalSession:
    return connect("SYS")


@pytest.fixture
def hr(connect: Connect, sys: LocalSession) -> LocalSession:
    """A user with quota and the right to create things."""
    _add_user(sys, "HR")
    privileges = ("TABLE", "VIEW", "SEQUENCE", "SYNONYM", "PUBLIC SYNONYM", "MATERIALIZED VIEW")
    _grant(sys, "HR", *(f"CREATE {item}" for item in privileges))
    return connect("HR")
