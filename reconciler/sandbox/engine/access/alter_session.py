"""ALTER SESSION."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

from reconciler.sandbox.engine.access import principals
from reconciler.sandbox.engine.access.checks import has_system_privilege
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.syntax import Cursor
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.seam import OracleError

_PARAMETERS_TEXT = (
    "cursor_sharing ddl_lock_timeout default_collation edition events isolation_level max_dump_file_size nls_calendar nls_comp"
    " nls_currency nls_date_format nls_date_language nls_dual_currency nls_iso_currency nls_language nls_length_semantics"
    " nls_nchar_conv_excp nls_numeric_characters nls_sort nls_territory nls_time_format nls_time_tz_format nls_timestamp_format"
    " nls_timestamp_tz_format optimizer_features_enable optimizer_mode plscope_settings plsql_ccflags plsql_code_type plsql_debug"
    " plsql_optimize_level plsql_warnings query_rewrite_enabled query_rewrite_integrity recyclebin remote_dependencies_mode"
    " skip_unusable_indexes sql_trace statistics_level time_zone timed_statistics tracefile_identifier workarea_size_policy"
)
_PARAMETERS = frozenset(_PARAMETERS_TEXT.split())
_OFFSET = re.compile(r"([+-])(\d{1,2}):(\d{2})")
_MAX_DDL_LOCK_TIMEOUT = 1000000
_SWITCHES = (
    "PARALLEL DML",
    "PARALLEL QUERY",
    "PARALLEL DDL",
    "COMMIT IN PROCEDURE",
    "RESUMABLE",
    "GUARD",
)


def parse_and_run(session: SessionView, cursor: Cursor) -> None:
    """Executes the statement. Several parameters may follow one SET; those before a wrong one stay set."""
    cursor.expect("ALTER")
    cursor.expect("SESSION")
    if not cursor.accept("SET"):
        _switch(cursor)
        return
    assignments = [_assignment(cursor)]
    while not cursor.at_end:
        assignments.append(_assignment(cursor))
    for name, value in assignments:
        _set(session, name, value)


def _switch(cursor: Cursor) -> None:
    """ENABLE and DISABLE of what has no effect here; the rest is refused."""
    if cursor.accept("ENABLE") or cursor.accept("DISABLE") or cursor.accept("FORCE"):
        for switch in _SWITCHES:
            if cursor.accept(*switch.split()):
                cursor.end()
                return
        raise cursor.fail(2248)
    if cursor.at_any("ADVISE", "CLOSE", "SYNC"):
        raise OracleError(3001, "unimplemented feature")
    raise cursor.fail(922)


def _assignment(cursor: Cursor) -> tuple[str, str]:
    token = cursor.token
    if not token.is_identifier:
        raise cursor.fail(922 if not token.is_symbol(";") else 2248)
    name = cursor.advance().value.lower()
    cursor.expect_symbol("=", 927)
    sign = "-" if cursor.accept_symbol("-") else ""
    value = cursor.token
    if value.kind not in (TokenKind.WORD, TokenKind.QUOTED, TokenKind.STRING, TokenKind.NUMBER):
        raise cursor.fail(922)
    cursor.advance()
    if name == "isolation_level":
        return name, _isolation_level(cursor, value.value)
    if name == "container" and cursor.accept("SERVICE"):
        cursor.expect_symbol("=", 927)
        cursor.advance()
    return name, sign + value.value


def _isolation_level(cursor: Cursor, word: str) -> str:
    if word == "SERIALIZABLE":
        raise OracleError(3001, "unimplemented feature")
    if word != "READ" or not cursor.accept("COMMITTED"):
        raise cursor.fail(2183)
    return "READ COMMITTED"


def _set(session: SessionView, name: str, value: str) -> None:
    if name == "current_schema":
        _set_schema(session, value)
    elif name == "container":
        _set_container(session, value)
    elif name.startswith("_") or name in _PARAMETERS:
        _check_value(session, name, value)
        session.parameters[name] = value
    else:
        raise error(session.instance.release, 2248)


def _set_schema(session: SessionView, schema: str) -> None:
    if not principals.user_exists(session.container.catalog, schema):
        raise error(session.instance.release, 1435)
    session.set_current_schema(schema)


def _set_container(session: SessionView, value: str) -> None:
    release, name = session.instance.release, value.upper()
    if name == "ROOT":
        name = session.instance.root.name
    container = session.instance.containers.get(name)
    if name == session.instance.root.name:
        container = session.instance.root
    if container is None:
        raise error(release, 65011, name)
    if container.name == session.container.name:
        return
    if session.in_transaction:
        raise OracleError(65023, "active transaction exists in container " + session.container.name)
    allowed = principals.is_common(session.container.catalog, session.user)
    if not allowed or not _may_enter(session, name):
        raise error(release, 1031)
    session.set_container(name)
    session.set_roles(principals.default_roles(container.catalog, session.user))


def _may_enter(session: SessionView, name: str) -> bool:
    """SET CONTAINER must be held in the container one goes to."""
    if session.is_sysdba or session.user == "SYS":
        return True
    container = session.instance.containers.get(name, session.instance.root)
    holders = {session.user, principals.PUBLIC}
    holders |= principals.default_roles(container.catalog, session.user)
    rows = container.catalog.execute(
        "SELECT grantee FROM system_grants WHERE privilege = 'SET CONTAINER'"
    )
    return not holders.isdisjoint(row[0] for row in rows)


def _check_value(session: SessionView, name: str, value: str) -> None:
    if name == "time_zone" and not _is_time_zone(value):
        raise OracleError(1882, "timezone region not found")
    if name == "ddl_lock_timeout" and not (value.isdigit() and int(value) <= _MAX_DDL_LOCK_TIMEOUT):
        raise OracleError(
            68,
            f"invalid value {value} for parameter ddl_lock_timeout, must be between 0 and 1000000",
        )
    if name == "nls_numeric_characters" and (len(value) != 2 or value[0] == value[1]):
        raise OracleError(12705, "Cannot access NLS data files or invalid environment specified")
    if name == "sql_trace" and not has_system_privilege(session, "ALTER SESSION"):
        raise error(session.instance.release, 1031)


def _is_time_zone(value: str) -> bool:
    if value.upper() in ("LOCAL", "DBTIMEZONE", "UTC"):
        return True
    offset = _OFFSET.fullmatch(value.strip())
    if offset:
        hours, minutes = int(offset[2]), int(offset[3])
        return minutes < 60 and hours * 60 + minutes <= (
            14 * 60 if offset[1] == "+" else 12 * 60 + 59
        )
    return value.lower() in {zone.lower() for zone in available_timezones()}
