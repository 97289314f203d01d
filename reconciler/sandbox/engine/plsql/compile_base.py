"""What all parts of the compiler share: the scope, the errors found so far, and access to variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.errors import CompileError, Positions
from reconciler.sandbox.engine.plsql.runtime import Evaluate, Frame, Routine, Store
from reconciler.sandbox.engine.plsql.scope import CursorName, Layout, Scope, Variable
from reconciler.sandbox.engine.plsql.types import PlsqlType
from reconciler.sandbox.engine.sql.lexer import Token

if TYPE_CHECKING:
    from reconciler.sandbox.engine.session import Session


class CompilerBase:
    """State of one compilation. Compiled code never refers to it."""

    def __init__(self, session: Session, text: str, *, unit: str | None = None) -> None:
        self.session = session
        self.text = text
        self.unit = unit  # OWNER.NAME of stored code, None for an anonymous block
        self.positions = Positions(text)
        self.errors: list[tuple[CompileError, str]] = []
        self.bind_reads: set[str] = set()
        self.bind_writes: set[str] = set()
        self.scope = Scope(Layout(0))

    if TYPE_CHECKING:  # the parts below are written in modules of their own

        def expression(self, node: nodes.Expression) -> Evaluate: ...
        def sql_expression(self, tokens: tuple[Token, ...]) -> Evaluate: ...
        def sql_function(self, name: str, arguments: list[Evaluate], at: int) -> Evaluate: ...
        def store(self, target: nodes.Target) -> Store: ...
        def reference_value(self, node: nodes.Reference) -> Evaluate: ...
        def type_of(self, node: nodes.TypeName) -> PlsqlType: ...
        def external_routine(
            self, steps: tuple[nodes.Field | nodes.Call, ...], at: int
        ) -> tuple[Routine, int] | None: ...

    @property
    def level(self) -> int:
        """How many routines are around the code that is being compiled."""
        return self.scope.layout.level

    def line(self, at: int) -> int:
        return self.positions.line(at)

    @contextmanager
    def inner_scope(
        self, label: str | None = None, layout: Layout | None = None
    ) -> Iterator[Scope]:
        """A scope inside the current one; `layout` starts a new routine."""
        outer = self.scope
        self.scope = Scope(layout or outer.layout, outer, label)
        if layout is None:
            self.scope.loops = list(outer.loops)
            self.scope.in_handler = outer.in_handler
            self.scope.returns, self.scope.is_function = outer.returns, outer.is_function
        try:
            yield self.scope
        finally:
            self.scope = outer

    @contextmanager
    def reporting(self, ignored: str) -> Iterator[None]:
        """Notes the error of one statement or declaration and goes on with the next."""
        try:
            yield
        except CompileError as error:
            self.errors.append((error, ignored))

    def declare_variable(self, name: str, kind: PlsqlType, *, constant: bool = False) -> Variable:
        variable = Variable(self.scope.layout.reserve(), self.level, kind, constant)
        self.scope.names[name] = variable
        return variable

    def load(self, place: Variable | CursorName) -> Evaluate:
        """Reads the slot of a variable or cursor."""
        slot, depth = place.slot, self.level - place.level
        if depth == 0:
            return lambda frame: frame.slots[slot]
        up = self.ancestor(place.level)
        return lambda frame: up(frame).slots[slot]

    def ancestor(self, level: int) -> AncestorOf:
        """Finds the frame of the enclosing routine at that level."""
        return AncestorOf(self.level - level)


class AncestorOf:
    """Walks so many frames outwards."""

    __slots__ = ("_steps",)

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def __call__(self, frame: Frame) -> Frame:
        for _ in range(self._steps):
            assert frame.parent is not None
            frame = frame.parent
        return frame
