"""Parsing that can pause: a request has no length, so a parser learns that it is complete only by parsing it.

Parsers are generators that yield when the buffer ends too early and go on from the last whole value once it has grown. A request of many
packets is thus read once, not once per packet.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeAlias, TypeVar

from reconciler.sandbox.wire.codec.primitives import MalformedRequest, NeedMore, Reader

T = TypeVar("T")

Parsing: TypeAlias = Generator[None, None, T]


class UnsupportedRequest(Exception):  # noqa: N818 - reads as what it is
    """A part of the protocol that the stand-in does not speak, so that the rest of the request can't be read."""


def whole(reader: Reader, read: Callable[[Reader], T]) -> Parsing[T]:
    """One value, read again from its beginning whenever the buffer was too short for it."""
    while True:
        start = reader.position
        try:
            value = read(reader)
        except NeedMore:
            reader.position = start
            yield
        else:
            reader.settle()
            return value


def repeated(reader: Reader, read: Callable[[Reader], T], count: int) -> Parsing[list[T]]:
    """`count` values, each read once."""
    if count < 0:
        raise MalformedRequest(f"{count} values")
    values: list[T] = []
    while len(values) < count:
        start = reader.position
        try:
            while len(values) < count:
                start = reader.position
                values.append(read(reader))
                reader.settle()
        except NeedMore:
            reader.position = start
            yield
    return values
