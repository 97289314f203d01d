"""People, teams, bundles, targets, standing grants and break-glass documents in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import names
from reconciler.model.break_glass import BreakGlass
from reconciler.model.documents import (
    Auditing,
    Bundle,
    Documents,
    Mode,
    Person,
    StandingGrant,
    Target,
    Team,
)
from reconciler.model.instants import format_duration
from reconciler.policy.covering import covering
from reconciler.run.explaining.sentences import Sentence, listed, of_access, selector_words

_MODES = {
    Mode.OBSERVE: "It is only looked at; nothing is changed there.",
    Mode.ADDITIVE: "Leases are granted and ended there; grants that nobody wrote down are reported and stay.",
    Mode.AUTHORITATIVE: "Leases are granted and ended there, and inside the scope grants that nobody wrote down are revoked.",
}
_AUDITING = {
    Auditing.OFF: "Whether access is used is not read.",
    Auditing.EXISTING: "Whether access is used is read from what its own audit policies record.",
    Auditing.PER_LEASE: "Each lease is followed by an audit policy.",
}


def person(found: Person, documents: Documents) -> Iterator[Sentence]:
    yield Sentence(f"{found.name} is {found.display_name}, a {found.kind}, {found.email}.")
    yield Sentence(f"Database users: {', '.join(map(names.display, found.users)) or 'none'}.")
    teams = sorted(name for name, team in documents.teams.items() if found.name in team.members)
    yield Sentence(f"Teams: {', '.join(teams) or 'none'}.")
    for service, login in sorted(found.logins.items()):
        yield Sentence(f"Known to {service} as {login}.")
    if found.public_keys:
        yield Sentence("Passwords of temporary users are sealed to a key of this person's.")
    if found.rotation:
        every = format_duration(found.rotation.every)
        yield Sentence(
            f"The passwords of these users are made anew every {every}.", found.rotation.origin
        )
    for absence in found.absences:
        yield Sentence(
            f"From {absence.start} to {absence.end} {', '.join(absence.deputies)} approve instead."
        )


def team(found: Team, documents: Documents) -> Iterator[Sentence]:
    yield Sentence(f"Members: {', '.join(found.members) or 'none'}.")
    if found.includes:
        yield Sentence(f"Those of {listed(found.includes, documents)} are among them.")


def bundle(found: Bundle, documents: Documents) -> Iterator[Sentence]:
    yield Sentence(f"{found.description}. Who asks for it asks for:")
    yield from of_access(found.access, documents)


def target(found: Target, documents: Documents) -> Iterator[Sentence]:
    yield Sentence(
        f"The database at {found.dsn}, where {names.display(found.user)} works with the password in ${found.password_env}."
    )
    yield Sentence(_MODES[found.mode])
    yield Sentence("Nothing is changed but what concerns:")
    scope = (
        ("grantees", found.scope.grantees),
        ("schemas", found.scope.schemas),
        ("roles", found.scope.roles),
        ("system privileges", found.scope.system),
        ("directories", found.scope.directories),
        ("editions", found.scope.editions),
        ("users", found.scope.users),
        ("tablespaces", found.scope.tablespaces),
    )
    for what, patterns in scope:
        if patterns:
            yield Sentence(f"{what}: {', '.join(patterns)}", depth=1)
    for schema, owners in sorted(found.schema_owners.items()):
        yield Sentence(
            f"The data of {names.display(schema)} is that of {listed(owners, documents)}."
        )
    yield Sentence(_AUDITING[found.audit])
    policies = covering(found, documents)
    if not policies:
        yield Sentence("No policy covers it, so nothing may be asked for there.")
    yield from (Sentence(f"Policy {row.name} covers it.", row.origin) for row in policies)


def standing(found: StandingGrant, documents: Documents) -> Iterator[Sentence]:
    grantees = ", ".join(map(names.display, found.grantees))
    where = selector_words(found.targets, documents)
    yield Sentence(f"On {where} {grantees} hold without an end:")
    yield from of_access(found.access, documents)
    owner = listed((found.owner,), documents)
    yield Sentence(f"{owner} answers for it, and looks at it again by {found.review_by}.")
    yield Sentence(f"Reason: {found.reason}")


def break_glass(found: BreakGlass, documents: Documents) -> Iterator[Sentence]:
    openers, longest = listed(found.openers, documents), format_duration(found.longest)
    yield Sentence(
        f"In an emergency {openers} may open, with a code that works once, on {', '.join(found.targets)}, for {longest} at most:"
    )
    yield from of_access(found.access, documents)
    yield Sentence(f"What for: {found.reason}. To be told at once: {found.notify}.")
    yield Sentence(f"{listed(found.reviewers, documents)} review each opening afterwards.")
