"""Typed syntax of SQL statements about data and of the expressions that SQL and PL/SQL share.

Values are as the text says them: nothing is resolved or checked here. `start` is a character position in the statement and takes no
part in equality, so that two spellings of one statement compare equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Identifier:
    """One part of a name: `name` is the dictionary spelling (folded unless quoted)."""

    name: str
    quoted: bool = False

    def __str__(self) -> str:
        return self.name


# --- expressions -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal; the empty one means NULL."""

    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number literal; `binary` is F or D for BINARY_FLOAT and BINARY_DOUBLE literals."""

    value: Decimal
    binary: str = ""


@dataclass(frozen=True, slots=True)
class Null:
    pass


@dataclass(frozen=True, slots=True)
class Boolean:
    value: bool


@dataclass(frozen=True, slots=True)
class DateLiteral:
    """DATE 'YYYY-MM-DD'."""

    text: str


@dataclass(frozen=True, slots=True)
class TimestampLiteral:
    """TIMESTAMP 'YYYY-MM-DD HH:MI:SS[.F][ +HH:MM | region]'."""

    text: str


@dataclass(frozen=True, slots=True)
class IntervalLiteral:
    """INTERVAL 'text' leading [TO trailing]; the fields are upper-case words, precisions are dropped."""

    text: str
    leading: str
    trailing: str | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name: column, variable, record field, pseudo column, function without arguments, sequence value."""

    parts: tuple[Identifier, ...]
    start: int = field(default=-1, compare=False, kw_only=True)

    @property
    def last(self) -> str:
        return self.parts[-1].name

    @property
    def plain(self) -> str | None:
        """The only part of an undotted name."""
        return self.parts[0].name if len(self.parts) == 1 else None

    def __str__(self) -> str:
        return ".".join(part.name for part in self.parts)


