"""A signed review: the text that is signed, and the trailer line of a merge that carries it.

    Reviewed-by: bob <bob@example.com> verdict=approved commit=<40 hex digits> at=2026-11-20T14:00:00Z signature=<base64>

The trailer says all that was signed, so that it can be verified again years later from that line and the people's keys alone. The address is for readers
only; whose review it is, the key says.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.approvals import sshsig
from reconciler.model.approvals import Opinion, Review
from reconciler.model.documents import Person
from reconciler.model.instants import InvalidTimeError, format_instant, parse_instant

TRAILER = "Reviewed-by"
SIGNED = (Opinion.APPROVED, Opinion.CHANGES_REQUESTED)
"""The opinions that a signature can carry."""
_MOST_CHARACTERS = 8_192
_FORM = re.compile(
    r"(?P<person>[a-z0-9]+(?:-[a-z0-9]+)*) <[^<>\s]{1,254}>"
    r" verdict=(?P<verdict>[a-z-]+) commit=(?P<commit>[0-9a-f]{40})"
    r" at=(?P<at>[0-9TZ:-]{20}) signature=(?P<signature>[A-Za-z0-9+/]+={0,2})",
    re.ASCII,
)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody signs of a commit. `person` is the name of a Person document, `at` UTC to the second."""

    person: str
    opinion: Opinion
    commit: str
    at: datetime

    def text(self) -> bytes:
        """The bytes that are signed."""
        lines = (
            "reconciler review 1",
            f"verdict {self.opinion.value}",
            f"commit {self.commit}",
            f"person {self.person}",
            f"at {format_instant(self.at)}",
        )
        return ("\n".join(lines) + "\n").encode()

    def trailer(self, email: str, signature: bytes) -> str:
        """The line for the merge."""
        return (
            f"{TRAILER}: {self.person} <{email}> verdict={self.opinion.value} commit={self.commit}"
            f" at={format_instant(self.at)} signature={base64.b64encode(signature).decode()}"
        )


def review_of(line: str, people: Mapping[str, Person]) -> Review:
    """The review that a trailer line carries, verified; with a `problem` when it proves nothing. `proof` is the line as it stands."""
    proof = line[:_MOST_CHARACTERS]
    parsed = _parse(line)
    if isinstance(parsed, str):
        return Review("", Opinion.COMMENTED, _NEVER, "", parsed, proof)
    statement, signature = parsed
    problem = _problem(statement, signature, people)
    return Review(
        statement.person, statement.opinion, statement.at, statement.commit, problem, proof
    )


def _parse(line: str) -> tuple[Statement, str] | str:
    """The statement and the signature in base64, or what is wrong with the line."""
    name, _, value = line.partition(":")
    if name.strip().casefold() != TRAILER.casefold():
        return f"it is no {TRAILER} line"
    if len(line) > _MOST_CHARACTERS:
        return "the line is too long"
    if "signature=" not in value:
        return "it is not signed"
    match = _FORM.fullmatch(value.strip(" "))
    if match is None:
        return "the line is malformed"
    try:
        opinion, at = Opinion(match["verdict"]), parse_instant(match["at"])
    except (ValueError, InvalidTimeError):
        return "the line is malformed"
    statement = Statement(match["person"], opinion, match["commit"], at)
    if opinion not in SIGNED or format_instant(at) != match["at"]:
        return "the line is malformed"
    return statement, match["signature"]


def _problem(statement: Statement, signature: str, people: Mapping[str, Person]) -> str:
    person = people.get(statement.person)
    if person is None:
        return f"no person is called {statement.person}"
    if not person.signing_keys:
        return f"{statement.person} has no `signingKeys`"
    try:
        sshsig.verify(sshsig.from_base64(signature), statement.text(), person.signing_keys)
    except sshsig.SignatureError as error:
        return f"the signature does not verify: {error}"
    return ""
