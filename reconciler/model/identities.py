"""Who a lease is for in the database, what bounds the sessions, and what has to go with it at the end."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple, Self

from reconciler.model.privileges import Entitlement, from_json, to_json


class IdentityKind(enum.StrEnum):
    """As whom the requester works."""

    EXISTING = "existing"  # a database user who is there already
    TEMPORARY = "temporary"  # a user made for the lease and dropped with it
    PROXY = "proxy"  # an existing user, logged on with the requester's own password


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What bounds the sessions of a lease; None and empty mean no bound. `idle` and `longest` act only while RESOURCE_LIMIT is TRUE (CREATE PROFILE).

    `networks` are the client networks a logon may come from, in CIDR form. `kill` ends the sessions of an existing user with the lease.
    """

    idle: timedelta | None = None
    longest: timedelta | None = None
    per_user: int | None = None
    networks: tuple[str, ...] = ()
    kill: bool = False

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


ROLE_ONLY = Ending()
"""The end of a lease that leaves nothing when its role is gone."""


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
