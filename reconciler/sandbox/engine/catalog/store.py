"""Makes the catalog of a new container, and opens existing ones."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.resources import files

from reconciler.sandbox import verifier
from reconciler.sandbox.engine.catalog import accounts, defaults
from reconciler.sandbox.engine.catalog.privileges import ADMINISTRATIVE, system_privileges
from reconciler.sandbox.engine.context import ROOT_CONTAINER
from reconciler.sandbox.engine.dictionary import views
from reconciler.sandbox.seam import Release

NAMESPACE_SYNONYM = 1
NAMESPACE_USER = 50


def timestamp(moment: datetime) -> str:
    """The catalog's spelling of an instant: UTC, microseconds, no zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def connect(path: str) -> sqlite3.Connection:
    """Opens a catalog for all threads of the instance: autocommit, transactions only by explicit savepoints."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "temp_store=MEMORY", "cache_size=-8000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def create(path: str, *, name: str, release: Release, now: datetime, system_password: str) -> None:
    """Writes the catalog of a container as Oracle ships it: SYS and SYSTEM open with the given password, the other maintained users
    without one and locked. Raises FileExistsError if the file holds a catalog already.
    """
    connection = connect(path)
    try:
        if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise FileExistsError(path)
        connection.execute("BEGIN")
        schema = files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
        for statement in _statements(schema):
            connection.execute(statement)
        _Seed(connection, name, release, timestamp(now)).write(system_password)
        connection.execute("COMMIT")
    finally:
        connection.close()


def _statements(script: str) -> Iterable[str]:
    """Splits the script; executescript would commit the transaction that makes the new file whole or empty."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


