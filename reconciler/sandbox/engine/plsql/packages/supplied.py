"""How a supplied package is written: routines as Python functions over their arguments by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reconciler.sandbox.engine.plsql.errors import with_trace
from reconciler.sandbox.engine.plsql.runtime import DEFAULT, Execution, Formal, Frame
from reconciler.sandbox.engine.plsql.types import ANY, PlsqlType
from reconciler.sandbox.seam import OracleError

Arguments = dict[str, Any]
Body = Callable[[Execution, Arguments], Any]


def required(
    name: str, kind: PlsqlType = ANY, mode: str = "IN", aliases: tuple[str, ...] = ()
) -> Formal:
    return Formal(name, mode, kind, None, aliases)


def optional(name: str, default: Any = None, kind: PlsqlType = ANY) -> Formal:
    return Formal(name, "IN", kind, lambda _frame: default)


class SuppliedRoutine:
    """One routine. Its body gets the arguments by name, converted to their types, and puts OUT values back into the same mapping."""

    def __init__(
        self, display: str, formals: Sequence[Formal], body: Body, *, is_function: bool = False
    ) -> None:
        self.display = display
        self.formals = tuple(formals)
        self.is_function = is_function
        self._body = body

    def call(self, frame: Frame, values: list[Any]) -> Any:
        run = frame.run
        arguments: Arguments = {}
        for formal, value in zip(self.formals, values, strict=True):
            if value is DEFAULT:
                assert formal.default is not None
                value = formal.default(frame)  # noqa: PLW2901
            elif formal.mode != "OUT":
                value = (formal.type or ANY).coerce(value, run.session)  # noqa: PLW2901
            arguments[formal.name] = value
        try:
            result = self._body(run, arguments)
        except OracleError as error:
            if error.fatal or error.code == 1013:
                raise
            raise with_trace(error, f'"SYS.{self.display.split(".")[0]}", line 1') from None
        for index, formal in enumerate(self.formals):
            if formal.mode != "IN":
                values[index] = arguments[formal.name]
        return result


def procedure(display: str, body: Body, *formals: Formal) -> SuppliedRoutine:
    return SuppliedRoutine(display, formals, body)


def function(display: str, body: Body, *formals: Formal) -> SuppliedRoutine:
    return SuppliedRoutine(display, formals, body, is_function=True)


def by_name(*routines: SuppliedRoutine) -> dict[str, SuppliedRoutine]:
    """The routines of one package by their names."""
    return {routine.display.split(".")[1]: routine for routine in routines}
