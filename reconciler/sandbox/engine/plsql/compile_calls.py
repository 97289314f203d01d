"""Compiles calls: arguments by position and name, OUT parameters, functions of the language itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.compile_base import CompilerBase
from reconciler.sandbox.engine.plsql.errors import CompileError, message_of, undeclared
from reconciler.sandbox.engine.plsql.runtime import (
    DEFAULT,
    Evaluate,
    Formal,
    Frame,
    Routine,
    Store,
)
from reconciler.sandbox.engine.plsql.values import to_number


class CallCompiler(CompilerBase):
    def call(
        self,
        routine: Routine,
        arguments: Sequence[nodes.Argument],
        at: int,
        level: int | None,
        *,
        function: bool,
    ) -> Evaluate:
        """The call of a routine; `level` is that of the routine it is declared in, None for stored code."""
        if routine.is_function is not function:
            kind = "procedure" if not function else "function"
            code = "PLS-00221" if not function else "PLS-00222"
            raise CompileError(
                f"{code}: '{routine.display}' is not a {kind} or is undefined"
                if not function
                else f"{code}: no function with name '{routine.display}' exists in this scope",
                at,
            )
        matched = match_arguments(routine.formals, arguments, routine.display, at)
        readers = [self._reader(formal, given) for formal, given in matched]
        writers = [
            (position, self._writer(routine, given))
            for position, (formal, given) in enumerate(matched)
            if formal.mode != "IN" and given is not None
        ]
        up = self.ancestor(level) if level is not None else (lambda frame: frame)

        def call(frame: Frame) -> Any:
            values = [reader(frame) for reader in readers]
            result = routine.call(up(frame), values)
            for position, write in writers:
                write(frame, values[position])
            return result

        return call

    def _reader(self, formal: Formal, given: nodes.Argument | None) -> Evaluate:
        if given is None:
            return _default
        if formal.mode == "OUT":
            return _nothing
        return self.expression(given.value)

    def _writer(self, routine: Routine, given: nodes.Argument) -> Store:
        value = given.value
        if isinstance(value, (nodes.Reference, nodes.BindReference)):
            return self.store(value)
        raise CompileError(
            f"PLS-00363: expression cannot be used as an assignment target in call to '{routine.display}'",
            value.at,
        )

    def standard_value(self, node: nodes.Reference) -> Evaluate:
        """SQLCODE, SQLERRM, functions that SQL has too, sequence values."""
        steps, names = node.steps, node.names
        if names[0] == "STANDARD" and len(names) > 1:
            steps, names = steps[1:], names[1:]
        if len(names) == 2 and names[1] in ("NEXTVAL", "CURRVAL"):
            return self._sequence_value(node)
        if len(names) > 1 or len(steps) > 2:
            raise undeclared(node.display, node.at)
        last = steps[-1]
        given = last.arguments if isinstance(last, nodes.Call) else ()
        arguments = [self.expression(argument.value) for argument in given]
        if names[0] == "SQLCODE" and not arguments:
            return lambda frame: frame.run.sqlcode()
        if names[0] == "SQLERRM":
            return _sqlerrm(arguments)
        return self.sql_function(names[0], arguments, node.at)

    def _sequence_value(self, node: nodes.Reference) -> Evaluate:
        text = ".".join(f'"{name}"' for name in node.names[:-1]) + f".{node.names[-1]}"
        return lambda frame: frame.run.evaluate_sql(text, [], [])


def match_arguments(
    formals: Sequence[Formal], arguments: Sequence[nodes.Argument], display: str, at: int
) -> list[tuple[Formal, nodes.Argument | None]]:
    """Each formal with the argument it gets. Raises PLS-00306 when they do not fit."""
    wrong = CompileError(
        f"PLS-00306: wrong number or types of arguments in call to '{display.rsplit('.', 1)[-1]}'",
        at,
    )
    given: dict[str, nodes.Argument] = {}
    names = [formal.name for formal in formals]
    aliases = {alias: formal.name for formal in formals for alias in formal.aliases}
    for position, argument in enumerate(arguments):
        name = argument.name
        if name is None:
            if position >= len(names):
                raise wrong
            name = names[position]
        name = aliases.get(name, name)
        if name not in names or name in given:
            raise wrong
        given[name] = argument
    for formal in formals:
        if formal.name not in given and formal.default is None:
            raise wrong
    return [(formal, given.get(formal.name)) for formal in formals]


def _nothing(_frame: Frame) -> None:
    return None


def _default(_frame: Frame) -> Any:
    return DEFAULT


def _sqlerrm(arguments: list[Evaluate]) -> Evaluate:
    if not arguments:
        return lambda frame: frame.run.sqlerrm()

    def sqlerrm(frame: Frame) -> str:
        code = int(to_number(arguments[0](frame)) or 0)
        if code == 0:
            return "ORA-0000: normal, successful completion"
        if code == 100:
            return message_of(1403)
        return message_of(-code) if code < 0 else f" -{code}: non-ORACLE exception"

    return sqlerrm
