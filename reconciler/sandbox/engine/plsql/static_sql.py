"""Turns static SQL of a block into a statement with binds: names that are variables, not columns, become `:Bn`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.errors import CompileError
from reconciler.sandbox.engine.plsql.parser import Parser
from reconciler.sandbox.engine.plsql.reader import RESERVED
from reconciler.sandbox.engine.sql.lexer import Token, TokenKind

_TABLE_WORDS = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "USING", "TABLE"})
_OPERAND_WORDS = frozenset({"END", "NULL", "SYSDATE", "SYSTIMESTAMP", "USER", "ROWNUM", "LEVEL"})


@dataclass(frozen=True, slots=True)
class RewrittenSql:
    """`inputs` are the expressions behind :B1, :B2, ... in order; `outputs` the targets of RETURNING ... INTO, bound after them."""

    text: str
    inputs: tuple[nodes.Expression, ...]
    outputs: tuple[nodes.Target, ...]


class StaticSql:
    """One statement's tokens while they are rewritten.

    `is_variable` says whether a name (or the first part of a dotted one) is a variable of the block, `columns` gives the column names
    of a table or view.
    """

    def __init__(
        self,
        tokens: Sequence[Token],
        text: str,
        is_variable: Callable[[tuple[str, ...]], bool],
        columns: Callable[[str], frozenset[str]],
    ) -> None:
        self._tokens = tokens
        self._text = text
        self._is_variable = is_variable
        self._columns = columns
        self._known: frozenset[str] | None = None
        self._inputs: list[nodes.Expression] = []

    def rewrite(self) -> RewrittenSql:
        tokens = self._tokens
        outputs: tuple[nodes.Target, ...] = ()
        pieces: list[str] = []
        last_end = tokens[0].start
        index = 0
        while index < len(tokens):
            token = tokens[index]
            pieces.append(" " if token.start > last_end else "")
            if token.is_word("INTO") and self._returning_before(index):
                outputs, used = self._targets(index + 1)
                names = ", ".join(f":R{number}" for number in range(1, len(outputs) + 1))
                pieces.append(f"INTO {names}")
                index += 1 + used
            else:
                used = self._replaceable(index)
                pieces.append(self._bind(index) if used else self._verbatim(token))
                index += used or 1
            last_end = tokens[index - 1].end
        return RewrittenSql("".join(pieces), tuple(self._inputs), outputs)

    def _verbatim(self, token: Token) -> str:
        """A token that stays; of the two spellings of RETURNING the one that statements know."""
        return "RETURNING" if self._is_dml and token.is_word("RETURN") else token.text

    @property
    def _is_dml(self) -> bool:
        return self._tokens[0].is_word("INSERT", "UPDATE", "DELETE", "MERGE")

    def _bind(self, index: int) -> str:
        expression = self._parser(index).primary()
        self._inputs.append(expression)
        return f":B{len(self._inputs)}"

    def _parser(self, index: int) -> Parser:
        end_at = self._tokens[-1].end
        return Parser([*self._tokens[index:], Token(TokenKind.END, "", "", end_at, end_at)])

    def _targets(self, index: int) -> tuple[tuple[nodes.Target, ...], int]:
        parser = self._parser(index)
        return parser.targets(), parser.position

    def _returning_before(self, index: int) -> bool:
        return self._is_dml and any(
            token.is_word("RETURNING", "RETURN") for token in self._tokens[1:index]
        )

    def _replaceable(self, index: int) -> int:
        """How many tokens from here are a variable with its tail (0: not a variable)."""
        token = self._tokens[index]
        if token.kind is TokenKind.BIND:
            return 1
        if not token.is_identifier or not self._may_be_operand(index):
            return 0
        if token.kind is TokenKind.WORD and token.value in RESERVED:
            return 0
        parser = self._parser(index)
        try:
            reference = parser.reference()
        except CompileError:  # SQL syntax inside the parentheses, such as COUNT(*) or a subquery
            return 0
        if not self._is_variable(reference.names) or token.value in self._known_columns():
            return 0
        return parser.position

    def _may_be_operand(self, index: int) -> bool:
        """Whether an operand can stand here: not behind a dot, another operand (then it is an alias) or a word that names a table."""
        if index == 0:
            return False
        before = self._tokens[index - 1]
        if before.kind is TokenKind.SYMBOL:
            return before.value not in (".", ")", "@")
        if before.kind is not TokenKind.WORD:
            return False
        return before.value not in _TABLE_WORDS | _OPERAND_WORDS | {"AS"} and (
            before.value in RESERVED or before.value in _SQL_WORDS
        )

    def _known_columns(self) -> frozenset[str]:
        """Columns of all tables the statement names: they win over variables."""
        if self._known is None:
            found: set[str] = set()
            for name in self._table_names():
                found |= self._columns(name)
            self._known = frozenset(found)
        return self._known

    def _table_names(self) -> list[str]:
        found: list[str] = []
        in_from = False
        for index, token in enumerate(self._tokens[:-1]):
            if token.kind is TokenKind.WORD and token.value in _TABLE_WORDS:
                in_from = token.value == "FROM"
            elif not (in_from and token.is_symbol(",")):
                if token.is_word("WHERE", "GROUP", "ORDER", "SELECT", "SET"):
                    in_from = False
                continue
            name = self._dotted(index + 1)
            if name:
                found.append(name)
        return found

    def _dotted(self, index: int) -> str:
        parts: list[str] = []
        while index < len(self._tokens) and self._tokens[index].is_identifier:
            parts.append(self._tokens[index].text)
            if index + 1 >= len(self._tokens) or not self._tokens[index + 1].is_symbol("."):
                break
            index += 2
        return ".".join(parts)


_SQL_WORDS = frozenset(
    """SELECT WHERE AND OR NOT ON SET VALUES WHEN THEN ELSE CASE LIKE BETWEEN IN BY HAVING DISTINCT LIMIT OFFSET FETCH NEXT FIRST
    ESCAPE RETURNING RETURN PRIOR WITH START CONNECT ANY SOME ALL EXISTS UNION MINUS INTERSECT""".split()  # noqa: SIM905
)
