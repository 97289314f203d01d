"""Who is who at a service: people by login and address, and those who are away with the deputies in their place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from reconciler.model.approvals import Contributor
from reconciler.model.documents import Absence, Documents, Person
from reconciler.model.policies import EvidenceKind

GITHUB = "github"
"""The service whose logins reviews and commits at GitHub carry. `github-...` are further logins of the same person there."""

_HIDDEN = re.compile(r"(?:[0-9]+\+)?([a-z0-9-]+)@users\.noreply\.github\.com\Z")
"""The address that GitHub writes into commits of those who hide theirs."""

_Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of one commit, as one kind of evidence names them. Logins and addresses count without regard to case."""

    kind: EvidenceKind
    people: Mapping[str, Person]
    by_login: _Names = field(default_factory=dict)
    by_github: _Names = field(default_factory=dict)
    by_email: _Names = field(default_factory=dict)

    def with_login(self, login: str) -> tuple[str, ...]:
        """The people whose login it is: one, unless it is unknown or shared. What only looks like a login is none."""
        return self.by_login.get(login.lower(), ()) if login.isascii() else ()

    def behind(self, contributor: Contributor) -> frozenset[str]:
        """Everybody whom the login or the address of a contributor belongs to."""
        found = set(self.by_login.get(_folded(contributor.login), ()))
        email = _folded(contributor.email)
        found.update(self.by_email.get(email, ()))
        hidden = _HIDDEN.match(email)
        if hidden:
            found.update(self.by_github.get(hidden[1], ()))
        return frozenset(found)

    def same_human(self, name: str) -> frozenset[str]:
        """The person, and whoever is written down with the same address."""
        person = self.people.get(name)
        return frozenset({name, *(self.by_email.get(_folded(person.email), ()) if person else ())})

    def is_service(self, name: str) -> bool:
        return self.people[name].kind != "human"

    def unable(self, name: str) -> str:
        """Why the person cannot give this kind of evidence at all, empty when nothing is in the way."""
        person = self.people.get(name)
        if person is None:
            return f"{name} is nobody any more"
        if self.kind is EvidenceKind.SIGNATURES:
            return "" if person.signing_keys else f"{name} has no signing key"
        own = _github_logins(person)
        if not own:
            return f"{name} has no login at {GITHUB}"
        if all(self.with_login(login) != (name,) for login in own):
            return f"{name} shares a login with somebody"
        return ""

    def absences(self, name: str) -> tuple[Absence, ...]:
        person = self.people.get(name)
        return person.absences if person else ()

    def is_deputy(self, deputy: str, name: str, at: datetime) -> bool:
        """Whether `deputy` stands in for the person on the day of the instant (UTC)."""
        day = at.astimezone(UTC).date()
        return any(
            absence.start <= day <= absence.end and deputy in absence.deputies
            for absence in self.absences(name)
        )


def roster_of(documents: Documents, kind: EvidenceKind) -> Roster:
    return _made(_People(documents.people), kind)


class _People:
    """The very same mapping is the same, so that a roster is made once for all changes of a commit."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self.people = people

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _People) and self.people is other.people

    def __hash__(self) -> int:
        return id(self.people)


@lru_cache(maxsize=8)
def _made(key: _People, kind: EvidenceKind) -> Roster:
    people = [person for _, person in sorted(key.people.items())]
    by_github = _index((login, row.name) for row in people for login in _github_logins(row))
    signs = kind is EvidenceKind.SIGNATURES
    return Roster(
        kind=kind,
        people=key.people,
        by_login=_index((row.name, row.name) for row in people) if signs else by_github,
        by_github=by_github,
        by_email=_index((row.email, row.name) for row in people),
    )


def _github_logins(person: Person) -> tuple[str, ...]:
    return tuple(
        login
        for service, login in sorted(person.logins.items())
        if service == GITHUB or service.startswith(f"{GITHUB}-")
    )


def github_login(person: Person) -> str:
    """The login by which the person reviews at GitHub, empty if none is known."""
    return person.logins.get(GITHUB, "")


def _index(pairs: Iterable[tuple[str, str]]) -> _Names:
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for key, name in pairs:
        if folded := _folded(key):
            found[folded][name] = None
    return {key: tuple(names) for key, names in found.items()}


def _folded(text: str) -> str:
    return text.strip().casefold()
