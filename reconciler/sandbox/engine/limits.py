"""Limits of a profile that end a session: IDLE_TIME and CONNECT_TIME, in minutes of the database clock."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.sandbox.seam import OracleError

if TYPE_CHECKING:
    from reconciler.sandbox.engine.session import Session

_LIMITS = """
SELECT p.resource, CASE p.value WHEN 'DEFAULT' THEN d.value ELSE p.value END
FROM users u JOIN profiles p ON p.name = u.profile
LEFT JOIN profiles d ON d.name = 'DEFAULT' AND d.resource = p.resource
WHERE u.name = ? AND p.resource IN ('IDLE_TIME', 'CONNECT_TIME')
"""


def check(session: Session) -> None:
    """Raises ORA-02396 or ORA-02399 for a session whose time is over. Limits of the kernel count only while RESOURCE_LIMIT is TRUE."""
    catalog = session.container.catalog
    if session.user == "SYS" or not _enforced(catalog):
        return
    minutes = {
        name: timedelta(minutes=int(value))
        for name, value in catalog.execute(_LIMITS, (session.user,))
        if value is not None and value.isdigit()
    }
    now = session.instance.now()
    if "IDLE_TIME" in minutes and now - session.last_call > minutes["IDLE_TIME"]:
        raise OracleError(2396, "exceeded maximum idle time, please connect again", fatal=True)
    if "CONNECT_TIME" in minutes and now - session.logon_time > minutes["CONNECT_TIME"]:
        raise OracleError(
            2399, "exceeded maximum connect time, you are being logged off", fatal=True
        )


def _enforced(catalog: sqlite3.Connection) -> bool:
    row = catalog.execute("SELECT value FROM parameters WHERE name = 'resource_limit'").fetchone()
    return row is not None and str(row[0]).upper() == "TRUE"
