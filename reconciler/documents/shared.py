"""Values that only one document may have: what belongs to two people belongs to nobody, as far as proof goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.documents.connect import normalised
from reconciler.documents.signing_keys import key_of
from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import Documents, Person, Target, Team

_GITHUB = "github"


def check_shared(documents: Documents) -> Iterator[tuple[str, str, Diagnostic]]:
    """Values that only one document may have. Yields kind and name of each document concerned, with the finding."""
    people = [person for _, person in sorted(documents.people.items())]
    targets = [target for _, target in sorted(documents.targets.items())]
    yield from _only_once(
        "Person",
        "person.user-shared",
        "the database user {} belongs to several people, so nobody could say who did what",
        [(user, names.display(user), person) for person in people for user in person.users],
    )
    yield from _only_once(
        "Person",
        "person.login-shared",
        "the login {} belongs to several people, so an approval would count for each of them",
        [
            (f"{_site(service)}:{login.lower()}", f"{login} at {_site(service)}", person)
            for person in people
            for service, login in person.logins.items()
        ],
    )
    yield from _only_once(
        "Person",
        "person.email-shared",
        "the address {} belongs to several people, so a review by one of them could be his own",
        [
            (person.email.casefold(), person.email, person)
            for person in people
            if person.kind == "human"
        ],
    )
    yield from _only_once(
        "Person",
        "person.signing-key-shared",
        "the signing key {} belongs to several people, so a signature would count for each of them",
        [
            (key_of(key), f"{key_of(key)[:40]}...", person)
            for person in people
            for key in person.signing_keys
        ],
    )
    yield from _only_once(
        "Target",
        "target.same-database",
        "several targets lead to the same database ({}), so they would undo each other's work",
        [(normalised(target.dsn), target.name, target) for target in targets],
    )
    for name in sorted(documents.people.keys() & documents.teams.keys()):
        person: Person | Team = documents.people[name]
        team: Person | Team = documents.teams[name]
        message = f"a person and a team are both called `{name}`, so an owner is not clear"
        for kind, one, other in (("Person", person, team), ("Team", team, person)):
            yield (
                kind,
                name,
                Diagnostic("name.person-and-team", message, one.origin, related=(other.origin,)),
            )


def _site(service: str) -> str:
    """`github-...` are further logins of one person at GitHub, so they are shared as its first one is."""
    return _GITHUB if service.startswith(f"{_GITHUB}-") else service


def _only_once(
    kind: str, rule: str, message: str, values: list[tuple[str, str, Person | Target]]
) -> Iterator[tuple[str, str, Diagnostic]]:
    holders: defaultdict[str, list[tuple[str, Person | Target]]] = defaultdict(list)
    for key, shown, document in values:
        holders[key].append((shown, document))
    for several in holders.values():
        if len({document.name for _, document in several}) < 2:
            continue
        for shown, document in several:
            others = tuple(other.origin for _, other in several if other is not document)
            text = message.format(shown)
            yield (
                kind,
                document.name,
                Diagnostic(rule, text, document.origin, related=others),
            )
