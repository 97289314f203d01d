"""Pieces of SQLite text with the Oracle type they have, and the conversions Oracle makes between types without being asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.sandbox.engine.sql.values import (
    BYTES_TYPES,
    NUMBER_TYPES,
    TEXT_TYPES,
    ZONED_TYPES,
)
from reconciler.sandbox.seam import Column, OracleError, OracleType

# One letter a type, as the bridge reads them.
TAGS: dict[OracleType, str] = {
    **dict.fromkeys(TEXT_TYPES, "S"),
    OracleType.NUMBER: "N",
    OracleType.BINARY_INTEGER: "N",
    OracleType.BINARY_FLOAT: "F",
    OracleType.BINARY_DOUBLE: "F",
    OracleType.DATE: "D",
    OracleType.TIMESTAMP: "T",
    **dict.fromkeys(ZONED_TYPES, "Z"),
    OracleType.INTERVAL_DS: "I",
    OracleType.INTERVAL_YM: "Y",
    **dict.fromkeys(BYTES_TYPES, "B"),
    OracleType.BOOLEAN: "L",
}
_NAMES = {
    **dict.fromkeys(TEXT_TYPES, "CHAR"),
    **dict.fromkeys(NUMBER_TYPES, "NUMBER"),
    OracleType.DATE: "DATE",
    OracleType.TIMESTAMP: "TIMESTAMP",
    **dict.fromkeys(ZONED_TYPES, "TIMESTAMP WITH TIME ZONE"),
    OracleType.INTERVAL_DS: "INTERVAL DAY TO SECOND",
    OracleType.INTERVAL_YM: "INTERVAL YEAR TO MONTH",
    **dict.fromkeys(BYTES_TYPES, "BINARY"),
    OracleType.BOOLEAN: "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Fragment:
    """`type` None is a bare NULL; `condition` marks a truth value, which is a value for the client only from release 23 on."""

    sql: str
    type: OracleType | None
    size: int = 0
    precision: int = 0
    scale: int = -127
    nullable: bool = True
    condition: bool = False
    literal: bool = False

    @property
    def tag(self) -> str:
        return "0" if self.type is None else TAGS.get(self.type, "S")

    def column(self, name: str) -> Column:
        """How the result of this expression is described."""
        if self.type is None:
            return Column(name, OracleType.VARCHAR2)
        return Column(name, self.type, self.size, self.precision, self.scale, self.nullable)


NULL = Fragment("NULL", None)


def of_column(sql: str, column: Column) -> Fragment:
    """A reference to a column."""
    return Fragment(sql, column.type, column.size, column.precision, column.scale, column.nullable)


def condition(sql: str) -> Fragment:
    return Fragment(sql, OracleType.BOOLEAN, condition=True)


def number(sql: str) -> Fragment:
    return Fragment(sql, OracleType.NUMBER)


def text(sql: str, size: int = 4000) -> Fragment:
    return Fragment(sql, OracleType.VARCHAR2, min(size, 4000))


def quote_text(value: str) -> str:
    """A SQLite string literal; NUL cannot stand in one."""
    if "\0" in value:
        return f"CAST(x'{value.encode().hex()}' AS TEXT)"
    return "'" + value.replace("'", "''") + "'"


def call(name: str, result: str, *arguments: Fragment) -> str:
    """A call of an Oracle function through the bridge; `result` is the tag of what it gives."""
    tags = "".join(argument.tag for argument in arguments)
    listed = "".join(f", {argument.sql}" for argument in arguments)
    return f"ora({quote_text(name)}, '{result}{tags}'{listed})"


def type_name(oracle_type: OracleType | None) -> str:
    """The type as ORA-00932 names it."""
    return "NULL" if oracle_type is None else _NAMES.get(oracle_type, oracle_type.name)


def mismatch(expected: OracleType | None, found: OracleType | None) -> OracleError:
    """ORA-00932."""
    return OracleError(
        932, f"inconsistent datatypes: expected {type_name(expected)} got {type_name(found)}"
    )


def convert(source: Fragment, target: OracleType | None) -> Fragment:
    """The fragment as another type, converted as Oracle does implicitly. Raises ORA-00932 where it does not."""
    if target is None or source.type is None or source.type is target:
        return source
    here, there = TAGS.get(source.type, "S"), TAGS.get(target, "S")
    if here == there or {here, there} == {"N", "F"}:
        return replace(source, type=target)
    if there == "S":
        return Fragment(call("TO_CHAR", "S", source), target, 4000)
    if here == "D" and there == "T":
        return replace(source, sql=f"({source.sql} || '.000000')", type=target, scale=0)
    if there == "D" and here in "TZ":
        return Fragment(call("#DATE", "D", source), target)
    if there in "TZD" and here in "DTZS":
        return Fragment(
            call({"T": "#TIMESTAMP", "Z": "#ZONED", "D": "#DATE"}[there], there, source), target
        )
    if here == "S" and there in "NFIYB":
        name = {"N": "TO_NUMBER", "F": "TO_NUMBER", "B": "HEXTORAW"}.get(there)
        name = name or ("TO_DSINTERVAL" if there == "I" else "TO_YMINTERVAL")
        return Fragment(call(name, there, source), target)
    raise mismatch(target, source.type)


def comparable(left: Fragment, right: Fragment) -> tuple[str, str]:
    """Both sides as SQLite compares them, after Oracle's conversions: text gives way to numbers and dates."""
    first, second = left.tag, right.tag
    if first == second:
        if first == "Z":
            return f"substr({left.sql}, 1, 26)", f"substr({right.sql}, 1, 26)"
        if first == "S" and left.type is right.type is OracleType.CHAR:
            return f"rtrim({left.sql}, ' ')", f"rtrim({right.sql}, ' ')"
        return left.sql, right.sql
    if "0" in (first, second):
        return left.sql, right.sql
    target = _common(left, right)
    return comparable(convert(left, target), convert(right, target))


_RANK = "SBNFDTZIYL"  # in a comparison the type further right wins


def _common(left: Fragment, right: Fragment) -> OracleType | None:
    winner = max(left, right, key=lambda side: _RANK.index(side.tag))
    return winner.type


def compare(operator: str, left: Fragment, right: Fragment) -> Fragment:
    """`left operator right` as a condition."""
    first, second = comparable(left, right)
    return condition(f"({first} {operator} {second})")


def truth(fragment: Fragment) -> str:
    """The fragment where a condition stands. Raises ORA-00920 for a value that is no truth."""
    if fragment.type is not OracleType.BOOLEAN and fragment.type is not None:
        raise OracleError(920, "invalid relational operator")
    return fragment.sql
