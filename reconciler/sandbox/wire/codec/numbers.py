"""NUMBER: a base-100 exponent and up to 20 base-100 digits.

Positive: exponent byte 193 + exponent, then digits + 1. Negative: the exponent byte inverted, digits 101 - d, and 102 at
the end when there is room. Zero is the single byte 128.
"""

from __future__ import annotations

import decimal
from decimal import Decimal

from reconciler.sandbox.seam import OracleError
from reconciler.sandbox.wire.codec.primitives import MalformedRequest

LONGEST = 21
_ZERO = b"\x01\x80"
_MOST_PAIRS = 20
_BIAS = 193
_LARGEST_EXPONENT = 62
_SMALLEST_EXPONENT = -65
_MINUS_INFINITE_DIGIT = 102
# Odd alignment leaves 39 digits in 20 pairs; 38 is what Oracle promises.
_CONTEXT = decimal.Context(prec=38, rounding=decimal.ROUND_HALF_UP)
_EXACT_INTEGER = 10**38


def encode(value: Decimal | float) -> bytes:
    """The NUMBER with its length byte. Raises ORA-01426 for what a NUMBER cannot hold."""
    if isinstance(value, int) and -_EXACT_INTEGER < value < _EXACT_INTEGER:
        return _encode_integer(int(value))
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise OracleError(1426, "numeric overflow")
    rounded = _CONTEXT.plus(number)
    exponent = rounded.as_tuple().exponent
    assert isinstance(exponent, int)  # finite
    mantissa = int(rounded.scaleb(-exponent, _CONTEXT))
    if mantissa == 0:
        return _ZERO
    if exponent & 1:
        mantissa, exponent = mantissa * 10, exponent - 1
    pairs = _pairs(abs(mantissa))
    return _assemble(pairs, exponent // 2 + len(pairs) - 1, negative=mantissa < 0)


def _encode_integer(value: int) -> bytes:
    if value == 0:
        return _ZERO
    if 0 < value < 100:
        return bytes((2, _BIAS, value + 1))
    pairs = _pairs(abs(value))
    return _assemble(pairs, len(pairs) - 1, negative=value < 0)


def _pairs(mantissa: int) -> list[int]:
    """Base-100 digits, most significant first."""
    pairs = []
    while mantissa:
        mantissa, pair = divmod(mantissa, 100)
        pairs.append(pair)
    pairs.reverse()
    return pairs


def _assemble(pairs: list[int], exponent: int, *, negative: bool) -> bytes:
    while pairs[-1] == 0:
        pairs.pop()
    if exponent > _LARGEST_EXPONENT:
        raise OracleError(1426, "numeric overflow")
    if exponent < _SMALLEST_EXPONENT:
        return _ZERO
    if negative:
        body = [(~(_BIAS + exponent)) & 0xFF, *(101 - pair for pair in pairs)]
        if len(pairs) < _MOST_PAIRS:
            body.append(_MINUS_INFINITE_DIGIT)
    else:
        body = [_BIAS + exponent, *(pair + 1 for pair in pairs)]
    return bytes((len(body), *body))


def decode(data: bytes) -> int | Decimal:
    """An int where the value is whole, else a Decimal. `data` is without the length byte."""
    if not data or len(data) > LONGEST:
        raise MalformedRequest(f"a NUMBER of {len(data)} bytes")
    positive = bool(data[0] & 0x80)
    if len(data) == 1:
        return 0 if positive else -(Decimal(10) ** 126)
    exponent = (data[0] if positive else ~data[0] & 0xFF) - _BIAS
    digits = data[1:]
    if not positive and digits[-1] == _MINUS_INFINITE_DIGIT:
        digits = digits[:-1]
    mantissa = 0
    for digit in digits:
        pair = digit - 1 if positive else 101 - digit
        if not 0 <= pair <= 99:
            raise MalformedRequest("a NUMBER with a digit out of range")
        mantissa = mantissa * 100 + pair
    return _scaled(mantissa if positive else -mantissa, 2 * (exponent - len(digits) + 1))


def _scaled(mantissa: int, exponent: int) -> int | Decimal:
    if exponent >= 0:
        whole: int = mantissa * 10**exponent
        return whole
    with decimal.localcontext(decimal.Context(prec=45)):
        value = Decimal(mantissa).scaleb(exponent)
        return int(value) if value == value.to_integral_value() else value.normalize()
