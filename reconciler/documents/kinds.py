"""One function per kind: from a document of the right shape to the typed value of the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from reconciler.documents.access import object_pattern, read_access
from reconciler.documents.connect import has_credentials
from reconciler.documents.identities import grantee_name, read_identity, read_session
from reconciler.documents.loader import Path
from reconciler.documents.reader import Reader
from reconciler.model import break_glass, names
from reconciler.model.break_glass import BreakGlass, Review
from reconciler.model.documents import (
    AccessRequest,
    Auditing,
    Bundle,
    Mode,
    ObjectPattern,
    Person,
    Policy,
    ReadAccount,
    RemovalLimits,
    Rotation,
    Scope,
    StandingGrant,
    Target,
    TargetSelector,
    Team,
    Window,
)
from reconciler.model.instants import format_duration

Document = AccessRequest | StandingGrant | Bundle | Target | Person | Team | Policy | BreakGlass

_SPEC: Path = ("spec",)
_ROLE_PREFIX = "role:"


def build(kind: str, reader: Reader) -> Document:
    """The typed document; not to be used when the reader has findings."""
    return _BUILDERS[kind](reader)


def _name(reader: Reader) -> str:
    return reader.text(("metadata", "name"))


def _selector(reader: Reader) -> TargetSelector:
    return _selector_at(reader, (*_SPEC, "targets"))


def _selector_at(reader: Reader, path: Path) -> TargetSelector:
    labels = isinstance(reader.at(path), dict)
    return TargetSelector(
        names=() if labels else reader.texts(path),
        labels=reader.mapping((*path, "labels")) if labels else {},
        origin=reader.origin(path),
    )


def _request(reader: Reader) -> AccessRequest:
    name = _request_name(reader)
    identity = read_identity(reader, name)
    return AccessRequest(
        name=name,
        origin=reader.origin(),
        requester=reader.text((*_SPEC, "requester")),
        reason=_reason(reader, (*_SPEC, "reason")),
        ticket=reader.text((*_SPEC, "ticket")),
        targets=_selector(reader),
        user=identity.user,
        user_origin=identity.origin,
        access=read_access(reader, (*_SPEC, "access")),
        window=_window(reader),
        ended=reader.at((*_SPEC, "ended")) is True,
        identity=identity.kind,
        client=identity.client,
        session=read_session(reader, identity.kind),
    )


def _request_name(reader: Reader) -> str:
    """A request must not be called as a lease of break-glass access, or could pass for one."""
    name = _name(reader)
    if break_glass.is_lease(name):
        reader.fail(
            "name.reserved",
            f"`{name}` looks like an opening of break-glass access",
            ("metadata", "name"),
            f"Choose a name that does not begin with `{break_glass.PREFIX}`.",
        )
    return name


def _reason(reader: Reader, path: Path) -> str:
    reason = reader.line(path)
    if not reason:
        reader.fail("schema.wrong-value", "the text is blank", path)
    return reason


def _window(reader: Reader) -> Window:
    path = (*_SPEC, "window")
    given = reader.at(path)
    start = reader.instant((*path, "start")) if "start" in given else None
    until = reader.instant((*path, "until")) if "until" in given else None
    duration = reader.duration((*path, "duration")) if "duration" in given else None
    if start and until and not reader.findings and until <= start:
        reader.fail("window.order", "`until` is not after `start`", (*path, "until"))
    return Window(start, until, duration, reader.origin(path))


def _standing(reader: Reader) -> StandingGrant:
    grantees = (*_SPEC, "grantees")
    for index in range(len(reader.at(grantees))):
        grantee_name(reader, (*grantees, index))
    return StandingGrant(
        name=_name(reader),
        origin=reader.origin(),
        owner=reader.text((*_SPEC, "owner")),
        reason=_reason(reader, (*_SPEC, "reason")),
        targets=_selector(reader),
        grantees=reader.oracle_names(grantees),
        access=read_access(reader, (*_SPEC, "access")),
        review_by=reader.day((*_SPEC, "reviewBy")),
    )


def _bundle(reader: Reader) -> Bundle:
    return Bundle(
        name=_name(reader),
        origin=reader.origin(),
        description=_reason(reader, (*_SPEC, "description")),
        access=read_access(reader, (*_SPEC, "access")),
    )


def _target(reader: Reader) -> Target:
    connect = (*_SPEC, "connect")
    dsn = reader.text((*connect, "dsn"))
    if has_credentials(dsn):
        reader.fail(
            "target.credentials",
            "the connect string seems to hold a user or a password",
            (*connect, "dsn"),
            "Change that password, then name the environment variable that holds the new one in `passwordEnv`.",
        )
    return Target(
        name=_name(reader),
        origin=reader.origin(),
        labels=reader.mapping((*_SPEC, "labels")),
        dsn=dsn,
        user=reader.oracle_name((*connect, "user")),
        password_env=reader.text((*connect, "passwordEnv")),
        wallet_env=reader.text((*connect, "walletEnv")),
        mode=Mode(reader.text((*_SPEC, "mode"))),
        scope=_scope(reader),
        removals=_removals(reader),
        object_labels=_object_labels(reader),
        audit=Auditing(reader.text((*_SPEC, "audit")) or Auditing.EXISTING),
        reader=_read_account(reader, (*connect, "reader")),
    )


def _read_account(reader: Reader, path: Path) -> ReadAccount | None:
    if not reader.at(path):
        return None
    return ReadAccount(
        user=reader.oracle_name((*path, "user")), password_env=reader.text((*path, "passwordEnv"))
    )


def _scope(reader: Reader) -> Scope:
    path = (*_SPEC, "scope")
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
    path = (*_SPEC, "objectLabels")
    return {
        label: tuple(object_pattern(reader, (*path, label, index)) for index in range(len(listed)))
        for label, listed in sorted((reader.at(path) or {}).items())
    }


def _removals(reader: Reader) -> RemovalLimits:
    path = (*_SPEC, "removals")
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
        release_reason=_reason(reader, (*release, "reason")) if has_release else "",
    )


def _person(reader: Reader) -> Person:
    return Person(
        name=_name(reader),
        origin=reader.origin(),
        display_name=reader.line((*_SPEC, "name")),
        email=reader.text((*_SPEC, "email")),
        kind=reader.text((*_SPEC, "kind")),
        users=_own_users(reader),
        logins=reader.mapping((*_SPEC, "logins")),
        public_keys=tuple(map(str.strip, reader.texts((*_SPEC, "publicKeys")))),
        rotation=_rotation(reader),
    )


def _own_users(reader: Reader) -> tuple[str, ...]:
    """Nobody owns a user or role of somebody's lease: its password could be rotated to him."""
    users = reader.oracle_names((*_SPEC, "users"))
    for index in range(len(users)):
        grantee_name(reader, (*_SPEC, "users", index))
    return users


