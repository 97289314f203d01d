"""DBMS_DATA_MINING and DBMS_SQL_TRANSLATOR, as far as they make and drop objects: models and translation profiles that can be granted and
listed, and do nothing. A model is not trained: what would score with it is not known here.
"""

from __future__ import annotations

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.clock import stored
from reconciler.sandbox.engine.plsql.packages.supplied import (
    Arguments,
    Body,
    by_name,
    optional,
    procedure,
    required,
)
from reconciler.sandbox.engine.plsql.runtime import Execution
from reconciler.sandbox.engine.plsql.types import TEXT
from reconciler.sandbox.engine.sql.lexer import TokenKind, tokenize
from reconciler.sandbox.seam import OracleError


def _name(run: Execution, text: str | None) -> tuple[str, str]:
    """Owner and name of `name` or `schema.name`, folded as SQL folds them."""
    parts = [t.value for t in tokenize(text or "") if t.kind in (TokenKind.WORD, TokenKind.QUOTED)]
    if len(parts) not in (1, 2):
        raise OracleError(44003, "invalid SQL name")
    return (parts[0] if parts[1:] else run.session.current_schema), parts[-1]


def _creator(kind: str, argument: str) -> Body:
    def create(run: Execution, given: Arguments) -> None:
        session, (owner, name) = run.session, _name(run, given[argument])
        own = (f"CREATE {kind}",) if owner == session.current_user else ()
        checks.require_system_privilege(session, *own, f"CREATE ANY {kind}")
        session.commit()
        catalog, now = session.container.catalog, stored(session.instance.now())
        if checks.find_object(catalog, owner, name) is not None:
            raise OracleError(955, "name is already used by an existing object")
        catalog.execute(
            "INSERT INTO objects (owner, name, type, created, last_ddl_time) VALUES (?, ?, ?, ?, ?)",
            (owner, name, kind, now, now),
        )

    return create


def _dropper(kind: str, argument: str, missing: int) -> Body:
    def drop(run: Execution, given: Arguments) -> None:
        session, (owner, name) = run.session, _name(run, given[argument])
        session.commit()
        catalog = session.container.catalog
        found = checks.find_object(catalog, owner, name)
        if found is None or found.type != kind:
            raise OracleError(missing, f'{kind.lower()} "{owner}"."{name}" does not exist')
        if owner != session.current_user:
            checks.require_system_privilege(session, f"DROP ANY {kind}")
        for table in ("object_grants", "objects"):
            catalog.execute(f"DELETE FROM {table} WHERE object_id = ?", (found.object_id,))

    return drop


MODELS = by_name(
    procedure(
        "DBMS_DATA_MINING.CREATE_MODEL",
        _creator("MINING MODEL", "MODEL_NAME"),
        required("MODEL_NAME", TEXT),
        required("MINING_FUNCTION", TEXT),
        required("DATA_TABLE_NAME", TEXT),
        required("CASE_ID_COLUMN_NAME", TEXT),
        optional("TARGET_COLUMN_NAME", None, TEXT),
        optional("SETTINGS_TABLE_NAME", None, TEXT),
    ),
    procedure(
        "DBMS_DATA_MINING.DROP_MODEL",
        _dropper("MINING MODEL", "MODEL_NAME", 40203),
        required("MODEL_NAME", TEXT),
    ),
)
PROFILES = by_name(
    procedure(
        "DBMS_SQL_TRANSLATOR.CREATE_PROFILE",
        _creator("SQL TRANSLATION PROFILE", "PROFILE_NAME"),
        required("PROFILE_NAME", TEXT),
    ),
    procedure(
        "DBMS_SQL_TRANSLATOR.DROP_PROFILE",
        _dropper("SQL TRANSLATION PROFILE", "PROFILE_NAME", 24252),
        required("PROFILE_NAME", TEXT),
    ),
)
