"""DBMS_ASSERT: names and literals made safe for dynamic SQL."""

from __future__ import annotations

import re

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.plsql.errors import value_error
from reconciler.sandbox.engine.plsql.packages.supplied import (
    Arguments,
    by_name,
    function,
    optional,
    required,
)
from reconciler.sandbox.engine.plsql.runtime import Execution
from reconciler.sandbox.engine.plsql.types import BOOLEAN, TEXT
from reconciler.sandbox.seam import OracleError

_SIMPLE = r'(?:[A-Za-z][\w$#]*|"[^"\0]+")'
_SIMPLE_NAME = re.compile(rf"\s*{_SIMPLE}\s*")
_QUALIFIED_NAME = re.compile(
    rf"\s*{_SIMPLE}(?:\s*\.\s*{_SIMPLE})*(?:\s*@\s*{_SIMPLE}(?:\.{_SIMPLE})*)?\s*"
)
_PART = re.compile(_SIMPLE)


def _enquote_name(_run: Execution, given: Arguments) -> str:
    """Quotes a name; folds it to upper case first unless told otherwise. ORA-44003 for a quote inside."""
    text = given["STR"]
    if text is None:
        raise OracleError(44003, "invalid SQL name")
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = text[1:-1]
    elif given["CAPITALIZE"] is not False:
        text = text.upper()
    if '"' in text or not text or "\0" in text:
        raise OracleError(44003, "invalid SQL name")
    return f'"{text}"'


def _enquote_literal(_run: Execution, given: Arguments) -> str:
    """Quotes a literal; quotes inside must come in pairs (ORA-06502)."""
    text = given["STR"] or ""
    if len(text) > 1 and text.startswith("'") and text.endswith("'"):
        text = text[1:-1]
    if "'" in text.replace("''", ""):
        raise value_error()
    return f"'{text}'"


def _simple_sql_name(_run: Execution, given: Arguments) -> str:
    text: str | None = given["STR"]
    if text is None or not _SIMPLE_NAME.fullmatch(text):
        raise OracleError(44003, "invalid SQL name")
    return text.strip()


def _qualified_sql_name(_run: Execution, given: Arguments) -> str:
    text: str | None = given["STR"]
    if text is None or not _QUALIFIED_NAME.fullmatch(text):
        raise OracleError(44004, "invalid qualified SQL name")
    return text.strip()


def _schema_name(run: Execution, given: Arguments) -> str:
    """The name itself, if a schema is spelt exactly so."""
    text: str | None = given["STR"]
    catalog = run.session.container.catalog
    found = catalog.execute("SELECT 1 FROM users WHERE name = ?", (text,)).fetchone()
    if text is None or found is None:
        raise OracleError(44001, "invalid schema")
    return text


def _sql_object_name(run: Execution, given: Arguments) -> str:
    text: str | None = given["STR"]
    if text is None or not _QUALIFIED_NAME.fullmatch(text):
        raise OracleError(44002, "invalid object name")
    parts = [part[1:-1] if part.startswith('"') else part.upper() for part in _PART.findall(text)]
    owner, name = (parts[0], parts[1]) if len(parts) > 1 else (None, parts[0])
    if checks.resolve(run.session, owner, name) is None and (
        len(parts) == 1 or checks.resolve(run.session, None, parts[0]) is None
    ):
        raise OracleError(44002, "invalid object name")
    return text.strip()


def _noop(_run: Execution, given: Arguments) -> str | None:
    text: str | None = given["STR"]
    return text


ROUTINES = by_name(
    function(
        "DBMS_ASSERT.ENQUOTE_NAME",
        _enquote_name,
        required("STR", TEXT),
        optional("CAPITALIZE", default=True, kind=BOOLEAN),
    ),
    function("DBMS_ASSERT.ENQUOTE_LITERAL", _enquote_literal, required("STR", TEXT)),
    function("DBMS_ASSERT.SIMPLE_SQL_NAME", _simple_sql_name, required("STR", TEXT)),
    function("DBMS_ASSERT.QUALIFIED_SQL_NAME", _qualified_sql_name, required("STR", TEXT)),
    function("DBMS_ASSERT.SCHEMA_NAME", _schema_name, required("STR", TEXT)),
    function("DBMS_ASSERT.SQL_OBJECT_NAME", _sql_object_name, required("STR", TEXT)),
    function("DBMS_ASSERT.NOOP", _noop, required("STR", TEXT)),
)
