"""Compiles static and dynamic SQL, cursors and the loops over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.compile_expressions import ExpressionCompiler
from reconciler.sandbox.engine.plsql.compile_references import cursor_state
from reconciler.sandbox.engine.plsql.errors import CompileError, predefined
from reconciler.sandbox.engine.plsql.runtime import (
    Cursor,
    Evaluate,
    Execution,
    Frame,
    Run,
    Store,
    row_record,
)
from reconciler.sandbox.engine.plsql.scope import CursorName, LocalRoutine, Variable
from reconciler.sandbox.engine.plsql.static_sql import RewrittenSql, StaticSql
from reconciler.sandbox.engine.plsql.types import (
    ANY,
    CollectionType,
    PlsqlType,
    RecordType,
    of_column,
    wire_type,
)
from reconciler.sandbox.engine.plsql.values import Record, to_text
from reconciler.sandbox.engine.sql import lexer
from reconciler.sandbox.engine.sql.lexer import Token
from reconciler.sandbox.seam import Bind, Column, OracleError, Outcome, Prepared, StatementKind

RunSql = Callable[[Frame], Outcome]


class SqlCompiler(ExpressionCompiler):
    # --- static SQL --------------------------------------------------------------------------------------------------------------

    def rewritten(self, tokens: Sequence[Token]) -> RewrittenSql:
        return StaticSql(tokens, self.text, self._is_variable, self._columns_of).rewrite()

    def _is_variable(self, names: tuple[str, ...]) -> bool:
        symbol = self.scope.find(names[0])
        if isinstance(symbol, Variable):
            return (
                len(names) == 1
                or isinstance(symbol.type, (RecordType, CollectionType))
                or (symbol.type is ANY)
            )
        if len(names) > 1 and (symbol is None or isinstance(symbol, LocalRoutine)):
            labelled = self.scope.labelled(names[0])
            return labelled is not None and isinstance(labelled.names.get(names[1]), Variable)
        return isinstance(symbol, LocalRoutine) and symbol.routine.is_function

    def _columns_of(self, table: str) -> frozenset[str]:
        try:
            columns = self.session.describe(lexer.prepare(f"SELECT * FROM {table}"))
        except OracleError:  # the statement itself will say what is wrong with the table
            return frozenset()
        return frozenset(column.name for column in columns)

    def prepared_sql(self, tokens: Sequence[Token]) -> tuple[Prepared, RunSql, RewrittenSql]:
        """A static statement ready to run with the values its variables have then."""
        rewritten = self.rewritten(tokens)
        prepared = lexer.prepare(rewritten.text)
        inputs = [self.expression(expression) for expression in rewritten.inputs]
        names = [f"B{number}" for number in range(1, len(inputs) + 1)]
        outputs = [f"R{number}" for number in range(1, len(rewritten.outputs) + 1)]

        def run_sql(frame: Frame) -> Outcome:
            binds = [_bind(name, value(frame)) for name, value in zip(names, inputs, strict=True)]
            binds += [Bind(name, wire_type(None)) for name in outputs]
            return frame.run.session.run(prepared, binds)

        return prepared, run_sql, rewritten

    def described(self, prepared: Prepared, at: int) -> tuple[Column, ...]:
        """Columns of a static query; what is wrong with it is a compilation error of the block."""
        try:
            return self.session.describe(prepared)
        except OracleError as error:
            raise CompileError(f"PL/SQL: {error.text}", at) from error

    def sql_expression(self, tokens: tuple[Token, ...]) -> Evaluate:
        rewritten = self.rewritten(tokens)
        inputs = [self.expression(expression) for expression in rewritten.inputs]
        prepared = lexer.prepare(f"SELECT {rewritten.text} FROM dual")

        def value(frame: Frame) -> Any:
            binds = [_bind(f"B{n}", item(frame)) for n, item in enumerate(inputs, 1)]
            return next(frame.run.session.run(prepared, binds).rows or iter(()))[0]

        return value

    def sql_statement(self, node: nodes.SqlStatement) -> Run:
        prepared, run_sql, rewritten = self.prepared_sql(node.tokens)
        if prepared.kind is StatementKind.QUERY:
            self.described(prepared, node.at)
            return self._select_into(run_sql, node)
        stores = [self.store(target) for target in rewritten.outputs]

        def execute(frame: Frame) -> None:
            outcome = run_sql(frame)
            frame.run.row_count = outcome.row_count
            for store, values in zip(stores, outcome.returned, strict=False):
                if len(values) > 1:
                    raise predefined(1422)
                store(frame, values[0] if values else None)

        return execute

    def _select_into(self, run_sql: RunSql, node: nodes.SqlStatement) -> Run:
        if node.bulk:
            store_all = self.bulk_store(node.into)

            def collect(frame: Frame) -> None:
                outcome = run_sql(frame)
                rows = list(outcome.rows or ())
                frame.run.row_count = len(rows)
                store_all(frame, outcome.columns or (), rows)

            return collect
        store_row = self.row_store(node.into)

        def select_into(frame: Frame) -> None:
            single_row(frame, run_sql(frame), store_row)

        return select_into

    # --- storing rows ------------------------------------------------------------------------------------------------------------

    def row_store(
        self, targets: Sequence[nodes.Target]
    ) -> Callable[[Frame, Sequence[Column], Sequence[Any]], None]:
        """Stores one row into variables, or into one record."""
        stores = [self.store(target) for target in targets]
        record = self._record_type(targets)

        def store_row(frame: Frame, _columns: Sequence[Column], row: Sequence[Any]) -> None:
            if record is not None:
                if len(record.fields) != len(row):
                    raise predefined(6504)
                stores[0](frame, Record(dict(zip(record.fields, row, strict=True))))
                return
            if len(stores) != len(row):
                raise OracleError(6550, "PLS-00394: wrong number of values in the INTO list")
            for store, value in zip(stores, row, strict=True):
                store(frame, value)

        return store_row

    def _record_type(self, targets: Sequence[nodes.Target]) -> RecordType | None:
        target = targets[0]
        if len(targets) > 1 or isinstance(target, nodes.BindReference):
            return None
        symbol, rest = self.lookup(target)
        kind = symbol.type if isinstance(symbol, Variable) else None
        for step in rest:
            if isinstance(step, nodes.Call) and isinstance(kind, CollectionType):
                kind = kind.element
            elif isinstance(step, nodes.Field) and isinstance(kind, RecordType):
                kind = kind.fields.get(step.name)
        return kind if isinstance(kind, RecordType) else None

    def bulk_store(
        self, targets: Sequence[nodes.Target]
    ) -> Callable[[Frame, Sequence[Column], list[Any]], None]:
        """Stores all rows into one collection per column, or one collection of records."""
        stores = [self.store(target) for target in targets]

        def store_all(frame: Frame, columns: Sequence[Column], rows: list[Any]) -> None:
            if len(stores) == 1 and len(columns) > 1:
                stores[0](frame, [row_record(columns, row) for row in rows])
                return
            for position, store in enumerate(stores):
                store(frame, [row[position] for row in rows])

        return store_all

    # --- cursors -----------------------------------------------------------------------------------------------------------------

    def query_source(self, tokens: Sequence[Token], at: int) -> tuple[RunSql, PlsqlType]:
        """A query and the record type of its rows."""
        prepared, run_sql, _ = self.prepared_sql(tokens)
        columns = self.described(prepared, at)
        return run_sql, RecordType({column.name: of_column(column) for column in columns})

    def open_declared(self, symbol: CursorName, arguments: Sequence[nodes.Argument]) -> Run:
        """Evaluates the cursor's parameters and opens its query."""
        values = [self.expression(argument.value) for argument in arguments]
        required = sum(formal.default is None for formal in symbol.formals)
        if not required <= len(values) <= len(symbol.formals):
            raise CompileError("PLS-00306: wrong number or types of arguments in call to cursor", 0)
        load, up, variables = self.load(symbol), self.ancestor(symbol.level), symbol.parameters

        def open_cursor(frame: Frame) -> None:
            home = up(frame)
            for position, (formal, variable) in enumerate(
                zip(symbol.formals, variables, strict=True)
            ):
                default = formal.default or _null
                given = position < len(values)
                value = values[position](frame) if given else default(home)
                home.slots[variable.slot] = variable.type.coerce(value, frame.run.session)
            load(frame).open(symbol.query(home))

        return open_cursor

    def open_statement(self, node: nodes.Open) -> Run:
        if node.query:
            run_sql, _ = self.query_source(node.query, node.at)
            return self._open_variable(node.cursor, run_sql)
        if node.text is not None:
            return self._open_variable(node.cursor, self._dynamic_query(node))
        if isinstance(node.cursor, nodes.Reference):
            symbol, rest = self.lookup(node.cursor)
            if isinstance(symbol, CursorName):
                arguments = rest[0].arguments if rest and isinstance(rest[0], nodes.Call) else ()
                return self.open_declared(symbol, arguments)
        raise CompileError("PLS-00361: IN cursor cannot be OPEN'ed", node.at)

    def _open_variable(self, target: nodes.Target, run_sql: RunSql) -> Run:
        store = self.store(target)

        def open_variable(frame: Frame) -> None:
            outcome = run_sql(frame)
            if outcome.columns is None:
                raise OracleError(6539, "PL/SQL: target of OPEN must be a query")
            store(frame, Cursor(outcome.columns, outcome.rows))

        return open_variable

    def _dynamic_query(self, node: nodes.Open) -> RunSql:
        assert node.text is not None
        text = self.expression(node.text)
        values = [self.expression(argument.value) for argument in node.using]

        def run_sql(frame: Frame) -> Outcome:
            prepared = lexer.prepare(dynamic_text(text(frame), frame.run))
            return frame.run.session.run(
                prepared, positional(prepared, [value(frame) for value in values])
            )

        return run_sql

    def fetch_statement(self, node: nodes.Fetch) -> Run:
        cursor = self.cursor_value(node.cursor)
        if node.bulk:
            return self._bulk_fetch(cursor, node)
        store_row = self.row_store(node.into)

        def fetch(frame: Frame) -> None:
            state = cursor_state(cursor(frame))
            row = state.fetch()
            if row is not None:
                store_row(frame, state.columns, row)

        return fetch

    def _bulk_fetch(self, cursor: Evaluate, node: nodes.Fetch) -> Run:
        store_all = self.bulk_store(node.into)
        limit = self.expression(node.limit) if node.limit else (lambda _frame: None)

        def fetch(frame: Frame) -> None:
            state, most = cursor_state(cursor(frame)), limit(frame)
            rows: list[Any] = []
            while most is None or len(rows) < most:
                row = state.fetch()
                if row is None:
                    break
                rows.append(row)
            store_all(frame, state.columns, rows)

        return fetch

    def close_statement(self, node: nodes.Close) -> Run:
        cursor = self.cursor_value(node.cursor)

        def close(frame: Frame) -> None:
            cursor_state(cursor(frame)).close()

        return close

    # --- dynamic SQL -------------------------------------------------------------------------------------------------------------

    def execute_immediate(self, node: nodes.ExecuteImmediate) -> Run:
        text = self.expression(node.text)
        readers = [
            self.expression(argument.value) if argument.mode != "OUT" else _null
            for argument in node.using
        ]
        writers = [
            (position, self._out_target(argument.value))
            for position, argument in enumerate(node.using)
            if argument.mode != "IN"
        ]
        into = self._into(node)

        def execute(frame: Frame) -> None:
            run = frame.run
            prepared = lexer.prepare(dynamic_text(text(frame), run))
            values = [reader(frame) for reader in readers] if readers else []
            outcome = run.session.run(prepared, positional(prepared, values))
            run.row_count = outcome.row_count
            if into is not None:
                into(frame, outcome)
            _write_back(frame, outcome, prepared, writers)

        return execute

    def _out_target(self, value: nodes.Expression) -> Store:
        if isinstance(value, (nodes.Reference, nodes.BindReference)):
            return self.store(value)
        raise CompileError("PLS-00363: expression cannot be used as an assignment target", value.at)

    def _into(self, node: nodes.ExecuteImmediate) -> Callable[[Frame, Outcome], None] | None:
        if not node.into:
            return None
        if node.bulk:
            store_all = self.bulk_store(node.into)

            def collect(frame: Frame, outcome: Outcome) -> None:
                store_all(frame, outcome.columns or (), list(outcome.rows or ()))

            return collect
        store_row = self.row_store(node.into)
        return lambda frame, outcome: single_row(frame, outcome, store_row)


