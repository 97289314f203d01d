"""DDL of sequences, synonyms, indexes and directories; COMMENT and RENAME."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.access.checks import find_object
from reconciler.sandbox.engine.sql import segments, sequences
from reconciler.sandbox.engine.sql.alter_table import rename_object
from reconciler.sandbox.engine.sql.ast import Name
from reconciler.sandbox.engine.sql.cursor import TokenCursor
from reconciler.sandbox.engine.sql.ddl_support import (
    NAMESPACE_DIRECTORY,
    NAMESPACE_INDEX,
    Ddl,
    add_object,
    catalog_change,
    remove_object,
    require_create,
    require_free,
    touch,
)
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.engine.sql.sequences import Sequence
from reconciler.sandbox.engine.sql.table_ddl import add_index
from reconciler.sandbox.engine.sql.tables import (
    details,
    find_table,
    load_columns,
    owner_and_name,
)
from reconciler.sandbox.seam import OracleError

# --- sequences ---------------------------------------------------------------------------------------------------------------------


def create_sequence(ddl: Ddl) -> None:
    """CREATE SEQUENCE, from behind the word SEQUENCE."""
    lenient = ddl.accept_if_exists("NOT", "EXISTS")
    owner, name = ddl.new_name()
    options = _sequence_options(ddl.cursor)
    ddl.finish()
    require_create(ddl.session, owner, "SEQUENCE")
    if lenient and find_object(ddl.catalog, owner, name) is not None:
        return
    require_free(ddl.catalog, owner, name)
    increment = options.get("increment", 1)
    ascending = increment > 0
    minimum = options.get("minimum", 1 if ascending else sequences.MINIMUM)
    maximum = options.get("maximum", sequences.MAXIMUM if ascending else -1)
    start = options.pop("start", minimum if ascending else maximum)
    settings = {"increment": increment, "minimum": minimum, "maximum": maximum, **options}
    sequence = Sequence(start=start, next=start, **settings)
    _check_sequence(sequence)
    object_id = add_object(ddl, owner, name, "SEQUENCE")
    _save_sequence(ddl, object_id, sequence)


def _sequence_options(cursor: TokenCursor) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while not cursor.at_end and not cursor.current.is_symbol(";"):
        if cursor.accept_words("START", "WITH"):
            found["start"] = _integer(cursor)
        elif cursor.accept_words("INCREMENT", "BY"):
            found["increment"] = _integer(cursor)
        elif cursor.accept_word("MAXVALUE"):
            found["maximum"] = _integer(cursor)
        elif cursor.accept_word("MINVALUE"):
            found["minimum"] = _integer(cursor)
        elif cursor.accept_word("CACHE"):
            found["cache"] = _integer(cursor)
        elif word := cursor.accept_word("CYCLE", "NOCYCLE"):
            found["cycle"] = word == "CYCLE"
        elif word := cursor.accept_word("ORDER", "NOORDER"):
            found["order"] = word == "ORDER"
        elif cursor.accept_word("NOCACHE"):
            found["cache"] = 0
        elif not cursor.accept_word(
            "NOMAXVALUE", "NOMINVALUE", "KEEP", "NOKEEP", "NOSCALE", "GLOBAL"
        ):
            cursor.fail(933, "SQL command not properly ended")
    return found


def _integer(cursor: TokenCursor) -> int:
    sign = -1 if cursor.accept_symbol("-") else 1
    if cursor.current.kind is not TokenKind.NUMBER or not cursor.current.value.isdigit():
        cursor.fail(2219, "invalid NEXT storage option value")
    return sign * int(cursor.next().value)


def _check_sequence(sequence: Sequence) -> None:
    if sequence.increment == 0:
        raise OracleError(4002, "INCREMENT must be a nonzero integer")
    if sequence.minimum >= sequence.maximum:
        raise OracleError(4004, "MINVALUE must be less than MAXVALUE")
    if sequence.start < sequence.minimum:
        raise OracleError(4006, "START WITH cannot be less than MINVALUE")
    if sequence.start > sequence.maximum:
        raise OracleError(4008, "START WITH cannot be more than MAXVALUE")


def _save_sequence(ddl: Ddl, object_id: int, sequence: Sequence) -> None:
    ddl.catalog.execute(
        "UPDATE objects SET details = ? WHERE object_id = ?", (sequences.dump(sequence), object_id)
    )


def alter_sequence(ddl: Ddl) -> None:
    """ALTER SEQUENCE, from behind the word SEQUENCE."""
    name = ddl.cursor.name(code=2289, message="sequence does not exist")
    if ddl.cursor.current.is_word("RESTART"):
        ddl.cursor.fail(3001, "unimplemented feature: ALTER SEQUENCE RESTART")
    options = _sequence_options(ddl.cursor)
    ddl.finish()
    if "start" in options:
        raise OracleError(2283, "cannot alter starting sequence number")
    obj = ddl.existing(name, "SEQUENCE")
    if obj is None:
        raise OracleError(2289, "sequence does not exist")
    checks.require_object(ddl.session, obj, "ALTER")
    sequence = sequences.load(obj.details)
    ahead = options.get("increment", sequence.increment) - sequence.increment
    sequence = replace(sequence, next=sequence.next + ahead, **options)
    _check_sequence(replace(sequence, start=sequence.minimum))
    _save_sequence(ddl, obj.object_id, sequence)
    touch(ddl, obj.object_id)


def drop_sequence(ddl: Ddl) -> None:
    """DROP SEQUENCE, from behind the word SEQUENCE."""
    lenient = ddl.accept_if_exists("EXISTS")
    name = ddl.cursor.name(code=2289, message="sequence does not exist")
    ddl.finish()
    obj = ddl.existing(name, "SEQUENCE")
    if obj is None:
        if lenient:
            return
        raise OracleError(2289, "sequence does not exist")
    checks.require_object(ddl.session, obj, "DROP")
    remove_object(ddl.catalog, obj.object_id)


# --- synonyms ----------------------------------------------------------------------------------------------------------------------


def create_synonym(ddl: Ddl, *, replace: bool, public: bool) -> None:
    """CREATE SYNONYM, from behind the word SYNONYM. What it stands for need not exist."""
    if public:
        owner, name = checks.PUBLIC, ddl.cursor.name().last
    else:
        owner, name = ddl.new_name()
    ddl.cursor.expect_word("FOR")
    target_owner, target = owner_and_name(ddl.cursor.name())
    ddl.finish()
    if public:
        checks.require_system_privilege(ddl.session, "CREATE PUBLIC SYNONYM")
    else:
        require_create(ddl.session, owner, "SYNONYM")
    target_owner = target_owner or ddl.session.current_schema
    existing = find_object(ddl.catalog, owner, name)
    if existing is not None and not (replace and existing.type == "SYNONYM"):
        raise OracleError(955, "name is already used by an existing object")
    if (owner, name) == (target_owner, target):
        raise OracleError(1471, "cannot create a synonym with same name as object")
    with catalog_change(ddl.catalog):
        if existing is not None:
            remove_object(ddl.catalog, existing.object_id)
        add_object(ddl, owner, name, "SYNONYM", source=_target_text(target_owner, target))


def _target_text(owner: str, name: str) -> str:
    """As `checks.synonym_target` reads it."""
    return f'"{owner}"."{name}"' if "." in owner + name else f"{owner}.{name}"


def drop_synonym(ddl: Ddl, *, public: bool) -> None:
    """DROP SYNONYM, from behind the word SYNONYM."""
    lenient = ddl.accept_if_exists("EXISTS")
    name = ddl.cursor.name()
    ddl.cursor.accept_word("FORCE")
    ddl.finish()
    owner, plain = owner_and_name(name)
    owner = checks.PUBLIC if public else owner or ddl.session.current_schema
    obj = find_object(ddl.catalog, owner, plain)
    if obj is None or obj.type != "SYNONYM":
        if lenient:
            return
        number = 1432 if public else 1434
        kind = "public" if public else "private"
        raise OracleError(number, f"{kind} synonym to be dropped does not exist")
    if public:
        checks.require_system_privilege(ddl.session, "DROP PUBLIC SYNONYM")
    elif owner != ddl.session.current_user:
        checks.require_system_privilege(ddl.session, "DROP ANY SYNONYM")
    remove_object(ddl.catalog, obj.object_id)


# --- indexes -----------------------------------------------------------------------------------------------------------------------


def create_index(ddl: Ddl, *, unique: bool) -> None:
    """CREATE INDEX, from behind the word INDEX; only a unique one does anything."""
    owner, name = ddl.new_name()
    ddl.cursor.expect_word("ON", code=969, message="missing ON keyword")
    table = find_table(ddl.session, ddl.cursor.name())
    columns = _index_columns(ddl)
    while ddl.cursor.accept_word(
        "TABLESPACE", "ONLINE", "COMPUTE", "STATISTICS", "NOLOGGING", "REVERSE"
    ):
        if ddl.cursor.peek(-1).is_word("TABLESPACE"):
            ddl.cursor.identifier()
    ddl.finish()
    if table.type != "TABLE":
        raise OracleError(1702, "a view is not appropriate here")
    if table.owner != ddl.session.current_user:
        checks.require_object(ddl.session, table, "INDEX")
    if owner != ddl.session.current_user:
        checks.require_system_privilege(ddl.session, "CREATE ANY INDEX")
    known = load_columns(ddl.catalog, table.object_id)
    for column in columns:
        if column not in {item.name for item in known}:
            raise OracleError(904, f'"{column}": invalid identifier')
    with catalog_change(ddl.catalog):
        add_index(ddl, table, name, columns, unique=unique, owner=owner)
        if unique:
            _watch(ddl, table.owner, table.name, name, columns)


def _index_columns(ddl: Ddl) -> list[str]:
    cursor = ddl.cursor
    cursor.expect_symbol("(")
    names = []
    while True:
        names.append(cursor.identifier().name)
        if cursor.current.is_symbol("("):
            cursor.fail(3001, "unimplemented feature: function-based indexes")
        cursor.accept_word("ASC", "DESC")
        if not cursor.accept_symbol(","):
            break
    cursor.expect_symbol(")")
    return names


def _watch(ddl: Ddl, owner: str, table: str, name: str, columns: list[str]) -> None:
    obj = find_object(ddl.catalog, owner, table)
    if obj is None:
        raise checks.missing(ddl.session, owner, table)
    facts = details(obj)
    entry = {"type": "U", "name": name, "columns": columns, "index_only": True}
    facts["constraints"].append(entry)
    segments.save_details(ddl.catalog, obj.object_id, facts)
    segment = str(facts["segment"])
    if segments.exists(ddl.session, segment):
        ddl.session.begin()
        try:
            segments.add_unique(
                ddl.session, segment, entry, load_columns(ddl.catalog, obj.object_id)
            )
        except OracleError:
            raise OracleError(1452, "cannot CREATE UNIQUE INDEX; duplicate keys found") from None


def drop_index(ddl: Ddl) -> None:
    """DROP INDEX, from behind the word INDEX."""
    owner, name = owner_and_name(ddl.cursor.name())
    ddl.finish()
    index = find_object(ddl.catalog, owner or ddl.session.current_schema, name, NAMESPACE_INDEX)
    if index is None or index.type != "INDEX":
        raise OracleError(1418, "specified index does not exist")
    if index.owner != ddl.session.current_user:
        checks.require_system_privilege(ddl.session, "DROP ANY INDEX")
    table_id = details(index)["table_id"]
    row = ddl.catalog.execute(
        "SELECT owner, name FROM objects WHERE object_id = ?", (table_id,)
    ).fetchone()
    obj = find_object(ddl.catalog, *row) if row else None
    with catalog_change(ddl.catalog):
        remove_object(ddl.catalog, index.object_id)
        if obj is not None and details(index)["unique"]:
            _unwatch(ddl, obj.owner, obj.name, name)


def _unwatch(ddl: Ddl, owner: str, table: str, name: str) -> None:
    obj = find_object(ddl.catalog, owner, table)
    if obj is None:
        return
    facts = details(obj)
    entry = next((item for item in facts["constraints"] if item["name"] == name), None)
    if entry is None:
        return
    if not entry.get("index_only"):
        raise OracleError(2429, "cannot drop index used for enforcement of unique/primary key")
    facts["constraints"].remove(entry)
    segments.save_details(ddl.catalog, obj.object_id, facts)
    segment = str(facts["segment"])
    if segments.exists(ddl.session, segment):
        ddl.session.begin()
        segments.drop_unique(ddl.session, segment, name)


# --- directories -------------------------------------------------------------------------------------------------------------------


def create_directory(ddl: Ddl, *, replace: bool) -> None:
    """CREATE DIRECTORY, from behind the word DIRECTORY. Directories belong to SYS; who creates one may read and write."""
    name = _simple_name(ddl)
    ddl.cursor.expect_word("AS")
    if ddl.cursor.current.kind is not TokenKind.STRING:
        ddl.cursor.fail(22927, "invalid DIRECTORY specified")
    path = ddl.cursor.next().value
    ddl.finish()
    checks.require_system_privilege(ddl.session, "CREATE ANY DIRECTORY")
    existing = find_object(ddl.catalog, checks.SYS, name, NAMESPACE_DIRECTORY)
    if existing is not None and not replace:
        raise OracleError(955, "name is already used by an existing object")
    with catalog_change(ddl.catalog):
        if existing is not None:
            ddl.catalog.execute(
                "UPDATE objects SET source = ? WHERE object_id = ?", (path, existing.object_id)
            )
            return
        object_id = add_object(
            ddl, checks.SYS, name, "DIRECTORY", namespace=NAMESPACE_DIRECTORY, source=path
        )
        if ddl.session.current_user != checks.SYS:
            ddl.catalog.executemany(
                "INSERT INTO object_grants (grantee, object_id, privilege, grantor, grantable) VALUES (?, ?, ?, 'SYS', 1)",
                [(ddl.session.current_user, object_id, item) for item in ("READ", "WRITE")],
            )


def drop_directory(ddl: Ddl) -> None:
    """DROP DIRECTORY, from behind the word DIRECTORY."""
    lenient = ddl.accept_if_exists("EXISTS")
    name = _simple_name(ddl)
    ddl.finish()
    checks.require_system_privilege(ddl.session, "DROP ANY DIRECTORY")
    existing = find_object(ddl.catalog, checks.SYS, name, NAMESPACE_DIRECTORY)
    if existing is None:
        if lenient:
            return
        raise OracleError(4043, f"object {name} does not exist")
    remove_object(ddl.catalog, existing.object_id)


def _simple_name(ddl: Ddl) -> str:
    return ddl.cursor.name(code=22929, message="invalid or missing directory name").last


# --- names and comments ------------------------------------------------------------------------------------------------------------


def comment(ddl: Ddl) -> None:
    """COMMENT ON TABLE or COLUMN, from behind the word COMMENT."""
    cursor = ddl.cursor
    cursor.expect_word("ON", code=969, message="missing ON keyword")
    kind = cursor.expect_word("TABLE", "COLUMN")
    name = cursor.name()
    cursor.expect_word("IS")
    if cursor.current.kind is not TokenKind.STRING:
        cursor.fail(1780, "string literal required")
    text = cursor.next().value or None
    ddl.finish()
    column = name.last if kind == "COLUMN" else None
    table = Name(name.parts[:-1], start=name.start) if column else name
    if not table.parts:
        raise OracleError(1748, "only simple column names allowed here")
    obj = find_table(ddl.session, table)
    checks.require_object(ddl.session, obj, "COMMENT")
    if column is None:
        segments.save_details(ddl.catalog, obj.object_id, details(obj) | {"comment": text})
        return
    changed = ddl.catalog.execute(
        "UPDATE columns SET comment = ? WHERE object_id = ? AND name = ?",
        (text, obj.object_id, column),
    )
    if not changed.rowcount:
        raise OracleError(904, f'"{column}": invalid identifier')


def rename(ddl: Ddl) -> None:
    """RENAME old TO new: of the own table, view or sequence."""
    name = ddl.cursor.name()
    ddl.cursor.expect_word("TO")
    new = ddl.cursor.identifier().name
    ddl.finish()
    obj = ddl.existing(name, "TABLE", "VIEW", "SEQUENCE")
    if obj is None or obj.owner != ddl.session.current_user or len(name.parts) > 1:
        raise OracleError(4043, f"object {name.last} does not exist")
    with catalog_change(ddl.catalog):
        rename_object(ddl, obj, new)
