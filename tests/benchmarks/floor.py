"""The least that any tool must do: read the documents, ask the catalogue once, subtract, send the rest in batches. No checks, no order, no proof, no record.

`python -m tests.benchmarks.floor plan|apply DSN FOLDER`, with the password in RECONCILER_PASSWORD. Prints the number of missing grants.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from pathlib import Path

import oracledb
import yaml

_BATCH = 300
_GRANTEES = 100
_BLOCK = """\
DECLARE
  statements DBMS_SQL.VARCHAR2A;
BEGIN
  statements := :statements;
  FOR i IN 1 .. statements.COUNT LOOP
    EXECUTE IMMEDIATE statements(i);
  END LOOP;
END;"""

Grant = tuple[str, str, str, str]
"""Grantee, privilege, owner, table."""


def main(action: str, dsn: str, folder: str) -> None:
    wanted = read(Path(folder))
    password = os.environ["RECONCILER_PASSWORD"]
    with (
        oracledb.connect(user="RECONCILER", password=password, dsn=dsn) as connection,
        connection.cursor() as cursor,
    ):
        cursor.arraysize = cursor.prefetchrows = len(wanted) + 1
        cursor.execute(
            "SELECT grantee, privilege, owner, table_name FROM dba_tab_privs WHERE owner = 'CROWD'"
        )
        missing = wanted - set(cursor.fetchall())
        if action == "apply":
            statements = pack(missing)
            for start in range(0, len(statements), _BATCH):
                some = statements[start : start + _BATCH]
                cursor.execute(_BLOCK, statements=cursor.arrayvar(str, some, 32_767))
    sys.stdout.write(f"{len(missing)}\n")


def read(folder: Path) -> set[Grant]:
    found: set[Grant] = set()
    for file in folder.glob("*.yaml"):
        spec = yaml.load(file.read_bytes(), yaml.CSafeLoader)["spec"]
        for item in spec["access"]:
            owner, _, table = item[True].partition(".")  # `on` is a boolean in YAML 1.1
            found.update(
                (grantee, privilege, owner, table)
                for grantee in spec["grantees"]
                for privilege in item["privileges"]
            )
    return found


def pack(missing: set[Grant]) -> list[str]:
    grantees: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for grantee, *what in missing:
        grantees[what[0], what[1], what[2]].append(grantee)
    return [
        f"GRANT {privilege} ON {owner}.{table} TO {', '.join(names[start : start + _GRANTEES])}"
        for (privilege, owner, table), names in grantees.items()
        for start in range(0, len(names), _GRANTEES)
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