def single_row(
    frame: Frame, outcome: Outcome, store: Callable[[Frame, Sequence[Column], Sequence[Any]], None]
) -> None:
    """Stores the one row of a query. Raises NO_DATA_FOUND and TOO_MANY_ROWS."""
    rows = outcome.rows or iter(())
    row = next(rows, None)
    frame.run.row_count = 0
    if row is None:
        raise predefined(1403)
    if next(rows, None) is not None:
        raise predefined(1422)
    frame.run.row_count = 1
    store(frame, outcome.columns or (), row)


def dynamic_text(value: Any, run: Execution) -> str:
    """The text of dynamic SQL. Raises ORA-06535 for NULL."""
    text = to_text(value, run.session)
    if text is None:
        raise OracleError(6535, "statement string in EXECUTE IMMEDIATE is NULL or 0 length")
    return text


def positional(prepared: Prepared, values: Sequence[Any]) -> list[Bind]:
    """USING arguments as binds. Raises ORA-01008 and ORA-01006 when the numbers differ."""
    names = prepared.bind_names
    if len(values) < len(names):
        raise OracleError(1008, "not all variables bound")
    if len(values) > len(names):
        raise OracleError(1006, "bind variable does not exist")
    return [_bind(name, value) for name, value in zip(names, values, strict=True)]


def _bind(name: str, value: Any) -> Bind:
    if isinstance(value, Record):
        raise OracleError(6550, "PLS-00457: expressions have to be of SQL types")
    return Bind(name, wire_type(value), value)


def _write_back(
    frame: Frame, outcome: Outcome, prepared: Prepared, writers: Sequence[tuple[int, Store]]
) -> None:
    first = prepared.returning_from
    for position, store in writers:
        if first is not None and position >= first:
            values = outcome.returned[position - first]
            store(frame, values[0] if values else None)
        elif position in outcome.out:
            store(frame, outcome.out[position])


def _null(_frame: Frame) -> None:
    return None
