"""How dictionary views are written down, and how their text becomes columns and SQLite statements.

A definition is one text: a column a line, `NAME TYPE [NOT NULL] [@release] = expression`. Columns without an expression show NULL and may
share a line, separated by commas. `@23` keeps a column to releases from 23 on. Expressions are SQLite over the tables named in `rows`, plus
these macros: `yes(x)` YES or NO, `flag(x)` Y or N, `truth(x)` TRUE or FALSE, `as_date(x)`, `as_timestamp(x)`, `as_timestamp_tz(x)` and
`as_interval(seconds)` the storage form of an instant or duration of the catalog, `me()` the user whose rights apply, `here(column)` a column of
the one row that describes the session.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.sandbox.engine.dictionary import forms
from reconciler.sandbox.seam import Column, OracleType, Release

PREFIX = "dictionary$"  # of the temporary SQLite views; SQLite folds case, so those below need a prefix of their own
FEED_PREFIX = "feed$"  # of the temporary tables and views that definitions read

_TYPES: Mapping[str, OracleType] = {
    "VARCHAR2": OracleType.VARCHAR2,
    "CHAR": OracleType.CHAR,
    "NUMBER": OracleType.NUMBER,
    "DATE": OracleType.DATE,
    "RAW": OracleType.RAW,
    "LONG": OracleType.LONG,
    "CLOB": OracleType.CLOB,
    "BLOB": OracleType.BLOB,
    "TIMESTAMP": OracleType.TIMESTAMP,
    "TIMESTAMP_TZ": OracleType.TIMESTAMP_TZ,
    "TIMESTAMP_LTZ": OracleType.TIMESTAMP_LTZ,
    "INTERVAL_DS": OracleType.INTERVAL_DS,
}
_NO_SCALE = -127  # of a NUMBER without precision
_COLUMN = re.compile(
    r"(?P<name>[A-Z][A-Z0-9_#$]*) (?P<type>[A-Z0-9_]+)(?:\((?P<first>\d+)(?:,(?P<second>\d+))?\))?"
    r"(?P<required> NOT NULL)?(?: @(?P<since>\d+))?"
)
_MACROS: Mapping[str, Callable[[str], str]] = {
    "yes": lambda x: f"CASE WHEN {x} THEN 'YES' ELSE 'NO' END",
    "flag": lambda x: f"CASE WHEN {x} THEN 'Y' ELSE 'N' END",
    "truth": lambda x: f"CASE WHEN {x} THEN 'TRUE' ELSE 'FALSE' END",
    "as_date": forms.date,
    "as_timestamp": forms.timestamp,
    "as_timestamp_tz": forms.timestamp_tz,
    "as_interval": forms.interval,
    "me": lambda _: f'(SELECT "user" FROM temp."{FEED_PREFIX}context")',
    "here": lambda x: f'(SELECT {x} FROM temp."{FEED_PREFIX}context")',
}
_MACRO = re.compile(rf"\b({'|'.join(_MACROS)})\(")


@dataclass(frozen=True, slots=True)
class Definition:
    """One view as its theme writes it. `name` is the object of SYS, `synonym` its public name when that differs; `rows` is what follows
    SELECT ... (FROM and WHERE; empty for a view that has no rows here); `public` says that everybody may read it.
    """

    name: str
    columns: str
    rows: str = ""
    public: bool = False
    synonym: str = ""
    since: Release = Release.R19


@dataclass(frozen=True, slots=True)
class ColumnText:
    column: Column
    expression: str


def column_texts(text: str, release: Release) -> Iterator[ColumnText]:
    """The columns of a definition that exist in the release, in order."""
    for line in filter(None, map(str.strip, text.splitlines())):
        head, _, expression = line.partition(" = ")
        for item in [head] if expression else re.split(r",\s*(?![^(]*\))", head.rstrip(",")):
            match = _COLUMN.fullmatch(item.strip())
            if match is None:
                raise ValueError(f"not a column: {item!r}")
            if int(match["since"] or 0) <= release:
                yield ColumnText(_column(match), expression or "NULL")


def _column(match: re.Match[str]) -> Column:
    kind = _TYPES[match["type"]]
    first, second = int(match["first"] or 0), int(match["second"] or 0)
    nullable = match["required"] is None
    if kind is OracleType.NUMBER:
        scale = second if first else _NO_SCALE
        return Column(match["name"], kind, precision=first, scale=scale, nullable=nullable)
    if kind is OracleType.INTERVAL_DS:
        return Column(match["name"], kind, precision=first, scale=second, nullable=nullable)
    if kind in (OracleType.TIMESTAMP, OracleType.TIMESTAMP_TZ, OracleType.TIMESTAMP_LTZ):
        return Column(match["name"], kind, scale=first, nullable=nullable)
    return Column(match["name"], kind, size=first, nullable=nullable)


def expand(text: str) -> str:
    """The text with its macros replaced, innermost last."""
    while match := _MACRO.search(text):
        end = _closing(text, match.end())
        replacement = _MACROS[match[1]](text[match.end() : end])
        text = text[: match.start()] + replacement + text[end + 1 :]
    return text


def _closing(text: str, start: int) -> int:
    depth = 1
    for position in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position
    raise ValueError(f"unbalanced parentheses: {text[start - 20 :]!r}")


def select(definition: Definition, release: Release) -> str:
    """The SQLite query of a view."""
    columns = ", ".join(
        f'{expand(item.expression)} AS "{item.column.name}"'
        for item in column_texts(definition.columns, release)
    )
    return f"SELECT {columns} {expand(definition.rows) or 'WHERE 0'}"


def one_line(text: str) -> str:
    """A long expression on one line, as the column texts want it."""
    return " ".join(text.split())


def public(name: str, columns: str, rows: str = "", *, since: Release = Release.R19) -> Definition:
    """A view that everybody may read."""
    return Definition(name, columns, rows, public=True, since=since)


def performance(
    name: str, columns: str, rows: str = "", *, public: bool = False
) -> tuple[Definition, Definition]:
    """V$name and GV$name: the objects are V_$ and GV_$, the other names are synonyms. `public` is about the first only."""
    everywhere = f"INST_ID NUMBER = 1\n{columns}"
    return (
        Definition(f"V_${name}", columns, rows, public=public, synonym=f"V${name}"),
        Definition(f"GV_${name}", everywhere, rows, synonym=f"GV${name}"),
    )


def family(
    name: str,
    columns: str,
    rows: str,
    where: str = "1",
    *,
    owner: str = "o.owner",
    keep_owner: bool = False,
) -> tuple[Definition, ...]:
    """DBA_, ALL_ and USER_ of one view over objects: `rows` must call the object that decides who sees a row `o`; the first column is the
    owner, which USER_ leaves out unless `keep_owner`.
    """
    without_owner = columns if keep_owner else columns.strip().partition("\n")[2]
    visible = f'o.object_id IN (SELECT object_id FROM temp."{FEED_PREFIX}visible")'
    return (
        Definition(f"DBA_{name}", columns, f"{rows} WHERE {where}"),
        public(f"ALL_{name}", columns, f"{rows} WHERE ({where}) AND {visible}"),
        public(f"USER_{name}", without_owner, f"{rows} WHERE ({where}) AND {owner} = me()"),
    )
