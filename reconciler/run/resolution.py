"""What became of planned effects that no outcome tells of, because the run was killed: the dictionary knows, and only it is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.model import names
from reconciler.model.instants import parse_instant
from reconciler.model.ledger import LedgerState
from reconciler.model.privileges import Entitlement, Kind, line
from reconciler.model.snapshot import Snapshot

_FIELDS = 9  # of an entitlement's line
_OPTION = "option"
Row = tuple[str, ...]
"""An entitlement as the fields of its line: grantee, kind, name, owner, object, column, on, option, second option."""


class Dictionary:
    """A snapshot, to be asked about effect lines (`changes.effect_line`)."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._entitlements: dict[Row, Entitlement] = {}
        self._by_subject: dict[Row, set[tuple[Row, str]]] = defaultdict(set)
        for held in snapshot.grants:
            row = _row(held.entitlement)
            self._entitlements[row] = held.entitlement
            self._by_subject[_subject(row)].add((row, held.grantor))

    def entitlement(self, row: Row) -> Entitlement | None:
        """The entitlement if somebody granted it, also when it is held with the option that the row does not name."""
        found = self._entitlements.get(row)
        if found is None and not row[-2]:
            found = self._entitlements.get((*row[:-2], _OPTION, row[-1]))
            found = found._replace(with_option=False) if found else None
        return found

    def rows_of(self, subject: Row, grantor: str) -> set[Row]:
        return {row for row, by in self._by_subject.get(subject, ()) if by == grantor}

    def is_in_force(self, effect: str) -> bool:
        """Whether the database is as the effect would have left it."""
        kind, *fields = effect.split("\t")
        match kind:
            case "grant":
                return self.entitlement(tuple(fields)) is not None
            case "revoke":
                revoked, grantor = _revoked(fields)
                return revoked not in self.rows_of(_subject(revoked), grantor)
            case "narrow":
                revoked, grantor = _revoked(fields)
                return self.rows_of(_subject(revoked), grantor) == _kept(fields)
            case "create-role":
                return fields[0] in self._snapshot.roles
            case "drop-role":
                return fields[0] not in self._snapshot.roles
            case "create-user":
                return fields[0] in self._snapshot.users
            case "unlock-user" | "lock-user":
                return self._is_locked(fields[0]) is (kind == "lock-user")
            case "drop-user":
                return fields[0] not in self._snapshot.users
            case "create-profile" | "drop-profile":
                there = fields[0] in self._snapshot.profiles
                return there is (kind == "create-profile")
            case "set-read-only":
                account = self._snapshot.users.get(fields[0])
                return account is not None and account.read_only
            case "set-profile":
                account = self._snapshot.users.get(fields[0])
                return account is not None and account.profile == (fields[2] or "DEFAULT")
            case "set-networks":
                held = self._snapshot.logon_networks.get(fields[0], ())
                return [row.network for row in held] == fields[2:]
            case "clear-networks":
                return fields[0] not in self._snapshot.logon_networks
            case "create-view" | "drop-view":
                there = fields[0] in self._snapshot.column_views
                return there is (kind == "create-view")
            case "drop-deadline":
                return fields[0] not in self._snapshot.deadlines
            case "arm-deadline" | "move-deadline":
                return self._is_armed(fields[0], fields[2])
            case _:
                return False

    def _is_locked(self, user: str) -> bool:
        """A user who is gone can't log on either."""
        account = self._snapshot.users.get(user)
        return account is None or "LOCKED" in account.status

    def _is_armed(self, role: str, end: str) -> bool:
        job = self._snapshot.deadlines.get(role)
        if job is None:
            return False
        # an end that counts from the run's own instant is whatever the job says
        return job.enabled if end.startswith("+") else job.is_armed_for(parse_instant(end))


def readable(effect: str) -> str:
    """An effect line for people."""
    return " ".join(part for part in effect.split("\t") if part)


def settle(
    granted: frozenset[Entitlement], effects: Iterable[str], dictionary: Dictionary
) -> frozenset[Entitlement]:
    """The standing entitlements that are ours, after effects of which only the dictionary tells whether they happened."""
    ours = {_row(entitlement): entitlement for entitlement in granted}
    for effect in effects:
        kind, *fields = effect.split("\t")
        if kind == "grant":
            found = dictionary.entitlement(tuple(fields))
            if found is not None and not _is_lease(found):
                ours[tuple(fields)] = found
        elif kind == "revoke" and dictionary.is_in_force(effect):
            ours.pop(_revoked(fields)[0], None)
        elif kind == "narrow":
            _settle_narrowing(ours, fields, dictionary)
    return frozenset(ours.values())


def settled(state: LedgerState, snapshot: Snapshot) -> LedgerState:
    """The state with what a killed run granted and revoked before it died: nothing else would know that these grants are ours."""
    if state.open_intent is None:
        return state
    granted = settle(state.granted, state.open_intent.effects, Dictionary(snapshot))
    return replace(state, granted=granted)


def _settle_narrowing(
    ours: dict[Row, Entitlement], fields: Sequence[str], dictionary: Dictionary
) -> None:
    """What was left out is ours no more once it is gone, whether or not the rest was granted back."""
    (revoked, grantor), keep = _revoked(fields), _kept(fields)
    subject = _subject(revoked)
    if dictionary.rows_of(subject, grantor) <= keep:
        for row in [row for row in ours if _subject(row) == subject and row not in keep]:
            del ours[row]


def _is_lease(entitlement: Entitlement) -> bool:
    """What a lease gives is recorded with the lease."""
    return entitlement.grantee.startswith(names.LEASE_PREFIX) or (
        entitlement.privilege.name.startswith(names.LEASE_PREFIX)
    )


def _row(entitlement: Entitlement) -> Row:
    return tuple(line(entitlement).split("\t"))


def _revoked(fields: Sequence[str]) -> tuple[Row, str]:
    """What a revoke or a narrowing takes, and whose grant it is."""
    return tuple(fields[:_FIELDS]), fields[_FIELDS]


def _kept(fields: Sequence[str]) -> set[Row]:
    """What a narrowing leaves."""
    starts = range(_FIELDS + 1, len(fields), _FIELDS)
    return {tuple(fields[start : start + _FIELDS]) for start in starts}


def _subject(row: Row) -> Row:
    """The same privilege of the same grantee on the same object, whichever column."""
    grantee, kind, name, owner, object_name, _, on, _, _ = row
    if kind == Kind.QUOTA:  # a tablespace has one quota of a user, whatever its size
        return grantee, kind, object_name
    return grantee, name, owner, object_name, on
