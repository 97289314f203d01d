#!/usr/bin/env python3
"""Runs conformance cases (format: README.md) against an Oracle server through python-oracledb in thin mode.

Without --dsn it starts a sandbox of each release itself and runs every case on a fresh database there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import oracledb
import yaml

RELEASES = (11, 12, 18, 19, 21, 23)
SANDBOX_RELEASES = (19, 23)
_SANDBOX_PASSWORD = "Conformance-1"
_CASE_TEXT = "id topics source releases skip container derived note passwords setup steps"
CASE_KEYS = frozenset(_CASE_TEXT.split())
_STEP_TEXT = """connect for_each sql as_user session container new_session after_idle_minutes repeat retry_seconds describe
    releases expect expect_before_23 columns rows unordered error_stack message_contains message_equals message_releases derived note"""
STEP_KEYS = frozenset(_STEP_TEXT.split())
HELP_LINE = re.compile(r"\s*^Help: https?://\S+\s*\Z", re.MULTILINE)  # added by the driver
CONNECTION_CLOSED, COMPILED_WITH_ERRORS = 28, 24344

Case = Mapping[str, Any]
Step = Mapping[str, Any]
Clock = Callable[[int], None]
"""Lets so many minutes pass on the server."""


@dataclass(frozen=True)
class Server:
    dsn: str
    root_dsn: str
    password: str
    release: int
    clock: Clock | None = None

    def on_port(self, port: str) -> Server:
        dsn, root_dsn = (
            re.sub(r":\d+/", f":{int(port)}/", text) for text in (self.dsn, self.root_dsn)
        )
        return replace(self, dsn=dsn, root_dsn=root_dsn)


Reset = Callable[[str], Server]
"""Gives the server that a case (by its id) starts on: fresh and ready."""


@dataclass
class Result:
    id: str
    status: str = "PASS"
    reason: str = ""
    step: str = ""
    sql: str = ""
    expected: str = ""
    got: str = ""
    not_run: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        text = f"{self.status} {self.id}" + (f": {self.reason}" if self.reason else "")
        if self.not_run:
            text += f" (not run: {'; '.join(self.not_run)})"
        if self.status == "FAIL":
            lines = f"{self.step}: {self.sql}", f"expected {self.expected}", f"got      {self.got}"
            text += "".join("\n     " + " | ".join(line.splitlines()) for line in lines)
        return text


class Mismatch(Exception):  # noqa: N818 - a verdict on the server, not an error of the runner
    """A step did not do what its case says: args are what was expected and what came."""


@dataclass(frozen=True)
class Outcome:
    """What the server answered to a statement or logon; code is None without an error, 0 if it is unknown."""

    code: int | None = None
    message: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of_error(cls, error: oracledb.Error) -> Outcome:
        message = HELP_LINE.sub("", str(error)).strip()
        number = re.search(r"ORA-(\d{5})", message)
        code = getattr(error.args[0], "code", 0) or (int(number[1]) if number else 0)
        return cls(code or (CONNECTION_CLOSED if "DPY-4011" in message else 0), message)

    def __str__(self) -> str:
        if self.code is not None:
            number = f"ORA-{self.code:05d}"
            known = self.code == 0 or number in self.message[:9]
            return self.message if known else f"{number} ({self.message})"
        return f"rows {[list(row) for row in self.rows]}" if self.columns else "ok"


def as_text(value: Any) -> str:
    """A fetched value as SQL*Plus shows it, trailing blanks cut."""
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        text = re.sub(r"\.0*$|(\.\d*?)0+$", r"\1", format(Decimal(str(value)), "f"))
        return re.sub(r"^(-?)0(?=\.)", r"\1", text)
    return value.hex().upper() if isinstance(value, bytes) else str(value).rstrip()


def described(column: oracledb.FetchInfo) -> tuple[str, str, str]:
    """Name, nullability and type of a column in the words of DESCRIBE."""
    kind = column.type_code.name.removeprefix("DB_TYPE_")
    if kind in ("VARCHAR", "CHAR", "RAW"):
        kind = f"{kind.replace('VARCHAR', 'VARCHAR2')}({column.display_size})"
    elif kind.startswith("TIMESTAMP"):
        zone = " WITH TIME ZONE" if kind.endswith("TZ") else ""
        kind = f"TIMESTAMP({column.scale or 0}){zone}"
    elif kind == "NUMBER" and column.precision:
        kind = f"NUMBER({column.precision}{f',{column.scale}' if column.scale else ''})"
    return column.name, "" if column.null_ok else "NOT NULL", kind


def execute(connection: oracledb.Connection, sql: str, *, describe: bool = False) -> Outcome:
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            if cursor.warning:
                return Outcome(COMPILED_WITH_ERRORS, str(cursor.warning))
            columns = cursor.description or ()
            rows = (tuple(map(as_text, row)) for row in cursor) if columns else ()
            names = tuple(column.name for column in columns)
            shown = tuple(map(described, columns) if describe else rows)
            return Outcome(columns=names, rows=shown)
    except oracledb.Error as error:
        return Outcome.of_error(error)


def check(step: Step, outcome: Outcome, release: int) -> None:
    """Raises Mismatch unless the outcome is what the step expects of the release."""
    expect: str = (release < 23 and step.get("expect_before_23")) or step.get("expect", "ok")
    if expect.startswith("ORA-"):
        if outcome.code != int(expect[4:]):
            raise Mismatch(expect, str(outcome))
        if release in step.get("message_releases", RELEASES):
            check_message(step, outcome.message)
    elif outcome.code is not None:
        raise Mismatch(expect, str(outcome))
    elif list(outcome.columns) != step.get("columns", list(outcome.columns)):
        raise Mismatch(f"columns {step['columns']}", str(list(outcome.columns)))
    elif expect == "rows":
        check_rows(step, outcome)


def check_rows(step: Step, outcome: Outcome) -> None:
    wanted = [tuple(map(as_text, row)) for row in step["rows"]]
    got = list(outcome.rows)
    if step.get("unordered"):
        wanted, got = sorted(wanted), sorted(got)
    if not outcome.columns or wanted != got:
        raise Mismatch(f"rows {[list(row) for row in wanted]}", str(outcome))


def check_message(step: Step, message: str) -> None:
    if step.get("message_contains", "") not in message:
        raise Mismatch(f"a message with {step['message_contains']!r}", repr(message))
    if step.get("message_equals", message) != message:
        raise Mismatch(f"the message {step['message_equals']!r}", repr(message))
    codes = iter(re.findall(r"ORA-\d{5}", message))
    if not all(code in codes for code in step.get("error_stack", ())):
        raise Mismatch(f"the stack {step['error_stack']}", repr(message))


class CaseRun:
    """One case on one server; holds the open sessions by label."""

    def __init__(self, case: Case, server: Server, result: Result) -> None:
        self.case, self.server, self.result = case, server, result
        maintained = {"SYS": server.password, "SYSTEM": server.password}
        self.passwords = maintained | case.get("passwords", {})
        self.sessions: dict[str, oracledb.Connection] = {}

    def run(self) -> None:
        for part in ("setup", "steps"):
            for number, step in enumerate(self.case[part], 1):
                derived = " (derived)" if step.get("derived") else ""
                self.result.step = f"{part} {number}{derived}"
                self.result.sql = step.get("sql") or f"CONNECT {step['connect']['user']}"
                self.run_step(step)
        self.result.step = self.result.sql = ""

    def run_step(self, step: Step) -> None:
        clock, minutes = self.server.clock, step.get("after_idle_minutes")
        if self.server.release not in step.get("releases", RELEASES) or (minutes and not clock):
            reason = "needs a clock" if minutes else "of other releases"
            self.result.not_run.append(f"{self.result.step}, {reason}")
            return
        if minutes and clock:
            clock(minutes)
        deadline = time.monotonic() + step.get("retry_seconds", 0)
        while not self.does_what_is_expected(step, last_try=time.monotonic() >= deadline):
            time.sleep(1)

    def does_what_is_expected(self, step: Step, *, last_try: bool) -> bool:
        try:
            check(step, self.perform(step), self.server.release)
        except Mismatch:
            if last_try:
                raise
            return False
        return True

    def perform(self, step: Step) -> Outcome:
        """Does what the step says, once or several times, up to the first error."""
        if login := step.get("connect"):
            try:
                self.connect(step["session"], login, step)
            except oracledb.Error as error:
                return Outcome.of_error(error)
            return Outcome()
        connection = self.session(step)
        outcome = Outcome()
        for sql in self.statements(connection, step):
            outcome = execute(connection, sql, describe=step.get("describe", False))
            if outcome.code is not None:
                break
        return outcome

    def statements(self, connection: oracledb.Connection, step: Step) -> Sequence[str]:
        query = step.get("for_each")
        if query is None:
            return [step["sql"]] * step.get("repeat", 1)
        source = execute(connection, query)
        if not source.rows:
            raise Mismatch(f"rows from {query}", str(source))
        return [step["sql"].format("", *row) for row in source.rows]

    def session(self, step: Step) -> oracledb.Connection:
        user: str = step["as_user"]
        label: str = step.get("session", user)
        if label not in self.sessions or step.get("new_session"):
            try:
                self.connect(label, {"user": user, "password": self.passwords[user]}, step)
            except oracledb.Error as error:
                raise Mismatch(f"a session of {user}", str(Outcome.of_error(error))) from error
        return self.sessions[label]

    def connect(self, label: str, login: Mapping[str, str], step: Step) -> None:
        self.close(label)
        root = step.get("container", self.case.get("container")) == "CDB$ROOT"
        sysdba = login["user"] == "SYS"
        connection = oracledb.connect(
            user=login["user"],
            password=login["password"],
            newpassword=login.get("new_password"),
            dsn=self.server.root_dsn if root else self.server.dsn,
            mode=oracledb.AUTH_MODE_SYSDBA if sysdba else oracledb.AUTH_MODE_DEFAULT,
            tcp_connect_timeout=10,
        )
        connection.autocommit, connection.call_timeout = True, 30_000
        self.sessions[label] = connection

    def close(self, *labels: str) -> None:
        for label in labels:
            if connection := self.sessions.pop(label, None):
                with suppress(oracledb.Error):  # killed, read-only or already gone
                    connection.close()


def run_case(case: Case, release: int, reset: Reset) -> Result:
    """Runs one case on the server that `reset` gives; never raises for what the server does."""
    result = Result(case["id"], reason=case.get("skip", ""))
    if not result.reason and release not in case.get("releases", RELEASES):
        result.reason = f"holds for releases {', '.join(map(str, case['releases']))}"
    if result.reason:
        return replace(result, status="SKIP")
    run: CaseRun | None = None
    try:
        result.step = "reset"
        run = CaseRun(case, reset(case["id"]), result)
        run.run()
    except Mismatch as mismatch:
        result.status, (result.expected, result.got) = "FAIL", mismatch.args
    except Exception as error:  # noqa: BLE001 - a server that breaks the protocol must not end the whole run
        result.status, result.expected = "FAIL", "no failure"
        result.got = f"{type(error).__name__}: {error}"
    finally:
        if run:
            run.close(*list(run.sessions))
    return result


def load_cases(places: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Cases in the order of their file names. Exits with a message for a case with keys that nobody reads."""
    for place in places:
        if not place.exists():
            raise SystemExit(f"{place}: no such folder or case")
        for path in sorted(place.glob("*.yaml")) if place.is_dir() else [place]:
            case = yaml.safe_load(path.read_text(encoding="utf-8"))
            steps = case["setup"] + case["steps"]
            unknown = set(case) - CASE_KEYS | {key for step in steps for key in step} - STEP_KEYS
            if unknown:
                raise SystemExit(f"{path}: unknown keys {sorted(unknown)}")
            yield case


