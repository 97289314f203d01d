"""People and teams as typed values."""

from __future__ import annotations

from datetime import timedelta

from reconciler.documents.identities import grantee_name
from reconciler.documents.loader import Path
from reconciler.documents.parts import SPEC, items, name_of, name_of_somebody, selector_at
from reconciler.documents.reader import Reader
from reconciler.documents.signing_keys import what_is_wrong
from reconciler.model.documents import Absence, Person, Rotation, Team


def person(reader: Reader) -> Person:
    return Person(
        name=name_of_somebody(reader),
        origin=reader.origin(),
        display_name=reader.line((*SPEC, "name")),
        email=reader.text((*SPEC, "email")),
        kind=reader.text((*SPEC, "kind")),
        users=_own_users(reader),
        logins=reader.mapping((*SPEC, "logins")),
        public_keys=tuple(map(str.strip, reader.texts((*SPEC, "publicKeys")))),
        rotation=_rotation(reader),
        signing_keys=_signing_keys(reader, (*SPEC, "signingKeys")),
        absences=tuple(_absence(reader, item) for item in items(reader, (*SPEC, "absences"))),
    )


def _own_users(reader: Reader) -> tuple[str, ...]:
    """Nobody owns a user or role of somebody's lease: its password could be rotated to him."""
    users = reader.oracle_names((*SPEC, "users"))
    for index in range(len(users)):
        grantee_name(reader, (*SPEC, "users", index))
    return users


def _rotation(reader: Reader) -> Rotation | None:
    path = (*SPEC, "rotation")
    if reader.at(path) is None:
        return None
    before = len(reader.findings)
    every = reader.duration((*path, "every"))
    if len(reader.findings) == before and every < timedelta(days=1):
        reader.fail("rotation.too-often", "a password lives at least a day", (*path, "every"))
    if reader.text((*SPEC, "kind")) != "service":
        reader.fail(
            "rotation.not-a-service",
            "only the passwords of services are rotated; people set their own",
            path,
        )
    if not reader.texts((*SPEC, "publicKeys")):
        reader.fail(
            "rotation.no-key",
            "a new password is sealed to `publicKeys`, and there are none",
            path,
            "Add a public key whose private part the service or its operators have.",
        )
    return Rotation(
        every=every,
        first=reader.day((*path, "first")),
        targets=selector_at(reader, (*path, "targets")),
        origin=reader.origin(path),
    )


def _signing_keys(reader: Reader, path: Path) -> tuple[str, ...]:
    keys = tuple(map(str.strip, reader.texts(path)))
    for index, key in enumerate(keys):
        problem = what_is_wrong(key)
        if problem:
            reader.fail(
                "person.signing-key",
                f"no review can be checked with this key: {problem}",
                (*path, index),
                "Copy the whole line of the `.pub` file.",
            )
    return keys


def _absence(reader: Reader, path: Path) -> Absence:
    before = len(reader.findings)
    start, end = reader.day((*path, "from")), reader.day((*path, "to"))
    if len(reader.findings) == before and end < start:
        reader.fail("person.absence", "`to` is before `from`", (*path, "to"))
    deputies = reader.texts((*path, "deputies"))
    if name_of(reader) in deputies:
        reader.fail(
            "person.own-deputy",
            "nobody is his own deputy",
            (*path, "deputies", deputies.index(name_of(reader))),
        )
    return Absence(start, end, deputies)


def team(reader: Reader) -> Team:
    """With its own members only; those of the teams it includes come when all teams are known (`teams.closed`)."""
    return Team(
        name=name_of_somebody(reader),
        origin=reader.origin(),
        members=reader.texts((*SPEC, "members")),
        includes=reader.texts((*SPEC, "includes")),
    )
