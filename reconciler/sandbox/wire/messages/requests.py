"""A request: the piggybacks and the one call that a client sends before it waits for an answer."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from reconciler.sandbox.wire.codec.primitives import MalformedRequest, Reader, ub
from reconciler.sandbox.wire.messages import authentication, calls, execute
from reconciler.sandbox.wire.messages.authentication import AuthRequest, read_auth_request
from reconciler.sandbox.wire.messages.calls import (
    LobOperation,
    SimpleCall,
    UnsupportedCall,
    read_lob_operation,
)
from reconciler.sandbox.wire.messages.execute import (
    Execute,
    Fetch,
    StatementContext,
    read_execute,
    read_fetch,
    read_reexecute,
)
from reconciler.sandbox.wire.messages.negotiation import (
    DataTypesRequest,
    read_data_types_request,
    read_protocol_request,
)
from reconciler.sandbox.wire.messages.piggybacks import Piggyback, read_piggyback
from reconciler.sandbox.wire.messages.resume import Parsing, UnsupportedRequest, whole

_TOKENS_SINCE = 18


class _Message(enum.IntEnum):
    PROTOCOL = 1
    DATA_TYPES = 2
    FUNCTION = 3
    PIGGYBACK = 17
    FAST_AUTH = 34


@dataclass(frozen=True, slots=True)
class ProtocolRequest:
    """The client's first TTC message in a classic logon."""


@dataclass(frozen=True, slots=True)
class FastAuthRequest:
    """Protocol, data types and the first authentication call in one."""

    data_types: DataTypesRequest
    auth: AuthRequest


Call: TypeAlias = (
    ProtocolRequest
    | DataTypesRequest
    | FastAuthRequest
    | AuthRequest
    | Execute
    | Fetch
    | LobOperation
    | SimpleCall
    | UnsupportedCall
)


@dataclass(frozen=True, slots=True)
class Request:
    """`token` is the number of the operation within a pipeline, 0 outside."""

    call: Call
    piggybacks: tuple[Piggyback, ...] = ()
    token: int = 0


@dataclass(frozen=True, slots=True)
class _Header:
    function: int
    token: int


def read_request(reader: Reader, context: StatementContext) -> Parsing[Request]:
    """A whole request. Raises MalformedRequest when bytes are left over, UnsupportedRequest when the rest can't be read."""
    piggybacks: list[Piggyback] = []
    read_one = partial(read_piggyback, field_version=context.field_version)
    while (kind := (yield from whole(reader, Reader.u8))) == _Message.PIGGYBACK:
        piggybacks.append((yield from whole(reader, read_one)))
    token = 0
    call: Call
    if kind == _Message.FUNCTION:
        header = yield from whole(
            reader, partial(_read_header, field_version=context.field_version)
        )
        token = header.token
        call = yield from _read_call(reader, context, header.function)
    else:
        call = yield from _read_negotiation(reader, kind)
    if reader.remaining:
        raise MalformedRequest(f"{reader.remaining} bytes left over after {call!r:.100}")
    return Request(call, tuple(piggybacks), token)


def _read_header(reader: Reader, field_version: int) -> _Header:
    function = reader.u8()
    reader.u8()
    return _Header(function, reader.ub() if field_version >= _TOKENS_SINCE else 0)


def _read_call(reader: Reader, context: StatementContext, function: int) -> Parsing[Call]:
    match function:
        case authentication.PHASE_ONE | authentication.PHASE_TWO:
            return (yield from whole(reader, partial(read_auth_request, phase=function)))
        case execute.EXECUTE:
            return (yield from read_execute(reader, context))
        case execute.REEXECUTE:
            return (yield from read_reexecute(reader, context, fetch=False))
        case execute.REEXECUTE_AND_FETCH:
            return (yield from read_reexecute(reader, context, fetch=True))
        case execute.FETCH:
            return (yield from whole(reader, read_fetch))
        case calls.LOB_OPERATION:
            return (yield from whole(reader, read_lob_operation))
        case SimpleCall.PIPELINE_END:
            yield from whole(reader, Reader.ub)
            return SimpleCall.PIPELINE_END
        case SimpleCall.LOGOFF | SimpleCall.COMMIT | SimpleCall.ROLLBACK | SimpleCall.PING:
            return SimpleCall(function)
        case _:
            reader.skip(reader.remaining)
            return UnsupportedCall(function)


def _read_negotiation(reader: Reader, kind: int) -> Parsing[Call]:
    match kind:
        case _Message.PROTOCOL:
            yield from whole(reader, read_protocol_request)
            return ProtocolRequest()
        case _Message.DATA_TYPES:
            return (yield from whole(reader, read_data_types_request))
        case _Message.FAST_AUTH:
            return (yield from whole(reader, _read_fast_auth))
        case _:
            raise UnsupportedRequest(f"message type {kind}")


def _expect(reader: Reader, kind: int) -> None:
    found = reader.u8()
    if found != kind:
        raise MalformedRequest(f"message type {found} instead of {kind}")


def _read_fast_auth(reader: Reader) -> FastAuthRequest:
    """The field version used inside this message stands in it; the reply already uses the negotiated one."""
    reader.skip(3)
    _expect(reader, _Message.PROTOCOL)
    read_protocol_request(reader)
    reader.skip(5)
    field_version = reader.u8()
    _expect(reader, _Message.DATA_TYPES)
    data_types = read_data_types_request(reader)
    _expect(reader, _Message.FUNCTION)
    header = _read_header(reader, field_version)
    return FastAuthRequest(data_types, read_auth_request(reader, header.function))


def token_message(token: int) -> bytes:
    """What a reply within a pipeline begins with."""
    return b"\x21" + ub(token)