def clock_of(command: str) -> Clock:
    def pass_minutes(minutes: int) -> None:
        environment = os.environ | {"MINUTES": str(minutes)}
        subprocess.run(command, shell=True, check=True, env=environment)

    return pass_minutes


def reset_of(command: str | None, server: Server) -> Reset:
    def reset(case_id: str) -> Server:
        if command is None:
            return server
        environment = os.environ | {"CASE": case_id, "RELEASE": str(server.release)}
        done = subprocess.run(
            command, shell=True, check=True, stdout=subprocess.PIPE, text=True, env=environment
        )
        return server.on_port(done.stdout.split()[-1]) if done.stdout.strip() else server

    return reset


@contextmanager
def sandbox_of(release: int) -> Iterator[Reset]:
    """A sandbox process of that release, its database fresh for every case. Raises SandboxError for a release it cannot be."""
    from reconciler.sandbox import process

    with TemporaryDirectory(prefix="conformance-") as directory:
        started = process.start(directory, release=release, password=_SANDBOX_PASSWORD)

        def reset(_case_id: str) -> Server:
            process.reset(directory)
            return server

        def pass_minutes(minutes: int) -> None:
            process.advance(directory, minutes * 60)

        dsn, root_dsn = (f"{started.address}/{service}" for service in ("FREEPDB1", "FREE"))
        server = Server(dsn, root_dsn, _SANDBOX_PASSWORD, release, pass_minutes)
        try:
            yield reset
        finally:
            process.stop(directory)


