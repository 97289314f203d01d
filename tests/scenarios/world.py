"""A small world for stories: a grants repository, an Oracle database, people who log on to it. Everything goes through the command line and the driver."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import oracledb

from reconciler.cli.app import run as run_command

ACCOUNT = "RECONCILER"
PEOPLE = ("alice", "bob", "carol", "dave")

TARGET = """\
apiVersion: grants/v1
kind: Target
metadata: {{name: {name}}}
spec:
  labels: {{env: {name}}}
  connect: {{dsn: '{dsn}', user: RECONCILER, passwordEnv: RECONCILER_PASSWORD}}
  mode: {mode}
  scope:
    grantees: [ALICE, BOB, CAROL, DAVE]
    schemas: [HR, OE, FIN]
    roles: [HR_READER, OE_READER, FIN_READER]
    system: [CREATE VIEW]
"""
PERSON = """\
apiVersion: grants/v1
kind: Person
metadata: {{name: {name}}}
spec:
  name: {title}
  email: {name}@example.org
  kind: human
  users: [{user}]
"""
POLICY = """\
apiVersion: grants/v1
kind: Policy
metadata: {name: cap}
spec:
  targets: [prod]
  maxDuration: 12h
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.out)
        return value

    @property
    def target(self) -> dict[str, Any]:
        """The only target of a JSON result."""
        (found,) = self.json["targets"]
        return dict(found)


def request(
    name: str = "payroll-fix",
    *,
    requester: str = "alice",
    access: str = "[{privileges: [SELECT], on: HR.PAYROLL}]",
    window: str = "{duration: 4h}",
    targets: str = "[prod]",
    extra: str = "",
) -> str:
    """An access request; `extra` is further lines of its spec."""
    return f"""\
apiVersion: grants/v1
kind: AccessRequest
metadata: {{name: {name}}}
spec:
  requester: {requester}
  reason: Payroll totals are wrong since release 42
  targets: {targets}
  identity: {{user: {requester.upper()}}}
  access: {access}
  window: {window}
{extra}"""


def standing(name: str, grantees: str, access: str) -> str:
    """A standing grant of carol's."""
    return f"""\
apiVersion: grants/v1
kind: StandingGrant
metadata: {{name: {name}}}
spec:
  owner: carol
  reason: The application needs it
  targets: [prod]
  grantees: {grantees}
  access: {access}
  reviewBy: 2099-01-31
"""


