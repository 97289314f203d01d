"""Whether a lease was used, as people read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.model.usage import Refused, Source, Touched, Usage, Use
from reconciler.render import usage
from reconciler.render.terminal import Style
from reconciler.run.journal import usage_to_json

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLAIN = Style()


def block(use: Use = Use.NOT_USED, **changes: Any) -> str:
    values: dict[str, Any] = {
        "lease_id": "payroll-fix", "target": "prod", "grantee": "ALICE", "use": use, "reason": "", "hint": "",
        "since": START, "until": START + timedelta(hours=4), "read_at": START + timedelta(hours=5),
    }  # fmt: skip
    return usage.block(usage_to_json(Usage(**(values | changes))), PLAIN)


def test_used_says_how_often_when_from_where_and_what() -> None:
    text = block(
        Use.USED,
        count=3,
        first=START,
        last=START + timedelta(hours=1),
        sources=(Source("desk", "10.0.0.7", "sqlplus", "APP", 3),),
        touched=(Touched("SELECT", "HR.PAYROLL", 2), Touched("LOGON", "", 1)),
        refused=(Refused(942, "SELECT", "HR.X", 1),),
    )
    assert text.splitlines()[2:] == [
        "  use        used 3 times, 2026-11-20T12:00:00Z to 2026-11-20T13:00:00Z",
        "  from       desk 10.0.0.7 (sqlplus) through APP, 3 times",
        "  did        SELECT HR.PAYROLL (2 times)",
        "  did        LOGON (1 time)",
        "  refused    ORA-00942 SELECT HR.X (1 time)",
    ]


def test_not_used_says_what_last_login_adds() -> None:
    assert "last logon never, so not while the lease ran" in block()
    before, during, after = START - timedelta(1), START, START + timedelta(1)
    assert block(last_login=before).endswith(", so not while the lease ran")
    assert block(last_login=during).endswith(", while the lease ran")
    assert block(last_login=after).endswith("2026-11-21T12:00:00Z")


def test_unknown_says_why_and_what_a_dba_can_run() -> None:
    text = block(Use.UNKNOWN, reason="auditing is off", hint="GRANT READ")
    assert "use        unknown: auditing is off" in text
    assert text.endswith("-> a DBA can run: GRANT READ")


def test_what_clients_say_of_themselves_cannot_harm_a_terminal() -> None:
    evil = "a\x1b[2J\u202eb\x07\n"
    text = block(
        Use.USED,
        reason=evil,
        hint=evil,
        first=START,
        last=START,
        sources=(Source(evil, evil, evil, evil, 1), Source("", "", "", "", 1)),
        touched=(Touched(evil, evil, 1),),
        refused=(Refused(1, evil, evil, 1),),
    )
    assert not set("\x1b\u202e\x07") & set(text)
    assert len(text.splitlines()) == 8
