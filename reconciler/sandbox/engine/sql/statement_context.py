"""What the translation of one statement gathers: values for its binds, names it gave out, whose rights apply."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.ast import Name
from reconciler.sandbox.engine.sql.fragments import Fragment
from reconciler.sandbox.engine.sql.functions import FUNCTIONS
from reconciler.sandbox.engine.sql.scope import Scope
from reconciler.sandbox.engine.sql.values import encode, from_client
from reconciler.sandbox.seam import Bind, Column, OracleError, OracleType

# What a name means outside SQL (a PL/SQL variable), None if nothing; asked only for names that are no columns.
Variables = Callable[[Name], Bind | None]


@dataclass(slots=True)
class Statement:
    """The whole statement, the queries of its views included."""

    session: SessionView
    binds: Sequence[Bind] = ()
    variables: Variables | None = None
    untyped_binds: bool = False  # nothing is known of the binds: the statement is only described
    parameters: dict[str, Any] = field(default_factory=dict)
    dictionary: dict[str, str] = field(default_factory=dict)
    sequences: dict[int, str] = field(default_factory=dict)  # object id -> NEXTVAL or CURRVAL
    references: set[int] = field(default_factory=set)  # objects the statement itself names
    counter: int = 0

    def alias(self, prefix: str = "r") -> str:
        """A SQLite name that nothing else in the statement has."""
        self.counter += 1
        return f"{prefix}{self.counter}"

    def value(self, value: Any, oracle_type: OracleType | None) -> Fragment:
        """A value as a SQLite parameter."""
        key = f"p{len(self.parameters)}"
        self.parameters[key] = encode(value)
        size = len(value) if isinstance(value, str | bytes) else 0
        return Fragment(f":{key}", oracle_type, size)

    def bind(self, index: int) -> Fragment:
        """The bind of that occurrence. Raises ORA-01008 if the client gave none."""
        if self.untyped_binds:
            return Fragment("NULL", None)
        if index >= len(self.binds):
            raise OracleError(1008, "not all variables bound")
        return self._bound(f"b{index}", self.binds[index])

    def variable(self, name: Name) -> Fragment | None:
        """The variable of the surrounding program that a name means."""
        bind = self.variables(name) if self.variables else None
        return None if bind is None else self._bound(f"v{len(self.parameters)}", bind)

    def _bound(self, key: str, bind: Bind) -> Fragment:
        if bind.is_array:
            raise OracleError(1484, "arrays can only be bound to PL/SQL statements")
        value = from_client(bind.value, bind.type)
        self.parameters[key] = encode(value)
        size = len(value) if isinstance(value, str | bytes) else bind.size
        return Fragment(f":{key}", bind.type, min(size, 4000))

    def instant(self, name: str) -> Fragment:
        """SYSDATE and its kin: one value for the whole statement."""
        key = f"now_{name.lower()}"
        if key not in self.parameters:
            self.parameters[key] = encode(FUNCTIONS[name](self.session))
        return Fragment(f":{key}", None)


@dataclass(frozen=True, slots=True)
class CommonTableColumns:
    """A WITH query that names in FROM may mean: its SQLite name and its columns."""

    sql_name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """Where in a statement a translation is.

    `user` is whose rights are checked without roles (the owner of the view around), None for the session's own; `schema` where unqualified
    names are looked up. `grouping` is given inside a grouped block: the SQLite texts of its GROUP BY expressions.
    """

    statement: Statement
    scope: Scope = field(default_factory=Scope)
    user: str | None = None
    schema: str | None = None
    common_tables: Mapping[str, CommonTableColumns] = field(default_factory=dict)
    grouping: tuple[str, ...] | None = None
    in_view: bool = False  # whether this is the text of a view and not of the statement
    aggregates: bool = False  # whether an aggregate may stand here

    @property
    def session(self) -> SessionView:
        return self.statement.session

    def inside(self, scope: Scope) -> Context:
        """The same rights in another block, outside any grouping."""
        return replace(self, scope=scope, grouping=None, aggregates=False)