@dataclass(slots=True)
class World:
    """One repository with one target `prod` on one database."""

    repository: Path
    dsn: str
    release: int
    system_password: str
    password: str
    advance_clock: Callable[[str], None]
    sandbox: Path
    environment: dict[str, str] = field(default_factory=dict)
    connections: list[oracledb.Connection] = field(default_factory=list)

    # the repository

    def git(self, *arguments: str) -> str:
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("GIT_")
        }
        done = subprocess.run(
            ["git", "-C", str(self.repository), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def start_repository(self, mode: str = "authoritative", **changes: str) -> None:
        self.repository.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Tester")
        self.git("config", "user.email", "tester@example.org")
        files = {
            f"grants/people/{name}.yaml": PERSON.format(
                name=name, title=name.title(), user=name.upper()
            )
            for name in PEOPLE
        }
        files["grants/targets/prod.yaml"] = TARGET.format(name="prod", dsn=self.dsn, mode=mode)
        files["grants/policies/cap.yaml"] = POLICY
        self.merge(files | changes, "Start")

    def merge(self, files: Mapping[str, str | None], message: str = "Change") -> str:
        """Commits files (None removes one) and returns the commit."""
        for path, text in files.items():
            file = self.repository / path
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.git("add", "-A", "grants")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def merge_request(self, text: str, message: str = "Ask for access") -> str:
        name = text.split("metadata: {name: ", 1)[1].split("}", 1)[0]
        return self.merge({f"grants/requests/{name}.yaml": text}, message)

    def remove_request(self, name: str) -> None:
        self.merge({f"grants/requests/{name}.yaml": None}, f"Remove {name}")

    def ledger(self) -> list[str]:
        """Summaries of the audit branch, oldest first; empty without one."""
        if not self.git("branch", "--list", "audit"):
            return []
        return self.git("log", "--reverse", "--format=%s", "audit").splitlines()

    def ledger_kinds(self) -> list[str]:
        return [re.split(r"[(:]", summary)[0] for summary in self.ledger()]

    def events(self) -> list[dict[str, Any]]:
        """All events of all journals, in order of the runs."""
        paths = self.git("ls-tree", "-r", "--name-only", "audit", "audit/").splitlines()
        rows = [
            row for path in sorted(paths) for row in self.git("show", f"audit:{path}").splitlines()
        ]
        return [json.loads(row) for row in rows]

    @staticmethod
    def policy(longest: str) -> str:
        return POLICY.replace("12h", longest)

    # commands

    def run(self, *arguments: str) -> Ran:
        """Runs a command on the repository, with the account's password in the environment."""
        before = dict(os.environ)
        os.environ.update({"RECONCILER_PASSWORD": self.password} | self.environment)
        out, err = io.StringIO(), io.StringIO()
        try:
            with redirect_stdout(out), redirect_stderr(err):
                command = arguments[0].split()
                code = run_command([*command, "--repo", str(self.repository), *arguments[1:]])
        finally:
            os.environ.clear()
            os.environ.update(before)
        return Ran(int(code), out.getvalue(), err.getvalue())

    def reconcile(self, *, code: int = 0) -> dict[str, Any]:
        """Reconciles and returns the target's JSON; fails the test with everything printed when the exit code is another."""
        ran = self.run("reconcile", "--output", "json")
        assert ran.code == code, f"exit code {ran.code}, wanted {code}\n{ran.out}\n{ran.err}"
        return ran.target

    def plan(self) -> dict[str, Any]:
        return dict(self.run("plan", "--output", "json").target["plan"])

    def effects(self) -> list[str]:
        """What the plan would do now, one line a change."""
        return [
            " ".join([row["kind"], *filter(None, row["effect"])]) for row in self.plan()["changes"]
        ]

    def assert_plan_pending(self) -> None:
        assert self.run("plan", "--detailed-exitcode").code == 2

    def assert_converged(self) -> None:
        ran = self.run("plan", "--detailed-exitcode")
        assert ran.code == 0, ran.out + ran.err
        assert self.effects() == []

    # the database

    def log_on(self, user: str, password: str = "sandbox") -> oracledb.Connection:
        connection = oracledb.connect(
            user=user, password=password, dsn=self.dsn, tcp_connect_timeout=10
        )
        self.connections.append(connection)
        return connection

    def as_dba(self, *statements: str) -> list[tuple[Any, ...]]:
        """Runs statements as SYS; returns the rows of the last one if it is a query."""
        with (
            oracledb.connect(
                user="SYS",
                password=self.system_password,
                dsn=self.dsn,
                mode=oracledb.AUTH_MODE_SYSDBA,
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            rows = list(cursor.fetchall()) if cursor.description else []
            connection.commit()
            return rows

    def role_exists(self, role: str) -> bool:
        return bool(self.as_dba(f"SELECT role FROM dba_roles WHERE role = '{role}'"))

    def now(self) -> str:
        """The database clock, UTC, to the second."""
        (row,) = self.as_dba(
            "SELECT TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM dual"
        )
        return f"{row[0]}Z"

    def advance(self, duration: str) -> None:
        """Moves the database clock; jobs that fall due run."""
        self.advance_clock(duration)

    def close(self) -> None:
        for connection in self.connections:
            try:
                connection.close()
            except oracledb.Error as error:
                assert "DPY-" in str(error) or "ORA-" in str(error)


def can(connection: oracledb.Connection, sql: str) -> bool:
    """Whether the session may run the statement now; only the database's refusals count as no."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            if cursor.description:
                cursor.fetchall()
    except oracledb.DatabaseError as error:
        assert error.args[0].code in (942, 1031, 2289, 41900), str(error)
        return False
    return True
