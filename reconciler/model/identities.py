"""Who a lease is for in the database, what bounds the sessions, and what has to go with it at the end."""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple, Self

from reconciler.model import names
from reconciler.model.privileges import Entitlement, from_json, proxy, system, to_json


class IdentityKind(enum.StrEnum):
    """As whom the requester works."""

    EXISTING = "existing"  # a database user who is there already
    TEMPORARY = "temporary"  # a user made for the lease and dropped with it
    PROXY = "proxy"  # an existing user, logged on with the requester's own password


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What bounds the sessions of a lease; None and empty mean no bound. `idle` and `longest` act only while RESOURCE_LIMIT is TRUE (CREATE PROFILE).

    `networks` are the client networks a logon may come from, in CIDR form. `kill` ends the sessions of an existing user with the lease.
    `read_only` makes a temporary user who can change nothing (release 23 and later).
    """

    idle: timedelta | None = None
    longest: timedelta | None = None
    per_user: int | None = None
    networks: tuple[str, ...] = ()
    kill: bool = False
    read_only: bool = False

    @property
    def needs_profile(self) -> bool:
        return (self.idle, self.longest, self.per_user) != (None, None, None)


NO_LIMITS = SessionLimits()


class Ending(NamedTuple):
    """What goes at the end of a lease besides its role and what the role holds.

    `temporary_user` is locked first, loses its sessions, and is dropped. `kill_sessions_of` is an existing user whose sessions the request wants ended.
    `direct` are entitlements that no role can hold: those of proxy identities, whose sessions end too.
    """

    temporary_user: str = ""
    kill_sessions_of: str = ""
    direct: tuple[Entitlement, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Empty parts are left out."""
        parts = {
            "temporary_user": self.temporary_user,
            "kill_sessions_of": self.kill_sessions_of,
            "direct": [to_json(entitlement) for entitlement in self.direct],
        }
        return {key: value for key, value in parts.items() if value}

    @classmethod
    def from_json(cls, parts: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            str(parts.get("temporary_user", "")),
            str(parts.get("kill_sessions_of", "")),
            tuple(from_json(row) for row in parts.get("direct", ())),
        )

    def fits(self, lease_id: str) -> bool:
        """Whether a lease of this id can end so: no other temporary user than its own, and nothing outside its role but rights to log on as a client. What was
        read from outside is carried out only then."""
        own = ("", names.lease_user(lease_id)) if lease_id else ("",)
        return self.temporary_user in own and all(
            right == Entitlement(right.grantee, proxy(right.privilege.owner))
            for right in self.direct
        )


ROLE_ONLY = Ending()
"""The end of a lease that leaves nothing when its role is gone."""


LOG_ON = system("CREATE SESSION")
"""What a user who was made for a lease has from nowhere else."""

CREATING_ROLES = frozenset({"DBA", "IMP_FULL_DATABASE", "RESOURCE"})
"""Roles of Oracle's that hold system privileges to create objects, known without looking into a database."""


def lets_create_objects(system_privilege: str) -> bool:
    """Whether who holds the system privilege could come to own objects: then DROP USER without CASCADE fails (ORA-01922)."""
    if system_privilege == "UNLIMITED TABLESPACE":
        return True
    return system_privilege.startswith("CREATE ") and system_privilege not in _CREATE_NO_OBJECT


_CREATE_NO_OBJECT = frozenset({"CREATE SESSION", "CREATE ROLE", "CREATE USER", "CREATE PROFILE"})
"""What these create has no owner. CREATE ANY privileges count as creating: they work in one's own schema too."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile made for temporary users; its name says its limits, so equal limits share one. Minutes, as CREATE PROFILE takes them."""

    name: str
    idle: int | None
    longest: int | None
    per_user: int | None


def profile_of(limits: SessionLimits) -> Profile | None:
    """The profile that enforces the limits, None when they need none. Parts of a minute count as a whole one."""
    if not limits.needs_profile:
        return None
    idle, longest = _minutes(limits.idle), _minutes(limits.longest)
    parts = (("I", idle), ("L", longest), ("S", limits.per_user))
    name = "_".join(f"{letter}{number}" for letter, number in parts if number is not None)
    return Profile(f"JITP_{name}", idle, longest, limits.per_user)


def _minutes(length: timedelta | None) -> int | None:
    return None if length is None else max(1, -(-length // timedelta(minutes=1)))


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A view that shows some columns of an object: Oracle has no column list for SELECT. It lives in the gatekeeper's schema, is shared by everybody who
    may read these columns, and is dropped when nobody may. `columns` are in the order of their names."""

    name: str
    owner: str
    object: str
    columns: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "owner": self.owner,
            "object": self.object,
            "columns": list(self.columns),
        }

    @classmethod
    def from_json(cls, parts: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`. Raises KeyError or TypeError for anything else."""
        columns = tuple(map(str, parts["columns"]))
        return cls(str(parts["name"]), str(parts["owner"]), str(parts["object"]), columns)


THROUGH_VIEWS = frozenset({"SELECT", "READ"})
"""Object privileges that take columns only through a view (SQL Language Reference, GRANT: column lists are for INSERT, REFERENCES and UPDATE)."""

_DIGITS = 16
_OUR_NAME = re.compile(rf"[A-Z][A-Z0-9_$#]*\$[0-9A-F]{{{_DIGITS}}}\Z")


def column_view(owner: str, object_name: str, columns: Iterable[str]) -> ColumnView:
    """The view that shows these columns, each once; the same columns are always the same view.

    Its name needs no quotes, whatever the names below it: the readable part is made plain, and what tells views apart is the end of it, a digest of the
    exact names.
    """
    ordered = tuple(sorted(set(columns)))
    exact = ".".join(map(names.quote, (owner, object_name, *ordered)))
    digest = hashlib.sha256(exact.encode()).hexdigest()[:_DIGITS].upper()
    readable = re.sub(r"[^A-Z0-9_$#]", "_", f"{owner}${object_name}".upper())
    if not re.match("[A-Z]", readable):
        readable = f"V{readable}"
    readable = readable[: names.MAX_BYTES - _DIGITS - 1]
    return ColumnView(f"{readable}${digest}", owner, object_name, ordered)


def is_column_view_name(name: str) -> bool:
    """Whether a view of this name is one that `column_view` names."""
    return _OUR_NAME.match(name) is not None


def is_through_view(entitlement: Entitlement) -> bool:
    """Whether it is a privilege on something in the gatekeeper's schema whose name is a column view's."""
    privilege = entitlement.privilege
    return privilege.owner == names.GATE_SCHEMA and is_column_view_name(privilege.object)
