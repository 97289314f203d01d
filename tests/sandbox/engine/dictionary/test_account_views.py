"""Users, roles and profiles as the dictionary shows them."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.engine.dictionary import views
from reconciler.sandbox.seam import Release

STAMP = "2026-11-20 14:00:00.123456"


@pytest.mark.parametrize(
    ("expired", "locked", "kind", "status"),
    [
        (0, 0, None, "OPEN"),
        (1, 0, None, "EXPIRED"),
        (0, 1, "ADMIN", "LOCKED"),
        (0, 1, "TIMED", "LOCKED(TIMED)"),
        (1, 1, "ADMIN", "EXPIRED & LOCKED"),
        (2, 1, "TIMED", "EXPIRED(GRACE) & LOCKED(TIMED)"),
    ],
)
def test_account_status_says_whether_expired_and_how_locked(
    database: Any, expired: int, locked: int, kind: str | None, status: str
) -> None:
    database.catalog().execute(
        "INSERT INTO users (name, created, expired, locked, lock_kind) VALUES ('ALICE', ?, ?, ?, ?)",
        (STAMP, expired, locked, kind),
    )
    rows = database.session().rows("DBA_USERS", "ACCOUNT_STATUS", "USERNAME = 'ALICE'")
    assert rows == [(status,)]


def test_instants_come_in_the_form_queries_expect(database: Any) -> None:
    database.catalog().execute(
        "INSERT INTO users (name, created, last_login) VALUES ('ALICE', ?, ?)", (STAMP, STAMP)
    )
    rows = database.session().rows(
        "DBA_USERS", "CREATED, LAST_LOGIN, LOCK_DATE", "USERNAME = 'ALICE'"
    )
    assert rows == [("2026-11-20 14:00:00", "2026-11-20 14:00:00.123456 +00:00", None)]


def test_common_accounts_are_inherited_everywhere_but_in_the_root(database: Any) -> None:
    for container, inherited in (("CDB$ROOT", "NO"), ("FREEPDB1", "YES")):
        session = database.session(container=container)
        assert session.rows("DBA_USERS", "COMMON, INHERITED", "USERNAME = 'SYSTEM'") == [
            ("YES", inherited)
        ]


def test_read_only_users_exist_from_release_23_on() -> None:
    def has_it(release: Release) -> bool:
        view = views.find(release, "DBA_USERS")
        assert view is not None
        return "READ_ONLY" in {column.name for column in view.columns}

    assert not has_it(Release.R19)
    assert has_it(Release.R23)


def test_a_quota_of_minus_one_is_unlimited_in_blocks_too(database: Any) -> None:
    database.catalog().execute(
        "INSERT INTO quotas VALUES ('ALICE', 'USERS', -1), ('BOB', 'USERS', 8192000)"
    )
    rows = database.session().rows("DBA_TS_QUOTAS", "USERNAME, MAX_BYTES, MAX_BLOCKS, DROPPED")
    assert rows == [("ALICE", -1, -1, "NO"), ("BOB", 8192000, 1000, "NO")]
