"""Compiles declarations and routines, and so whole blocks and stored units."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.compile_statements import StatementCompiler
from reconciler.sandbox.engine.plsql.errors import (
    CompileError,
    compilation_failed,
    undeclared,
    value_error,
    with_trace,
)
from reconciler.sandbox.engine.plsql.lookup import find_routine
from reconciler.sandbox.engine.plsql.routines import CALLERS_RIGHTS, BlockRoutine, Rights
from reconciler.sandbox.engine.plsql.runtime import (
    Cursor,
    Formal,
    Frame,
    Leaving,
    Routine,
    Run,
)
from reconciler.sandbox.engine.plsql.scope import (
    CursorName,
    ExceptionName,
    Layout,
    LocalRoutine,
    TypeNameSymbol,
    Variable,
)
from reconciler.sandbox.engine.plsql.types import (
    ANY,
    CURSOR,
    CollectionType,
    NumberType,
    PlsqlType,
    RecordType,
    TextType,
    built_in,
    of_column,
)
from reconciler.sandbox.engine.sql import lexer
from reconciler.sandbox.seam import OracleError


class Compiler(StatementCompiler):
    """One compilation of one text."""

    _rights: Rights = CALLERS_RIGHTS  # of routines declared at the level that is being compiled

    def external_routine(
        self, steps: tuple[nodes.Field | nodes.Call, ...], at: int
    ) -> tuple[Routine, int] | None:
        return find_routine(self.session, steps, at)

    def anonymous(self, block: nodes.Block) -> Run:
        """The whole block. Raises ORA-06550 with everything that is wrong with it."""
        body = self.block(block)
        self.fail_on_errors()
        layout = self.scope.layout

        def run(outer: Frame) -> None:
            frame = Frame(layout.size, None, outer.run)
            try:
                body(frame)
            except OracleError as error:
                raise with_trace(error, f"line {frame.line}") from None

        return run

    def fail_on_errors(self) -> None:
        if self.errors:
            raise compilation_failed(self.errors, self.text)

    # --- declarations ------------------------------------------------------------------------------------------------------------

    def declarations(self, found: Sequence[nodes.Declaration]) -> Run:
        """Declares the names and gives the code that initialises them, in order."""
        steps: list[tuple[int, Run]] = []
        for declaration in found:
            with self.reporting("Item"):
                step = self._declare(declaration)
                if step is not None:
                    steps.append((self.line(declaration.at), step))

        def initialise(frame: Frame) -> Leaving | None:
            for line, step in steps:
                frame.line = line
                step(frame)
            return None

        return initialise

    def _declare(self, node: nodes.Declaration) -> Run | None:
        names = self.scope.names
        if not isinstance(node, (nodes.ExceptionInit, nodes.Subprogram)) and node.name in names:
            raise CompileError(
                f"PLS-00371: at most one declaration for '{node.name}' is permitted", node.at
            )
        match node:
            case nodes.VariableDeclaration():
                return self._variable(node)
            case nodes.ExceptionDeclaration(name=name):
                names[name] = ExceptionName(name)
            case nodes.ExceptionInit():
                self._exception_init(node)
            case nodes.CollectionTypeDeclaration():
                names[node.name] = TypeNameSymbol(self._collection(node))
            case nodes.RecordTypeDeclaration():
                names[node.name] = TypeNameSymbol(
                    RecordType({field.name: self.type_of(field.type) for field in node.fields})
                )
            case nodes.RefCursorTypeDeclaration(name=name):
                names[name] = TypeNameSymbol(CURSOR)
            case nodes.SubtypeDeclaration():
                names[node.name] = TypeNameSymbol(self.type_of(node.base))
            case nodes.CursorDeclaration():
                return self._cursor(node)
            case nodes.Subprogram():
                self._subprogram(node)
        return None

    def _variable(self, node: nodes.VariableDeclaration) -> Run:
        kind = self.type_of(node.type)
        value = self.expression(node.default) if node.default else None
        if value is None and (node.constant or node.not_null):
            raise CompileError(
                "PLS-00218: a variable declared NOT NULL must have an initialization assignment",
                node.at,
            )
        slot = self.declare_variable(node.name, kind, constant=node.constant).slot
        if value is None:
            return lambda frame: frame.slots.__setitem__(slot, kind.initial())

        def initialise(frame: Frame) -> None:
            found = kind.coerce(value(frame), frame.run.session)
            if found is None and node.not_null:
                raise value_error()
            frame.slots[slot] = found

        return initialise

    def _exception_init(self, node: nodes.ExceptionInit) -> None:
        symbol = self.scope.names.get(node.name)
        if not isinstance(symbol, ExceptionName):
            raise undeclared(node.name, node.at)
        symbol.code = 1403 if node.code == 100 else -node.code

    def _collection(self, node: nodes.CollectionTypeDeclaration) -> CollectionType:
        key = self.type_of(node.key) if node.key else None
        return CollectionType(self.type_of(node.element), key, node.limit, node.name)

    def _cursor(self, node: nodes.CursorDeclaration) -> Run:
        with self.inner_scope(node.name):
            formals = self._formals(node.parameters)
            variables = tuple(
                self.declare_variable(formal.name, formal.type or ANY) for formal in formals
            )
            run_sql, row = self.query_source(node.query, node.at)
        slot = self.scope.layout.reserve()
        self.scope.names[node.name] = CursorName(slot, self.level, formals, variables, run_sql, row)

        def initialise(frame: Frame) -> None:
            frame.slots[slot] = Cursor()

        return initialise

    # --- types -------------------------------------------------------------------------------------------------------------------

    def type_of(self, node: nodes.TypeName) -> PlsqlType:
        """The meaning of a type name. Raises PLS-00201 for an unknown one."""
        if node.attribute is not None:
            return self._anchored(node)
        symbol = self.scope.find(node.names[0]) if len(node.names) == 1 else None
        if isinstance(symbol, TypeNameSymbol):
            return symbol.type
        kind = built_in(node.names, node.numbers, with_time_zone=node.with_time_zone)
        if kind is None:
            raise undeclared(".".join(node.names), node.at)
        return kind

    def _anchored(self, node: nodes.TypeName) -> PlsqlType:
        symbol, rest = self.lookup(
            nodes.Reference(tuple(nodes.Field(name, node.at) for name in node.names), node.at)
        )
        if isinstance(symbol, Variable):
            kind = symbol.type
            for step in rest:
                assert isinstance(step, nodes.Field)
                if not isinstance(kind, RecordType) or step.name not in kind.fields:
                    raise CompileError(
                        f"PLS-00302: component '{step.name}' must be declared", node.at
                    )
                kind = kind.fields[step.name]
            return kind
        if isinstance(symbol, CursorName):
            return symbol.row
        return self._column_type(node)

    def _column_type(self, node: nodes.TypeName) -> PlsqlType:
        names = node.names if node.attribute == "ROWTYPE" else node.names[:-1]
        if not names:
            raise undeclared(node.names[0], node.at)
        table = ".".join(f'"{name}"' for name in names)
        try:
            columns = self.session.describe(lexer.prepare(f"SELECT * FROM {table}"))
        except OracleError as error:
            raise undeclared(".".join(node.names), node.at) from error
        kinds = {column.name: of_column(column) for column in columns}
        if node.attribute == "ROWTYPE":
            return RecordType(kinds)
        if node.names[-1] not in kinds:
            raise CompileError(f"PLS-00302: component '{node.names[-1]}' must be declared", node.at)
        return kinds[node.names[-1]]

    # --- routines ----------------------------------------------------------------------------------------------------------------

    def _formals(self, parameters: Sequence[nodes.Parameter]) -> tuple[Formal, ...]:
        return tuple(
            Formal(
                parameter.name,
                parameter.mode,
                self._parameter_type(parameter.type),
                self.expression(parameter.default) if parameter.default else None,
            )
            for parameter in parameters
        )

    def _parameter_type(self, node: nodes.TypeName) -> PlsqlType:
        """Formal parameters are unconstrained, whatever the variable they are anchored to."""
        kind = self.type_of(node)
        if isinstance(kind, TextType) and not kind.padded:
            return TextType(unlimited=kind.unlimited)
        return NumberType() if isinstance(kind, NumberType) and node.attribute else kind

    def _subprogram(self, node: nodes.Subprogram) -> None:
        symbol = self.scope.names.get(node.name)
        if not isinstance(symbol, LocalRoutine):
            display = f"{self.unit}.{node.name}" if self.unit else node.name
            routine = BlockRoutine(
                display, self._formals(node.parameters), node.returns is not None, self._rights
            )
            symbol = LocalRoutine(self.level, routine)
            self.scope.names[node.name] = symbol
        if node.body is not None:
            assert isinstance(symbol.routine, BlockRoutine)
            self.routine_body(node, symbol.routine)

    def unit_routine(self, node: nodes.Subprogram, unit: str, rights: Rights) -> BlockRoutine:
        """A standalone stored routine; it may call itself by its name."""
        routine = BlockRoutine(
            unit, self._formals(node.parameters), node.returns is not None, rights
        )
        self.scope.names[node.name] = LocalRoutine(self.level, routine)
        self.routine_body(node, routine)
        return routine

    def package_declarations(self, found: Sequence[nodes.Declaration], rights: Rights) -> None:
        """Public and private declarations of a package, as one scope."""
        self._rights = rights
        self.declarations(found)

    def routine_body(self, node: nodes.Subprogram, routine: BlockRoutine) -> None:
        """Compiles the body of a procedure or function into the routine that stands for it."""
        assert node.body is not None
        layout = Layout(self.level + 1)
        outer_rights, self._rights = self._rights, CALLERS_RIGHTS
        with self.inner_scope(node.name, layout) as scope:
            scope.returns, scope.is_function = node.returns, node.returns is not None
            for formal in routine.formals:
                self.declare_variable(formal.name, formal.type or ANY, constant=formal.mode == "IN")
            unlabelled = nodes.Block(
                node.body.declarations, node.body.body, node.body.handlers, None, node.body.at
            )
            body = self.block(unlabelled)
        self._rights = outer_rights
        routine.complete(body, layout, self.unit)
