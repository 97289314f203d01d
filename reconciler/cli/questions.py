"""Questions on a terminal, on stderr like everything that is no result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import typer

from reconciler.cli.output import Console
from reconciler.model.suggestions import nearest
from reconciler.render.terminal import safe, width

_SHOWN = 20


class Option(NamedTuple):
    """Something to choose, and what is known about it."""

    name: str
    note: str = ""


def text(question: str, default: str = "") -> str:
    """One line; Enter takes the default. Raises typer.Abort at the end of input and on Ctrl-C."""
    answer: str = typer.prompt(question, default=default, show_default=bool(default), err=True)
    return answer.strip()


def confirm(question: str) -> bool:
    return typer.confirm(question, default=True, err=True)


def show(console: Console, options: Sequence[Option]) -> None:
    """The options with numbers to choose them by."""
    longest = max((width(row.name) for row in options[:_SHOWN]), default=0)
    for number, row in enumerate(options[:_SHOWN], 1):
        note = f"  {safe(row.note)}" if row.note else ""
        console.note(f"  {number:>2}  {row.name.ljust(longest) if note else row.name}{note}")
    if len(options) > _SHOWN:
        console.note(f"      ... and {len(options) - _SHOWN} more; write the name")


def one(console: Console, question: str, options: Sequence[Option], default: str = "") -> str:
    """One of the options, by number or name."""
    if len(options) > 1:
        show(console, options)
    while True:
        answer = text(question, default or (options[0].name if len(options) == 1 else ""))
        found = find(answer, options)
        if found is not None:
            return found
        _tell(console, answer, options)


def several(console: Console, question: str, options: Sequence[Option]) -> tuple[str, ...]:
    """One or more of the options, with commas or blanks between them."""
    if len(options) > 1:
        show(console, options)
    while True:
        words = (
            text(question, options[0].name if len(options) == 1 else "").replace(",", " ").split()
        )
        found = [find(word, options) for word in words]
        names = [name for name in found if name is not None]
        if names and len(names) == len(words):
            return tuple(dict.fromkeys(names))
        wrong = next((word for word, name in zip(words, found, strict=True) if name is None), "")
        _tell(console, wrong, options)


def find(answer: str, options: Sequence[Option]) -> str | None:
    """The option that a number on the list, a name or the only beginning of one means."""
    known = [row.name for row in options]
    if answer in known:
        return answer
    if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= min(len(known), _SHOWN):
        return known[int(answer) - 1]
    beginning = [name for name in known if answer and name.lower().startswith(answer.lower())]
    return beginning[0] if len(beginning) == 1 else None


def valid(console: Console, ask: Callable[[], str], check: Callable[[str], str]) -> str:
    """Asks until `check` has nothing to say against the answer."""
    while True:
        answer = ask()
        problem = check(answer)
        if not problem:
            return answer
        console.note(f"  {safe(problem)}")


def _tell(console: Console, answer: str, options: Sequence[Option]) -> None:
    if not answer:
        console.note("  Write a number or a name.")
        return
    near = nearest(answer, [row.name for row in options])
    hint = f"Did you mean {near}?" if near else "Write a number or a name from the list."
    console.note(f"  There is no {safe(answer)!r}. {hint}")
