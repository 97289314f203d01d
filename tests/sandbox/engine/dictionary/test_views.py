"""Every dictionary view can be described and read on every release."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.engine.dictionary import views
from reconciler.sandbox.seam import Release


@pytest.mark.parametrize("release", Release)
def test_every_view_is_readable_with_the_columns_it_is_described_with(
    make_database: Any, release: Release
) -> None:
    database = make_database(release)
    for container in ("FREEPDB1", "CDB$ROOT"):
        session = database.session(container=container)
        for name in views.names(release):
            described = views.find(release, name)
            assert described is not None
            source = views.attach(session, session.connection, [name])[name]
            session.connection.execute(f"SELECT * FROM {source}").fetchall()
            shape = session.connection.execute(
                f'PRAGMA temp.table_info("dictionary${name}")'
            ).fetchall()
            assert [row[1] for row in shape] == [column.name for column in described.columns]
