"""Names while PL/SQL is compiled: what each one is, and where its value will be."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.runtime import Evaluate, Formal, Routine
from reconciler.sandbox.engine.plsql.types import PlsqlType


@dataclass(frozen=True, slots=True)
class Variable:
    """`level` counts the routines around the declaration; `slot` is the place in that routine's frame."""

    slot: int
    level: int
    type: PlsqlType
    constant: bool = False


@dataclass(slots=True, eq=False)
class ExceptionName:
    """A declared exception; `code` comes with PRAGMA EXCEPTION_INIT."""

    name: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class CursorName:
    """A declared cursor. The frame slot holds its state; `query` opens it with the parameters already in their slots."""

    slot: int
    level: int
    formals: tuple[Formal, ...]
    parameters: tuple[Variable, ...]
    query: Evaluate
    row: PlsqlType


@dataclass(frozen=True, slots=True)
class TypeNameSymbol:
    type: PlsqlType


@dataclass(slots=True)
class LocalRoutine:
    """A subprogram of a block. `routine` is set before its body is compiled, so that it may call itself."""

    level: int
    routine: Routine


Symbol = Variable | ExceptionName | CursorName | TypeNameSymbol | LocalRoutine


@dataclass(slots=True)
class Layout:
    """Slots of one routine's frame."""

    level: int
    size: int = 0

    def reserve(self) -> int:
        self.size += 1
        return self.size - 1


@dataclass(slots=True)
class LoopScope:
    """A loop that EXIT and CONTINUE can name."""

    label: str | None


@dataclass(slots=True)
class Scope:
    """Names of one block inside those of the blocks around it."""

    layout: Layout
    parent: Scope | None = None
    label: str | None = None
    names: dict[str, Symbol] = field(default_factory=dict)
    loops: list[LoopScope] = field(default_factory=list)
    in_handler: bool = False
    returns: nodes.TypeName | None = None
    is_function: bool = False

    def find(self, name: str) -> Symbol | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def labelled(self, label: str) -> Scope | None:
        """The enclosing block or routine of that name, for qualified names."""
        scope: Scope | None = self
        while scope is not None:
            if scope.label == label:
                return scope
            scope = scope.parent
        return None
