"""Faults that tests order: at the n-th call of a session something breaks, as networks and servers do."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.sandbox.seam import OracleError


class FaultKind(enum.Enum):
    DROP = "drop"  # the connection closes before the call is executed
    DROP_AFTER = "drop-after"  # the call is executed, the answer never arrives
    DELAY = "delay"  # the call waits `seconds` of real time first
    ERROR = "error"  # the call answers ORA-<code>
    KILL = "kill"  # the session is killed, as ALTER SYSTEM KILL SESSION does
    LINGER = "linger"  # a session killed IMMEDIATE stays KILLED for `seconds` of the database clock; 0: until its client notices


_MESSAGES = {
    31: "session marked for kill",
    54: "resource busy and acquire with NOWAIT specified or timeout expired",
    60: "deadlock detected while waiting for resource",
    1031: "insufficient privileges",
    1940: "cannot drop a user that is currently connected",
    4020: "deadlock detected while trying to lock object",
    4021: "timeout occurred while waiting to lock object",
    12805: "parallel query server died unexpectedly",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One order.

    `call` counts from 1 over the calls that match; the fault strikes at that call and at the `times - 1` that follow. `user` limits it
    to sessions of one user; `matching` to statements whose text contains it (any case), those that a block runs too, and then only
    those are counted. Of `linger`, calls are kills, and `user` is whose session is killed.
    """

    kind: FaultKind
    call: int = 1
    times: int = 1
    user: str | None = None
    matching: str | None = None
    seconds: float = 0.0
    code: int = 0
    message: str = ""

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Fault:
        """Raises ValueError for unknown keys or values."""
        unknown = set(values) - set(cls.__slots__)
        if unknown:
            raise ValueError(f"unknown keys of a fault: {', '.join(sorted(unknown))}")
        fault = cls(**{**values, "kind": FaultKind(values.get("kind"))})
        if fault.call < 1 or fault.times < 1 or fault.seconds < 0:
            raise ValueError("call and times count from 1, seconds from 0")
        if fault.kind is FaultKind.ERROR and not 0 < fault.code < 100_000:
            raise ValueError("an error fault needs the number of an ORA error")
        return replace(fault, user=fault.user.upper() if fault.user else None)

    def to_mapping(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"kind": self.kind.value}

    def error(self) -> OracleError:
        return OracleError(
            self.code, self.message or _MESSAGES.get(self.code, "error ordered by a test")
        )


class FaultPlan:
    """The orders of one instance with their counters. The caller holds the instance lock."""

    def __init__(self) -> None:
        self._armed: list[tuple[Fault, int]] = []

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(fault for fault, _ in self._armed)

    def set(self, faults: tuple[Fault, ...]) -> None:
        """Replaces all orders and starts counting anew."""
        self._armed = [(fault, 0) for fault in faults]

    def due(self, user: str, text: str | None) -> tuple[Fault, ...]:
        """Counts one call and gives the faults that strike it.

        `text` is None for the round trip itself and the statement for one that runs inside it; a fault with `matching` looks at
        statements only, one without it at round trips only.
        """
        return self._counted(
            lambda fault: fault.kind is not FaultKind.LINGER and _concerns(fault, user, text)
        )

    def lingering(self, user: str) -> Fault | None:
        """Counts a session of the user that is killed, and gives the fault that makes it stay."""
        due = self._counted(
            lambda fault: fault.kind is FaultKind.LINGER and fault.user in (None, user)
        )
        return due[0] if due else None

    def _counted(self, concerned: Callable[[Fault], bool]) -> tuple[Fault, ...]:
        striking = []
        for index, (fault, seen) in enumerate(self._armed):
            if not concerned(fault):
                continue
            self._armed[index] = (fault, seen + 1)
            if fault.call <= seen + 1 < fault.call + fault.times:
                striking.append(fault)
        return tuple(striking)


def _concerns(fault: Fault, user: str, text: str | None) -> bool:
    if fault.user is not None and fault.user != user:
        return False
    if fault.matching is None:
        return text is None
    return text is not None and fault.matching.upper() in text.upper()
