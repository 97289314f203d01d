"""Format models of numbers in TO_CHAR and TO_NUMBER, with the decimal point and the commas of American English."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from reconciler.sandbox.engine.sql.values import format_number
from reconciler.sandbox.seam import OracleError

_NUMBER_MODEL = re.compile(r"(?:FM)?[$LS]?[09,G]*(?:[.D][09]*)?(?:MI|PR|S)?")


def format_number_model(value: int | Decimal, model: str) -> str:
    """TO_CHAR of a number. A number too wide gives `#` signs. Raises ORA-01481 for a model that is not understood."""
    upper = model.upper()
    if upper in ("TM", "TM9"):
        return format_number(value)
    if re.fullmatch(r"(?:FM)?0?X+", upper):
        return _hexadecimal(value, model)
    if not _NUMBER_MODEL.fullmatch(upper) or not re.search("[09]", upper):
        raise OracleError(1481, "invalid number format model")
    trim = upper.startswith("FM")
    body = upper[2:] if trim else upper
    mask = re.sub(r"^[$LS]|MI$|PR$|S$", "", body).replace("G", ",").replace("D", ".")
    whole, point, fraction = mask.partition(".")
    width = len(mask) + 1 + body.startswith(("$", "L"))
    digits = format(
        abs(Decimal(value)).quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP), "f"
    )
    text = _fill(whole, digits.partition(".")[0], zero="" if fraction else "0")
    if text is None:
        return "#" * width
    decimals = digits.partition(".")[2]
    if trim:
        decimals = decimals.rstrip("0").ljust(fraction.rfind("0") + 1, "0")
    number = text + point + decimals
    if body.startswith(("$", "L")):
        number = "$" + number
    signed = _signed(number, body, value < 0)
    return signed.strip() if trim else signed.rjust(width)


def _hexadecimal(value: int | Decimal, model: str) -> str:
    trim = model.upper().startswith("FM")
    places = len(model) - 2 * trim
    text = format(int(value), "x" if "x" in model else "X")
    if len(text) > places or value < 0:
        return "#" * (places + 1)
    if model.upper().lstrip("FM").startswith("0"):
        text = text.rjust(places, "0")
    return text if trim else text.rjust(places + 1)


def _fill(mask: str, digits: str, zero: str) -> str | None:
    """The whole part under its mask; None if it does not fit. `zero` stands for no digits at all."""
    places = sum(char in "09" for char in mask)
    digits = digits.lstrip("0")
    if len(digits) > places:
        return None
    zeros_from = mask.find("0")
    needed = sum(char in "09" for char in mask[zeros_from:]) if zeros_from >= 0 else 0
    if not places:
        return ""
    digits = digits.rjust(needed, "0") or zero
    result, left = "", list(digits)
    for char in reversed(mask):
        if not left:
            break
        result = ("," if char == "," else left.pop()) + result
    return result.lstrip(",")


def _signed(number: str, body: str, negative: bool) -> str:
    if body.endswith("MI"):
        return number + ("-" if negative else " ")
    if body.endswith("PR"):
        return f"<{number}>" if negative else f" {number} "
    if body.endswith("S"):
        return number + ("-" if negative else "+")
    if body.startswith("S"):
        return ("-" if negative else "+") + number
    return ("-" if negative else "") + number


def parse_number_model(text: str, model: str) -> Decimal:
    """TO_NUMBER with a format. Raises ORA-01722."""
    upper = model.upper()
    if re.fullmatch(r"(?:FM)?0?X+", upper):
        try:
            return Decimal(int(text.strip(), 16))
        except ValueError:
            raise OracleError(1722, "invalid number") from None
    cleaned = (
        text.strip().replace("$", "").replace(",", "" if "," in upper or "G" in upper else ",")
    )
    if cleaned.endswith("-") and upper.endswith(("MI", "S")):
        cleaned = "-" + cleaned[:-1]
    if not re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)", cleaned):
        raise OracleError(1722, "invalid number")
    whole = cleaned.lstrip("+-").partition(".")[0].lstrip("0")
    if len(whole) > sum(char in "09" for char in re.split("[.D]", upper)[0]):
        raise OracleError(1722, "invalid number")
    return Decimal(cleaned)
