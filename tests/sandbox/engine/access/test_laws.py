"""Laws that hold whatever is granted and revoked in whatever order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.sandbox.seam import OracleError, Release

NAMES = ("OWNER", "A", "B", "C", "D")
ROLES = ("R0", "R1", "R2", "R3", "R4")
LAW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def arena(tmp_path_factory: Any, templates: Any, make_database: Any) -> Any:
    database = make_database(tmp_path_factory.mktemp("laws"), Release.R23, templates)
    sys = database.as_sys()
    for name in NAMES:
        sys.run(f"CREATE USER {name} NO AUTHENTICATION")
    for role in ROLES:
        sys.run(f"CREATE ROLE {role}")
    database.add_object("OWNER", "T", columns=("X", "Y"))
    yield database
    database.close()


@contextmanager
def example(database: Any) -> Iterator[None]:
    """Everything done inside is forgotten."""
    catalog = database.pdb.catalog
    catalog.execute("SAVEPOINT example")
    try:
        yield
    finally:
        catalog.execute("ROLLBACK TO example")
        catalog.execute("RELEASE example")


def try_as(database: Any, user: Any, sql: Any) -> Any:
    try:
        database.session_of(user).run(sql)
    except OracleError:
        return False
    return True


def unsupported_grants(database: Any) -> Any:
    """Grants on OWNER.T from which no chain of grants with option leads back to the owner, found by plain search."""
    rows = database.rows("SELECT grantor, grantee, privilege, NULL, grantable FROM object_grants g"
                         " JOIN objects o USING (object_id) WHERE o.owner = 'OWNER'"
                         " UNION ALL SELECT grantor, grantee, privilege, column_name, grantable FROM column_grants")  # fmt: skip
    reached = defaultdict(lambda: {"OWNER"})
    for _ in rows:
        for grantor, grantee, privilege, column, grantable in rows:
            may = {grantor, "PUBLIC"} & (reached[privilege, None] | reached[privilege, column])
            if may and grantable:
                reached[privilege, column].add(grantee)
    return [
        row
        for row in rows
        if not {row[0], "PUBLIC"} & (reached[row[2], None] | reached[row[2], row[3]])
    ]


object_step = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(["GRANT", "GRANT", "GRANT OPTION", "GRANT OPTION", "REVOKE"]),
    st.sampled_from(["SELECT", "UPDATE", "UPDATE (X)", "ALL"]),
    st.sampled_from([*NAMES, "PUBLIC"]),
)


@LAW
@given(st.lists(object_step, max_size=25))
def test_no_grant_stands_without_a_chain_to_the_owner(arena: Any, steps: Any) -> None:
    with example(arena):
        for user, verb, privilege, grantee in steps:
            if verb == "REVOKE":
                name = privilege.partition(" ")[0]
                try_as(arena, user, f"REVOKE {name} ON owner.t FROM {grantee}")
            else:
                option = " WITH GRANT OPTION" if verb == "GRANT OPTION" else ""
                try_as(arena, user, f"GRANT {privilege} ON owner.t TO {grantee}{option}")
            assert unsupported_grants(arena) == []


@LAW
@given(st.lists(st.tuples(st.sampled_from(ROLES), st.sampled_from(ROLES)), max_size=20))
def test_role_graph_never_gets_a_circle(arena: Any, edges: Any) -> None:
    with example(arena):
        for role, grantee in edges:
            try_as(arena, "SYS", f"GRANT {role} TO {grantee}")
            rows = arena.rows("SELECT role, grantee FROM role_grants WHERE grantee LIKE 'R_'")
            waiting = {(str(a), str(b)) for a, b in rows}
            while waiting:
                free = {
                    edge for edge in waiting if not any(edge[0] == other[1] for other in waiting)
                }
                assert free, f"circle among {waiting}"
                waiting -= free


grants = st.sampled_from(
    [
        "CREATE TABLE",
        "CREATE ANY TABLE, CREATE VIEW",
        "R1",
        "R1, R2, CREATE TABLE",
        "DBA",
        "ALL PRIVILEGES",
        "SELECT ON owner.t",
        "SELECT, INSERT, DELETE ON owner.t",
        "ALL ON owner.t",
        "SELECT ANY TABLE ON SCHEMA owner",
        "INHERIT PRIVILEGES ON USER owner",
    ]
)


@LAW
@given(grants, st.sampled_from(["A", "R3", "PUBLIC", "A, B"]), st.booleans())
def test_grant_and_revoke_leave_the_catalog_as_it_was(
    arena: Any, what: Any, grantee: Any, with_option: Any
) -> None:
    with example(arena):
        before = arena.dump()
        option = ""
        if with_option:
            on_object = " ON owner.t" in what or " ON USER" in what
            option = " WITH GRANT OPTION" if on_object else " WITH ADMIN OPTION"
        if try_as(arena, "SYS", f"GRANT {what} TO {grantee}{option}") and (
            "INHERIT" not in what or "PUBLIC" not in grantee
        ):
            assert try_as(arena, "SYS", f"REVOKE {what} FROM {grantee}")
        elif "INHERIT" in what:
            return
        assert arena.dump() == before


@LAW
@given(st.lists(st.tuples(grants, st.sampled_from(["A", "B", "R3"]), st.booleans()), max_size=12))
def test_options_only_accumulate(arena: Any, steps: Any) -> None:
    query = (
        "SELECT 'S', grantee, privilege, admin FROM system_grants UNION ALL"
        " SELECT 'R', grantee, role, admin FROM role_grants UNION ALL"
        " SELECT 'N', grantee, privilege || schema, admin FROM schema_grants UNION ALL"
        " SELECT 'O', grantee, privilege || object_id || grantor, grantable FROM object_grants"
    )
    with example(arena):
        held = {row[:3]: row[3] for row in arena.rows(query)}
        for what, grantee, with_option in steps:
            kind = "GRANT" if " ON owner.t" in what or " ON USER" in what else "ADMIN"
            option = f" WITH {kind} OPTION" if with_option else ""
            try_as(arena, "SYS", f"GRANT {what} TO {grantee}{option}")
            now = {row[:3]: row[3] for row in arena.rows(query)}
            assert all(now.get(key, -1) >= option_held for key, option_held in held.items())
            held = now


@LAW
@given(st.text(max_size=40) | st.lists(st.sampled_from(
    ["GRANT", "REVOKE", "CREATE", "USER", "ROLE", "TO", "FROM", "ON", "A", "R1", "SELECT", "(", ")", ",", ".", "WITH", "ADMIN",
     "OPTION", "ALL", "PRIVILEGES", "IDENTIFIED", "BY", "PROFILE", "LIMIT", "ALTER", "DROP", "SESSION", "SYSTEM", "SET", "=", "'x'",
     "1", ";", "QUOTA", "DEFAULT", "AUDIT", "POLICY", "OWNER", "T", '"q"', "SCHEMA", "DIRECTORY", "PUBLIC", "CONTAINER"]
), max_size=12).map(" ".join))  # fmt: skip
def test_any_text_is_done_or_refused_with_an_oracle_error(arena: Any, text: Any) -> None:
    with example(arena):
        before = arena.dump()
        if not try_as(arena, "SYS", text):
            assert arena.dump() == before
