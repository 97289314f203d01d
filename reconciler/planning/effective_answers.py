"""Who can do something, and why somebody can: the questions people ask of effective access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.model.access import EVERYBODY, Enabling, Holder, Way
from reconciler.model.privileges import OWNED_BY_SYS, Kind, Privilege, system
from reconciler.model.snapshot import Snapshot
from reconciler.planning.effective import ENABLING, Access, Explanations, Search
from reconciler.planning.effective_giving import is_oracles, is_owned

_LOG_ON = system("CREATE SESSION")


def who_can(
    privilege: Privilege, access: Access, explained: Explanations | None = None
) -> tuple[Holder, ...]:
    """Everybody who has it, or may log on as a user who has: PUBLIC, then users, then roles, each by name. PUBLIC stands for all users; they are not
    listed for what it has."""
    giving = access.giving(privilege)
    found = access.holders(giving)
    snapshot = access.holdings.snapshot
    if is_owned(privilege, privilege.owner) and privilege.owner in snapshot.users:
        found.add(privilege.owner)
    found |= {proxy for name in found for proxy in access.proxies_of(name)}
    asking = _Asking(privilege, access, explained or {})
    holders = [asking.holder(name, with_public=False) for name in found]
    return tuple(sorted(holders, key=_rank))


def why(
    grantee: str, privilege: Privilege, access: Access, explained: Explanations | None = None
) -> Holder:
    """The user, role or PUBLIC with every way to the privilege; a user's through PUBLIC too, and as another user whose proxy it is."""
    is_role = grantee in access.holdings.snapshot.roles
    return _Asking(privilege, access, explained or {}).holder(grantee, with_public=not is_role)


def is_read(privilege: Privilege, snapshot: Snapshot) -> bool:
    """Whether all grants that could give it are in a snapshot: those on objects of Oracle's own schemas are not, and not what Oracle grants to PUBLIC on
    each user."""
    if privilege.kind not in (Kind.OBJECT, Kind.COLUMN):
        return True
    if privilege.on in OWNED_BY_SYS:
        return privilege.name != "INHERIT PRIVILEGES"
    return not is_oracles(privilege.owner, snapshot)


def ordered_ways(ways: Iterable[Way]) -> tuple[Way, ...]:
    """What a session of its own has comes first, and of that what a new one has, then what gives all of it, then the shorter way, then by name."""
    enabling = list(Enabling)
    return tuple(
        sorted(
            set(ways),
            key=lambda way: (
                way.client,
                enabling.index(way.enabling),
                not way.is_whole,
                len(way.through),
                way.through,
                way.end,
                way.columns,
            ),
        )
    )


def _rank(holder: Holder) -> tuple[bool, bool, str]:
    return holder.name != EVERYBODY, holder.is_role, holder.name


class _Asking:
    """One question to one snapshot."""

    def __init__(self, privilege: Privilege, access: Access, explained: Explanations) -> None:
        self._access = access
        self._snapshot = access.holdings.snapshot
        self._search = Search(access, access.giving(privilege), explained)
        self._logging_on = Search(access, access.giving(_LOG_ON), {})
        self._complete = is_read(privilege, self._snapshot)

    def holder(self, name: str, *, with_public: bool) -> Holder:
        user, role = self._snapshot.users.get(name), self._snapshot.roles.get(name)
        return Holder(
            name=name,
            ways=ordered_ways(self._ways(name, with_public=with_public)),
            is_role=role is not None,
            status=user.status if user else "",
            oracle_maintained=any(
                account is not None and account.oracle_maintained for account in (user, role)
            ),
            can_log_on=user is None or ("LOCKED" not in user.status and self._may_log_on(name)),
            enabling=ENABLING.get(role.authentication, Enabling.AT_LOGON)
            if role
            else Enabling.AT_LOGON,
            complete=self._complete,
        )

    def _ways(self, name: str, *, with_public: bool) -> Iterator[Way]:
        """A proxy goes one step only; whether it may use all roles of the client is not looked at."""
        yield from self._search.ways(name, with_public=with_public)
        for client in self._access.clients_of(name):
            for way in self._search.ways(client, with_public=False):
                yield replace(way, grantee=name, client=client)

    def _may_log_on(self, user: str) -> bool:
        return user == "SYS" or any(self._at_logon(user))

    def _at_logon(self, user: str) -> Iterator[bool]:
        return (way.enabling is Enabling.AT_LOGON for way in self._logging_on.ways(user))
