"""LOGICAL_READS_PER_CALL of a profile: how many blocks one query may read.

Counted as if each table of the query were read in full once, which is what Oracle does at least for a query without a usable index.
"""

from __future__ import annotations

import re

from reconciler.sandbox.engine.access.limits import kernel_limit
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.seam import OracleError

_BLOCK_BYTES = 8192
_SEGMENT = re.compile(r'main\."(t_\d+_\d+)"')


def check_reads(session: SessionView, sql: str) -> None:
    """Raises ORA-02395 if the SQLite query reads more than the profile of the session's user allows; dictionary views are free."""
    segments = _SEGMENT.findall(sql)
    if not segments or session.user == "SYS":
        return
    limit = kernel_limit(session.container.catalog, session.user, "LOGICAL_READS_PER_CALL")
    if limit is not None and sum(_blocks(session, segment) for segment in segments) > limit:
        raise OracleError(2395, "exceeded call limit on IO usage")


def _blocks(session: SessionView, segment: str) -> int:
    data = session.data()
    names = [row[1] for row in data.execute(f'PRAGMA main.table_info("{segment}")').fetchall()]
    sizes = " + ".join(f"coalesce(length(CAST({name} AS BLOB)), 0)" for name in names)
    (size,) = data.execute(f'SELECT total({sizes}) FROM main."{segment}"').fetchone()
    return 1 + int(size) // _BLOCK_BYTES
