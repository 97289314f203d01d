"""As whom a requester works in the database, and what bounds the sessions: read from a request, and checked against people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.documents.loader import Path
from reconciler.documents.reader import Reader
from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import (
    Access,
    AccessRequest,
    Person,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SystemAccess,
)
from reconciler.model.identities import (
    CREATING_ROLES,
    IdentityKind,
    SessionLimits,
    lets_create_objects,
)
from reconciler.model.logon_networks import LogonNetwork

_RESERVED = (names.LEASE_PREFIX, names.USER_PREFIX)


@dataclass(frozen=True, slots=True)
class Identity:
    """`user` is who gets the access; for a proxy who logs on, and `client` as whom. `origin` is where the document says so."""

    kind: IdentityKind
    user: str
    origin: Origin
    client: str = ""


def read_identity(reader: Reader, spec: Path, request: str) -> Identity:
    """`spec` is where the request is described, `request` its name."""
    identity = (*spec, "identity")
    given = reader.at(identity)
    if "temporary" in given:
        path = (*identity, "temporary")
        return Identity(IdentityKind.TEMPORARY, names.lease_user(request), reader.origin(path))
    if "proxy" in given:
        through, client = (*identity, "proxy", "through"), (*identity, "proxy", "client")
        return Identity(
            IdentityKind.PROXY,
            grantee_name(reader, through),
            reader.origin(through),
            grantee_name(reader, client),
        )
    path = (*identity, "user")
    return Identity(IdentityKind.EXISTING, grantee_name(reader, path), reader.origin(path))


def grantee_name(reader: Reader, path: Path) -> str:
    """The name of a user or role that documents may name: not one that leases make."""
    name = reader.oracle_name(path)
    if name.startswith(_RESERVED):
        whose = "role" if name.startswith(names.LEASE_PREFIX) else "temporary user"
        reader.fail(
            "name.reserved",
            f"{names.display(name)} looks like the {whose} of an access request and gets nothing by itself",
            path,
        )
    return name


def read_session(reader: Reader, spec: Path, kind: IdentityKind) -> SessionLimits:
    session = (*spec, "session")
    given = reader.at(session) or {}
    for key in given:
        _check_use(reader, (*session, key), kind)
    for index in range(len(given.get("from", ()))):
        _check_network(reader, (*session, "from", index))
    per_user = given.get("perUser")
    return SessionLimits(
        idle=reader.duration((*session, "idle")) if "idle" in given else None,
        longest=reader.duration((*session, "longest")) if "longest" in given else None,
        per_user=None if per_user is None else int(per_user),
        networks=reader.texts((*session, "from")),
        kill=given.get("kill") is True,
        read_only=reader.at((*spec, "identity", "temporary", "readOnly")) is True
        if kind is IdentityKind.TEMPORARY
        else False,
    )


def _check_use(reader: Reader, path: Path, kind: IdentityKind) -> None:
    key = path[-1]
    if key == "kill":
        if kind is not IdentityKind.EXISTING:
            reader.fail(
                "request.session-not-possible",
                "`kill` is for existing users: the sessions of temporary users and proxies always end",
                path,
                "Remove `kill`.",
            )
    elif kind is not IdentityKind.TEMPORARY:
        why = _WHY_NOT_NETWORKS if key == "from" else _WHY_NOT_PROFILE
        reader.fail(
            "request.session-not-possible",
            f"`{key}` needs a temporary user: {why}",
            path,
            f"Write `identity: {{temporary: {{}}}}`, or remove `{key}`.",
        )


_WHY_NOT_PROFILE = "the profile of an existing user is not changed"
_WHY_NOT_NETWORKS = "what an existing user logs on to for other work would be limited too"


def _check_network(reader: Reader, path: Path) -> None:
    try:
        LogonNetwork.of(reader.text(path))
    except ValueError as error:
        reader.fail("request.network", f"not a network: {error}", path)


def check_identity(request: AccessRequest, person: Person | None) -> Iterator[Diagnostic]:
    """What of the identity does not fit the requester, None if nobody knows who that is."""
    if person is None:
        return
    if request.identity is IdentityKind.TEMPORARY:
        if not person.public_keys:
            yield Diagnostic(
                "request.no-public-key",
                f"the password of a temporary user is sealed to the requester, and {person.name} has no public key",
                request.user_origin,
                hint="Add `publicKeys` (age recipients or SSH public keys) to the Person document.",
                related=(person.origin,),
            )
        return
    if request.user not in person.users:
        users = ", ".join(map(names.display, person.users)) or "none"
        yield Diagnostic(
            "request.not-own-user",
            f"{names.display(request.user)} is not a database user of {person.name}",
            request.user_origin,
            hint=f"Users of {person.name}: {users}.",
            related=(person.origin,),
        )
    if request.client and request.client == request.user:
        yield Diagnostic(
            "request.own-proxy",
            f"{names.display(request.user)} needs no proxy to work as himself",
            request.user_origin,
            hint="Name another user as `client`, or write `identity: {user: ...}`.",
        )


def grantees_of(request: AccessRequest) -> tuple[tuple[str, Origin], ...]:
    """Who must be in the scope of a target: nobody for a user that is made for the request."""
    if request.identity is IdentityKind.TEMPORARY:
        return ()
    return ((request.user, request.user_origin),)


def wanted_of(
    request: AccessRequest, expanded: Iterable[tuple[Access, Origin]]
) -> tuple[tuple[Access, Origin], ...]:
    """What must be in the scope of a target: the items of the access, and the client of a proxy."""
    if request.identity is not IdentityKind.PROXY:
        return tuple(expanded)
    return ((ProxyAccess(request.client, request.user_origin), request.user_origin),)


def creating_access(
    request: AccessRequest, expanded: Iterable[tuple[Access, Origin]]
) -> Iterator[Diagnostic]:
    """A temporary user who owns objects can't be dropped without losing them, so he gets no right to make any."""
    if request.identity is not IdentityKind.TEMPORARY:
        return
    for item, origin in expanded:
        match item:
            case SystemAccess(privilege=name) if lets_create_objects(name):
                wanted = name
            case RoleAccess(role=name) if name in CREATING_ROLES:
                wanted = f"role {names.display(name)}"
            case QuotaAccess():
                wanted = "a quota"
            case _:
                continue
        yield Diagnostic(
            "request.temporary-creates",
            f"{wanted} lets a temporary user make objects, and who owns objects can't be dropped at the end",
            origin,
            hint="Ask for it with an existing user, or for privileges on objects of another schema.",
        )
