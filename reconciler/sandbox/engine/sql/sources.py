"""FROM: tables, views with their owner's rights, dictionary views, WITH queries, subqueries and joins, as SQLite sources with a scope."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from reconciler.sandbox.engine.access.checks import ObjectRow
from reconciler.sandbox.engine.dictionary import latest, views
from reconciler.sandbox.engine.sql import ast, segments
from reconciler.sandbox.engine.sql.bridge import connect
from reconciler.sandbox.engine.sql.fragments import Fragment, compare, of_column
from reconciler.sandbox.engine.sql.parser import parse_query
from reconciler.sandbox.engine.sql.scope import Range, Scope, invalid_identifier
from reconciler.sandbox.engine.sql.statement_context import Context
from reconciler.sandbox.engine.sql.tables import (
    TableColumn,
    details,
    find_table,
    is_dictionary,
    load_columns,
    require,
)
from reconciler.sandbox.engine.sql.translation import translate_condition
from reconciler.sandbox.seam import Column, OracleError, OracleType

parsed_query = lru_cache(maxsize=512)(parse_query)

_DENIED = (942, 1031, 41900)


def add_source(context: Context, scope: Scope, source: ast.Source, lock: bool = False) -> str:
    """SQLite text of one source; its columns join the scope. `lock`: FOR UPDATE, which READ does not allow."""
    match source:
        case ast.TableRef():
            return _table(context, scope, source, lock)
        case ast.DerivedTable():
            return _derived(context, scope, source)
        case ast.Join():
            return _join(context, scope, source, lock)


def _alias_name(alias: ast.Identifier | None) -> str | None:
    return None if alias is None else alias.name


def _table(context: Context, scope: Scope, source: ast.TableRef, lock: bool) -> str:
    plain = source.name.plain
    if plain is not None and plain in context.common_tables:
        common = context.common_tables[plain]
        return _ranged(
            context, scope, common.sql_name, common.columns, _alias_name(source.alias) or plain
        )
    obj = find_table(context.session, source.name, context.schema)
    if not context.in_view:
        context.statement.references.add(obj.object_id)
    privilege = "LOCK" if lock else "SELECT"
    require(context.session, obj, privilege, user=context.user, start=source.name.start)
    alias = _alias_name(source.alias)
    owner = (
        None if alias else (source.name.parts[0].name if len(source.name.parts) == 2 else obj.owner)
    )
    return object_source(context, scope, obj, alias or source.name.last, owner)


def object_source(
    context: Context, scope: Scope, obj: ObjectRow, name: str, owner: str | None
) -> str:
    """A table or view whose privileges have been checked."""
    if obj.type == "VIEW":
        if is_dictionary(obj):
            return _dictionary(context, scope, obj, name, owner)
        return _view(context, scope, obj, name, owner)
    alias = context.statement.alias()
    columns = load_columns(context.session.container.catalog, obj.object_id)
    scope.ranges.append(table_range(obj, columns, alias, name, owner))
    return f"{segments.source(context.session, obj, columns)} AS {alias}"


def table_range(
    obj: ObjectRow,
    columns: tuple[TableColumn, ...],
    alias: str,
    name: str | None,
    owner: str | None = None,
) -> Range:
    """A table under a SQLite alias as a source of columns."""
    fragments = {
        column.name: of_column(f"{alias}.{column.stored}", column.column) for column in columns
    }
    rowid = f"ora('#ROWID', 'SNN', {obj.object_id}, {alias}.rowid)"
    return Range(name, fragments, owner, rowid)


def _ranged(
    context: Context,
    scope: Scope,
    sql: str,
    columns: tuple[Column, ...],
    name: str | None,
    owner: str | None = None,
) -> str:
    """A source whose SQLite columns are c1, c2, ..."""
    alias = context.statement.alias()
    fragments = {
        column.name: of_column(f"{alias}.c{index}", column)
        for index, column in enumerate(columns, 1)
    }
    scope.ranges.append(Range(name, fragments, owner))
    return f"{sql} AS {alias}"


def _dictionary(
    context: Context, scope: Scope, obj: ObjectRow, name: str, owner: str | None
) -> str:
    session = context.session
    view = views.find(session.instance.release, obj.name)
    if view is None:
        raise OracleError(4063, f'view "{obj.owner}.{obj.name}" has errors')
    alias = context.statement.alias()
    columns = {
        column.name: of_column(f'{alias}."{column.name}"', column) for column in view.columns
    }
    scope.ranges.append(Range(name, columns, owner))
    if obj.name == "DUAL":
        return f"(SELECT 'X' AS \"DUMMY\") AS {alias}"
    known = context.statement.dictionary
    if obj.name not in known:
        connection = connect(session)
        if session.in_transaction and not context.statement.untyped_binds:
            known[obj.name] = latest.attach(session, connection, obj.name, known.values())
        else:
            known.update(views.attach(session, connection, (obj.name,)))
    return f"{known[obj.name]} AS {alias}"


def _view(context: Context, scope: Scope, obj: ObjectRow, name: str, owner: str | None) -> str:
    from reconciler.sandbox.engine.sql.query_translation import translate_query

    inner = Context(context.statement, Scope(), user=obj.owner, schema=obj.owner, in_view=True)
    try:
        query = translate_query(inner, parsed_query(obj.source or ""))
    except OracleError as error:
        if error.code not in (*_DENIED, 904, 2289, 4063):
            raise
        raise OracleError(4063, f'view "{obj.owner}.{obj.name}" has errors') from error
    except RecursionError:
        raise OracleError(4063, f'view "{obj.owner}.{obj.name}" has errors') from None
    names = details(obj).get("columns") or query.names
    columns = tuple(
        fragment.column(column) for column, fragment in zip(names, query.columns, strict=True)
    )
    return _ranged(context, scope, f"({query.sql})", columns, name, owner)


def _derived(context: Context, scope: Scope, source: ast.DerivedTable) -> str:
    from reconciler.sandbox.engine.sql.query_translation import translate_query

    outer = context.inside(Scope(parent=scope.parent))
    query = translate_query(outer, source.query)
    seen: set[str] = set()
    for name in query.names:
        if name in seen:
            raise OracleError(918, "column ambiguously defined")
        seen.add(name)
    return _ranged(context, scope, f"({query.sql})", query.described, _alias_name(source.alias))


# --- joins -------------------------------------------------------------------------------------------------------------------------


def _join(context: Context, scope: Scope, join: ast.Join, lock: bool) -> str:
    first = len(scope.ranges)
    left = add_source(context, scope, join.left, lock)
    middle = len(scope.ranges)
    right = add_source(context, scope, join.right, lock)
    left_ranges, right_ranges = scope.ranges[first:middle], scope.ranges[middle:]
    columns = [identifier.name for identifier in join.using]
    if join.natural:
        ours = [name for source in left_ranges for name in source.columns]
        theirs = {name for source in right_ranges for name in source.columns}
        columns = [name for name in ours if name in theirs]
    if columns:
        on = " AND ".join(
            _merge_column(scope, join.kind, left_ranges, right_ranges, column) for column in columns
        )
    elif join.on is not None:
        local = Scope(left_ranges + right_ranges, scope.parent, scope.merged)
        on = translate_condition(context.inside(local), join.on)
    else:
        on = "1"
    kind = "INNER" if join.kind == "CROSS" else join.kind
    return f"({left} {kind} JOIN {right} ON {on})"


def _merge_column(
    scope: Scope, kind: str, left: list[Range], right: list[Range], column: str
) -> str:
    """Makes one column of two; gives the condition that joins them."""
    ours = scope.merged.get(column) or _single(left, column)
    theirs = _single(right, column)
    for source in (*left, *right):
        if column in source.columns:
            source.hidden.add(column)
    if kind == "RIGHT":
        scope.merged[column] = theirs
    elif kind == "FULL":
        scope.merged[column] = replace(ours, sql=f"coalesce({ours.sql}, {theirs.sql})")
    else:
        scope.merged[column] = ours
    return compare("=", ours, theirs).sql


def _single(ranges: list[Range], column: str) -> Fragment:
    found = [source.columns[column] for source in ranges if column in source.columns]
    if not found:
        raise invalid_identifier(ast.Name((ast.Identifier(column),)))
    if len(found) > 1:
        raise OracleError(918, "column ambiguously defined")
    return found[0]


def level_source(context: Context, scope: Scope, limit: Fragment, inclusive: bool) -> str:
    """FROM dual CONNECT BY LEVEL <= limit: the numbers from 1, at least one."""
    alias, numbers = context.statement.alias(), context.statement.alias("l")
    sign = "<=" if inclusive else "<"
    scope.pseudo["LEVEL"] = Fragment(f"{alias}.n", OracleType.NUMBER, nullable=False)
    scope.ranges.append(Range("DUAL", {"DUMMY": Fragment("'X'", OracleType.VARCHAR2, 1)}, "SYS"))
    return (
        f"(WITH RECURSIVE {numbers}(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM {numbers}"
        f" WHERE n + 1 {sign} {limit.sql}) SELECT n FROM {numbers}) AS {alias}"
    )
