"""Stored procedures, functions and packages as routines: compiled from their source when first called, kept until it changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.errors import CompileError, compilation_failed
from reconciler.sandbox.engine.plsql.parser import Parser
from reconciler.sandbox.engine.plsql.routines import BlockRoutine, Rights
from reconciler.sandbox.engine.plsql.runtime import Routine
from reconciler.sandbox.engine.plsql.scope import LocalRoutine
from reconciler.sandbox.engine.sql.lexer import TokenKind, tokenize
from reconciler.sandbox.seam import OracleError

if TYPE_CHECKING:
    from reconciler.sandbox.engine.session import Session

Unit = TypeVar("Unit")


@dataclass(frozen=True, slots=True)
class UnitHead:
    """What stands before the declarations of a unit: `invoker` is AUTHID CURRENT_USER."""

    kind: str  # PROCEDURE, FUNCTION, PACKAGE, PACKAGE BODY, TRIGGER
    owner: str | None
    name: str
    invoker: bool


class UnitParser(Parser):
    """Parser of whole units: the text from PROCEDURE, FUNCTION or PACKAGE on."""

    def head(self) -> UnitHead:
        kind = self.expect_word("PROCEDURE", "FUNCTION", "PACKAGE", "TRIGGER")
        if kind == "PACKAGE" and self.accept_word("BODY"):
            kind = "PACKAGE BODY"
        self.accept_words("IF", "NOT", "EXISTS")
        owner, name = None, self.identifier()
        if self.accept_symbol("."):
            owner, name = name, self.member()
        return UnitHead(kind, owner, name, invoker=False)

    def routine(self) -> tuple[UnitHead, nodes.Subprogram]:
        """A standalone procedure or function."""
        at = self.at
        head = self.head()
        parameters = self.parameters()
        returns = None
        if head.kind == "FUNCTION":
            self.expect_word("RETURN")
            returns = self.type_name()
        invoker = self._attributes()
        self.expect_word("IS", "AS")
        body = self.block_body(self.declarations(), head.name, at)
        self.accept_symbol(";")
        self.finish()
        head = UnitHead(head.kind, head.owner, head.name, invoker)
        return head, nodes.Subprogram(head.name, parameters, returns, body, at)

    def _attributes(self) -> bool:
        """AUTHID, DETERMINISTIC and the like; says whether the unit has invoker rights."""
        invoker = False
        while not self.is_word("IS", "AS") and self.current.is_identifier:
            if self.accept_word("AUTHID"):
                invoker = self.expect_word("CURRENT_USER", "DEFINER") == "CURRENT_USER"
            elif self.is_word("ACCESSIBLE", "SHARING", "EXTERNAL", "LANGUAGE"):
                self.fail("<AUTHID>")
            else:
                self.next()
        return invoker

    def package(self) -> tuple[UnitHead, tuple[nodes.Declaration, ...]]:
        """A package or its body: all that it declares. A body's initialisation part is not supported."""
        head = self.head()
        invoker = self._attributes()
        self.expect_word("IS", "AS")
        declarations = self.declarations()
        self.expect_word("END")
        if self.current.is_identifier:
            self.next()
        self.accept_symbol(";")
        self.finish()
        return UnitHead(head.kind, head.owner, head.name, invoker), declarations

    def finish(self) -> None:
        self.accept_symbol("/")
        if self.current.kind is not TokenKind.END:
            self.fail("<end of text>")


def parser_of(source: str) -> UnitParser:
    return UnitParser(tokenize(source))


def standalone(session: SessionView, found: checks.ObjectRow) -> Routine:
    """A procedure or function. Raises ORA-06550 (PLS-00905) if its source does not compile."""
    return _cached(cast("Session", session), found, _compile_standalone)


def package_member(session: SessionView, found: checks.ObjectRow, name: str) -> Routine | None:
    """A public procedure or function of a package with a body, None if the package declares no such name."""
    owner_session = cast("Session", session)
    _, declared = parser_of(found.source or "").package()
    public = {item.name for item in declared if isinstance(item, nodes.Subprogram)}
    if name not in public:
        return None
    body = json.loads(found.details or "{}").get("body")
    if body is None:
        raise OracleError(
            4067, f'not executed, package body "{found.owner}.{found.name}" does not exist'
        )
    members: dict[str, Routine] = _cached(owner_session, found, _compile_package)
    return members.get(name)


def _cached(
    session: Session, found: checks.ObjectRow, build: Callable[[Session, checks.ObjectRow], Unit]
) -> Unit:
    cache = session.instance.code_cache
    key = (session.container.name, found.object_id)
    source = f"{found.source}\0{found.details}"
    if key not in cache or cache[key][0] != source:
        cache[key] = (source, build(session, found))
    unit: Unit = cache[key][1]
    return unit


def _invalid(found: checks.ObjectRow) -> CompileError:
    return CompileError(f"PLS-00905: object {found.owner}.{found.name} is invalid", 0)


def _compile_standalone(session: Session, found: checks.ObjectRow) -> Routine:
    try:
        return compile_standalone(session, found.owner, found.source or "")
    except (OracleError, CompileError):
        raise _invalid(found) from None


def compile_standalone(session: Session, owner: str, source: str) -> BlockRoutine:
    """Compiles a standalone routine with the rights of its owner. Raises CompileError, or ORA-06550 with all errors."""
    from reconciler.sandbox.engine.plsql.compiler import Compiler

    head, node = parser_of(source).routine()
    unit = f"{owner}.{head.name}"
    with session.definer_rights(owner):
        compiler = Compiler(session, source, unit=unit)
        rights = Rights(owner, head.name, head.invoker)
        routine = compiler.unit_routine(node, unit, rights)
        compiler.fail_on_errors()
    return routine


def _compile_package(session: Session, found: checks.ObjectRow) -> dict[str, Routine]:
    body = json.loads(found.details or "{}")["body"]
    try:
        return compile_package(session, found.owner, found.source or "", body)
    except (OracleError, CompileError):
        raise _invalid(found) from None


def compile_package(session: Session, owner: str, source: str, body: str) -> dict[str, Routine]:
    """Compiles a package body; its public and private routines by name. Package variables are not supported."""
    from reconciler.sandbox.engine.plsql.compiler import Compiler

    head, public = parser_of(source).package()
    _, private = parser_of(body).package()
    unit = f"{owner}.{head.name}"
    rights = Rights(owner, head.name, head.invoker)
    with session.definer_rights(owner):
        compiler = Compiler(session, body, unit=unit)
        declarations = [item for item in (*public, *private) if _may_be_in_package(item)]
        compiler.package_declarations(declarations, rights)
        compiler.fail_on_errors()
    return {
        name: symbol.routine
        for name, symbol in compiler.scope.names.items()
        if isinstance(symbol, LocalRoutine)
    }


def _may_be_in_package(item: nodes.Declaration) -> bool:
    if isinstance(item, (nodes.VariableDeclaration, nodes.CursorDeclaration)):
        raise CompileError(
            "PLS-00999: variables and cursors of packages are not supported here", item.at
        )
    return True


def compile_errors(error: OracleError | CompileError, source: str) -> OracleError:
    """Either kind of failure as ORA-06550."""
    if isinstance(error, CompileError):
        return compilation_failed([(error, "")], source)
    return error
