"""User locks of DBMS_LOCK: named or numbered, in the six modes of Oracle, held by sessions."""

from __future__ import annotations

from dataclasses import dataclass, field

NULL_MODE, SS, SX, S, SSX, X = range(1, 7)

# Which modes another session may hold beside a wanted one (Oracle's table of lock compatibility).
_COMPATIBLE = {
    NULL_MODE: {NULL_MODE, SS, SX, S, SSX, X},
    SS: {NULL_MODE, SS, SX, S, SSX},
    SX: {NULL_MODE, SS, SX},
    S: {NULL_MODE, SS, S},
    SSX: {NULL_MODE, SS},
    X: {NULL_MODE},
}
_FIRST_ALLOCATED = 1_073_741_824
_LAST_ALLOCATED = 1_999_999_999

Holder = tuple[int, int]  # SID, serial#


@dataclass(slots=True)
class _Held:
    mode: int
    until_commit: bool


@dataclass(slots=True)
class LockManager:
    """All user locks of an instance. The caller holds the instance lock."""

    _held: dict[int, dict[Holder, _Held]] = field(default_factory=dict)
    _handles: dict[str, str] = field(default_factory=dict)

    def allocate(self, name: str) -> str:
        """The handle of a lock name: 128 characters at most, the same for all sessions."""
        if name not in self._handles:
            number = _FIRST_ALLOCATED + len(self._handles)
            if number > _LAST_ALLOCATED:
                raise OverflowError("all lock handles are in use")
            self._handles[name] = f"{number}{number}{sum(name.encode()) % 1000:03d}"
        return self._handles[name]

    def holds(self, number: int, holder: Holder) -> bool:
        return holder in self._held.get(number, {})

    def try_request(
        self, number: int, mode: int, holder: Holder, *, until_commit: bool = False
    ) -> bool:
        """Takes the lock, or changes the mode it is held in, if no other session's mode stands against it."""
        holders = self._held.setdefault(number, {})
        others = (held.mode for other, held in holders.items() if other != holder)
        if any(other not in _COMPATIBLE[mode] for other in others):
            return False
        holders[holder] = _Held(mode, until_commit)
        return True

    def release(self, number: int, holder: Holder) -> bool:
        """False if the session does not hold the lock."""
        holders = self._held.get(number, {})
        if holders.pop(holder, None) is None:
            return False
        if not holders:
            self._held.pop(number, None)
        return True

    def end_transaction(self, holder: Holder) -> bool:
        """Releases what was to be held until commit or rollback. Says whether there was something."""
        numbers = [
            number
            for number, holders in self._held.items()
            if holder in holders and holders[holder].until_commit
        ]
        for number in numbers:
            self.release(number, holder)
        return bool(numbers)

    def release_all(self, sid: int, serial: int) -> None:
        for number in list(self._held):
            self.release(number, (sid, serial))
