"""Runs anonymous blocks and CALL statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.compiler import Compiler
from reconciler.sandbox.engine.plsql.errors import CompileError, compilation_failed
from reconciler.sandbox.engine.plsql.parser import parse_block, parse_call
from reconciler.sandbox.engine.plsql.runtime import Execution, Frame
from reconciler.sandbox.engine.sql.lexer import tokens
from reconciler.sandbox.seam import Bind, Outcome, Prepared

if TYPE_CHECKING:
    from reconciler.sandbox.engine.session import Session


def run_block(session: Session, prepared: Prepared, binds: Sequence[Bind] = ()) -> Outcome:
    """Compiles and runs the block; `out` of the outcome holds the binds it may write; `out_only` those of them that it did write and never
    reads (one that was left alone still has the value the client sent). Raises ORA-06550 for what does not compile.
    """
    text = prepared.text
    try:
        block = _parsed(text)
    except CompileError as error:
        raise compilation_failed([(error, "")], text) from None
    compiler = Compiler(session, text)
    routine = compiler.anonymous(block)
    run = Execution(session, dict(zip(prepared.bind_names, binds, strict=True)))
    routine(Frame(0, None, run))
    slots = {
        position: run.binds[name]
        for position, name in enumerate(prepared.bind_names)
        if name in compiler.bind_writes
    }
    return Outcome(
        out={position: slot.value for position, slot in slots.items()},
        out_only=frozenset(
            position
            for position, slot in slots.items()
            if slot.written and prepared.bind_names[position] not in compiler.bind_reads
        ),
    )


def _parsed(text: str) -> nodes.Block:
    first = next(iter(tokens(text)))
    if not first.is_word("CALL"):
        return parse_block(text)
    call = parse_call(text)
    return nodes.Block((), (call,), (), None, call.at)
