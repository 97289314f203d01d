"""Many roles with standing grants on many tables: the world of the measurements of size.

`packable` is the job that other tools were measured with: every role reads every table. `separate` is its worst case: no two grants fit one statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.scenarios.world import standing

SCHEMA = "CROWD"
ROLE_PRIVILEGES = (
    "SELECT",
    "READ",
    "INSERT",
    "UPDATE",
    "DELETE",
    "ALTER",
    "DEBUG",
    "FLASHBACK",
    "ON COMMIT REFRESH",
    "QUERY REWRITE",
)
"""Those of a table that a role can hold."""

_MOST_ITEMS = 200  # of a list in a document
_TARGET = """\
apiVersion: grants/v1
kind: Target
metadata: {{name: prod}}
spec:
  connect: {{dsn: '{dsn}', user: RECONCILER, passwordEnv: RECONCILER_PASSWORD}}
  mode: authoritative
  scope: {{grantees: ['CROWD_*'], schemas: [CROWD]}}
"""


@dataclass(frozen=True, slots=True)
class Crowd:
    """`privileges` has what each role is to hold on every table."""

    privileges: Mapping[str, str]
    tables: tuple[str, ...]

    @property
    def grants(self) -> int:
        return len(self.privileges) * len(self.tables)

    def schema(self) -> Iterator[str]:
        """The statements that make its tables."""
        yield f"CREATE USER {SCHEMA} NO AUTHENTICATION QUOTA UNLIMITED ON USERS"
        for table in self.tables:
            yield f"CREATE TABLE {SCHEMA}.{table} (id NUMBER)"

    def roles(self) -> Iterator[str]:
        """The statements that make its roles."""
        for role in self.privileges:
            yield f"CREATE ROLE {role}"

    def no_roles(self) -> Iterator[str]:
        """The statements that drop its roles, and so everything they hold."""
        for role in self.privileges:
            yield f"DROP ROLE {role}"

    def documents(self, dsn: str) -> dict[str, str]:
        """The target and the standing grants, by path."""
        found = {"grants/targets/prod.yaml": _TARGET.format(dsn=dsn)}
        for privilege in sorted(set(self.privileges.values())):
            roles = [role for role, wanted in self.privileges.items() if wanted == privilege]
            for part, tables in enumerate(_parts(self.tables)):
                name = f"{privilege.lower().replace(' ', '-')}-{part}"
                items = (f"{{privileges: [{privilege}], on: {SCHEMA}.{row}}}" for row in tables)
                found[f"grants/standing/{name}.yaml"] = standing(
                    name, f"[{', '.join(roles)}]", f"[{', '.join(items)}]"
                )
        return found


def _parts(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), _MOST_ITEMS):
        yield names[start : start + _MOST_ITEMS]


def packable(roles: int, tables: int) -> Crowd:
    """Every role reads every table."""
    return Crowd({f"CROWD_{number:03}": "SELECT" for number in range(roles)}, _tables(tables))


def separate(tables: int) -> Crowd:
    """Ten roles, each with a privilege of its own on every table: each grant needs its statement."""
    named = enumerate(ROLE_PRIVILEGES)
    return Crowd({f"CROWD_{number:03}": privilege for number, privilege in named}, _tables(tables))


def _tables(count: int) -> tuple[str, ...]:
    return tuple(f"T{number:04}" for number in range(count))
