"""Scalar functions over text and raw values: name -> function(session, *values)."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.conversions import to_integer, to_text
from reconciler.sandbox.seam import OracleError

Function = Callable[..., Any]


def _on_text(change: Callable[[str], Any]) -> Function:
    def function(session: SessionView, value: Any) -> Any:
        text = to_text(session, value)
        return None if text is None else change(text) or None

    return function


def initcap(text: str) -> str:
    return re.sub(r"[^\W_]+", lambda match: match.group().capitalize(), text)


def length(session: SessionView, value: Any) -> int | None:
    text = to_text(session, value)
    return None if text is None else len(text)


def length_in_bytes(session: SessionView, value: Any) -> int | None:
    text = to_text(session, value)
    return None if text is None else len(text.encode())


def substr(session: SessionView, value: Any, start: Any, count: Any = ...) -> str | None:
    """Position 0 counts as 1; a negative one counts from the end."""
    text, first = to_text(session, value), to_integer(start)
    size = None if count is ... else to_integer(count)
    if text is None or first is None or (count is not ... and size is None):
        return None
    if first < 0:
        first += len(text)
        if first < 0:
            return None
    elif first > 0:
        first -= 1
    if size is None:
        return text[first:] or None
    return text[first : first + size] or None if size > 0 else None


def instr(
    session: SessionView, value: Any, part: Any, start: Any = 1, occurrence: Any = 1
) -> int | None:
    """Position of the nth occurrence, 0 if there is none; a negative start searches backwards."""
    text, wanted = to_text(session, value), to_text(session, part)
    first, count = to_integer(start), to_integer(occurrence)
    if text is None or wanted is None or first is None or count is None:
        return None
    if count < 1:
        raise OracleError(1428, f"argument '{count}' is out of range")
    if first == 0:
        return 0
    position = first - 1 if first > 0 else len(text) + first + 1
    found = -1
    for _ in range(count):
        if first > 0:
            found = text.find(wanted, position)
            position = found + 1
        elif position < 1:
            return 0
        else:
            found = text.rfind(wanted, 0, position - 1 + len(wanted))
            position = found
        if found < 0:
            return 0
    return found + 1


def replace(session: SessionView, value: Any, old: Any, new: Any = None) -> str | None:
    text, wanted = to_text(session, value), to_text(session, old)
    if text is None or wanted is None:
        return text
    return text.replace(wanted, to_text(session, new) or "") or None


def translate(session: SessionView, value: Any, old: Any, new: Any) -> str | None:
    text, source, target = (to_text(session, item) for item in (value, old, new))
    if text is None or source is None or target is None:
        return None
    table: dict[int, str] = {}
    for index, char in enumerate(source):
        table.setdefault(ord(char), target[index : index + 1])
    return text.translate(table) or None


def trim(session: SessionView, value: Any, characters: Any = " ", mode: str = "BOTH") -> str | None:
    """TRIM, LTRIM (mode LEADING) and RTRIM (mode TRAILING)."""
    text, chars = to_text(session, value), to_text(session, characters)
    if text is None or chars is None:
        return None
    if mode != "TRAILING":
        text = text.lstrip(chars)
    if mode != "LEADING":
        text = text.rstrip(chars)
    return text or None


def _trim_single(session: SessionView, mode: Any, characters: Any, value: Any) -> str | None:
    text = to_text(session, characters)
    if text is not None and len(text) != 1:
        raise OracleError(30001, "trim set should have only one character")
    return trim(session, value, characters, str(mode))


def _pad(left: bool) -> Function:
    def function(session: SessionView, value: Any, width: Any, filler: Any = " ") -> str | None:
        text, size, fill = to_text(session, value), to_integer(width), to_text(session, filler)
        if text is None or size is None or fill is None or size <= 0:
            return None
        size = min(size, 32767)
        missing = size - len(text)
        if missing <= 0:
            return text[:size]
        padding = (fill * (missing // len(fill) + 1))[:missing]
        return padding + text if left else text + padding

    return function


def chr_(_session: SessionView, code: Any) -> str | None:
    number = to_integer(code)
    return None if number is None else chr(number)


def raw_to_hex(session: SessionView, value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.hex().upper() or None
    text = to_text(session, value)
    return None if text is None else text.encode().hex().upper()


def hex_to_raw(session: SessionView, value: Any) -> bytes | None:
    text = to_text(session, value)
    if text is None:
        return None
    try:
        return bytes.fromhex("0" * (len(text) % 2) + text)
    except ValueError:
        raise OracleError(1465, "invalid hex number") from None


def standard_hash(session: SessionView, value: Any, method: Any = "SHA1") -> bytes:
    name = (to_text(session, method) or "").lower()
    if name not in ("sha1", "sha256", "sha384", "sha512", "md5"):
        raise OracleError(40674, f"invalid hash method '{name}'")
    content = value if isinstance(value, bytes) else (to_text(session, value) or "").encode()
    return hashlib.new(name, content).digest()


def like(session: SessionView, value: Any, pattern: Any, escape: Any = None) -> bool | None:
    """`value LIKE pattern ESCAPE escape`."""
    text, wanted = to_text(session, value), to_text(session, pattern)
    if text is None or wanted is None:
        return None
    return like_pattern(wanted, to_text(session, escape)).fullmatch(text) is not None


@lru_cache(maxsize=512)
def like_pattern(pattern: str, escape: str | None) -> re.Pattern[str]:
    """The regular expression of a LIKE pattern. Raises ORA-01424 and ORA-01425 for a wrong escape."""
    if escape is not None and len(escape) != 1:
        raise OracleError(1425, "escape character must be character string of length 1")
    parts, position = [], 0
    while position < len(pattern):
        char = pattern[position]
        if char == escape:
            position += 1
            if pattern[position : position + 1] not in ("%", "_", escape):
                raise OracleError(
                    1424, "missing or illegal character following the escape character"
                )
            parts.append(re.escape(pattern[position]))
        else:
            parts.append({"%": ".*", "_": "."}.get(char) or re.escape(char))
        position += 1
    return re.compile("".join(parts), re.DOTALL)


_POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
    "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e",
}


_DOLLAR = re.compile(r"\\.|\[\^?\]?[^\]]*\]|\$", re.DOTALL)
"""A dollar sign that is neither escaped nor in brackets, after what it must not be looked for in."""


def _end_of_text(found: re.Match[str]) -> str:
    """Python's dollar sign also matches before a last line break; Oracle's only at the very end, unless lines count one by one."""
    return r"\Z" if found[0] == "$" else found[0]


@lru_cache(maxsize=256)
def regular_expression(pattern: str, options: str) -> re.Pattern[str]:
    """An Oracle regular expression with its match parameter. Raises ORA-12733 or ORA-01760 where Oracle would or Python cannot."""
    flags = 0
    for option in options:
        if option not in "icnmx":
            raise OracleError(1760, "illegal argument for function")
        flags |= {"i": re.IGNORECASE, "n": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}.get(
            option, re.RegexFlag(0)
        )
    for name, members in _POSIX.items():
        pattern = pattern.replace(f"[:{name}:]", members)
    if "m" not in options:
        pattern = _DOLLAR.sub(_end_of_text, pattern)
    try:
        return re.compile(pattern, flags)
    except re.error:
        raise OracleError(12726, "unmatched bracket in regular expression") from None


def _regex_input(
    session: SessionView, value: Any, pattern: Any, options: Any
) -> tuple[str, re.Pattern[str]] | None:
    text, expression = to_text(session, value), to_text(session, pattern)
    if text is None or expression is None:
        return None
    return text, regular_expression(expression, to_text(session, options) or "")


def regexp_like(session: SessionView, value: Any, pattern: Any, options: Any = None) -> bool | None:
    found = _regex_input(session, value, pattern, options)
    return None if found is None else found[1].search(found[0]) is not None


def regexp_substr(
    session: SessionView,
    value: Any,
    pattern: Any,
    start: Any = 1,
    occurrence: Any = 1,
    options: Any = None,
    group: Any = 0,
) -> str | None:
    found = _regex_input(session, value, pattern, options)
    if found is None:
        return None
    matches = found[1].finditer(found[0], (to_integer(start) or 1) - 1)
    for number, match in enumerate(matches, 1):
        if number == to_integer(occurrence):
            return match.group(to_integer(group) or 0) or None
    return None


def regexp_instr(
    session: SessionView, value: Any, pattern: Any, start: Any = 1, occurrence: Any = 1
) -> int | None:
    found = _regex_input(session, value, pattern, None)
    if found is None:
        return None
    for number, match in enumerate(found[1].finditer(found[0], (to_integer(start) or 1) - 1), 1):
        if number == to_integer(occurrence):
            return match.start() + 1
    return 0


def regexp_count(
    session: SessionView, value: Any, pattern: Any, start: Any = 1, options: Any = None
) -> int | None:
    found = _regex_input(session, value, pattern, options)
    if found is None:
        return None
    return sum(1 for _ in found[1].finditer(found[0], (to_integer(start) or 1) - 1))


def regexp_replace(
    session: SessionView,
    value: Any,
    pattern: Any,
    new: Any = None,
    start: Any = 1,
    occurrence: Any = 0,
    options: Any = None,
) -> str | None:
    found = _regex_input(session, value, pattern, options)
    if found is None:
        return to_text(session, value)
    text, expression = found
    template = re.sub(r"\\(?!\d)", r"\\\\", to_text(session, new) or "")
    first, wanted = (to_integer(start) or 1) - 1, to_integer(occurrence) or 0
    if wanted == 0:
        return (text[:first] + expression.sub(template, text[first:])) or None
    for number, match in enumerate(expression.finditer(text, first), 1):
        if number == wanted:
            return (text[: match.start()] + match.expand(template) + text[match.end() :]) or None
    return text


def sys_guid(_session: SessionView) -> bytes:
    return uuid.uuid4().bytes


def ascii_(session: SessionView, value: Any) -> int | None:
    text = to_text(session, value)
    return None if text is None else ord(text[0])


FUNCTIONS: Mapping[str, Function] = {
    "UPPER": _on_text(str.upper),
    "LOWER": _on_text(str.lower),
    "INITCAP": _on_text(initcap),
    "REVERSE": _on_text(lambda text: text[::-1]),
    "LENGTH": length,
    "LENGTHB": length_in_bytes,
    "SUBSTR": substr,
    "INSTR": instr,
    "REPLACE": replace,
    "TRANSLATE": translate,
    "TRIM": _trim_single,
    "LTRIM": lambda session, value, characters=" ": trim(session, value, characters, "LEADING"),
    "RTRIM": lambda session, value, characters=" ": trim(session, value, characters, "TRAILING"),
    "LPAD": _pad(left=True),
    "RPAD": _pad(left=False),
    "CHR": chr_,
    "ASCII": ascii_,
    "RAWTOHEX": raw_to_hex,
    "HEXTORAW": hex_to_raw,
    "STANDARD_HASH": standard_hash,
    "SYS_GUID": sys_guid,
    "REGEXP_LIKE": regexp_like,
    "REGEXP_SUBSTR": regexp_substr,
    "REGEXP_INSTR": regexp_instr,
    "REGEXP_COUNT": regexp_count,
    "REGEXP_REPLACE": regexp_replace,
}
