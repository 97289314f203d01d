"""Filling in a request: from options, from answers on a terminal, or both; judged as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reconciler.cli import runs
from reconciler.cli.output import Console
from reconciler.documents.drafts import Item, NotAskableError
from reconciler.documents.drafts import privilege as asked
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import Documents
from reconciler.model.errors import InvalidInputError
from reconciler.run.proposing import asking
from reconciler.run.proposing.asking import Answers

if TYPE_CHECKING:
    from reconciler.cli.asking import Asker
    from reconciler.run.proposing.proposal import Desk
    from reconciler.run.workspace import Workspace

_OPTIONS = {
    asking.WHO: "--requester",
    asking.TARGETS: "--target",
    asking.USER: "--user or --temporary",
    asking.ACCESS: "--bundle, --role or --privilege",
    asking.REASON: "--reason",
    asking.TICKET: "--ticket",
    asking.WINDOW: "--for",
}


def access_of(
    bundles: Sequence[str], roles: Sequence[str], privileges: Sequence[str]
) -> tuple[Item, ...] | None:
    """The access that options name, None when they name none. Raises BadParameter for a text that is no privilege."""
    try:
        items = (
            *({"bundle": name} for name in bundles),
            *({"role": name} for name in roles),
            *map(asked, privileges),
        )
    except NotAskableError as error:
        raise typer.BadParameter(f"--privilege: {error}") from None
    return items or None


def open_form(console: Console, repo: Path, ref: str | None, at: datetime, *, asks: bool) -> Form:
    """Raises GitError, LedgerError."""
    from reconciler.run.proposing.proposal import open_desk

    workspace = runs.open_workspace(repo, ref, fetch=False)
    return Form(console, workspace, open_desk(workspace, at), asking.taken(workspace), asks)


@dataclass(frozen=True, slots=True)
class Form:
    """`used` are names that are taken. With `asks` there is a terminal whose user answers what is missing."""

    console: Console
    workspace: Workspace
    desk: Desk
    used: frozenset[str]
    asks: bool

    @property
    def documents(self) -> Documents:
        return self.workspace.documents

    def fill(self, answers: Answers) -> tuple[Answers, bytes]:
        """All answers, and the document that they make. Raises InvalidInputError for one that `validate` would refuse, typer.BadParameter where an
        answer is missing and nobody can be asked, typer.Abort."""
        if not self.asks:
            return self._judged(self._completed(answers))
        self._refuse_nothing_to_ask()
        asker = self._asker()
        before = answers
        for question in asking.QUESTIONS:
            if question == asking.NAME and answers == before:  # nothing was asked so far
                answers = self._named(answers)
            answers = self._settled(asker, question, answers)
        while wrong := self._wrong_questions(answers):
            for question in wrong:
                answers = self._settled(asker, question, answers.without(question))
        return self._judged(answers)

    def author(self, answers: Answers) -> tuple[str, str]:
        """Who git says commits; where git knows nobody, the one who asks."""
        from reconciler.ledger.store import OWN_AUTHOR

        author = self.workspace.ledger.author()
        person = self.documents.people.get(answers.who or "")
        if author == OWN_AUTHOR and person is not None:
            return person.display_name, person.email
        return author

    def _asker(self) -> Asker:
        from reconciler.cli.asking import Asker

        email = self.workspace.ledger.author()[1]
        return Asker(self.console, self.documents, email, self.used, self._accepts)

    def _settled(self, asker: Asker, question: str, answers: Answers) -> Answers:
        """Asks until nothing is wrong with the answer. Raises typer.Abort."""
        while True:
            if not answers.has(question):
                unasked = question == asking.TICKET and not asking.wants_ticket(
                    self.documents, answers
                )
                answers = replace(answers, ticket="") if unasked else asker.ask(question, answers)
            if self._accepts(question, answers):
                return answers
            answers = answers.without(question)

    def _accepts(self, question: str, answers: Answers) -> bool:
        wrong = self._wrong(question, answers)
        self.console.diagnostics(_without_place(wrong))
        return not wrong

    def _wrong(self, question: str, answers: Answers) -> list[Diagnostic]:
        """What is wrong with the answer, and with those before it: they were right until this one came."""
        data, judged = asking.judge(self.desk, self.documents, answers)
        so_far = asking.QUESTIONS[: asking.QUESTIONS.index(question) + 1]
        found = [row for row in judged.errors if asking.concerned(data, row) in so_far]
        return [*found, *(self._taken(answers) if question == asking.NAME else ())]

    def _wrong_questions(self, answers: Answers) -> list[str]:
        """The questions whose answers do not go together with the others, after showing why."""
        data, judged = asking.judge(self.desk, self.documents, answers)
        concerned = {asking.concerned(data, row) for row in judged.errors}
        wrong = [question for question in asking.QUESTIONS if question in concerned]
        if wrong:
            self.console.diagnostics(_without_place(judged.errors))
        return wrong

    def _taken(self, answers: Answers) -> list[Diagnostic]:
        if answers.name not in self.used:
            return []
        free = asking.proposed_name(answers, self.used)
        message = f"{answers.name} was used before, and names are unique for ever"
        return [Diagnostic("request.name-taken", message, hint=f"{free} is free")]

    def _completed(self, answers: Answers) -> Answers:
        """With what needs no answer. Raises typer.BadParameter that names the options that are missing."""
        person = asking.person_with(self.documents, self.workspace.ledger.author()[1])
        if answers.who is None and person is not None:
            answers = replace(answers, who=person.name)
        asker = self.documents.people.get(answers.who or "")
        if answers.user is None and asker is not None and len(asker.users) == 1:
            answers = replace(answers, user=asking.users_of(asker)[0])
        if answers.ticket is None and not asking.wants_ticket(self.documents, answers):
            answers = replace(answers, ticket="")
        answers = self._named(answers)
        known = asker is not None or answers.who is None
        missing = [
            option
            for question, option in _OPTIONS.items()
            if not answers.has(question) and (known or question != asking.USER)
        ]
        if missing:
            raise typer.BadParameter(
                f"without a terminal nobody can be asked; missing: {'; '.join(missing)}"
            )
        return answers

    def _named(self, answers: Answers) -> Answers:
        if answers.name is not None:
            return answers
        return replace(answers, name=asking.proposed_name(answers, self.used))

    def _refuse_nothing_to_ask(self) -> None:
        """Raises InvalidInputError in a repository where no answer could be right."""
        if self.documents.people and asking.grantable(self.documents):
            return
        what = "target on which something is granted" if self.documents.people else "person"
        message = f"commit {self.workspace.commit[:12]} has no valid {what}"
        hint = "a target with `mode: observe` is only looked at; reconciler validate names errors"
        raise InvalidInputError("request.nothing-to-ask", message, hint=hint)

    def _judged(self, answers: Answers) -> tuple[Answers, bytes]:
        data, judged = asking.judge(self.desk, self.documents, answers)
        errors = (*judged.errors, *self._taken(answers))
        if errors:
            raise _not_valid(errors)
        self.console.diagnostics(_without_place(judged.findings))
        return answers, data


def _not_valid(errors: Iterable[Diagnostic]) -> InvalidInputError:
    rule, message = "request.not-valid", "the request would not pass `reconciler validate`"
    hint = "nothing was written"
    findings = (*_without_place(errors), Diagnostic(rule, message, hint=hint))
    return InvalidInputError(rule, message, hint=hint, findings=findings)


def _without_place(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """There is no file yet that a place could be looked up in."""
    return tuple(replace(row, origin=None) for row in found)