def _rotation(reader: Reader) -> Rotation | None:
    path = (*_SPEC, "rotation")
    if reader.at(path) is None:
        return None
    every = reader.duration((*path, "every"))
    if not reader.findings and every < timedelta(days=1):
        reader.fail("rotation.too-often", "a password lives at least a day", (*path, "every"))
    if reader.text((*_SPEC, "kind")) != "service":
        reader.fail(
            "rotation.not-a-service",
            "only the passwords of services are rotated; people set their own",
            path,
        )
    if not reader.texts((*_SPEC, "publicKeys")):
        reader.fail(
            "rotation.no-key",
            "a new password is sealed to `publicKeys`, and there are none",
            path,
            "Add a public key whose private part the service or its operators have.",
        )
    return Rotation(
        every=every,
        first=reader.day((*path, "first")),
        targets=_selector_at(reader, (*path, "targets")),
        origin=reader.origin(path),
    )


def _team(reader: Reader) -> Team:
    return Team(
        name=_name(reader), origin=reader.origin(), members=reader.texts((*_SPEC, "members"))
    )


def _policy(reader: Reader) -> Policy:
    minimum = reader.at((*_SPEC, "minReasonLength"))
    return Policy(
        name=_name(reader),
        origin=reader.origin(),
        targets=_selector(reader),
        max_duration=reader.duration((*_SPEC, "maxDuration")),
        requesters=reader.texts((*_SPEC, "requesters")),
        ticket_pattern=_ticket_pattern(reader),
        min_reason_length=1 if minimum is None else int(minimum),
        forbidden=_forbidden(reader),
    )


