"""What a name outside a block means: a routine of a supplied package, or stored code of the database."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.plsql import nodes, units
from reconciler.sandbox.engine.plsql.errors import CompileError, undeclared
from reconciler.sandbox.engine.plsql.packages import registry
from reconciler.sandbox.engine.plsql.runtime import Routine

_CODE = ("PROCEDURE", "FUNCTION", "PACKAGE")


def find_routine(
    session: SessionView, steps: Sequence[nodes.Field | nodes.Call], at: int
) -> tuple[Routine, int] | None:
    """The routine and how many names it took; None if no code has that name. Raises PLS-00201 for code without EXECUTE."""
    names: list[str] = []
    for step in steps:
        if isinstance(step, nodes.Call):
            break
        names.append(step.name)
    for owner, rest, used in _readings(names):
        found = checks.resolve(session, owner, rest[0])
        if found is None or found.type not in _CODE:
            continue
        checks.note_object(session, found, "EXECUTE")
        if not checks.may(session, found, "EXECUTE"):
            raise undeclared(".".join(names), at)
        try:
            routine = _routine_of(session, found, rest, at)
        except CompileError as error:
            raise CompileError(error.message, at) from None
        if routine is not None:
            is_package = found.type == "PACKAGE"
            return routine, used + (2 if is_package else 1)
    return None


def _readings(names: list[str]) -> list[tuple[str | None, list[str], int]]:
    """Ways to read a dotted name: without an owner, or with the first name as owner."""
    readings: list[tuple[str | None, list[str], int]] = [(None, names, 0)]
    if len(names) > 1:
        readings.append((names[0], names[1:], 1))
    return readings


def _routine_of(
    session: SessionView, found: checks.ObjectRow, names: list[str], at: int
) -> Routine | None:
    if found.type != "PACKAGE":
        return units.standalone(session, found)
    if len(names) < 2:
        raise CompileError(f"PLS-00221: '{names[0]}' is not a procedure or is undefined", at)
    if found.owner == "SYS" and found.oracle_maintained:
        supplied = registry.routine(found.name, names[1])
        if supplied is None:
            raise undeclared(".".join(names), at)
        return supplied
    member = units.package_member(session, found, names[1])
    if member is None:
        raise CompileError(f"PLS-00302: component '{names[1]}' must be declared", at)
    return member
