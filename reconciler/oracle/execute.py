"""Carrying out a plan: wave by wave, in batches of one round trip, with an outcome for each change."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType

from reconciler.model.changes import Change, CreateTemporaryUser, RotatePassword
from reconciler.model.errors import DatabaseError
from reconciler.model.results import ChangeOutcome, Execution, Status
from reconciler.oracle import batch, interrupts, outcomes
from reconciler.oracle.session import Session
from reconciler.oracle.statements import render_unit
from reconciler.oracle.units import StatementUnit, split

INTERRUPTED = "interrupted"
"""`Execution.interrupted` when the user ended it; another text is the error that did."""

PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before a change that was refused for the moment (`outcomes.PASSING`) is tried again, inside the run."""

_WITH_PASSWORD = (CreateTemporaryUser, RotatePassword)
_BATCH_BYTES = 1_000_000
_STATEMENT_BYTES = 32_767  # what EXECUTE IMMEDIATE takes as VARCHAR2

Progress = Callable[[int, int], None]
"""Called after each batch with the changes done and the changes in all."""


def execute(
    session: Session,
    units: Iterable[StatementUnit],
    *,
    target: str,
    at: datetime,
    progress: Progress,
    batch_size: int = 300,
    passwords: Mapping[str, str] = MappingProxyType({}),
    pauses: Sequence[float] = PAUSES,
) -> Execution:
    """Runs the units, lowest wave first; `at` is the plan's instant. `passwords` are those to set, by user: they travel as bind values and
    are in no text.

    A failure stops its own change and what depends on it; what failed because something is in use for the moment is tried again after each of
    `pauses` (seconds). SIGINT and SIGTERM let the batch in flight finish and then stop. When the connection is lost the outcomes of the batch in flight
    are left out: they are not known, and the next run reads them from the dictionary. Never raises DatabaseError.
    """
    ordered = sorted(units, key=attrgetter("wave"))
    total = sum(len(unit.changes) for unit in ordered)
    run = _Run(session, target, at, progress, batch_size, total, passwords, pauses)
    interrupted = ""
    with interrupts.deferred() as interrupt:
        try:
            for _, wave in groupby(ordered, key=attrgetter("wave")):
                run.wave(wave, interrupt)
        except DatabaseError as error:
            interrupted = error.message
    return Execution(
        outcomes=run.in_order(ordered),
        statements=run.statements,
        round_trips=run.round_trips,
        interrupted=interrupted or (INTERRUPTED if interrupt.requested else ""),
    )


