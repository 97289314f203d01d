"""Which rights show the data of a table, and which change it.

Of rights on objects: SELECT and READ show; REFERENCES tells whether a value is there, and INDEX hands the values to a function of its holder's. UPDATE, INSERT
and DELETE change, and so does ALTER, which can drop a column. The ANY privileges that stand in for them count alike, and DROP ANY TABLE with them. FLASHBACK
and DEBUG show nothing without one of these.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.model.privileges import on_object
from reconciler.planning.effective_giving import any_privileges

SHOWING = ("SELECT", "REFERENCES", "INDEX")
CHANGING = ("UPDATE", "INSERT", "DELETE", "ALTER", "DROP")
"""DROP is no right on an object; it stands for the ANY privilege."""
RIGHTS = (*SHOWING, *CHANGING)
THROUGH_A_VIEW = ("SELECT", "UPDATE", "INSERT", "DELETE")
"""What reaches through a view to the table below it."""

_GIVEN_BY: Mapping[str, frozenset[str]] = {
    right: frozenset((right, *any_privileges(on_object(right, "", ""))))
    | (frozenset({"READ"}) if right == "SELECT" else frozenset())
    for right in RIGHTS
}
ON_OBJECTS = frozenset(RIGHTS) - {"DROP"} | {"READ"}
WIDE = frozenset(name for names in _GIVEN_BY.values() for name in names) - ON_OBJECTS - {"DROP"}
"""The privileges on the whole database or on a schema that show or change data."""


def given_by(names: Collection[str]) -> tuple[str, ...]:
    """The rights that privileges of these names may give, in the order of RIGHTS."""
    return tuple(right for right in RIGHTS if not _GIVEN_BY[right].isdisjoint(names))


def changes(name: str) -> bool:
    """Whether a privilege of this name changes data."""
    return any(name in _GIVEN_BY[right] for right in CHANGING)
