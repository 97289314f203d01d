"""Routines written in PL/SQL: how a call gets its frame, its parameters, and its line in the trace."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.engine.access import checks, code_grants
from reconciler.sandbox.engine.plsql.errors import with_trace
from reconciler.sandbox.engine.plsql.runtime import (
    DEFAULT,
    RETURN,
    Execution,
    Formal,
    Frame,
    Run,
    guard_depth,
)
from reconciler.sandbox.engine.plsql.scope import Layout
from reconciler.sandbox.engine.plsql.types import ANY
from reconciler.sandbox.seam import OracleError


@dataclass(frozen=True, slots=True)
class Rights:
    """Whose rights a routine runs with: for a stored unit its owner's, or with `invoker` the caller's; without an owner those of the code
    around it.
    """

    owner: str | None = None
    name: str = ""
    invoker: bool = False

    def entered(self, run: Execution) -> AbstractContextManager[None]:
        """Raises ORA-06598 for invoker-rights code whose owner may not inherit the caller's privileges."""
        if self.owner is None:
            return nullcontext()
        session = run.session
        roles = code_grants.roles_of(session.container.catalog, self.owner, self.name)
        if not self.invoker:
            return session.definer_rights(self.owner, roles)
        checks.require_inheriting(session, self.owner)
        return session.more_roles(roles) if roles else nullcontext()


CALLERS_RIGHTS = Rights()


class BlockRoutine:
    """A procedure or function with a body in PL/SQL; `complete` gives it the body once that is compiled."""

    def __init__(
        self,
        display: str,
        formals: Sequence[Formal],
        is_function: bool,
        rights: Rights = CALLERS_RIGHTS,
    ) -> None:
        self.display = display
        self.formals = tuple(formals)
        self.is_function = is_function
        self.rights = rights
        self._unit: str | None = None
        self._body: Run | None = None
        self._layout = Layout(0)

    def complete(self, body: Run, layout: Layout, unit: str | None) -> None:
        self._body, self._layout, self._unit = body, layout, unit

    def call(self, frame: Frame, values: list[Any]) -> Any:
        run = frame.run
        guard_depth(run)
        inner = Frame(self._layout.size, frame, run)
        inner.unit, inner.line = self._unit, 1
        run.depth += 1
        try:
            with self.rights.entered(run):
                self._bind(inner, frame, values)
                return self._run(inner, values)
        except OracleError as error:
            raise with_trace(error, run.place(inner)) from None
        finally:
            run.depth -= 1

    def _bind(self, inner: Frame, outer: Frame, values: list[Any]) -> None:
        for slot, (formal, value) in enumerate(zip(self.formals, values, strict=True)):
            kind = formal.type or ANY
            if formal.mode == "OUT":
                inner.slots[slot] = kind.initial()
                continue
            if value is DEFAULT:
                assert formal.default is not None
                value = formal.default(outer)  # noqa: PLW2901
            inner.slots[slot] = kind.coerce(value, inner.run.session)

    def _run(self, inner: Frame, values: list[Any]) -> Any:
        if self._body is None:
            raise OracleError(
                6508, f'PL/SQL: could not find program unit being called: "{self.display}"'
            )
        leaving = self._body(inner)
        if self.is_function and leaving is not RETURN:
            raise OracleError(6503, "PL/SQL: Function returned without value")
        for slot, formal in enumerate(self.formals):
            if formal.mode != "IN":
                values[slot] = inner.slots[slot]
        return inner.result
