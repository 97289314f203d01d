"""DELETE, EXTEND and TRIM of collections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.sandbox.engine.plsql.errors import predefined
from reconciler.sandbox.engine.plsql.values import Collection
from reconciler.sandbox.seam import OracleError


def _delete(collection: Collection, given: list[Any]) -> None:
    if not given:
        collection.elements.clear()
    elif len(given) == 1:
        collection.elements.pop(given[0], None)
    else:
        for key in [key for key in collection.elements if given[0] <= key <= given[1]]:
            del collection.elements[key]


def _extend(collection: Collection, given: list[Any]) -> None:
    if collection.keyed:
        raise OracleError(6550, "PLS-00306: wrong number or types of arguments in call to 'EXTEND'")
    value = collection.elements.get(given[1]) if len(given) > 1 else None
    start = collection.last() or 0
    for offset in range(1, int(given[0] if given else 1) + 1):
        if collection.limit is not None and start + offset > collection.limit:
            raise predefined(6532)
        collection.elements[start + offset] = value


def _trim(collection: Collection, given: list[Any]) -> None:
    count = int(given[0]) if given else 1
    if count > len(collection.elements):
        raise predefined(6533)
    for key in collection.keys()[len(collection.elements) - count :]:
        del collection.elements[key]


PROCEDURES: Mapping[str, Callable[[Collection, list[Any]], None]] = {
    "DELETE": _delete,
    "EXTEND": _extend,
    "TRIM": _trim,
}
