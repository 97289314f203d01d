"""The gatekeeper package: what the reconciler does to users, sessions and profiles, as calls of procedures that refuse everything else.

The package lives in a locked schema that holds the powers; the reconciler's account holds EXECUTE on it alone (docs/adr/0009). `script` is what a DBA
reviews and runs, the other functions are the calls. No text reaches a call except as a literal or through the model's quoting function.

Not yet seen on a real database: that a definer-rights package may kill sessions of other instances, and which sessions AUTHENTICATION_TYPE calls PROXY.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.model import names
from reconciler.model.identities import ColumnView, Profile
from reconciler.model.logon_networks import LogonNetwork
from reconciler.oracle import texts

PACKAGE = f"{names.quote(names.GATE_SCHEMA)}.{names.quote('GATE')}"

KILLERS = {
    "alter-system": "EXECUTE IMMEDIATE 'ALTER SYSTEM KILL SESSION ''' || sid || ',' || serial || ',@' || instance || ''' IMMEDIATE';",
    "rds": "EXECUTE IMMEDIATE 'BEGIN rdsadmin.rdsadmin_util.kill(:1, :2, ''IMMEDIATE''); END;' USING sid, serial;",
}
"""How a session is killed: by ALTER SYSTEM, or by the procedure that Amazon RDS gives instead of that privilege."""

KILL_RIGHTS = {"alter-system": "ALTER SYSTEM", "rds": "EXECUTE ON RDSADMIN.RDSADMIN_UTIL"}
"""What each killer needs; keys as in KILLERS."""


def script(
    account: str,
    *,
    release: int,
    killer: str = "alter-system",
    services: Sequence[str] = (),
    logon_check: bool = False,
    with_comments: bool = False,
) -> tuple[str, ...]:
    """The statements that make the package and let `account` use it, for a DBA to run as SYS. `services` are the service accounts whose password it may
    set. `logon_check`: with the trigger that looks at the client networks of temporary users; it fires at every logon, so a DBA must want it.
    `with_comments`: each with its reason before it, for people. Raises InvalidNameError, KeyError for an unknown killer."""
    allowed = [names.literal(names.check(service)) for service in services]
    cases = "".join(f" WHEN {service} THEN {service}" for service in allowed)
    text = texts.load("gate", release)
    if logon_check:
        text = f"{text}\n{texts.load('gate_logon_check', release)}"
    _check_script_names((account, *services))
    text = texts.filled(
        text.replace(":kill:", KILLERS[killer]),
        {
            ":gate:": names.quote(names.GATE_SCHEMA),
            ":account:": names.quote(account),
            ":gate_name:": names.literal(names.GATE_SCHEMA),
            ":account_name:": names.literal(account),
            ":kill_right:": KILL_RIGHTS[killer],
            ":services:": f"CASE username{cases} END" if cases else "NULL",
        },
    )
    text = text if with_comments else texts.without_comments(text)
    parts = (part.strip() for part in f"{text}\n".split("\n/\n"))
    return tuple(part for part in parts if part)


def _check_script_names(found: Iterable[str]) -> None:
    """A script is cut into statements at its lines, and SQL*Plus substitutes after an ampersand even in literals: a document's name must not write a
    statement of its own into what a DBA runs. Raises InvalidNameError."""
    for name in found:
        if "&" in name or not name.isprintable():
            raise names.InvalidNameError(f"{name!r} cannot stand in a script for a DBA")


def reader_script(reader: str) -> tuple[str, ...]:
    """What an account that only reads needs where the logon check is, for a DBA to run when the account is there. Raises InvalidNameError."""
    reason = (
        "-- Which networks temporary users may log on from. The table comes with the logon check."
    )
    table = names.quote_qualified(names.GATE_SCHEMA, "LOGON_NETWORKS")
    return (f"{reason}\nGRANT SELECT ON {table} TO {names.quote(reader)}",)


def create_user(user: str, profile: str) -> str:
    """Makes a temporary user, locked; `:password` is to be bound, and is nowhere else."""
    return f"BEGIN {PACKAGE}.CREATE_USER({_text(user)}, :password, {_text(profile)}); END;"


def set_password(user: str) -> str:
    """Gives a temporary user or a listed service account the password that is bound to `:password`."""
    return f"BEGIN {PACKAGE}.SET_PASSWORD({_text(user)}, :password); END;"


def set_read_only(user: str) -> str:
    """Lets a temporary user change nothing; ORA-00922 before release 23."""
    return _call("SET_READ_ONLY", user)


def unlock_user(user: str) -> str:
    return _call("UNLOCK_USER", user)


def lock_user(user: str) -> str:
    return _call("LOCK_USER", user)


def drop_user(user: str) -> str:
    return _call("DROP_USER", user)


def kill_sessions(user: str) -> str:
    return _call("KILL_SESSIONS", user)


def kill_proxy_sessions(client: str, proxy: str) -> str:
    """Ends the sessions of `client` that came through `proxy`; those of other proxies only when nothing tells them apart and no other proxy is left."""
    return _call("KILL_PROXY_SESSIONS", client, proxy)


def grant_proxy(client: str, proxy: str) -> str:
    return _call("GRANT_PROXY", client, proxy)


def revoke_proxy(client: str, proxy: str) -> str:
    return _call("REVOKE_PROXY", client, proxy)


def set_quota(user: str, tablespace: str, size: str) -> str:
    """`size` in bytes, or UNLIMITED; 0 takes the quota away."""
    return _call("SET_QUOTA", user, tablespace, size)


def create_profile(profile: Profile) -> str:
    limits = (
        "NULL" if limit is None else str(limit)
        for limit in (profile.idle, profile.longest, profile.per_user)
    )
    return f"BEGIN {PACKAGE}.CREATE_PROFILE({', '.join((_text(profile.name), *limits))}); END;"


def set_profile(user: str, profile: str) -> str:
    """Puts a temporary user under a profile of leases; an empty one means DEFAULT."""
    return _call("SET_PROFILE", user, profile or "DEFAULT")


def drop_profile(name: str) -> str:
    return _call("DROP_PROFILE", name)


def create_view(view: ColumnView) -> str:
    columns = ",".join(map(names.quote, view.columns))
    arguments = ", ".join(map(_text, (view.name, view.owner, view.object)))
    return f"BEGIN {PACKAGE}.CREATE_COLUMN_VIEW({arguments}, {names.literal(columns)}); END;"


def drop_view(name: str) -> str:
    return _call("DROP_COLUMN_VIEW", name)


def set_networks(user: str, networks: Iterable[LogonNetwork]) -> str:
    """From where a temporary user may log on, instead of what was said before."""
    listed = ",".join(f"{row.network}={row.low}-{row.high}" for row in networks)
    return f"BEGIN {PACKAGE}.SET_NETWORKS({_text(user)}, {names.literal(listed)}); END;"


def clear_networks(user: str) -> str:
    return _call("CLEAR_NETWORKS", user)


def _call(procedure: str, *arguments: str) -> str:
    return f"BEGIN {PACKAGE}.{procedure}({', '.join(map(_text, arguments))}); END;"


def _text(name: str) -> str:
    """A literal; empty for no value. Names are checked, not quoted: the package quotes them itself."""
    return names.literal(names.check(name)) if name else "NULL"
