"""What the story needs around it: a grants repository with real commits, a database, people with sessions."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import oracledb

from reconciler.oracle import bootstrap, gate
from reconciler.sandbox import process

PDBS = ("FREEPDB1", "FREEPDB2", "FREEPDB3")
ACCOUNT = "RECONCILER"
ENVIRONMENT = "environment.sh"
REVIEWERS = ("bob", "frank")
"""Who signs reviews in the story: one who owns the payroll's data, one of security."""
PERSON_PASSWORD = "sandbox"  # noqa: S105 - the sample's people exist in the stand-in only
_PLACEHOLDER = "localhost:1521"
_ROLES = ("HR_READER", "OE_READER", "FIN_READER", "APP_SUPPORT")
_SYSTEM_PRIVILEGES = ("CREATE SESSION", "CREATE VIEW")
_OTHER_KEYS = re.compile(r"^  signingKeys:\n(?:    - .*\n)+", re.MULTILINE)
"""Keys of the example, whose private halves were thrown away."""
_GIT_TIMEOUT_SECONDS = 60
_COMMAND_TIMEOUT_SECONDS = 120


class StoryError(Exception):
    """The story did not go as it must: the demo has failed."""


@dataclass(slots=True)
class Stage:
    """A folder with the repository and the stand-in's state. `environment` is what commands of the story run with; the password of the reconciler's
    account is in it and nowhere else. `system_password` is that of SYS and SYSTEM."""

    folder: Path
    port: int
    release: int
    environment: dict[str, str]
    system_password: str = field(repr=False)
    connections: list[oracledb.Connection] = field(default_factory=list)

    @property
    def repository(self) -> Path:
        return self.folder / "access"

    @property
    def sandbox(self) -> Path:
        return self.folder / "sandbox"

    def git(self, *arguments: str) -> str:
        """Runs git in the repository and returns what it printed. Raises StoryError."""
        return _git(self.repository, *arguments)

    def reconciler(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs this program as its users do, in the repository."""
        command = [sys.executable, "-m", "reconciler", *arguments]
        return subprocess.run(
            command,
            cwd=self.repository,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_TIMEOUT_SECONDS,
        )

    def write(self, path: str, text: str) -> None:
        file = self.repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def propose(self, branch: str, path: str, text: str, title: str, author: str) -> None:
        """A branch with one commit by its author; main stays checked out."""
        self.git("switch", "-q", "-c", branch)
        self.write(path, text)
        self.git("add", path)
        by = ("-c", f"user.name={author}", "-c", f"user.email={author}@example.com")
        self.git(*by, "commit", "-q", "-m", title)
        self.git("switch", "-q", "main")

    def merge(self, branch: str, title: str, reviews: Sequence[str] = ()) -> str:
        """Merges a branch into main, with signed reviews in the message of the merge; returns the merge's short id."""
        message = "\n".join((f"Merge: {title}", "", *reviews))
        self.git("merge", "-q", "--no-ff", "-m", message, branch)
        return self.git("rev-parse", "--short", "HEAD")

    def key_of(self, person: str) -> Path:
        """The SSH key that a reviewer signs with."""
        return self.folder / "keys" / person

    def log_on(self, user: str, pdb: str = PDBS[0]) -> oracledb.Connection:
        """A session of a person, through the ordinary driver."""
        connection = oracledb.connect(
            user=user,
            password=PERSON_PASSWORD,
            dsn=f"127.0.0.1:{self.port}/{pdb}",
            tcp_connect_timeout=10,
        )
        self.connections.append(connection)
        return connection


def query(connection: oracledb.Connection, sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def refusal(connection: oracledb.Connection, sql: str) -> str:
    """The database's refusal of a query, its first line. Raises StoryError if it is not refused."""
    try:
        query(connection, sql)
    except oracledb.DatabaseError as error:
        return str(error).splitlines()[0]
    raise StoryError(f"{sql!r} should have been refused and was not")


@contextmanager
def set_up(folder: Path, release: int) -> Iterator[Stage]:
    """Repository and stand-in, ready; everything that runs is stopped at the end."""
    password = secrets.token_urlsafe(18)
    system = secrets.token_urlsafe(18)
    running = process.start(
        folder / "sandbox", port=0, release=release, password=system, sample=True, pdbs=PDBS
    )
    stage = Stage(folder, running.port, release, _environment(password), system)
    try:
        for pdb in PDBS:
            _make_account(stage, pdb, system, password)
        _make_repository(stage)
        yield stage
    finally:
        for connection in stage.connections:
            _close(connection)
        process.stop(folder / "sandbox")


def keep_environment(stage: Stage) -> None:
    """Leaves a script that only the user can read: it puts this program on the path, starts the stand-in where it
    listened and exports the passwords of the reconciler's account and of SYS."""
    script = stage.folder / ENVIRONMENT
    folder = shlex.quote(str(stage.sandbox))
    password = shlex.quote(stage.environment["RECONCILER_PASSWORD"])
    system = shlex.quote(stage.system_password)
    script.touch(mode=0o600)
    script.write_text(
        f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"\n'
        f"export RECONCILER_SANDBOX_DIR={folder} RECONCILER_SANDBOX_PASSWORD={system}\n"
        f"export RECONCILER_PASSWORD={password}\n"
        f"reconciler sandbox start --port {stage.port}\n",
        encoding="utf-8",
    )


def _environment(password: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return kept | {"RECONCILER_PASSWORD": password, "PYTHONUNBUFFERED": "1"}


def _make_account(stage: Stage, pdb: str, system: str, password: str) -> None:
    """The DBA's part: the account of the reconciler and its gatekeeper, with the statements that the documentation shows."""
    with (
        oracledb.connect(
            user="SYS",
            password=system,
            dsn=f"127.0.0.1:{stage.port}/{pdb}",
            mode=oracledb.AUTH_MODE_SYSDBA,
        ) as dba,
        dba.cursor() as cursor,
    ):
        account = bootstrap.statements(
            ACCOUNT,
            password,
            release=stage.release,
            system_privileges=_SYSTEM_PRIVILEGES,
            roles=_ROLES,
        )
        for statement in (*account, *gate.script(ACCOUNT, release=stage.release)):
            cursor.execute(statement)


def _make_repository(stage: Stage) -> None:
    shutil.copytree(_example_grants(), stage.repository / "grants")
    for file in sorted((stage.repository / "grants" / "targets").glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(_PLACEHOLDER, f"127.0.0.1:{stage.port}"), encoding="utf-8")
    for person in REVIEWERS:
        _make_key(stage, person)
    _git(stage.repository, "init", "-q", "-b", "main")
    _git(stage.repository, "config", "user.name", "Grants Repository")
    _git(stage.repository, "config", "user.email", "grants@example.org")
    _git(stage.repository, "add", ".")
    _git(stage.repository, "commit", "-q", "-m", "Describe who has access to what")


def _make_key(stage: Stage, person: str) -> None:
    """A new SSH key for a reviewer, its public half in the document. Raises StoryError."""
    private = stage.key_of(person)
    private.parent.mkdir(mode=0o700, exist_ok=True)
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", str(private)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_GIT_TIMEOUT_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise StoryError(
            f"reviewers sign with OpenSSH's ssh-keygen, which does not run: {error}"
        ) from None
    public = private.with_suffix(".pub").read_text(encoding="utf-8").strip()
    document = stage.repository / "grants" / "people" / f"{person}.yaml"
    text = _OTHER_KEYS.sub("", document.read_text(encoding="utf-8"))
    document.write_text(f"{text}  signingKeys: [{public}]\n", encoding="utf-8")


def _example_grants() -> Path:
    """The example repository: packaged with the wheel, or beside the source."""
    packaged = Path(str(resources.files("reconciler") / "_grants"))
    beside = Path(__file__).parents[3] / "grants"
    for place in (packaged, beside):
        if place.is_dir():
            return place
    raise StoryError("the example grants are not installed")


def _git(folder: Path, *arguments: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_GIT_TIMEOUT_SECONDS,
    )
    if done.returncode != 0:
        raise StoryError(f"git {' '.join(arguments[:2])}: {done.stderr.strip()}")
    return done.stdout.strip()


def _close(connection: oracledb.Connection) -> None:
    """A session that the story let end is already closed on the other side."""
    try:
        connection.close()
    except oracledb.Error as error:
        if "DPY-" not in str(error) and "ORA-" not in str(error):
            raise


def shown(result: subprocess.CompletedProcess[str], codes: Sequence[int]) -> str:
    """What a command printed, result and findings. Raises StoryError when it ended with another code than the story needs."""
    text = result.stdout.rstrip() + ("\n" + result.stderr.rstrip() if result.stderr.strip() else "")
    if result.returncode not in codes:
        raise StoryError(f"{' '.join(result.args[3:])} ended with {result.returncode}:\n{text}")
    return text.strip("\n")
