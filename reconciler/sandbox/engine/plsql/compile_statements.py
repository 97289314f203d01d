"""Compiles statements: control flow, assignments, calls, exceptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.collection_procedures import PROCEDURES
from reconciler.sandbox.engine.plsql.compile_references import initialized, taken_arguments
from reconciler.sandbox.engine.plsql.compile_sql import SqlCompiler
from reconciler.sandbox.engine.plsql.errors import (
    PREDEFINED,
    CompileError,
    UserException,
    predefined,
    undeclared,
    value_error,
)
from reconciler.sandbox.engine.plsql.handlers import Matches, handle, matcher
from reconciler.sandbox.engine.plsql.runtime import (
    RETURN,
    Evaluate,
    Frame,
    Leaving,
    Run,
    row_record,
)
from reconciler.sandbox.engine.plsql.scope import (
    CursorName,
    ExceptionName,
    LocalRoutine,
    LoopScope,
)
from reconciler.sandbox.engine.plsql.types import ANY, INTEGER
from reconciler.sandbox.engine.plsql.values import Record, to_number, to_text
from reconciler.sandbox.seam import OracleError


class StatementCompiler(SqlCompiler):
    if TYPE_CHECKING:

        def declarations(self, found: Sequence[nodes.Declaration]) -> Run: ...

    def sequence(self, statements: Sequence[nodes.Statement]) -> Run:
        """Statements one after another; each sets the line that a trace shows."""
        compiled: list[tuple[int, Run]] = []
        for node in statements:
            with self.reporting("SQL Statement" if _is_sql(node) else "Statement"):
                compiled.append((self.line(node.at), self.statement(node)))
        if len(compiled) == 1:
            only_line, only = compiled[0]

            def run_one(frame: Frame) -> Leaving | None:
                frame.line = only_line
                return only(frame)

            return run_one
        pairs = tuple(compiled)

        def run_all(frame: Frame) -> Leaving | None:
            for line, statement in pairs:
                frame.line = line
                leaving = statement(frame)
                if leaving is not None:
                    return leaving
            return None

        return run_all

    def statement(self, node: nodes.Statement) -> Run:
        match node:
            case nodes.Block():
                return self.block(node)
            case nodes.Assignment():
                return self._assignment(node)
            case nodes.CallStatement():
                return self.call_statement(node)
            case nodes.If():
                return self._branches(node.branches, node.otherwise, None)
            case nodes.CaseStatement():
                return self._branches(node.branches, node.otherwise, node)
            case nodes.Loop() | nodes.RangeLoop() | nodes.QueryLoop() | nodes.CursorLoop():
                return self._loop(node)
            case nodes.Leave():
                return self._leave(node)
            case nodes.Return():
                return self._return(node)
            case nodes.NullStatement():
                return lambda _frame: None
            case nodes.Raise():
                return self._raise(node)
            case nodes.ForAll():
                return self._for_all(node)
            case _:
                return self._sql(node)

    def _sql(
        self,
        node: nodes.SqlStatement | nodes.ExecuteImmediate | nodes.Open | nodes.Fetch | nodes.Close,
    ) -> Run:
        match node:
            case nodes.SqlStatement():
                return self.sql_statement(node)
            case nodes.ExecuteImmediate():
                return self.execute_immediate(node)
            case nodes.Open():
                return self.open_statement(node)
            case nodes.Fetch():
                return self.fetch_statement(node)
            case nodes.Close():
                return self.close_statement(node)

    def _assignment(self, node: nodes.Assignment) -> Run:
        value, store = self.expression(node.value), self.store(node.target)

        def assign(frame: Frame) -> None:
            store(frame, value(frame))

        return assign

    def _branches(
        self,
        branches: Sequence[tuple[nodes.Expression, Sequence[nodes.Statement]]],
        otherwise: Sequence[nodes.Statement] | None,
        case: nodes.CaseStatement | None,
    ) -> Run:
        operand = case.operand if case else None
        tests = [(self.condition(operand, test), self.sequence(body)) for test, body in branches]
        final = self.sequence(otherwise) if otherwise else None

        def choose(frame: Frame) -> Leaving | None:
            for test, body in tests:
                if test(frame) is True:
                    return body(frame)
            if final is not None:
                return final(frame)
            if otherwise is None:
                raise predefined(6592)
            return None

        return choose

    # --- loops -------------------------------------------------------------------------------------------------------------------

    def _loop(self, node: nodes.Loop | nodes.RangeLoop | nodes.QueryLoop | nodes.CursorLoop) -> Run:
        with self.inner_scope() as scope:
            loop = LoopScope(node.label)
            scope.loops.append(loop)
            match node:
                case nodes.Loop():
                    return self._plain_loop(node, loop)
                case nodes.RangeLoop():
                    return self._range_loop(node, loop)
                case nodes.QueryLoop():
                    return self._query_loop(node, loop)
                case nodes.CursorLoop():
                    return self._cursor_loop(node, loop)

    def _plain_loop(self, node: nodes.Loop, loop: LoopScope) -> Run:
        condition = self.expression(node.condition) if node.condition else None
        body = self.sequence(node.body)

        def run(frame: Frame) -> Leaving | None:
            check = frame.run.session.check_cancelled
            while condition is None or condition(frame) is True:
                check()
                leaving = body(frame)
                if leaving is not None:
                    if leaving.loop is not loop:
                        return leaving
                    if leaving.kind == "exit":
                        break
            return None

        return run

    def _range_loop(self, node: nodes.RangeLoop, loop: LoopScope) -> Run:
        low, high = self.expression(node.low), self.expression(node.high)
        slot = self.declare_variable(node.variable, INTEGER, constant=True).slot
        body = self.sequence(node.body)

        def run(frame: Frame) -> Leaving | None:
            first, last = _bound(low(frame)), _bound(high(frame))
            steps = range(last, first - 1, -1) if node.reverse else range(first, last + 1)
            check = frame.run.session.check_cancelled
            for number in steps:
                check()
                frame.slots[slot] = number
                leaving = body(frame)
                if leaving is not None:
                    if leaving.loop is not loop:
                        return leaving
                    if leaving.kind == "exit":
                        break
            return None

        return run

    def _query_loop(self, node: nodes.QueryLoop, loop: LoopScope) -> Run:
        run_sql, kind = self.query_source(node.query, node.at)
        slot = self.declare_variable(node.variable, kind, constant=True).slot
        return _row_loop(run_sql, slot, self.sequence(node.body), loop)

    def _cursor_loop(self, node: nodes.CursorLoop, loop: LoopScope) -> Run:
        symbol, rest = self.lookup(node.cursor)
        if not isinstance(symbol, CursorName):
            raise undeclared(node.cursor.display, node.at)
        open_cursor = self.open_declared(symbol, taken_arguments(rest)[0])
        load = self.load(symbol)
        slot = self.declare_variable(node.variable, ANY, constant=True).slot
        body = self.sequence(node.body)

        def run(frame: Frame) -> Leaving | None:
            open_cursor(frame)
            state = load(frame)
            try:
                while (row := state.fetch()) is not None:
                    frame.slots[slot] = row_record(state.columns, row)
                    leaving = body(frame)
                    if leaving is not None:
                        if leaving.loop is not loop:
                            return leaving
                        if leaving.kind == "exit":
                            break
            finally:
                state.close()
            return None

        return run

    def _leave(self, node: nodes.Leave) -> Run:
        word = "CONTINUE" if node.again else "EXIT"
        loops = self.scope.loops
        if not loops:
            raise CompileError(
                f"PLS-00376: illegal {word} statement; it must appear inside a loop", node.at
            )
        loop = loops[-1]
        if node.label is not None:
            named = [candidate for candidate in loops if candidate.label == node.label]
            if not named:
                raise undeclared(node.label, node.at)
            loop = named[-1]
        leaving = Leaving("continue" if node.again else "exit", loop)
        if node.condition is None:
            return lambda _frame: leaving
        condition = self.expression(node.condition)
        return lambda frame: leaving if condition(frame) is True else None

    def _return(self, node: nodes.Return) -> Run:
        scope = self.scope
        if node.value is None:
            if scope.is_function:
                raise CompileError(
                    "PLS-00503: RETURN <value> statement required for this return from function",
                    node.at,
                )
            return lambda _frame: RETURN
        if scope.returns is None:
            raise CompileError(
                "PLS-00372: In a procedure, RETURN statement cannot contain an expression", node.at
            )
        value, kind = self.expression(node.value), self.type_of(scope.returns)

        def give(frame: Frame) -> Leaving:
            frame.result = kind.coerce(value(frame), frame.run.session)
            return RETURN

        return give

    # --- calls -------------------------------------------------------------------------------------------------------------------

    def call_statement(self, node: nodes.CallStatement) -> Run:
        if node.into is not None:
            return self._call_into(node)
        if node.call.names == ("RAISE_APPLICATION_ERROR",):
            return self._raise_application_error(node)
        changed = self.collection_procedure(node.call)
        if changed is not None:
            return self._change_collection(*changed)
        symbol, rest = self.lookup(node.call)
        if isinstance(symbol, LocalRoutine):
            routine, level = symbol.routine, symbol.level
        elif symbol is None:
            found = self.external_routine(node.call.steps, node.at)
            if found is None:
                raise undeclared(node.call.display, node.at)
            routine, level, rest = found[0], None, node.call.steps[found[1] :]
        else:
            raise CompileError(
                f"PLS-00221: '{node.call.display}' is not a procedure or is undefined", node.at
            )
        arguments, rest = taken_arguments(rest)
        if rest:
            raise CompileError(
                f"PLS-00221: '{node.call.display}' is not a procedure or is undefined", node.at
            )
        call = self.call(routine, arguments, node.at, level, function=False)

        def run(frame: Frame) -> None:
            call(frame)

        return run

    def _call_into(self, node: nodes.CallStatement) -> Run:
        assert node.into is not None
        value, store = self.expression(node.call), self.store(node.into)
        return lambda frame: store(frame, value(frame))

    def _change_collection(
        self, value: Evaluate, name: str, rest: tuple[nodes.Field | nodes.Call, ...]
    ) -> Run:
        operands = [self.expression(argument.value) for argument in taken_arguments(rest)[0]]

        def change(frame: Frame) -> None:
            collection = initialized(value(frame))
            given = [operand(frame) for operand in operands]
            PROCEDURES[name](collection, given)

        return change

    def _raise_application_error(self, node: nodes.CallStatement) -> Run:
        given, _ = taken_arguments(node.call.steps[1:])
        if not 2 <= len(given) <= 3:
            raise CompileError(
                "PLS-00306: wrong number or types of arguments in call to 'RAISE_APPLICATION_ERROR'",
                node.at,
            )
        arguments = [self.expression(argument.value) for argument in given]

        def fail(frame: Frame) -> None:
            code = to_number(arguments[0](frame))
            text = to_text(arguments[1](frame), frame.run.session) or ""
            if code is None or not -20999 <= code <= -20000:
                raise OracleError(
                    21000,
                    f"error number argument to raise_application_error of {code} is out of range",
                )
            keep = len(arguments) > 2 and arguments[2](frame) is True and frame.run.error
            stack = f"\n{frame.run.error.text}" if keep and frame.run.error else ""
            raise OracleError(-int(code), text[:2048] + stack)

        return fail

    # --- FORALL ------------------------------------------------------------------------------------------------------------------

    def _for_all(self, node: nodes.ForAll) -> Run:
        if node.save_exceptions:
            raise CompileError("PLS-00436: SAVE EXCEPTIONS is not supported here", node.at)
        low, high = self.expression(node.low), self.expression(node.high)
        with self.inner_scope():
            slot = self.declare_variable(node.variable, INTEGER, constant=True).slot
            body = self._sql(node.statement)

        def run(frame: Frame) -> None:
            total = 0
            for number in range(_bound(low(frame)), _bound(high(frame)) + 1):
                frame.slots[slot] = number
                body(frame)
                total += frame.run.row_count or 0
            frame.run.row_count = total

        return run

    # --- exceptions --------------------------------------------------------------------------------------------------------------

    def _raise(self, node: nodes.Raise) -> Run:
        if node.exception is None:
            if not self.scope.in_handler:
                raise CompileError(
                    "PLS-00367: a RAISE statement with no exception name must be inside an exception handler",
                    node.at,
                )

            def again(frame: Frame) -> None:
                assert frame.run.error is not None
                raise frame.run.error

            return again
        symbol = self.exception_named(node.exception)

        def fail(_frame: Frame) -> None:
            if isinstance(symbol, int):
                raise predefined(symbol)
            raise UserException(symbol) if symbol.code is None else predefined(symbol.code)

        return fail

    def exception_named(self, node: nodes.Reference) -> ExceptionName | int:
        """A declared exception, or the number of a predefined one."""
        symbol, rest = self.lookup(node)
        if isinstance(symbol, ExceptionName) and not rest:
            return symbol
        names = node.names[1:] if node.names[0] == "STANDARD" else node.names
        if symbol is None and len(names) == 1 and names[0] in PREDEFINED:
            return PREDEFINED[names[0]]
        raise undeclared(node.display, node.at)

    def block(self, node: nodes.Block) -> Run:
        with self.inner_scope(node.label):
            declare = self.declarations(node.declarations)
            body = self.sequence(node.body)
            self.scope.in_handler = bool(node.handlers) or self.scope.in_handler
            handlers = [self._handler(handler) for handler in node.handlers]
        if not handlers and not node.declarations:
            return body
        if not handlers:

            def run_declared(frame: Frame) -> Leaving | None:
                declare(frame)
                return body(frame)

            return run_declared

        def run_handled(frame: Frame) -> Leaving | None:
            declare(frame)
            try:
                return body(frame)
            except OracleError as error:
                return handle(frame, error, handlers)

        return run_handled

    def _handler(self, node: nodes.Handler) -> tuple[Matches, Run]:
        try:
            names = [self.exception_named(name) for name in node.exceptions]
        except CompileError as error:
            self.errors.append((error, "Statement"))
            names = []
        return matcher(names), self.sequence(node.body)


def _is_sql(node: nodes.Statement) -> bool:
    return isinstance(node, nodes.SqlStatement)


def _bound(value: Any) -> int:
    number = to_number(value)
    if number is None:
        raise value_error()
    bound: int = INTEGER.coerce(number, None)  # type: ignore[arg-type] # numbers need no session
    return bound


def _row_loop(run_sql: Callable[[Frame], Any], slot: int, body: Run, loop: LoopScope) -> Run:
    def run(frame: Frame) -> Leaving | None:
        outcome = run_sql(frame)
        names = [column.name for column in outcome.columns]
        check = frame.run.session.check_cancelled
        for row in outcome.rows:
            check()
            frame.slots[slot] = Record(dict(zip(names, row, strict=True)))
            leaving = body(frame)
            if leaving is not None:
                if leaving.loop is not loop:
                    return leaving
                if leaving.kind == "exit":
                    break
        return None

    return run
