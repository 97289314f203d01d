"""Speed of the stand-in as the driver sees it: tests and demonstrations wait for it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import oracledb

from reconciler.oracle import texts
from tests.benchmarks.bench_grants import RELEASE, staged
from tests.benchmarks.crowd import SCHEMA, Crowd, separate
from tests.benchmarks.figures import Figure, ratio, wall_seconds
from tests.scenarios.conftest import PASSWORD
from tests.scenarios.world import ACCOUNT

COLUMNS = 8
ROWS = 20_000
STATEMENTS = 300
_MAKE = f"CREATE TABLE {SCHEMA}.SHORT ({', '.join(f'C{n} VARCHAR2(30)' for n in range(COLUMNS))})"
_INSERT = f"INSERT INTO {SCHEMA}.SHORT VALUES ({', '.join(f':{n + 1}' for n in range(COLUMNS))})"


def figures() -> Iterator[Figure]:
    with staged(separate(tables=STATEMENTS // 10)) as stage:
        stage.world.as_dba(_MAKE, f"GRANT SELECT, INSERT ON {SCHEMA}.SHORT TO {ACCOUNT}")
        with stage.world.log_on(ACCOUNT, PASSWORD) as connection, connection.cursor() as cursor:
            yield rows(connection, cursor)
            yield batch(cursor, statements(stage.crowd))


def rows(connection: oracledb.Connection, cursor: oracledb.Cursor) -> Figure:
    data = [tuple(f"{row}-{column}" for column in range(COLUMNS)) for row in range(ROWS)]
    cursor.executemany(_INSERT, data)
    connection.commit()
    cursor.arraysize = cursor.prefetchrows = 1_000
    query = f"SELECT * FROM {SCHEMA}.SHORT"
    seconds = min(wall_seconds(lambda: cursor.execute(query).fetchall()) for _ in range(3))
    assert sorted(cursor.execute(query).fetchall()) == sorted(data)
    reference = min(
        wall_seconds(lambda: [json.loads(json.dumps(row)) for row in data]) for _ in range(3)
    )
    note = f"{ROWS / seconds:.0f} rows a second"
    return ratio(
        f"fetch of {COLUMNS} short columns, in JSON there and back", seconds, reference, 8, note
    )


def batch(cursor: oracledb.Cursor, grants: list[str]) -> Figure:
    """The reference is a round trip that does nothing."""
    block = texts.without_comments(texts.load("batch", RELEASE))
    codes = cursor.arrayvar(int, len(grants))
    binds = {
        "statements": cursor.arrayvar(str, grants, 200),
        "groups": cursor.arrayvar(int, list(range(1, len(grants) + 1))),
        "codes": codes,
        "messages": cursor.arrayvar(str, len(grants), 2000),
    }
    seconds = wall_seconds(lambda: cursor.execute(block, binds))
    assert codes.getvalue() == [0] * len(grants)
    idle = wall_seconds(lambda: [cursor.execute("BEGIN NULL; END;") for _ in range(STATEMENTS)])
    note = f"{seconds / len(grants) * 1e6:.0f} us each"
    return ratio("a GRANT in a batch, in empty round trips", seconds, idle, 2, note)


def statements(crowd: Crowd) -> list[str]:
    """Every grant of the crowd in a statement of its own."""
    return [
        f"GRANT {privilege} ON {SCHEMA}.{table} TO {role}"
        for role, privilege in crowd.privileges.items()
        for table in crowd.tables
    ]
