"""Documents and logons for stories about temporary users, proxies and bounds on sessions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import oracledb
import pyrage

from tests.scenarios.world import PERSON, TARGET, World

LOCKED, NO_PROXY, BAD_LOGON = 28000, 28150, 1017
CUT_OFF = {28, 1012, 3113, 3135, 2396, 2399}
"""What the next call of a session that was ended gets."""


def prepare(world: World, *, users: str = "[HR_APP]") -> None:
    """Alice has a key of her own, and the target lets proxies act as `users`."""
    key = pyrage.x25519.Identity.generate()
    (world.repository.parent / "alice.key").write_text(f"{key}\n", encoding="utf-8")
    target = TARGET.format(name="prod", dsn=world.dsn, mode="authoritative")
    alice = PERSON.format(name="alice", title="Alice", user="ALICE")
    world.merge(
        {
            "grants/people/alice.yaml": f"{alice}  publicKeys: [{key.to_public()}]\n",
            "grants/targets/prod.yaml": f"{target}    users: {users}\n",
        },
        "Give alice a key",
    )


def asked(
    name: str,
    identity: str,
    *,
    access: str = "[{privileges: [SELECT], on: HR.PAYROLL}]",
    window: str = "{duration: 4h}",
    extra: str = "",
) -> str:
    """A request of alice's; a proxy has no access of its own."""
    listed = "" if "proxy" in identity else f"  access: {access}\n"
    return f"""\
apiVersion: grants/v1
kind: AccessRequest
metadata: {{name: {name}}}
spec:
  requester: alice
  reason: Payroll totals are wrong since release 42
  targets: [prod]
  identity: {identity}
  window: {window}
{listed}{extra}"""


def temporary(name: str = "payroll-fix", **parts: str) -> str:
    return asked(name, "{temporary: {}}", **parts)


def read_only(name: str = "payroll-fix", **parts: str) -> str:
    return asked(name, "{temporary: {readOnly: true}}", **parts)


def proxy(
    name: str = "as-app", through: str = "ALICE", client: str = "HR_APP", **parts: str
) -> str:
    return asked(name, f"{{proxy: {{through: {through}, client: {client}}}}}", **parts)


def password_of(world: World, lease: str) -> str:
    """What alice sees with her private key."""
    key = world.repository.parent / "alice.key"
    ran = world.run("credentials", lease, "--identity", str(key), "--no-fetch")
    assert ran.code == 0, ran.out + ran.err
    return ran.out.strip()


def log_on_as_temporary(world: World, lease: str = "payroll-fix") -> oracledb.Connection:
    user = f"JITU_{lease.upper().replace('-', '_')}"
    return world.log_on(user, password_of(world, lease))


def status_of(world: World, user: str) -> str:
    """ACCOUNT_STATUS, empty for a user who is not there."""
    rows = world.as_dba(f"SELECT account_status FROM dba_users WHERE username = '{user}'")
    return str(rows[0][0]) if rows else ""


def is_cut_off(connection: oracledb.Connection) -> bool:
    """Whether the session is over: its next statement fails, whatever it is."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM dual")
            cursor.fetchall()
    except oracledb.Error as error:
        found = error.args[0]
        assert found.code in CUT_OFF or found.full_code in ("DPY-4011", "DPY-1001"), str(error)
        return True
    return False


@contextlib.contextmanager
def refused(*codes: int) -> Iterator[None]:
    """The block must end with one of these numbers of Oracle's."""
    try:
        yield
    except oracledb.DatabaseError as error:
        assert error.args[0].code in codes, str(error)
        return
    raise AssertionError(f"nothing was refused; one of {codes} was expected")
