"""What the PL/SQL parser builds: declarations, statements and expressions with their positions in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.engine.sql.lexer import Token

# --- expressions -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class BindReference:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Argument:
    """An actual parameter; `name` for `name => value`."""

    name: str | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Field:
    """One name of a chain such as a.b.c; `at` is its position."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """Parentheses after a name: a call, an element of a collection, a constructor."""

    arguments: tuple[Argument, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A name with all that hangs on it: x, r.field, t(i), t(i).field, package.function(a, b => c), t.count."""

    steps: tuple[Field | Call, ...]
    at: int

    @property
    def names(self) -> tuple[str, ...]:
        """The names before the first parenthesis."""
        found: list[str] = []
        for step in self.steps:
            if isinstance(step, Call):
                break
            found.append(step.name)
        return tuple(found)

    @property
    def display(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class CursorAttribute:
    """cursor%FOUND and its kin; `cursor` is None for SQL%..."""

    cursor: Reference | None
    attribute: str
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str  # - NOT
    operand: Expression
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str  # OR AND = <> < <= > >= + - * / ** || MOD
    left: Expression
    right: Expression
    at: int


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Expression
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class Like:
    operand: Expression
    pattern: Expression
    escape: Expression | None
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class InList:
    operand: Expression
    items: tuple[Expression, ...]
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class CaseExpression:
    """CASE as an expression; `operand` is None for the searched form."""

    operand: Expression | None
    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class SqlFragment:
    """An expression in SQL's own syntax (DATE '...', CAST, EXTRACT, ...), left to the SQL engine."""

    tokens: tuple[Token, ...]
    at: int


Expression = (
    Literal
    | BindReference
    | Reference
    | CursorAttribute
    | Unary
    | Binary
    | IsNull
    | Like
    | InList
    | CaseExpression
    | SqlFragment
)

# --- declarations ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written: NUMBER(5,2), hr.employees.salary%TYPE, dbms_sql.varchar2a."""

    names: tuple[str, ...]
    numbers: tuple[int, ...]
    attribute: str | None  # TYPE, ROWTYPE
    at: int
    with_time_zone: bool = False


@dataclass(frozen=True, slots=True)
class VariableDeclaration:
    name: str
    type: TypeName
    constant: bool
    not_null: bool
    default: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class ExceptionDeclaration:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class ExceptionInit:
    """PRAGMA EXCEPTION_INIT(name, code); `code` as written, usually negative."""

    name: str
    code: int
    at: int


@dataclass(frozen=True, slots=True)
class CollectionTypeDeclaration:
    """TYPE name IS TABLE OF element [INDEX BY key], or VARRAY(limit) OF."""

    name: str
    element: TypeName
    key: TypeName | None
    limit: int | None
    at: int


@dataclass(frozen=True, slots=True)
class RecordTypeDeclaration:
    name: str
    fields: tuple[VariableDeclaration, ...]
    at: int


@dataclass(frozen=True, slots=True)
class RefCursorTypeDeclaration:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class SubtypeDeclaration:
    name: str
    base: TypeName
    at: int


@dataclass(frozen=True, slots=True)
class CursorDeclaration:
    name: str
    parameters: tuple[Parameter, ...]
    query: tuple[Token, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    mode: str  # IN, OUT, IN OUT
    type: TypeName
    default: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Subprogram:
    """A procedure, or a function when it returns a type. `body` is None for a forward or package declaration."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: TypeName | None
    body: Block | None
    at: int


Declaration = (
    VariableDeclaration
    | ExceptionDeclaration
    | ExceptionInit
    | CollectionTypeDeclaration
    | RecordTypeDeclaration
    | RefCursorTypeDeclaration
    | SubtypeDeclaration
    | CursorDeclaration
    | Subprogram
)

# --- statements ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handler:
    """WHEN a OR b THEN ...; no names for OTHERS."""

    exceptions: tuple[Reference, ...]
    body: tuple[Statement, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Block:
    declarations: tuple[Declaration, ...]
    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    label: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Assignment:
    target: Reference | BindReference
    value: Expression
    at: int


@dataclass(frozen=True, slots=True)
class CallStatement:
    call: Reference
    at: int
    into: BindReference | None = None  # CALL f() INTO :x


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[tuple[Expression, tuple[Statement, ...]], ...]
    otherwise: tuple[Statement, ...]
    at: int


@dataclass(frozen=True, slots=True)
class CaseStatement:
    """`otherwise` is None without ELSE: then no match is ORA-06592."""

    operand: Expression | None
    branches: tuple[tuple[Expression, tuple[Statement, ...]], ...]
    otherwise: tuple[Statement, ...] | None
    at: int


@dataclass(frozen=True, slots=True)
class Loop:
    """LOOP, or WHILE with a condition."""

    condition: Expression | None
    body: tuple[Statement, ...]
    label: str | None
    at: int


@dataclass(frozen=True, slots=True)
class RangeLoop:
    variable: str
    reverse: bool
    low: Expression
    high: Expression
    body: tuple[Statement, ...]
    label: str | None
    at: int


@dataclass(frozen=True, slots=True)
class QueryLoop:
    """FOR r IN (query) LOOP."""

    variable: str
    query: tuple[Token, ...]
    body: tuple[Statement, ...]
    label: str | None
    at: int


@dataclass(frozen=True, slots=True)
class CursorLoop:
    """FOR r IN cursor[(arguments)] LOOP."""

    variable: str
    cursor: Reference
    body: tuple[Statement, ...]
    label: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Leave:
    """EXIT or CONTINUE."""

    again: bool
    label: str | None
    condition: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Return:
    value: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class NullStatement:
    at: int


@dataclass(frozen=True, slots=True)
class Raise:
    """`exception` is None for the bare RAISE that passes on the current one."""

    exception: Reference | None
    at: int


Target = Reference | BindReference


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """Static SQL without its INTO clause."""

    tokens: tuple[Token, ...]
    into: tuple[Target, ...]
    bulk: bool
    at: int


@dataclass(frozen=True, slots=True)
class ForAll:
    variable: str
    low: Expression
    high: Expression
    save_exceptions: bool
    statement: SqlStatement | ExecuteImmediate
    at: int


@dataclass(frozen=True, slots=True)
class DynamicArgument:
    mode: str  # IN, OUT, IN OUT
    value: Expression


@dataclass(frozen=True, slots=True)
class ExecuteImmediate:
    text: Expression
    into: tuple[Target, ...]
    bulk: bool
    using: tuple[DynamicArgument, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Open:
    """OPEN cursor[(args)], OPEN variable FOR query | text [USING ...]."""

    cursor: Target
    query: tuple[Token, ...]
    text: Expression | None
    using: tuple[DynamicArgument, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Fetch:
    cursor: Target
    into: tuple[Target, ...]
    bulk: bool
    limit: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Close:
    cursor: Target
    at: int


Statement = (
    Block
    | Assignment
    | CallStatement
    | If
    | CaseStatement
    | Loop
    | RangeLoop
    | QueryLoop
    | CursorLoop
    | Leave
    | Return
    | NullStatement
    | Raise
    | SqlStatement
    | ForAll
    | ExecuteImmediate
    | Open
    | Fetch
    | Close
)
