"""Names in expressions: columns first, then sequences, pseudo columns, functions without brackets, and variables of the program around."""

from __future__ import annotations

from dataclasses import replace

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.sql.ast import Name
from reconciler.sandbox.engine.sql.fragments import Fragment, call
from reconciler.sandbox.engine.sql.functions import WITHOUT_ARGUMENTS, result_type
from reconciler.sandbox.engine.sql.scope import invalid_identifier
from reconciler.sandbox.engine.sql.statement_context import Context
from reconciler.sandbox.engine.sql.tables import require
from reconciler.sandbox.seam import OracleError, OracleType


def translate_name(context: Context, name: Name) -> Fragment:
    """Raises ORA-00904 for a name that means nothing, ORA-00979 or ORA-00937 for a column that the grouping does not fix."""
    found = context.scope.column(name, context.session.instance.release)
    if found is not None:
        fragment, scope = found
        if context.grouping is not None and scope is context.scope:
            raise _not_grouped(context, name)
        return fragment
    if len(name.parts) in (2, 3) and name.last in ("NEXTVAL", "CURRVAL"):
        return _sequence(context, name)
    if name.plain in WITHOUT_ARGUMENTS and not name.parts[0].quoted:
        return _function(context, name.plain)
    variable = context.statement.variable(name)
    if variable is not None:
        return variable
    raise _unknown(name)


def _not_grouped(context: Context, name: Name) -> OracleError:
    offset = max(name.start, 0)
    if context.grouping:
        return OracleError(979, "not a GROUP BY expression", offset=offset)
    return OracleError(937, "not a single-group group function", offset=offset)


def _unknown(name: Name) -> OracleError:
    offset = max(name.start, 0)
    if name.plain == "ROWNUM":
        return OracleError(
            976, "Specified pseudocolumn or operator not allowed here.", offset=offset
        )
    if name.plain == "LEVEL":
        return OracleError(1788, "CONNECT BY clause required in this query block", offset=offset)
    return invalid_identifier(name)


def _function(context: Context, name: str) -> Fragment:
    kind = result_type(name, ())
    if kind is OracleType.VARCHAR2 or kind is OracleType.NUMBER:
        tag = "S" if kind is OracleType.VARCHAR2 else "N"
        return Fragment(call(name, tag), kind, 128, nullable=False)
    return replace(context.statement.instant(name), type=kind, scale=6, nullable=False)


def _sequence(context: Context, name: Name) -> Fragment:
    owner = name.parts[0].name if len(name.parts) == 3 else None
    plain = name.parts[-2].name
    obj = checks.resolve(context.session, owner, plain, schema=context.schema)
    if obj is None or obj.type != "SEQUENCE":
        if obj is None and owner is None:
            variable = context.statement.variable(name)
            if variable is not None:
                return variable
        raise OracleError(2289, "sequence does not exist", offset=max(name.start, 0))
    try:
        require(context.session, obj, "SELECT", user=context.user, start=name.start)
    except OracleError as error:
        if error.code != 942:
            raise
        raise OracleError(2289, "sequence does not exist", offset=error.offset) from None
    # Oracle draws once a row and CURRVAL beside it is that very value; SQLite would draw per mention.
    drawn = context.statement.sequences
    if obj.object_id in drawn and "NEXTVAL" in (name.last, drawn[obj.object_id]):
        raise OracleError(3001, "unimplemented feature: a sequence used twice in one statement")
    drawn[obj.object_id] = name.last
    return Fragment(f"ora_sequence('{name.last}', {obj.object_id})", OracleType.NUMBER)
