"""Format models of dates and timestamps in TO_CHAR, TO_DATE and TO_TIMESTAMP, in American English as NLS_LANGUAGE here always is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from reconciler.sandbox.engine.sql.values import format_offset, parse_offset
from reconciler.sandbox.seam import OracleError

MONTHS = (
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
)
_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_ELEMENT = re.compile(
    r'"[^"]*"|SYYYY|YYYY|YYY|YY|Y|RRRR|RR|IYYY|MONTH|MON|MM|DDD|DD|DAY|DY|D|HH24|HH12|HH|MI|SSSSS|SS|FF[1-9]?|'
    r"A\.M\.|P\.M\.|AM|PM|A\.D\.|B\.C\.|AD|BC|Q|WW|IW|W|J|TZH|TZM|TZR|TZD|X|FM|FX|[-/,.;: ]+",
    re.IGNORECASE,
)


def elements(model: str) -> list[str]:
    """A date format in its elements. Raises ORA-01821 for what is none."""
    found, position = [], 0
    while position < len(model):
        match = _ELEMENT.match(model, position)
        if match is None:
            raise OracleError(1821, "date format not recognized")
        found.append(match.group())
        position = match.end()
    return found


def _same_case(model: str, text: str) -> str:
    """Text in the case that the element asks for."""
    if model[:2].isupper():
        return text.upper()
    return text.capitalize() if model[:1].isupper() else text.lower()


def _zone_of(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    return timedelta(0) if offset is None else offset


def _number_field(width: int, value: Callable[[datetime], int]) -> Callable[[datetime, bool], str]:
    return lambda moment, trim: str(value(moment)) if trim else f"{value(moment):0{width}d}"


_FIELDS: dict[str, Callable[[datetime, bool], str]] = {
    "SYYYY": lambda d, trim: f"{d.year:d}" if trim else f" {d.year:04d}",
    "YYYY": _number_field(4, lambda d: d.year),
    "RRRR": _number_field(4, lambda d: d.year),
    "YYY": _number_field(3, lambda d: d.year % 1000),
    "YY": _number_field(2, lambda d: d.year % 100),
    "RR": _number_field(2, lambda d: d.year % 100),
    "Y": _number_field(1, lambda d: d.year % 10),
    "IYYY": _number_field(4, lambda d: d.isocalendar().year),
    "MM": _number_field(2, lambda d: d.month),
    "DD": _number_field(2, lambda d: d.day),
    "DDD": _number_field(3, lambda d: d.timetuple().tm_yday),
    "D": _number_field(1, lambda d: d.isoweekday() % 7 + 1),
    "HH24": _number_field(2, lambda d: d.hour),
    "HH12": _number_field(2, lambda d: d.hour % 12 or 12),
    "HH": _number_field(2, lambda d: d.hour % 12 or 12),
    "MI": _number_field(2, lambda d: d.minute),
    "SS": _number_field(2, lambda d: d.second),
    "SSSSS": _number_field(5, lambda d: d.hour * 3600 + d.minute * 60 + d.second),
    "Q": _number_field(1, lambda d: (d.month + 2) // 3),
    "WW": _number_field(2, lambda d: (d.timetuple().tm_yday + 6) // 7),
    "IW": _number_field(2, lambda d: d.isocalendar().week),
    "W": _number_field(1, lambda d: (d.day + 6) // 7),
    "J": _number_field(7, lambda d: d.toordinal() + 1721425),
    "X": lambda _, __: ".",
    "TZH": lambda d, _: format_offset(_zone_of(d))[:3],
    "TZM": lambda d, _: format_offset(_zone_of(d))[4:],
    "TZR": lambda d, _: format_offset(_zone_of(d)),
    "TZD": lambda _, __: "",
}


def format_instant(moment: datetime, model: str) -> str:
    """TO_CHAR of a date or timestamp. FM toggles the suppression of padding."""
    found, trim = [], False
    for element in elements(model):
        key = element.upper()
        if key == "FM":
            trim = not trim
        elif key != "FX":
            found.append(_format_element(moment, element, key, trim))
    return "".join(found)


def _format_element(moment: datetime, element: str, key: str, trim: bool) -> str:
    if key in _FIELDS:
        return _FIELDS[key](moment, trim)
    if key in ("MONTH", "DAY"):
        name = MONTHS[moment.month - 1] if key == "MONTH" else _DAYS[moment.weekday()]
        return _same_case(element, name if trim else name.ljust(9))
    if key in ("MON", "DY"):
        name = MONTHS[moment.month - 1] if key == "MON" else _DAYS[moment.weekday()]
        return _same_case(element, name[:3])
    if key.startswith("FF"):
        return f"{moment.microsecond:06d}000"[: int(key[2:] or 6)]
    if key in ("AM", "PM", "A.M.", "P.M."):
        word = "AM" if moment.hour < 12 else "PM"
        return _same_case(element, word if len(key) == 2 else f"{word[0]}.M.")
    if key in ("AD", "BC", "A.D.", "B.C."):
        return _same_case(element, "AD" if len(key) == 2 else "A.D.")
    return element.strip('"') if element.startswith('"') else element


# --- reading -----------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """What has been read of a text, and where."""

    text: str
    now: datetime
    position: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    zone: str | None = None

    def digits(self, most: int) -> int:
        match = re.compile(rf"\d{{1,{most}}}").match(self.text, self.position)
        if match is None:
            if self.position >= len(self.text):
                raise OracleError(1840, "input value not long enough for date format")
            raise OracleError(
                1858, "a non-numeric character was found where a numeric was expected"
            )
        self.position = match.end()
        return int(match.group())


_DIGITS = {"YYYY": 4, "RRRR": 4, "SYYYY": 4, "YYY": 3, "YY": 2, "RR": 2, "Y": 1, "MM": 2, "DD": 2}
_DIGITS |= {"DDD": 3, "HH24": 2, "HH12": 2, "HH": 2, "MI": 2, "SS": 2, "SSSSS": 5, "J": 7}


def parse_instant(text: str, model: str, now: datetime) -> datetime:
    """TO_DATE and TO_TIMESTAMP_TZ: naive unless the model has a zone. `now` gives year and month when the model has none."""
    reading = _Reading(text.strip(), now)
    for element in elements(model):
        if reading.position >= len(reading.text) and not element.strip(' -/,.;:"'):
            continue
        _read_element(reading, element)
    while reading.text[reading.position : reading.position + 1] == " ":
        reading.position += 1
    if reading.position < len(reading.text):
        raise OracleError(1830, "date format picture ends before converting entire input string")
    return _assemble(reading)


def _read_element(reading: _Reading, element: str) -> None:
    key = element.upper()
    if key in ("FM", "FX"):
        return
    if key in _DIGITS:
        _read_number(reading, key)
    elif key in ("MON", "MONTH"):
        _read_month(reading)
    elif key in ("DAY", "DY"):
        reading.position = _skip_word(reading)
    elif key.startswith("FF"):
        _read_fraction(reading)
    elif key in ("AM", "PM", "A.M.", "P.M."):
        _read_meridian(reading, len(key))
    elif key in ("TZH", "TZM", "TZR"):
        _read_zone(reading, key)
    elif key in ("AD", "BC", "A.D.", "B.C.", "D", "Q", "WW", "IW", "W", "IYYY", "TZD"):
        raise OracleError(1820, "format code cannot appear in date input format")
    else:
        _read_punctuation(reading, element)


def _read_punctuation(reading: _Reading, element: str) -> None:
    if element.startswith('"'):
        literal = element.strip('"')
        if reading.text[reading.position : reading.position + len(literal)] != literal:
            raise OracleError(1861, "literal does not match format string")
        reading.position += len(literal)
        return
    for char in "." if element in "xX" else element:
        following = reading.text[reading.position : reading.position + 1]
        if char == " " and following in ("+", "-"):
            continue  # the sign of a time zone
        if following == char or (following and not following.isalnum()):
            reading.position += 1
        elif char != " " and following:
            raise OracleError(1861, "literal does not match format string")


def _read_number(reading: _Reading, key: str) -> None:
    start = reading.position
    value = reading.digits(_DIGITS[key])
    length = reading.position - start
    if key in ("YY", "RR", "YYY", "Y") or (key == "RRRR" and length <= 2):
        century = reading.now.year // 100
        if "R" in key and value < 50 <= reading.now.year % 100:
            century += 1
        elif "R" in key and value >= 50 > reading.now.year % 100:
            century -= 1
        value += century * 100 if length <= 2 else reading.now.year // 1000 * 1000
    name = "YEAR" if key[0] in "YRS" and key not in ("SS", "SSSSS") else key
    reading.fields["HH" if name == "HH12" else name] = value


def _read_month(reading: _Reading) -> None:
    rest = reading.text[reading.position :].upper()
    for number, name in enumerate(MONTHS, 1):
        for spelling in (name, name[:3]):
            if rest.startswith(spelling):
                reading.position += len(spelling)
                reading.fields["MM"] = number
                return
    raise OracleError(1843, "not a valid month")


def _skip_word(reading: _Reading) -> int:
    match = re.compile(r"[A-Za-z]+").match(reading.text, reading.position)
    if match is None:
        raise OracleError(1846, "not a valid day of the week")
    return match.end()


def _read_fraction(reading: _Reading) -> None:
    match = re.compile(r"\d{1,9}").match(reading.text, reading.position)
    if match is not None:
        reading.position = match.end()
        reading.fields["FF"] = int(match.group().ljust(6, "0")[:6])


def _read_meridian(reading: _Reading, length: int) -> None:
    word = reading.text[reading.position : reading.position + length].upper().replace(".", "")
    if word not in ("AM", "PM"):
        raise OracleError(1855, "AM/A.M. or PM/P.M. required")
    reading.position += length
    reading.fields["PM"] = int(word == "PM")


def _read_zone(reading: _Reading, key: str) -> None:
    pattern = {"TZH": r"[+-]?\d{1,2}", "TZM": r"\d{2}"}.get(key, r"[+-]\d{1,2}:\d{2}|[\w/+-]+")
    match = re.compile(pattern).match(reading.text, reading.position)
    if match is None:
        raise OracleError(1882, "timezone region not found")
    reading.position = match.end()
    reading.zone = f"{reading.zone}:{match.group()}" if key == "TZM" else match.group()


def _assemble(reading: _Reading) -> datetime:
    fields = reading.fields
    hour = fields.get("HH24", fields.get("HH", 0))
    if "HH" in fields:
        if not 1 <= hour <= 12:
            raise OracleError(1849, "hour must be between 1 and 12")
        hour = hour % 12 + 12 * fields.get("PM", 0)
    _check_ranges(fields, hour)
    if "J" in fields:
        day = datetime.fromordinal(fields["J"] - 1721425)
    elif "DDD" in fields:
        day = datetime(fields.get("YEAR", reading.now.year), 1, 1) + timedelta(fields["DDD"] - 1)  # noqa: DTZ001
    else:
        day = _day(fields, reading.now)
    moment = day + timedelta(
        seconds=fields.get("SSSSS", hour * 3600 + fields.get("MI", 0) * 60 + fields.get("SS", 0)),
        microseconds=fields.get("FF", 0),
    )
    return moment if reading.zone is None else moment.replace(tzinfo=zone(reading.zone))


def _check_ranges(fields: dict[str, int], hour: int) -> None:
    for value, low, high, code, message in (
        (fields.get("MM", 1), 1, 12, 1843, "not a valid month"),
        (fields.get("DD", 1), 1, 31, 1847, "day of month must be between 1 and last day of month"),
        (hour, 0, 23, 1850, "hour must be between 0 and 23"),
        (fields.get("MI", 0), 0, 59, 1851, "minutes must be between 0 and 59"),
        (fields.get("SS", 0), 0, 59, 1852, "seconds must be between 0 and 59"),
        (
            fields.get("YEAR", 1),
            1,
            9999,
            1841,
            "(full) year must be between -4713 and +9999, and not be 0",
        ),
    ):
        if not low <= value <= high:
            raise OracleError(code, message)


def _day(fields: dict[str, int], now: datetime) -> datetime:
    try:
        year, month = fields.get("YEAR", now.year), fields.get("MM", now.month)
        return datetime(year, month, fields.get("DD", 1))  # noqa: DTZ001 - DATE has no zone
    except ValueError:
        raise OracleError(1839, "date not valid for month specified") from None


def zone(text: str) -> timezone | ZoneInfo:
    """A time zone from an offset or a region name. Raises ORA-01882."""
    try:
        if text[:1] in "+-" and text[1:2].isdigit():
            return timezone(parse_offset(text))
        if text.upper() in ("UTC", "GMT", "Z"):
            return UTC
        return ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        raise OracleError(1882, "timezone region not found") from None