class _Run:
    def __init__(
        self,
        session: Session,
        target: str,
        at: datetime,
        progress: Progress,
        batch_size: int,
        total: int,
        passwords: Mapping[str, str],
        pauses: Sequence[float],
    ) -> None:
        self._passwords = passwords
        self._pauses = pauses
        self._busy: list[tuple[StatementUnit, Sequence[batch.StepResult]]] = []
        self._session = session
        self._target = target
        self._at = at
        self._progress = progress
        self._batch_size = batch_size
        self._total = total
        self._before = session.round_trips
        self._dependencies = outcomes.Dependencies()
        self._outcomes: dict[Change, ChangeOutcome] = {}
        self.statements = 0

    @property
    def round_trips(self) -> int:
        return self._session.round_trips - self._before

    def in_order(self, units: Iterable[StatementUnit]) -> tuple[ChangeOutcome, ...]:
        changes = (change for unit in units for change in unit.changes)
        return tuple(self._outcomes[change] for change in changes if change in self._outcomes)

    def wave(self, units: Iterable[StatementUnit], interrupt: interrupts.Interrupt) -> None:
        self._send(deque(self._runnable(units)), interrupt)
        for seconds in self._pauses:
            if not self._busy or interrupt.requested:
                break
            interrupt.wait(seconds)
            again, self._busy = deque(unit for unit, _ in self._busy), []
            self._send(again, interrupt)
        for unit, steps in self._busy:
            self._note(outcomes.of_change(unit.changes[0], steps))
        self._busy = []

    def _send(self, queue: deque[StatementUnit], interrupt: interrupts.Interrupt) -> None:
        while queue and not interrupt.requested:
            taken, steps = self._take(queue)
            results = self._results(taken, steps)
            self.statements += sum(step.ora != batch.NOT_RUN for item in results for step in item)
            for unit, item in zip(taken, results, strict=True):
                queue.extend(self._settle(unit, item))
            self._progress(len(self._outcomes), self._total)

    def _results(
        self, units: Sequence[StatementUnit], steps: Sequence[Sequence[str]]
    ) -> list[list[batch.StepResult]]:
        """A password is a bind value, so what sets one runs by itself; these changes have waves of their own."""
        if not any(isinstance(unit.changes[0], _WITH_PASSWORD) for unit in units):
            return batch.run(self._session, steps) if steps else []
        return [[self._with_password(*pair)] for pair in zip(units, steps, strict=True)]

    def _with_password(self, unit: StatementUnit, texts: Sequence[str]) -> batch.StepResult:
        change, (text,) = unit.changes[0], texts
        password = self._passwords.get(change.user) if isinstance(change, _WITH_PASSWORD) else None
        if password is None:
            return batch.StepResult(batch.NOT_SENT, "there is no sealed password for the user")
        try:
            self._session.call(text, {"password": password})
        except DatabaseError as error:
            if error.ora in batch.LOST:
                raise
            return batch.StepResult(error.ora or batch.NOT_SENT, _without(password, error.message))
        return batch.StepResult(0, "")

    def _runnable(self, units: Iterable[StatementUnit]) -> list[StatementUnit]:
        """The units without the changes that depend on a failed one, which get their outcome here."""
        found: list[StatementUnit] = []
        for unit in units:
            if not any(map(self._dependencies.reason_to_skip, unit.changes)):
                found.append(unit)
                continue
            for part in split(unit):
                reason = self._dependencies.reason_to_skip(part.changes[0])
                if reason:
                    self._note(outcomes.skipped(part.changes[0], reason))
                else:
                    found.append(part)
        return found

    def _take(
        self, queue: deque[StatementUnit]
    ) -> tuple[list[StatementUnit], list[tuple[str, ...]]]:
        """As many units from the front of the queue as one batch holds."""
        taken: list[StatementUnit] = []
        steps: list[tuple[str, ...]] = []
        count = size = 0
        while queue:
            statements = self._render(queue)
            if not statements:
                continue
            count += len(statements)
            size += sum(len(text.encode()) for text in statements)
            if taken and (count > self._batch_size or size > _BATCH_BYTES):
                break
            taken.append(queue.popleft())
            steps.append(statements)
        return taken, steps

    def _render(self, queue: deque[StatementUnit]) -> tuple[str, ...]:
        """The statements of the first unit. When it has none, that unit is not the first any more: it was too long and got split, or no statement exists for it
        and it has failed."""
        unit = queue[0]
        try:
            statements = render_unit(unit, target=self._target, at=self._at)
        except ValueError as error:
            statements, reason = (), str(error)
        else:
            if all(len(text.encode()) <= _STATEMENT_BYTES for text in statements):
                return statements
            statements, reason = (), "the statement is longer than Oracle takes"
        queue.popleft()
        if len(unit.changes) > 1:
            queue.extendleft(reversed(split(unit)))
        else:
            self._note(ChangeOutcome(unit.changes[0], Status.FAILED, message=reason))
        return statements

    def _settle(
        self, unit: StatementUnit, steps: Sequence[batch.StepResult]
    ) -> Sequence[StatementUnit]:
        """Notes the outcomes of a unit; gives the parts of one that failed and may yet succeed in part."""
        if len(unit.changes) == 1:
            if any(step.ora in outcomes.PASSING for step in steps):
                self._busy.append((unit, steps))
            else:
                self._note(outcomes.of_change(unit.changes[0], steps))
            return ()
        if any(step.ora for step in steps):
            return split(unit)
        for change in unit.changes:
            self._note(ChangeOutcome(change, Status.DONE))
        return ()

    def _note(self, outcome: ChangeOutcome) -> None:
        self._outcomes[outcome.change] = outcome
        self._dependencies.note(outcome)


def _without(password: str, message: str) -> str:
    """The message goes into outputs and ledger, and a customer's own verify function may quote what it refused, in whatever case."""
    return re.sub(re.escape(password), "***", message, flags=re.IGNORECASE)