@dataclass(frozen=True, slots=True)
class BindRef:
    """`:name`. `index` is the occurrence in the statement, as SQL numbers its binds; PL/SQL goes by the name."""

    name: str
    index: int = field(default=0, compare=False)
    start: int = field(default=-1, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Argument:
    """One actual argument; `name` for `name => value`."""

    value: Expression
    name: str | None = None


@dataclass(frozen=True, slots=True)
class OrderItem:
    """`nulls_first` None: Oracle's default (nulls last ascending, first descending)."""

    expression: Expression
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """OVER (...); `frame` is the text of the ROWS/RANGE clause, upper case, one space between words."""

    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    frame: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """`target(arguments)`: a function, a method, or the element of a collection. `star` is COUNT(*); `within` is WITHIN GROUP (ORDER BY ...)."""

    target: Expression
    arguments: tuple[Argument, ...] = ()
    distinct: bool = False
    star: bool = False
    within: tuple[OrderItem, ...] = ()
    over: Window | None = None
    start: int = field(default=-1, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Member:
    """`target.name` behind a call or an element: `rows(i).column`."""

    target: Expression
    name: Identifier


@dataclass(frozen=True, slots=True)
class Attribute:
    """`cursor%ROWCOUNT`, `SQL%FOUND`: `attribute` in upper case."""

    target: Name
    attribute: str


@dataclass(frozen=True, slots=True)
class Unary:
    """`operator` is one of - + NOT PRIOR."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """`operator` is one of ** * / MOD REM + - || = <> < <= > >= AND OR (unequal always spelt <>)."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsBoolean:
    """`x IS [NOT] TRUE | FALSE` (release 23)."""

    operand: Expression
    value: bool
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    operand: Expression
    low: Expression
    high: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    operand: Expression
    pattern: Expression
    escape: Expression | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InList:
    operand: Expression
    items: tuple[Expression, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InQuery:
    operand: Expression
    query: Query
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Quantified:
    """`left operator ANY|ALL (items or query)`; SOME is spelt ANY."""

    operator: str
    left: Expression
    quantifier: str
    items: tuple[Expression, ...] = ()
    query: Query | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    query: Query


@dataclass(frozen=True, slots=True)
class ScalarQuery:
    query: Query


@dataclass(frozen=True, slots=True)
class CursorQuery:
    """CURSOR(subquery)."""

    query: Query


@dataclass(frozen=True, slots=True)
class Row:
    """`(a, b)` as one side of a comparison or IN."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class When:
    condition: Expression
    result: Expression


@dataclass(frozen=True, slots=True)
class Case:
    """Searched without `operand`, simple with it."""

    whens: tuple[When, ...]
    operand: Expression | None = None
    otherwise: Expression | None = None


@dataclass(frozen=True, slots=True)
class TypeName:
    """A data type as written: words in upper case, such as ('TIMESTAMP', 'WITH', 'TIME', 'ZONE'), and its numbers in order.

    `name` is given instead of words for a user type, `t.c%TYPE` or `t%ROWTYPE` (`anchor` is then TYPE or ROWTYPE).
    """

    words: tuple[str, ...] = ()
    arguments: tuple[int, ...] = ()
    unit: str | None = None  # BYTE or CHAR of VARCHAR2(n CHAR)
    name: Name | None = None
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    operand: Expression
    type: TypeName


@dataclass(frozen=True, slots=True)
class Extract:
    """EXTRACT(field FROM operand)."""

    field: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Trim:
    """TRIM([LEADING|TRAILING|BOTH] [characters FROM] operand)."""

    operand: Expression
    mode: str = "BOTH"
    characters: Expression | None = None


@dataclass(frozen=True, slots=True)
class AtTimeZone:
    """`operand AT TIME ZONE zone`; zone None is AT LOCAL."""

    operand: Expression
    zone: Expression | None = None


@dataclass(frozen=True, slots=True)
class OuterMark:
    """`column (+)`."""

    operand: Name


@dataclass(frozen=True, slots=True)
class Default:
    """DEFAULT in place of a value."""


Expression = (
    Text
    | Number
    | Null
    | Boolean
    | DateLiteral
    | TimestampLiteral
    | IntervalLiteral
    | Name
    | BindRef
    | Call
    | Member
    | Attribute
    | Unary
    | Binary
    | IsNull
    | IsBoolean
    | Between
    | Like
    | InList
    | InQuery
    | Quantified
    | Exists
    | ScalarQuery
    | CursorQuery
    | Row
    | Case
    | Cast
    | Extract
    | Trim
    | AtTimeZone
    | OuterMark
    | Default
)


# --- queries -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Star:
    """`*` or `qualifier.*`."""

    qualifier: Name | None = None


@dataclass(frozen=True, slots=True)
class SelectItem:
    """`label` is the name of an unaliased column as the description shows it."""

    expression: Expression | Star
    alias: Identifier | None = None
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TableRef:
    name: Name
    alias: Identifier | None = None


@dataclass(frozen=True, slots=True)
class DerivedTable:
    query: Query
    alias: Identifier | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """`kind` is INNER, LEFT, RIGHT, FULL or CROSS."""

    kind: str
    left: Source
    right: Source
    on: Expression | None = None
    using: tuple[Identifier, ...] = ()
    natural: bool = False


Source = TableRef | DerivedTable | Join


@dataclass(frozen=True, slots=True)
class ConnectBy:
    condition: Expression
    start_with: Expression | None = None
    no_cycle: bool = False


@dataclass(frozen=True, slots=True)
class Into:
    """INTO of a PL/SQL SELECT or RETURNING."""

    targets: tuple[Expression, ...]
    bulk: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """One query block. No sources: SELECT without FROM (release 23)."""

    items: tuple[SelectItem, ...]
    sources: tuple[Source, ...] = ()
    where: Expression | None = None
    group_by: tuple[Expression, ...] = ()
    having: Expression | None = None
    distinct: bool = False
    connect_by: ConnectBy | None = None
    into: Into | None = None


@dataclass(frozen=True, slots=True)
class SetOperation:
    """`operator` is UNION, INTERSECT or MINUS (EXCEPT is spelt MINUS), perhaps with ALL."""

    operator: str
    left: Select | SetOperation | Query
    right: Select | SetOperation | Query


@dataclass(frozen=True, slots=True)
class CommonTable:
    name: Identifier
    columns: tuple[Identifier, ...]
    query: Query


@dataclass(frozen=True, slots=True)
class Fetch:
    """OFFSET and FETCH FIRST; `rows` None without FETCH. `percent` and `with_ties` as written."""

    rows: Expression | None = None
    offset: Expression | None = None
    percent: bool = False
    with_ties: bool = False


@dataclass(frozen=True, slots=True)
class ForUpdate:
    columns: tuple[Name, ...] = ()
    wait: str = ""  # NOWAIT, WAIT n, SKIP LOCKED or nothing


@dataclass(frozen=True, slots=True)
class Query:
    body: Select | SetOperation | Query
    with_: tuple[CommonTable, ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    fetch: Fetch | None = None
    for_update: ForUpdate | None = None