def _ticket_pattern(reader: Reader) -> str:
    path = (*_SPEC, "ticketPattern")
    pattern = reader.text(path)
    if "--" in pattern:
        # inside a class Python reserves it, and says so on stderr
        reader.fail("policy.ticket-pattern", "not a pattern: `--`", path, "Write `-{2}`.")
        return pattern
    try:
        re.compile(pattern)
    except re.error as error:
        reader.fail("policy.ticket-pattern", f"not a pattern: {error.msg}", path)
    return pattern


def _forbidden(reader: Reader) -> tuple[str, ...]:
    path = (*_SPEC, "forbidden")
    return tuple(
        _ROLE_PREFIX + _role_pattern(text.removeprefix(_ROLE_PREFIX), reader, (*path, index))
        if text.startswith(_ROLE_PREFIX)
        else text
        for index, text in enumerate(reader.texts(path))
    )


def _role_pattern(text: str, reader: Reader, path: Path) -> str:
    if text.startswith('"'):
        return text[1:-1]
    try:
        return text.upper() if "*" in text else names.parse(text)
    except names.InvalidNameError as error:
        reader.fail("name.invalid", str(error), path)
        return ""


def _break_glass(reader: Reader) -> BreakGlass:
    users = {
        person: grantee_name(reader, (*_SPEC, "users", person))
        for person in sorted(reader.at((*_SPEC, "users")) or {})
    }
    seal = (*_SPEC, "seal", "sha256")
    return BreakGlass(
        name=_name(reader),
        origin=reader.origin(),
        reason=_reason(reader, (*_SPEC, "reason")),
        openers=reader.texts((*_SPEC, "openers")),
        users=users,
        targets=reader.texts((*_SPEC, "targets")),
        targets_origin=reader.origin((*_SPEC, "targets")),
        access=read_access(reader, (*_SPEC, "access")),
        longest=_longest(reader),
        notify=_reason(reader, (*_SPEC, "notify")),
        reviewers=reader.texts((*_SPEC, "reviewers")),
        seal=reader.text(seal),
        seal_origin=reader.origin(seal),
        reviews=_reviews(reader),
    )


def _longest(reader: Reader) -> timedelta:
    path = (*_SPEC, "longest")
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
    path = (*_SPEC, "reviews")
    return tuple(_review(reader, (*path, index)) for index in range(len(reader.at(path) or ())))


def _review(reader: Reader, path: Path) -> Review:
    lease = reader.text((*path, "lease"))
    if not lease.startswith(f"{break_glass.PREFIX}{_name(reader)}-"):
        reader.fail(
            "break-glass.other-lease",
            f"`{lease}` is no opening of this document",
            (*path, "lease"),
            f"Its openings are called {break_glass.PREFIX}{_name(reader)}-1 and so on.",
        )
    return Review(
        lease=lease,
        by=reader.text((*path, "by")),
        on=reader.day((*path, "on")),
        findings=_reason(reader, (*path, "findings")),
        origin=reader.origin(path),
    )


_BUILDERS: Mapping[str, Callable[[Reader], Document]] = {
    "AccessRequest": _request,
    "StandingGrant": _standing,
    "Bundle": _bundle,
    "Target": _target,
    "Person": _person,
    "Team": _team,
    "Policy": _policy,
    "BreakGlass": _break_glass,
}
