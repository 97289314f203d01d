"""One function per kind: from a document of the right shape to the typed value of the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from reconciler.documents.access import object_pattern, read_access
from reconciler.documents.classifications import classification
from reconciler.documents.connect import has_credentials
from reconciler.documents.identities import grantee_name
from reconciler.documents.loader import Path
from reconciler.documents.parts import SPEC, name_of, reason, selector_at
from reconciler.documents.people import person, team
from reconciler.documents.policies import policy
from reconciler.documents.policy_tests import policy_test
from reconciler.documents.reader import Reader
from reconciler.documents.requests import access_request
from reconciler.model import break_glass, names
from reconciler.model.break_glass import BreakGlass, Review
from reconciler.model.classification import Classification
from reconciler.model.documents import (
    AccessRequest,
    Auditing,
    Bundle,
    Mode,
    ObjectPattern,
    Person,
    Policy,
    PolicyTest,
    ReadAccount,
    RemovalLimits,
    Scope,
    StandingGrant,
    Target,
    Team,
)
from reconciler.model.instants import format_duration

Document = (
    AccessRequest
    | StandingGrant
    | Bundle
    | Target
    | Person
    | Team
    | Policy
    | PolicyTest
    | Classification
    | BreakGlass
)


def build(kind: str, reader: Reader) -> Document:
    """The typed document; not to be used when the reader has findings."""
    return _BUILDERS[kind](reader)


def _standing(reader: Reader) -> StandingGrant:
    grantees = (*SPEC, "grantees")
    for index in range(len(reader.at(grantees))):
        grantee_name(reader, (*grantees, index))
    return StandingGrant(
        name=name_of(reader),
        origin=reader.origin(),
        owner=reader.text((*SPEC, "owner")),
        reason=reason(reader, (*SPEC, "reason")),
        targets=selector_at(reader, (*SPEC, "targets")),
        grantees=reader.oracle_names(grantees),
        access=read_access(reader, (*SPEC, "access")),
        review_by=reader.day((*SPEC, "reviewBy")),
    )


def _bundle(reader: Reader) -> Bundle:
    return Bundle(
        name=name_of(reader),
        origin=reader.origin(),
        description=reason(reader, (*SPEC, "description")),
        access=read_access(reader, (*SPEC, "access")),
    )


def _target(reader: Reader) -> Target:
    connect = (*SPEC, "connect")
    dsn = reader.text((*connect, "dsn"))
    if has_credentials(dsn):
        reader.fail(
            "target.credentials",
            "the connect string seems to hold a user or a password",
            (*connect, "dsn"),
            "Change that password, then name the environment variable that holds the new one in `passwordEnv`.",
        )
    return Target(
        name=name_of(reader),
        origin=reader.origin(),
        labels=reader.mapping((*SPEC, "labels")),
        dsn=dsn,
        user=reader.oracle_name((*connect, "user")),
        password_env=reader.text((*connect, "passwordEnv")),
        wallet_env=reader.text((*connect, "walletEnv")),
        mode=Mode(reader.text((*SPEC, "mode"))),
        scope=_scope(reader),
        removals=_removals(reader),
        object_labels=_object_labels(reader),
        audit=Auditing(reader.text((*SPEC, "audit")) or Auditing.EXISTING),
        reader=_read_account(reader, (*connect, "reader")),
        schema_owners=_schema_owners(reader, (*SPEC, "schemaOwners")),
    )


def _read_account(reader: Reader, path: Path) -> ReadAccount | None:
    if not reader.at(path):
        return None
    return ReadAccount(
        user=reader.oracle_name((*path, "user")), password_env=reader.text((*path, "passwordEnv"))
    )


def _scope(reader: Reader) -> Scope:
    path = (*SPEC, "scope")
    return Scope(
        grantees=reader.patterns((*path, "grantees")),
        schemas=reader.patterns((*path, "schemas")),
        roles=reader.patterns((*path, "roles")),
        system=reader.texts((*path, "system")),
        directories=reader.patterns((*path, "directories")),
        editions=reader.patterns((*path, "editions")),
        users=reader.patterns((*path, "users")),
        tablespaces=reader.patterns((*path, "tablespaces")),
        services=reader.patterns((*path, "services")),
    )


def _object_labels(reader: Reader) -> Mapping[str, tuple[ObjectPattern, ...]]:
    path = (*SPEC, "objectLabels")
    return {
        label: tuple(object_pattern(reader, (*path, label, index)) for index in range(len(listed)))
        for label, listed in sorted((reader.at(path) or {}).items())
    }


def _schema_owners(reader: Reader, path: Path) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    places: dict[str, Path] = {}
    for key in reader.at(path) or {}:
        schema, place = reader.oracle_key((*path, key)), (*path, key)
        if schema in found:
            reader.fail(
                "name.same-after-folding",
                f"{names.display(schema)} is listed twice: without quotes, Oracle folds names to upper case",
                place,
                "Keep one of the two.",
                (reader.origin(places[schema]),),
            )
        found[schema], places[schema] = reader.texts(place), place
    return dict(sorted(found.items()))


def _removals(reader: Reader) -> RemovalLimits:
    path = (*SPEC, "removals")
    given = reader.at(path) or {}
    default = RemovalLimits()
    release = (*path, "release")
    has_release = "release" in given
    return RemovalLimits(
        count=int(given.get("count", default.count)),
        share=float(given.get("share", default.share)),
        grantee_count=int(given.get("granteeCount", default.grantee_count)),
        grantee_share=float(given.get("granteeShare", default.grantee_share)),
        release_up_to=int(given["release"]["upTo"]) if has_release else 0,
        release_until=reader.instant((*release, "until")) if has_release else None,
        release_reason=reason(reader, (*release, "reason")) if has_release else "",
    )


def _break_glass(reader: Reader) -> BreakGlass:
    users = {
        person: grantee_name(reader, (*SPEC, "users", person))
        for person in sorted(reader.at((*SPEC, "users")) or {})
    }
    seal = (*SPEC, "seal", "sha256")
    return BreakGlass(
        name=name_of(reader),
        origin=reader.origin(),
        reason=reason(reader, (*SPEC, "reason")),
        openers=reader.texts((*SPEC, "openers")),
        users=users,
        targets=reader.texts((*SPEC, "targets")),
        targets_origin=reader.origin((*SPEC, "targets")),
        access=read_access(reader, (*SPEC, "access")),
        longest=_longest(reader),
        notify=reason(reader, (*SPEC, "notify")),
        reviewers=reader.texts((*SPEC, "reviewers")),
        seal=reader.text(seal),
        seal_origin=reader.origin(seal),
        reviews=_reviews(reader),
    )


def _longest(reader: Reader) -> timedelta:
    path = (*SPEC, "longest")
    longest = reader.duration(path)
    if longest > break_glass.LONGEST:
        reader.fail(
            "break-glass.too-long",
            f"break-glass access lasts {format_duration(break_glass.LONGEST)} at most",
            path,
            "For longer work open a request beside it.",
        )
    return longest


def _reviews(reader: Reader) -> tuple[Review, ...]:
    path = (*SPEC, "reviews")
    return tuple(_review(reader, (*path, index)) for index in range(len(reader.at(path) or ())))


def _review(reader: Reader, path: Path) -> Review:
    lease = reader.text((*path, "lease"))
    if not lease.startswith(f"{break_glass.PREFIX}{name_of(reader)}-"):
        reader.fail(
            "break-glass.other-lease",
            f"`{lease}` is no opening of this document",
            (*path, "lease"),
            f"Its openings are called {break_glass.PREFIX}{name_of(reader)}-1 and so on.",
        )
    return Review(
        lease=lease,
        by=reader.text((*path, "by")),
        on=reader.day((*path, "on")),
        findings=reason(reader, (*path, "findings")),
        origin=reader.origin(path),
    )


_BUILDERS: Mapping[str, Callable[[Reader], Document]] = {
    "AccessRequest": access_request,
    "StandingGrant": _standing,
    "Bundle": _bundle,
    "Target": _target,
    "Person": person,
    "Team": team,
    "Policy": policy,
    "PolicyTest": policy_test,
    "Classification": classification,
    "BreakGlass": _break_glass,
}
