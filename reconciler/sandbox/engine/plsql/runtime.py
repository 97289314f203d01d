"""What exists while PL/SQL runs: the execution with its binds, activation frames, open cursors, and how a routine is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.sandbox.engine.plsql.errors import UserException, predefined, value_error
from reconciler.sandbox.engine.plsql.types import BOOLEAN, PlsqlType
from reconciler.sandbox.engine.plsql.values import (
    Collection,
    Record,
    to_moment,
    to_number,
    to_text,
    wrong_type,
)
from reconciler.sandbox.seam import Bind, Column, OracleError, OracleType, Outcome

if TYPE_CHECKING:
    from reconciler.sandbox.engine.session import Session

_TEXT_TYPES = (OracleType.VARCHAR2, OracleType.CHAR, OracleType.LONG, OracleType.CLOB)
_NUMBER_TYPES = (OracleType.NUMBER, OracleType.BINARY_INTEGER)
_DATE_TYPES = (
    OracleType.DATE,
    OracleType.TIMESTAMP,
    OracleType.TIMESTAMP_TZ,
    OracleType.TIMESTAMP_LTZ,
)
_MAX_DEPTH = 60  # calls within calls; beyond it the interpreter's own stack would end first


class Execution:
    """One block or call that runs: its session, its binds, the error being handled, the attributes of the implicit cursor."""

    def __init__(self, session: Session, binds: Mapping[str, Bind] = MappingProxyType({})) -> None:
        self.session = session
        self.binds = {name: BindSlot(bind) for name, bind in binds.items()}
        self.error: OracleError | None = None
        self.backtrace = ""
        self.row_count: int | None = None
        self.depth = 0

    def evaluate_sql(
        self, expression: str, values: Sequence[Any], kinds: Sequence[OracleType]
    ) -> Any:
        """The value of an SQL expression whose binds are :1, :2, ... in order."""
        binds = [
            Bind(str(number), kind, value)
            for number, (value, kind) in enumerate(zip(values, kinds, strict=True), 1)
        ]
        outcome = self.session.execute_sql(f"SELECT {expression} FROM dual", binds)
        return next(outcome.rows or iter(()))[0]

    def place(self, frame: Frame) -> str:
        """Where the frame stands, as the call stack writes it."""
        return f'"{frame.unit}", line {frame.line}' if frame.unit else f"line {frame.line}"

    def trace_of(self, error: OracleError) -> str:
        """The ORA-06512 lines an error has collected, each with its line break."""
        lines = error.message.split("\n")
        return "".join(f"{line}\n" for line in lines if line.startswith("ORA-06512"))

    def sqlcode(self) -> int:
        if self.error is None:
            return 0
        if isinstance(self.error, UserException):
            return 1
        return 100 if self.error.code == 1403 else -self.error.code

    def sqlerrm(self) -> str:
        if self.error is None:
            return "ORA-0000: normal, successful completion"
        return (
            "User-Defined Exception" if isinstance(self.error, UserException) else self.error.text
        )


class BindSlot:
    """A bind of the block while it runs."""

    __slots__ = ("bind", "value", "written")

    def __init__(self, bind: Bind) -> None:
        self.bind = bind
        self.value = bind.value
        self.written = False

    def assign(self, value: Any, run: Execution) -> None:
        """Raises ORA-06502 for a value the client's buffer cannot take, ORA-06513 for an array with too many elements."""
        self.written = True
        if not self.bind.is_array:
            self.value = self._converted(value, run)
            return
        items = value.to_list() if isinstance(value, Collection) else list(value or ())
        if self.bind.max_elements and len(items) > self.bind.max_elements:
            raise OracleError(
                6513, "PL/SQL: index for PL/SQL table out of range for host language array"
            )
        self.value = [self._converted(item, run) for item in items]

    def _converted(self, value: Any, run: Execution) -> Any:
        kind = self.bind.type
        if kind is OracleType.CURSOR:
            return value.outcome() if isinstance(value, Cursor) else value
        if value is None:
            return None
        if isinstance(value, (Record, Collection)):
            raise wrong_type()
        if kind in _TEXT_TYPES:
            text = to_text(value, run.session)
            if text and 0 < self.bind.size < len(text) * 4 and len(text.encode()) > self.bind.size:
                raise value_error("character string buffer too small")
            return text
        if kind in _NUMBER_TYPES:
            return to_number(value)
        if kind in (OracleType.BINARY_DOUBLE, OracleType.BINARY_FLOAT):
            return float(to_number(value))
        if kind is OracleType.BOOLEAN:
            return BOOLEAN.coerce(value, run.session)
        if kind in _DATE_TYPES and isinstance(value, str):
            return to_moment(value, kind, run.session)
        return value