def run_all(cases: Sequence[Case], release: int, reset: Reset) -> list[Result]:
    """Runs the cases in order and prints a line for each as it ends."""
    results = []
    for case in cases:
        results.append(run_case(case, release, reset))
        print(results[-1], flush=True)  # noqa: T201 - the output of the command
    return results


def table(results: Mapping[int, Sequence[Result]]) -> str:
    """A line a case, a column a release; below it, why cases could not run, and the counts."""
    words = {"PASS": "passed", "FAIL": "FAILED", "SKIP": "not runnable"}
    names = [result.id for result in next(iter(results.values()))]
    width = max(map(len, names))
    lines = [f"{'case':{width}}" + "".join(f"  {release:<12}" for release in results)]
    for index, name in enumerate(names):
        cells = (words[found[index].status] for found in results.values())
        lines.append(f"{name:{width}}" + "".join(f"  {cell:<12}" for cell in cells))
    lines += ["", *_reasons(results)]
    for release, found in results.items():
        passed, failed, skipped = map([r.status for r in found].count, ("PASS", "FAIL", "SKIP"))
        lines.append(f"{release}: {passed} passed, {failed} failed, {skipped} not runnable")
    return "\n".join(line.rstrip() for line in lines)


def _reasons(results: Mapping[int, Sequence[Result]]) -> Iterator[str]:
    for release, found in results.items():
        for result in found:
            if result.status == "SKIP":
                yield f"not runnable on {release}: {result.id}: {result.reason}"
            elif result.not_run:
                yield f"partly run on {release}: {result.id}: {'; '.join(result.not_run)}"


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--dsn", help="HOST:PORT/SERVICE of the PDB; without it, sandboxes are started")
    add("--root-dsn", help="HOST:PORT/SERVICE of the root container")
    add("--password", help="password of SYS and SYSTEM")
    add("--release", type=int, choices=RELEASES, action="append", help="sandbox: default 19 and 23")
    add("--json", type=Path, help="write the results to this file")
    add("--reset", help="command that gives a fresh database before each case; may print its port")
    add("--clock", help="command that lets $MINUTES minutes pass on the server")
    add("places", nargs="+", type=Path, metavar="DIR", help="folder of cases, or one case")
    return parser


