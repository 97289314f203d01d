"""The dictionary as a driver reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest

from reconciler.sandbox import server
from reconciler.sandbox.engine.dictionary import views
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.seam import Release


@pytest.fixture(params=Release, ids=lambda release: f"release{release}")
def system(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Release, oracledb.Connection]]:
    release: Release = request.param
    instance = Instance(tmp_path / "instance", release, password="system")
    with server.running(instance) as listening:
        dsn = f"127.0.0.1:{listening.port}/FREEPDB1"
        with oracledb.connect(user="SYSTEM", password="system", dsn=dsn) as connection:
            yield release, connection
    instance.close()


def test_every_view_is_read_by_its_public_name(
    system: tuple[Release, oracledb.Connection],
) -> None:
    release, connection = system
    with connection.cursor() as cursor:
        for public_name, name in views.synonyms(release).items():
            cursor.execute(f"SELECT * FROM {public_name}")
            view = views.find(release, name)
            assert view is not None
            assert [item.name for item in cursor.description] == [c.name for c in view.columns]
            cursor.fetchall()


def test_the_version_is_the_one_of_the_handshake(
    system: tuple[Release, oracledb.Connection],
) -> None:
    _, connection = system
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT version_full FROM product_component_version").fetchone() == (
            connection.version,
        )


def test_v_dollar_views_are_granted_under_the_name_of_their_object(
    system: tuple[Release, oracledb.Connection],
) -> None:
    _, connection = system
    with connection.cursor() as cursor:
        query = "SELECT owner, table_name FROM dba_tab_privs WHERE grantee = 'PUBLIC' AND table_name LIKE 'V%VERSION'"
        assert set(cursor.execute(query).fetchall()) == {("SYS", "V_$VERSION")}
