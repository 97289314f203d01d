"""The questions of `reconciler request`, each with what this repository knows: people, targets, users, bundles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.cli import questions
from reconciler.cli.output import Console
from reconciler.cli.questions import Option
from reconciler.documents.drafts import Item, NotAskableError, privilege
from reconciler.model.instants import (
    InvalidTimeError,
    format_duration,
    parse_duration,
    parse_instant,
)
from reconciler.model.suggestions import nearest
from reconciler.render.terminal import safe
from reconciler.run.proposing import asking
from reconciler.run.proposing.asking import Answers

if TYPE_CHECKING:
    from reconciler.model.documents import Documents

_TEMPORARY = "temporary"
_USUAL = timedelta(hours=4)


class Asker:
    """Asks one question at a time. `email` is the address that git has; `used` are names that are taken. `accepts` shows what is wrong with the answer to a
    question and says whether nothing is."""

    def __init__(
        self,
        console: Console,
        documents: Documents,
        email: str,
        used: frozenset[str],
        accepts: Callable[[str, Answers], bool],
    ) -> None:
        self.console = console
        self._accepts = accepts
        self._documents = documents
        self._email = email
        self._used = used
        self._asks = {
            asking.WHO: self._who,
            asking.TARGETS: self._targets,
            asking.USER: self._user,
            asking.ACCESS: self._access,
            asking.REASON: self._reason,
            asking.TICKET: self._ticket,
            asking.WINDOW: self._window,
            asking.NAME: self._name,
        }

    def ask(self, question: str, answers: Answers) -> Answers:
        """The answers with the one to this question. Raises typer.Abort."""
        return self._asks[question](answers)

    def _who(self, answers: Answers) -> Answers:
        people = [
            Option(row.name, row.display_name) for _, row in sorted(self._documents.people.items())
        ]
        known = asking.person_with(self._documents, self._email)
        chosen = questions.one(self.console, "Who asks", people, known.name if known else "")
        return replace(answers, who=chosen)

    def _targets(self, answers: Answers) -> Answers:
        targets = [
            Option(row.name, ", ".join(f"{key}={value}" for key, value in row.labels.items()))
            for row in asking.grantable(self._documents)
        ]
        return replace(
            answers, targets=questions.several(self.console, "On which database", targets)
        )

    def _user(self, answers: Answers) -> Answers:
        person = self._documents.people[answers.who or ""]
        users = [Option(name, "an existing user") for name in asking.users_of(person)]
        if person.public_keys:
            users.append(Option(_TEMPORARY, "a user made for this request and dropped with it"))
        if len(users) == 1:
            return replace(answers, user=_user(users[0].name))
        chosen = questions.one(
            self.console, "As which database user", users, users[0].name if users else ""
        )
        return replace(answers, user=_user(chosen))

    def _access(self, answers: Answers) -> Answers:
        bundles = [
            Option(name, row.description) for name, row in sorted(self._documents.bundles.items())
        ]
        if bundles:
            self.console.note("Bundles:")
            questions.show(self.console, bundles)
        self.console.note(
            "Or in words: SELECT, UPDATE on HR.PAYROLL; UPDATE (SALARY) on HR.EMPLOYEES; role HR_READER"
        )
        items: list[Item] = []
        while True:
            more = bool(items)
            answer = questions.text("More access, or Enter" if more else "Which access")
            if not answer and more:
                return replace(answers, access=tuple(items))
            try:
                item = _item(answer, bundles)
            except NotAskableError as error:
                self.console.note(f"  {safe(error)}")
                continue
            if self._accepts(asking.ACCESS, replace(answers, access=(item,))):
                items.append(item)

    def _reason(self, answers: Answers) -> Answers:
        return replace(answers, reason=questions.text("What for"))

    def _ticket(self, answers: Answers) -> Answers:
        form = asking.wants_ticket(self._documents, answers)
        return replace(answers, ticket=questions.text(f"Ticket ({form})" if form else "Ticket"))

    def _window(self, answers: Answers) -> Answers:
        longest = asking.longest(self._documents, answers)
        bound = f" (at most {format_duration(longest)})" if longest else ""
        usual = format_duration(min(longest or _USUAL, _USUAL))
        duration = questions.valid(
            self.console, lambda: questions.text(f"For how long{bound}", usual), wrong_duration
        )
        start = questions.valid(
            self.console,
            lambda: questions.text("From when (Enter: once it is merged)"),
            wrong_start,
        )
        return replace(answers, duration=duration, start=start)

    def _name(self, answers: Answers) -> Answers:
        proposed = asking.proposed_name(answers, self._used)

        def wrong(name: str) -> str:
            return (
                f"{name} was used before; names are unique for ever" if name in self._used else ""
            )

        name = questions.valid(self.console, lambda: questions.text("Name", proposed), wrong)
        return replace(answers, name=name)


def wrong_duration(text: str) -> str:
    """Why it is no duration; empty when it is one."""
    try:
        parse_duration(text)
    except InvalidTimeError as error:
        return str(error)
    return ""


def wrong_start(text: str) -> str:
    """Why it is no instant; empty when it is one, or nothing."""
    try:
        if text:
            parse_instant(text)
    except InvalidTimeError as error:
        return str(error)
    return ""


def _user(chosen: str) -> str:
    return "" if chosen == _TEMPORARY else chosen


def _item(answer: str, bundles: list[Option]) -> Item:
    """A bundle by number or name, a role after the word, or a privilege. Raises NotAskableError."""
    bundle = questions.find(answer, bundles)
    if bundle is not None:
        return {"bundle": bundle}
    word, _, rest = answer.replace(":", " ", 1).partition(" ")
    if word.lower() in ("role", "bundle") and rest.strip():
        return {word.lower(): rest.strip()}
    near = nearest(answer, [row.name for row in bundles]) if " " not in answer else None
    if near or "-" in answer:
        hint = f"; did you mean {near}?" if near else ""
        raise NotAskableError(f"there is no bundle {answer!r}{hint}")
    return privilege(answer)