def given_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = options()
    given = parser.parse_args(arguments)
    of_a_server = ("root_dsn", "password", "reset", "clock")
    if given.dsn is None and any(getattr(given, name) for name in of_a_server):
        parser.error("--root-dsn, --password, --reset and --clock go with --dsn")
    if given.dsn is not None:
        if not (given.root_dsn and given.password):
            parser.error("--dsn needs --root-dsn and --password")
        if len(given.release or ()) != 1:
            parser.error("--dsn needs --release, once")
    given.release = list(dict.fromkeys(given.release or SANDBOX_RELEASES))
    if given.dsn is None and not set(given.release) <= set(SANDBOX_RELEASES):
        parser.error(f"the sandbox can be of release {' or '.join(map(str, SANDBOX_RELEASES))}")
    return given


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when no case failed, 1 when one did, 2 for what cannot be run at all."""
    given = given_options(arguments)
    oracledb.defaults.fetch_lobs, oracledb.defaults.fetch_decimals = False, True
    cases = list(load_cases(given.places))
    if not cases:
        print(f"no cases in {', '.join(map(str, given.places))}", file=sys.stderr)  # noqa: T201
        return 2
    results: dict[int, list[Result]] = {}
    for release in given.release:
        if given.dsn is None:
            with sandbox_of(release) as reset:
                results[release] = run_all(cases, release, reset)
        else:
            clock = clock_of(given.clock) if given.clock else None
            server = Server(given.dsn, given.root_dsn, given.password, release, clock)
            results[release] = run_all(cases, release, reset_of(given.reset, server))
    if given.json:
        rows = [asdict(result) | {"release": r} for r, found in results.items() for result in found]
        given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(f"\n{table(results)}")  # noqa: T201
    return int(any(result.status == "FAIL" for found in results.values() for result in found))


if __name__ == "__main__":
    sys.exit(main())