class _Seed:
    """Fills one new catalog. Grants to maintained users and roles are common, and inherited everywhere but in the root."""

    def __init__(self, catalog: sqlite3.Connection, name: str, release: Release, now: str) -> None:
        self.catalog = catalog
        self.name = name
        self.release = release
        self.now = now
        self.inherited = int(name != ROOT_CONTAINER)

    def write(self, system_password: str) -> None:
        self._settings()
        self._users(system_password)
        self._roles()
        self._views()
        self._packages()
        self._role_contents()
        self._add_object("SYS", "ORA$BASE", "EDITION", namespace=64)
        self._grant_object("PUBLIC", "ORA$BASE", "USE", namespace=64)

    def _settings(self) -> None:
        add = self.catalog.executemany
        settings = {"container": self.name, "release": str(int(self.release)), "created": self.now}
        add("INSERT INTO settings VALUES (?, ?)", settings.items())
        add("INSERT INTO parameters VALUES (?, ?)", defaults.parameters(self.release).items())
        add("INSERT INTO tablespaces VALUES (?, ?)", defaults.TABLESPACES.items())
        add(
            "INSERT INTO profiles (name, resource, kind, value, common) VALUES (?, ?, ?, ?, 1)",
            defaults.default_profiles(self.release),
        )
        add(
            "INSERT INTO system_privilege_map VALUES (?, ?, 0)",
            [(item.number, item.name) for item in system_privileges(self.release).values()],
        )

    def _users(self, system_password: str) -> None:
        for user in accounts.MAINTAINED_USERS:
            stored = verifier.pack(verifier.make(system_password)) if user.has_password else None
            locked = not user.has_password
            self.catalog.execute(
                "INSERT INTO users (user_id, name, verifier, authentication, locked, lock_kind, lock_date,"
                " password_change_date, default_tablespace, created, common, oracle_maintained)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1)",
                (
                    user.user_id, user.name, stored, "NONE" if locked else "PASSWORD", int(locked),
                    "ADMIN" if locked else None, self.now if locked else None, self.now,
                    user.default_tablespace, self.now,
                ),
            )  # fmt: skip
            self._add_object("SYS", user.name, "USER", namespace=NAMESPACE_USER)
            if user.name not in ("SYS", "SYSTEM"):
                self._grant_object(
                    "PUBLIC", user.name, "INHERIT PRIVILEGES",
                    namespace=NAMESPACE_USER, grantor=user.name,
                )  # fmt: skip
        self.catalog.execute("INSERT INTO administrative_grants VALUES ('SYS', 'SYSDBA', 1)")
        self.catalog.execute("INSERT INTO administrative_grants VALUES ('SYS', 'SYSOPER', 1)")

    def _roles(self) -> None:
        self.catalog.executemany(
            "INSERT INTO roles (role_id, name, common, oracle_maintained) VALUES (?, ?, 1, 1)",
            [(role.role_id, role.name) for role in accounts.maintained_roles(self.release)],
        )

    def _role_contents(self) -> None:
        for role in accounts.maintained_roles(self.release):
            self._grant_role("SYS", role.name, admin=True)
            for privilege in role.privileges:
                self._grant_system(role.name, privilege, admin=role.name == "DBA")
            for inner in role.roles:
                self._grant_role(role.name, inner, admin=role.name == "DBA")
            for package in role.packages:
                self._grant_object(role.name, package, "EXECUTE")
        for privilege in system_privileges(self.release):
            if privilege not in ADMINISTRATIVE:
                self._grant_system("SYS", privilege, admin=False)
        for privilege in accounts.SYSTEM_PRIVILEGES_OF_SYSTEM:
            self._grant_system("SYSTEM", privilege, admin=False)
        for role_name in ("AQ_ADMINISTRATOR_ROLE", "DBA"):
            self._grant_role("SYSTEM", role_name, admin=role_name != "DBA")

    def _views(self) -> None:
        for public_name, name in views.synonyms(self.release).items():
            details = {"dictionary": True}
            self._add_object("SYS", name, "VIEW", details=details)
            self._add_object("PUBLIC", public_name, "SYNONYM", source=f"SYS.{name}")
            self._grant_view(name, public_name)

    def _grant_view(self, name: str, public_name: str) -> None:
        if name in views.public_names(self.release):
            self._grant_object("PUBLIC", name, "READ", grantable=True)
            self._grant_object("PUBLIC", name, "SELECT", grantable=True)
        elif public_name.startswith(defaults.AUDIT_VIEW_PREFIXES):
            for role in ("AUDIT_ADMIN", "AUDIT_VIEWER", "SELECT_CATALOG_ROLE"):
                self._grant_object(role, name, "SELECT")
        else:
            self._grant_object("SELECT_CATALOG_ROLE", name, "SELECT")

    def _packages(self) -> None:
        for package in defaults.PUBLIC_PACKAGES + defaults.PROTECTED_PACKAGES:
            self._add_object("SYS", package, "PACKAGE")
            if package not in defaults.WITHOUT_SYNONYM:
                self._add_object("PUBLIC", package, "SYNONYM", source=f"SYS.{package}")
        for package in defaults.PUBLIC_PACKAGES:
            self._grant_object("PUBLIC", package, "EXECUTE")

    def _add_object(
        self,
        owner: str,
        name: str,
        type_name: str,
        *,
        namespace: int = NAMESPACE_SYNONYM,
        source: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.catalog.execute(
            "INSERT INTO objects (owner, name, type, namespace, created, last_ddl_time, source, details,"
            " oracle_maintained) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (
                owner, name, type_name, namespace, self.now, self.now, source,
                None if details is None else json.dumps(details),
            ),
        )  # fmt: skip

    def _grant_system(self, grantee: str, privilege: str, *, admin: bool) -> None:
        self.catalog.execute(
            "INSERT INTO system_grants VALUES (?, ?, ?, 1, ?)",
            (grantee, privilege, int(admin), self.inherited),
        )

    def _grant_role(self, grantee: str, role: str, *, admin: bool) -> None:
        self.catalog.execute(
            "INSERT INTO role_grants VALUES (?, ?, ?, 0, 1, ?)",
            (grantee, role, int(admin), self.inherited),
        )

    def _grant_object(
        self,
        grantee: str,
        name: str,
        privilege: str,
        *,
        namespace: int = 1,
        grantor: str = "SYS",
        grantable: bool = False,
    ) -> None:
        self.catalog.execute(
            "INSERT INTO object_grants (grantee, object_id, privilege, grantor, grantable, common, inherited)"
            " SELECT ?, object_id, ?, ?, ?, 1, ? FROM objects"
            " WHERE owner = 'SYS' AND name = ? AND namespace = ?",
            (grantee, privilege, grantor, int(grantable), self.inherited, name, namespace),
        )
