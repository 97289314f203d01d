"""Compiles names with their tails: variables, fields, elements, collection methods, constructors; read and written."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.compile_calls import CallCompiler
from reconciler.sandbox.engine.plsql.errors import CompileError, predefined, undeclared
from reconciler.sandbox.engine.plsql.runtime import Cursor, Evaluate, Frame, Store
from reconciler.sandbox.engine.plsql.scope import (
    CursorName,
    LocalRoutine,
    Symbol,
    TypeNameSymbol,
    Variable,
)
from reconciler.sandbox.engine.plsql.types import (
    ANY,
    AnyType,
    CollectionType,
    PlsqlType,
    RecordType,
    TextType,
    built_in,
)
from reconciler.sandbox.engine.plsql.values import Collection, Record, to_number, to_text
from reconciler.sandbox.seam import OracleError

Steps = tuple[nodes.Field | nodes.Call, ...]
_METHODS = frozenset({"COUNT", "FIRST", "LAST", "NEXT", "PRIOR", "EXISTS", "LIMIT"})
_PROCEDURES = frozenset({"DELETE", "EXTEND", "TRIM"})


class ReferenceCompiler(CallCompiler):
    """Everything that starts with a name."""

    def bind_value(self, node: nodes.BindReference) -> Evaluate:
        name = node.name
        self.bind_reads.add(name)
        return lambda frame: frame.run.binds[name].value

    def lookup(self, node: nodes.Reference) -> tuple[Symbol | None, Steps]:
        """The declared thing a reference starts with and the steps behind it; label.name is looked through."""
        names = node.names
        symbol = self.scope.find(names[0])
        if symbol is None and len(names) > 1:
            labelled = self.scope.labelled(names[0])
            if labelled is not None and names[1] in labelled.names:
                return labelled.names[names[1]], node.steps[2:]
        if isinstance(symbol, LocalRoutine) and len(names) > 1:
            labelled = self.scope.labelled(names[0])
            if labelled is not None and names[1] in labelled.names:
                return labelled.names[names[1]], node.steps[2:]
        return symbol, node.steps[1:]

    def reference_value(self, node: nodes.Reference) -> Evaluate:
        symbol, rest = self.lookup(node)
        match symbol:
            case Variable():
                return self._tail(self.load(symbol), symbol.type, rest)
            case LocalRoutine():
                return self._tail_of_call(symbol, rest, node)
            case TypeNameSymbol(type=kind):
                return self._constructor(kind, rest, node)
            case None:
                return self._outer_value(node)
            case _:
                raise CompileError("PLS-00382: expression is of wrong type", node.at)

    def _tail_of_call(self, symbol: LocalRoutine, rest: Steps, node: nodes.Reference) -> Evaluate:
        arguments, rest = taken_arguments(rest)
        value = self.call(symbol.routine, arguments, node.at, symbol.level, function=True)
        return self._tail(value, ANY, rest)

    def _constructor(self, kind: PlsqlType, rest: Steps, node: nodes.Reference) -> Evaluate:
        if not isinstance(kind, CollectionType) or len(rest) != 1:
            raise CompileError("PLS-00382: expression is of wrong type", node.at)
        arguments, _ = taken_arguments(rest)
        items = [self.expression(argument.value) for argument in arguments]
        return lambda frame: kind.of([item(frame) for item in items], frame.run.session)

    def _outer_value(self, node: nodes.Reference) -> Evaluate:
        """A name the block does not declare: a supplied type, a routine, a function of SQL."""
        if isinstance(node.steps[-1], nodes.Call):
            kind = built_in(node.names, ())
            if isinstance(kind, CollectionType) and kind.key is None:
                return self._constructor(kind, node.steps[-1:], node)
        found = self.external_routine(node.steps, node.at)
        if found is not None:
            routine, used = found
            arguments, rest = taken_arguments(node.steps[used:])
            value = self.call(routine, arguments, node.at, None, function=True)
            return self._tail(value, ANY, rest)
        return self.standard_value(node)

    # --- tails -------------------------------------------------------------------------------------------------------------------

    def _tail(self, value: Evaluate, kind: PlsqlType, steps: Steps) -> Evaluate:
        for index, step in enumerate(steps):
            if isinstance(step, nodes.Call):
                value, kind = self._element(value, kind, step)
            elif step.name in _METHODS and isinstance(kind, (CollectionType, AnyType)):
                arguments, rest = taken_arguments(steps[index + 1 :])
                return self._tail(self._method(value, step, arguments), ANY, rest)
            else:
                value, kind = _field(value, kind, step)
        return value

    def _element(
        self, value: Evaluate, kind: PlsqlType, step: nodes.Call
    ) -> tuple[Evaluate, PlsqlType]:
        if not isinstance(kind, (CollectionType, AnyType)) or len(step.arguments) != 1:
            raise CompileError(
                "PLS-00224: object must be of type function or array to be used this way", step.at
            )
        index = self.index(kind, step)

        def element(frame: Frame) -> Any:
            collection, key = initialized(value(frame)), index(frame)
            try:
                return collection.elements[key]
            except KeyError:
                raise _missing_element(collection, key) from None

        return element, kind.element if isinstance(kind, CollectionType) else ANY

    def index(self, kind: PlsqlType, step: nodes.Call) -> Evaluate:
        """The key of an element, converted to the type of the keys."""
        value = self.expression(step.arguments[0].value)
        textual = isinstance(kind, CollectionType) and isinstance(kind.key, TextType)

        def key(frame: Frame) -> Any:
            found = value(frame)
            if type(found) is int and not textual:
                return found
            if found is None:
                raise OracleError(
                    6502, "PL/SQL: numeric or value error: NULL index table key value"
                )
            return to_text(found, frame.run.session) if textual else int(to_number(found))

        return key

    def _method(
        self, value: Evaluate, step: nodes.Field, arguments: tuple[nodes.Argument, ...]
    ) -> Evaluate:
        operands = [self.expression(argument.value) for argument in arguments]
        name = step.name
        if len(operands) != (name in ("NEXT", "PRIOR", "EXISTS")):
            raise CompileError(
                f"PLS-00306: wrong number or types of arguments in call to '{name}'", step.at
            )
        if name == "EXISTS":

            def exists(frame: Frame) -> bool:
                collection = value(frame)
                return collection is not None and operands[0](frame) in collection.elements

            return exists
        if name == "COUNT":
            return lambda frame: len(initialized(value(frame)).elements)
        if name == "LIMIT":
            return lambda frame: initialized(value(frame)).limit
        if name in ("FIRST", "LAST"):
            return lambda frame: getattr(initialized(value(frame)), name.lower())()
        step_name = "after" if name == "NEXT" else "before"
        return lambda frame: getattr(initialized(value(frame)), step_name)(operands[0](frame))

    # --- writing -----------------------------------------------------------------------------------------------------------------

    def store(self, target: nodes.Target) -> Store:
        """Assignment to a variable, field, element or bind."""
        if isinstance(target, nodes.BindReference):
            self.bind_writes.add(target.name)
            name = target.name
            return lambda frame, value: frame.run.binds[name].assign(value, frame.run)
        symbol, rest = self.lookup(target)
        if symbol is None:
            raise undeclared(target.display, target.at)
        if not isinstance(symbol, Variable) or symbol.constant:
            raise CompileError(
                f"PLS-00363: expression '{target.display}' cannot be used as an assignment target",
                target.at,
            )
        if not rest:
            return self._store_variable(symbol)
        container, kind = self._container(self.load(symbol), symbol.type, rest[:-1])
        return self._store_last(container, kind, rest[-1])

    def _store_variable(self, variable: Variable) -> Store:
        slot, coerce, up = variable.slot, variable.type.coerce, self.ancestor(variable.level)
        if variable.level == self.level:

            def store_here(frame: Frame, value: Any) -> None:
                frame.slots[slot] = coerce(value, frame.run.session)

            return store_here

        def store_outside(frame: Frame, value: Any) -> None:
            up(frame).slots[slot] = coerce(value, frame.run.session)

        return store_outside

    def _container(
        self, value: Evaluate, kind: PlsqlType, steps: Steps
    ) -> tuple[Evaluate, PlsqlType]:
        """The collection or record that holds what is assigned; missing composite elements come into being."""
        for step in steps:
            if isinstance(step, nodes.Field):
                value, kind = _field(value, kind, step)
                continue
            if not isinstance(kind, CollectionType):
                value, kind = self._element(value, kind, step)
                continue
            value, kind = _created(value, self.index(kind, step), kind.element), kind.element
        return value, kind

    def _store_last(
        self, container: Evaluate, kind: PlsqlType, step: nodes.Field | nodes.Call
    ) -> Store:
        if isinstance(step, nodes.Call):
            if not isinstance(kind, CollectionType):
                raise CompileError(
                    "PLS-00224: object must be an array to be used this way", step.at
                )
            return _store_element(container, self.index(kind, step), kind.element)
        _, field_type = _field(container, kind, step)
        name = step.name

        def store_field(frame: Frame, value: Any) -> None:
            container(frame).fields[name] = field_type.coerce(value, frame.run.session)

        return store_field

    def collection_procedure(self, node: nodes.Reference) -> tuple[Evaluate, str, Steps] | None:
        """The collection, name and arguments of t.DELETE, t.EXTEND or t.TRIM."""
        symbol, rest = self.lookup(node)
        if not isinstance(symbol, Variable) or not rest:
            return None
        position = -2 if isinstance(rest[-1], nodes.Call) and len(rest) > 1 else -1
        last = rest[position]
        if not isinstance(last, nodes.Field) or last.name not in _PROCEDURES:
            return None
        value = self._tail(self.load(symbol), symbol.type, rest[:position])
        return value, last.name, rest[len(rest) + position + 1 :]

    def cursor_value(self, node: nodes.Target) -> Evaluate:
        """The state of a cursor or cursor variable."""
        if isinstance(node, nodes.BindReference):
            return self.bind_value(node)
        symbol, rest = self.lookup(node)
        if isinstance(symbol, CursorName) and not rest:
            return self.load(symbol)
        if symbol is None:
            raise undeclared(node.display, node.at)
        return self.reference_value(node)


def taken_arguments(steps: Steps) -> tuple[tuple[nodes.Argument, ...], Steps]:
    """The arguments at the head of the steps (none without parentheses), and the steps behind."""
    if steps and isinstance(steps[0], nodes.Call):
        return steps[0].arguments, steps[1:]
    return (), steps


def initialized(value: Any) -> Collection:
    """Raises ORA-06531 for a collection that is still NULL."""
    if value is None:
        raise predefined(6531)
    if not isinstance(value, Collection):
        raise OracleError(6550, "PLS-00487: Invalid reference to variable")
    return value


def _missing_element(collection: Collection, key: Any) -> OracleError:
    if collection.keyed:
        return predefined(1403)
    outside = not isinstance(key, int) or key < 1
    return predefined(6532 if outside else 6533)


def _field(value: Evaluate, kind: PlsqlType, step: nodes.Field) -> tuple[Evaluate, PlsqlType]:
    name = step.name
    missing = CompileError(f"PLS-00302: component '{name}' must be declared", step.at)
    if isinstance(kind, RecordType):
        if name not in kind.fields:
            raise missing
        return (lambda frame: value(frame).fields[name]), kind.fields[name]
    if not isinstance(kind, AnyType):
        raise CompileError(f"PLS-00487: Invalid reference to variable '{name}'", step.at)

    def field(frame: Frame) -> Any:
        record = value(frame)
        if not isinstance(record, Record) or name not in record.fields:
            raise OracleError(6550, missing.message)
        return record.fields[name]

    return field, ANY


def _created(value: Evaluate, index: Evaluate, kind: PlsqlType) -> Evaluate:
    def created(frame: Frame) -> Any:
        elements, key = initialized(value(frame)).elements, index(frame)
        if elements.get(key) is None:
            elements[key] = kind.initial()
        return elements[key]

    return created


def _store_element(container: Evaluate, index: Evaluate, kind: PlsqlType) -> Store:
    coerce = kind.coerce

    def store_element(frame: Frame, value: Any) -> None:
        collection, key = initialized(container(frame)), index(frame)
        if not collection.keyed and key not in collection.elements:
            raise _missing_element(collection, key)
        collection.elements[key] = coerce(value, frame.run.session)

    return store_element


def cursor_state(value: Any) -> Cursor:
    """Raises ORA-01001 for a cursor variable that never was opened."""
    if not isinstance(value, Cursor):
        raise predefined(1001)
    return value
