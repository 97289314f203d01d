"""What the unified audit trail says of leases: one query for all of them, which changes nothing and may fail without harm.

Not yet seen on a real database: the form of AUTHENTICATION_TYPE, of which the client's address is taken, and that ENTITY_NAME is ALL USERS for a policy
that is enabled for everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from reconciler.model import names
from reconciler.model.errors import DatabaseError
from reconciler.model.usage import AuditOption, AuditRow, Trail, Watched
from reconciler.oracle import rows, texts
from reconciler.oracle.driver_errors import NO_RIGHT
from reconciler.oracle.session import Session

VIEWS = ("UNIFIED_AUDIT_TRAIL", "AUDIT_UNIFIED_ENABLED_POLICIES", "AUDIT_UNIFIED_POLICIES")
SECONDS = 60.0
"""The trail of a busy database is large, and the answer is not worth holding up a run."""
MAX_ROWS = 5_000
MAX_LEASES = 500
"""Leases of one query; those beyond wait for the next."""
_FORMAT = "%Y-%m-%d %H:%M:%S"
_POLICY_ROWS = 1_000


def read(session: Session, leases: Sequence[Watched]) -> Trail:
    """The trail of the leases' users in their windows, and the enabled policies about them. One round trip for each `MAX_LEASES`.

    Never raises DatabaseError: what went wrong is in the Trail, with the grants that a DBA can give when a right is missing.
    """
    found = Trail()
    for start in range(0, len(leases), MAX_LEASES):
        part = _read(session, leases[start : start + MAX_LEASES])
        if part.unreadable:
            return part
        found = Trail(
            found.rows + part.rows, found.options + part.options, cut=found.cut or part.cut
        )
    return found


def grants(account: str) -> str:
    """The statements that let the account read the trail. Granted through the public synonym: the view's owner differs by release."""
    return "; ".join(f"GRANT READ ON {view} TO {names.quote(account)}" for view in VIEWS)


def _read(session: Session, leases: Sequence[Watched]) -> Trail:
    sql, binds = _query(leases, session.release)
    try:
        answer = session.query(sql, binds, expect=MAX_ROWS + _POLICY_ROWS, seconds=SECONDS)
    except DatabaseError as error:
        if error.ora in NO_RIGHT:
            return Trail(
                unreadable=f"{session.account} may not read the audit trail (ORA-{error.ora:05d})",
                hint=grants(session.account),
            )
        return Trail(unreadable=f"the audit trail could not be read: {error.message}")
    trail = [_audit_row(row) for row in answer if row[0] == "T"]
    options = tuple(_option(row) for row in answer if row[0] == "P")
    return Trail(tuple(trail[:MAX_ROWS]), options, cut=len(trail) > MAX_ROWS)


def _query(leases: Sequence[Watched], release: int) -> tuple[str, dict[str, str]]:
    binds = {
        "first": _text(min(lease.since for lease in leases)),
        "last": _text(_after(max(lease.until for lease in leases))),
    }
    windows = []
    for number, lease in enumerate(leases):
        binds |= {
            f"l{number}": lease.lease_id,
            f"g{number}": lease.grantee,
            f"s{number}": _text(lease.since),
            f"u{number}": _text(_after(lease.until)),
        }
        since, until = (f"TO_TIMESTAMP(:{bind}{number}, 'YYYY-MM-DD HH24:MI:SS')" for bind in "su")
        windows.append(
            f"SELECT :l{number} AS lease, :g{number} AS grantee, {since} AS since, {until} AS until FROM dual"  # noqa: S608 - binds alone
        )
    text = texts.without_comments(texts.load("usage", release))
    text = text.replace(":windows:", "\nUNION ALL ".join(windows))
    return text.replace(":most:", str(MAX_ROWS + 1)), binds


def _after(instant: datetime) -> datetime:
    """The ledger keeps whole seconds: the window holds all of its last one."""
    return instant + timedelta(seconds=1)


def _text(instant: datetime) -> str:
    return instant.strftime(_FORMAT)


def _audit_row(row: rows.Row) -> AuditRow:
    _, lease, user, proxy, action, schema, name, code, privileges, host, address, program, *rest = (
        row
    )
    times, first, last = rest
    return AuditRow(
        lease_id=lease,
        user=user or "",
        proxy=proxy or "",
        action=action or "",
        schema=schema or "",
        object=name or "",
        code=int(code or 0),
        privileges=tuple(filter(None, (part.strip() for part in (privileges or "").split(",")))),
        host=texts.printable(host or ""),
        address=texts.printable(address or ""),
        program=texts.printable(program or ""),
        times=int(times),
        first=rows.utc(first),
        last=rows.utc(last),
    )


def _option(row: rows.Row) -> AuditOption:
    _, policy, applies, entity, kind, option, schema, name, *_ = row
    return AuditOption(
        policy, applies, entity or "", kind or "", option or "", schema or "", name or ""
    )
