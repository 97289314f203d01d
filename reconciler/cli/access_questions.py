"""What `who can` and `why` share: reading the question, asking every target, and saying what a database does not know."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli import runs
from reconciler.cli.output import Console, Format
from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic, Severity, has_errors
from reconciler.model.errors import InvalidInputError
from reconciler.model.exit_codes import ExitCode, worst
from reconciler.model.privileges import OWNED_BY_SYS, Kind, Privilege

if TYPE_CHECKING:
    from reconciler.model.access import Answer, Holder
    from reconciler.model.documents import Target
    from reconciler.planning.effective import Access, Explanations
    from reconciler.planning.effective_question import Unknown
    from reconciler.run.target import Survey
    from reconciler.run.workspace import Workspace

    Asked = Callable[[Access, Explanations], tuple[Holder, ...]]

_HINT = "for example SELECT HR.EMPLOYEES, UPDATE HR.EMPLOYEES.SALARY, CREATE SESSION, SELECT ANY TABLE ON SCHEMA HR, ROLE HR_READER"


@dataclass(frozen=True, slots=True)
class Where:
    """Which targets are asked, and the documents that explain what they answer."""

    repo: Path
    ref: str | None
    targets: Sequence[str]
    fetch: bool


def privilege_of(words: Sequence[str]) -> Privilege:
    """The privilege of the question. Raises InvalidInputError."""
    from reconciler.planning.effective_question import parse

    try:
        return parse(words)
    except names.InvalidNameError as error:
        raise InvalidInputError("access.question", str(error), hint=_HINT) from None


def grantee_of(text: str) -> str:
    """The user or role of the question. Raises InvalidInputError."""
    try:
        return names.parse(text)
    except names.InvalidNameError as error:
        raise InvalidInputError("access.question", str(error)) from None


def ask(
    where: Where, privilege: Privilege, grantee: str, asked: Asked
) -> list[Answer | runs.Failure]:
    """The answer of each target. A name that some targets know is no error of those that don't."""
    workspace = runs.open_workspace(where.repo, where.ref, fetch=where.fetch)
    chosen = workspace.targets(where.targets)
    workspace = workspace.about(chosen)
    answers = list(
        runs.over_targets(
            chosen,
            lambda row: _answer(_look(workspace, row, privilege), privilege, grantee, asked),
        )
    )
    found = [row for row in answers if not isinstance(row, runs.Failure)]
    if any(row.answered for row in found):
        return [row if isinstance(row, runs.Failure) else _without_errors(row) for row in answers]
    return answers


def _look(workspace: Workspace, target: Target, privilege: Privilege) -> Survey:
    """What a plan reads, and of the object that is asked about its type and its columns."""
    from reconciler.desired.objects import reading
    from reconciler.oracle.observe import observe
    from reconciler.oracle.session import connect
    from reconciler.run.target import planned

    named = reading(workspace.documents, target)
    wanted = named
    if privilege.kind in (Kind.OBJECT, Kind.COLUMN) and privilege.on not in OWNED_BY_SYS:
        table = (privilege.owner, privilege.object)
        wanted = named._replace(
            schemas=named.schemas | {privilege.owner}, tables=named.tables | {table}
        )
    with connect(target, environment=os.environ, only_reads=True) as session:
        return planned(workspace, target, observe(session, target, wanted))


def _answer(survey: Survey, privilege: Privilege, grantee: str, asked: Asked) -> Answer:
    from reconciler.model.access import Answer
    from reconciler.planning.effective import Access, explanations
    from reconciler.planning.effective_answers import is_read
    from reconciler.planning.effective_question import unknown
    from reconciler.planning.holdings import index

    snapshot, desired = survey.snapshot, survey.desired
    missing = tuple(unknown(privilege, grantee, snapshot))
    answered = not any(row.certain for row in missing)
    complete = is_read(privilege, snapshot)
    explained = explanations(desired.explanations, desired.leases)
    return Answer(
        target=snapshot.target,
        at=snapshot.at,
        database=snapshot.database,
        privilege=privilege,
        holders=asked(Access(index(snapshot)), explained) if answered else (),
        findings=(
            *map(_finding, missing),
            *(() if complete else _not_read(privilege, snapshot.target)),
        ),
        complete=complete,
        answered=answered,
    )


def _finding(row: Unknown) -> Diagnostic:
    from reconciler.documents.suggestions import did_you_mean

    severity = Severity.ERROR if row.certain else Severity.WARNING
    return Diagnostic(
        row.rule, row.message, severity=severity, hint=did_you_mean(row.word, row.known)
    )


def _not_read(privilege: Privilege, target: str) -> tuple[Diagnostic, ...]:
    owner, name = names.literal(privilege.owner), names.literal(privilege.object)
    return (
        Diagnostic(
            "access.not-read",
            f"grants on {privilege.place} are not read from {target}: it is not an object of a customer's schema, and ways may be missing here",
            severity=Severity.WARNING,
            hint=f"ask the database: DBA_TAB_PRIVS where OWNER is {owner} and TABLE_NAME is {name}",
        ),
    )


def _without_errors(answer: Answer) -> Answer:
    findings = (
        replace(row, severity=Severity.WARNING) if row.is_error else row for row in answer.findings
    )
    return replace(answer, findings=tuple(findings))


def tell(
    console: Console,
    question: dict[str, object],
    answers: Sequence[Answer | runs.Failure],
    output: Format,
    text: Callable[[Answer], str],
) -> None:
    """Prints the answers, and what was found on the way."""
    from reconciler.render import access_json, access_text
    from reconciler.render import text as plain

    if output is Format.JSON:
        rows = [
            runs.failed_to_json(row) if isinstance(row, runs.Failure) else access_json.answer(row)
            for row in answers
        ]
        limits = list(access_json.LIMITS)
        console.json({"question": question, "targets": rows, "not_considered": limits})
    else:
        blocks = [
            plain.failed(row.target, console.style) if isinstance(row, runs.Failure) else text(row)
            for row in answers
        ]
        if any(not isinstance(row, runs.Failure) and row.answered for row in answers):
            blocks.append(access_text.limits(console.style))
        console.result("\n\n".join(blocks))
    for row in answers:
        found = row.error.diagnostics() if isinstance(row, runs.Failure) else row.findings
        console.diagnostics(found)


def exit_code(
    answers: Iterable[Answer | runs.Failure], *, no_is: ExitCode = ExitCode.OK
) -> ExitCode:
    """`no_is` is for a target where the one who was asked about has nothing of it."""
    from reconciler.model.access import Has

    codes = []
    for row in answers:
        if isinstance(row, runs.Failure):
            codes.append(row.exit_code)
            continue
        codes.append(ExitCode.INVALID if has_errors(row.findings) else ExitCode.OK)
        if row.answered and not row.complete:
            codes.append(ExitCode.PARTIAL)
        codes += [no_is for holder in row.holders if holder.has is Has.NO]
    return worst(codes)