class Frame:
    """One activation of a block or routine. `parent` is the frame of the routine it is declared in; `line` the statement that runs."""

    __slots__ = ("line", "parent", "result", "run", "slots", "unit")

    def __init__(self, size: int, parent: Frame | None, run: Execution) -> None:
        self.slots: list[Any] = [None] * size
        self.parent = parent
        self.run = run
        self.line = 0
        self.unit: str | None = None
        self.result: Any = None


Evaluate = Callable[[Frame], Any]
Store = Callable[[Frame, Any], None]


class Leaving:
    """What a statement gives when the next one must not run: EXIT, CONTINUE or RETURN on its way to its loop or routine."""

    __slots__ = ("kind", "loop")

    def __init__(self, kind: str, loop: object = None) -> None:
        self.kind = kind
        self.loop = loop


RETURN = Leaving("return")
Run = Callable[[Frame], Leaving | None]


@dataclass(frozen=True, slots=True)
class Formal:
    """A formal parameter. `default` is evaluated in the frame the routine is declared in; None makes the argument mandatory."""

    name: str
    mode: str = "IN"
    type: PlsqlType | None = None
    default: Evaluate | None = None
    aliases: tuple[str, ...] = ()  # names of the same place in overloaded forms


DEFAULT: Any = object()  # stands for an argument that the caller left out


class Routine(Protocol):
    """Anything that can be called: local and stored subprograms, supplied packages."""

    @property
    def display(self) -> str: ...
    @property
    def formals(self) -> Sequence[Formal]: ...
    @property
    def is_function(self) -> bool: ...
    def call(self, frame: Frame, values: list[Any]) -> Any:
        """Runs it with one value per formal, DEFAULT where the caller gave none. OUT values are written back into the list.

        `frame` is the frame it is declared in, any frame for stored code.
        """
        ...


class Cursor:
    """An open or closed cursor: rows of one query with the attributes PL/SQL asks for."""

    def __init__(self, columns: tuple[Column, ...] = (), rows: Iterator[Any] | None = None) -> None:
        self.columns = columns
        self._rows = rows
        self.fetched = 0
        self.found: bool | None = None

    @property
    def is_open(self) -> bool:
        return self._rows is not None

    def open(self, outcome: Outcome) -> None:
        if self.is_open:
            raise predefined(6511)
        self.columns, self._rows = outcome.columns or (), outcome.rows
        self.fetched, self.found = 0, None

    def fetch(self) -> tuple[Any, ...] | None:
        """The next row, None after the last. Raises ORA-01001 on a closed cursor."""
        if self._rows is None:
            raise predefined(1001)
        row: tuple[Any, ...] | None = next(self._rows, None)
        self.found = row is not None
        self.fetched += row is not None
        return row

    def close(self) -> None:
        if self._rows is None:
            raise predefined(1001)
        self._rows = None

    def outcome(self) -> Outcome:
        """The rest of the rows, as the client fetches them."""
        if self._rows is None:
            raise predefined(1001)
        return Outcome(columns=self.columns, rows=self._rows)

    def attribute(self, name: str) -> Any:
        if name == "ISOPEN":
            return self.is_open
        if not self.is_open:
            raise predefined(1001)
        if name == "ROWCOUNT":
            return self.fetched
        return self.found if name == "FOUND" or self.found is None else not self.found


def row_record(columns: Sequence[Column], row: Sequence[Any]) -> Record:
    """A row as a record with the fields of the query."""
    return Record({column.name: value for column, value in zip(columns, row, strict=True)})


def guard_depth(run: Execution) -> None:
    """Raises ORA-00036 when calls nest too deep (endless recursion)."""
    if run.depth >= _MAX_DEPTH:
        raise OracleError(36, f"maximum number of recursive SQL levels ({_MAX_DEPTH}) exceeded")
