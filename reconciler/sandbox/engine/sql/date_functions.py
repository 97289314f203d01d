"""Scalar functions over dates, timestamps and intervals."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql import formats, number_formats
from reconciler.sandbox.engine.sql.arithmetic import add_months
from reconciler.sandbox.engine.sql.conversions import (
    date_format,
    session_zone,
    to_instant,
    to_integer,
    to_number,
    to_text,
    to_zoned,
)
from reconciler.sandbox.engine.sql.number_functions import round_number, truncate_number
from reconciler.sandbox.engine.sql.values import (
    ARITHMETIC,
    OracleDate,
    YearMonth,
    oracle_date,
    plain_number,
)
from reconciler.sandbox.seam import OracleError

Function = Callable[..., Any]
_DAY = timedelta(days=1)


def sysdate(session: SessionView) -> OracleDate:
    return oracle_date(session.instance.now().astimezone(UTC))


def systimestamp(session: SessionView) -> datetime:
    return session.instance.now().astimezone(UTC)


def current_timestamp(session: SessionView) -> datetime:
    return session.instance.now().astimezone(session_zone(session))


def local_timestamp(session: SessionView) -> datetime:
    return current_timestamp(session).replace(tzinfo=None)


def current_date(session: SessionView) -> OracleDate:
    return oracle_date(current_timestamp(session))


def to_char(session: SessionView, value: Any, model: Any = None) -> str | None:
    """TO_CHAR of anything."""
    text_model = to_text(session, model)
    if value is None or text_model is None:
        return to_text(session, value)
    if isinstance(value, datetime):
        return formats.format_instant(value, text_model) or None
    if isinstance(value, str):
        value = to_number(value)
    if isinstance(value, int | Decimal | float):
        number = Decimal(str(value)) if isinstance(value, float) else value
        return number_formats.format_number_model(number, text_model)
    raise OracleError(1481, "invalid number format model")


def _reader(setting: str) -> Callable[[SessionView, Any, Any], datetime | None]:
    def read(session: SessionView, value: Any, model: Any = None) -> datetime | None:
        if isinstance(value, datetime) and model is None:
            return value
        text = to_text(session, value)
        if text is None:
            return None
        picture = to_text(session, model) or date_format(session, setting)
        return formats.parse_instant(text, picture, session.instance.now())

    return read


_read_date = _reader("nls_date_format")
_read_timestamp = _reader("nls_timestamp_format")
_read_zoned = _reader("nls_timestamp_tz_format")


def to_date(session: SessionView, value: Any, model: Any = None, _nls: Any = None) -> Any:
    moment = _read_date(session, value, model)
    return None if moment is None else oracle_date(moment)


def to_timestamp(session: SessionView, value: Any, model: Any = None, _nls: Any = None) -> Any:
    moment = _read_timestamp(session, value, model)
    return (
        None if moment is None else datetime.fromisoformat(moment.isoformat()).replace(tzinfo=None)
    )


def to_timestamp_tz(session: SessionView, value: Any, model: Any = None, _nls: Any = None) -> Any:
    moment = _read_zoned(session, value, model)
    return None if moment is None else to_zoned(session, moment)


def from_tz(session: SessionView, value: Any, zone: Any) -> datetime | None:
    moment, name = to_instant(session, value), to_text(session, zone)
    if moment is None or name is None:
        return None
    return datetime.fromisoformat(moment.isoformat()).replace(tzinfo=formats.zone(name))


def at_time_zone(session: SessionView, value: Any, zone: Any = None) -> datetime | None:
    """`value AT TIME ZONE zone`; without a zone AT LOCAL."""
    moment = to_instant(session, value)
    if moment is None:
        return None
    name = to_text(session, zone)
    target = session_zone(session) if name is None else formats.zone(name)
    return to_zoned(session, moment).astimezone(target)


def sys_extract_utc(session: SessionView, value: Any) -> datetime | None:
    moment = to_instant(session, value)
    if moment is None:
        return None
    return to_zoned(session, moment).astimezone(UTC).replace(tzinfo=None)


def _add_months(session: SessionView, value: Any, months: Any) -> OracleDate | None:
    moment, count = to_instant(session, value), to_integer(months)
    return None if moment is None or count is None else add_months(moment, count)


def last_day(session: SessionView, value: Any) -> OracleDate | None:
    moment = to_instant(session, value)
    if moment is None:
        return None
    return oracle_date(moment.replace(day=monthrange(moment.year, moment.month)[1]))


def months_between(session: SessionView, left: Any, right: Any) -> Any:
    first, second = to_instant(session, left), to_instant(session, right)
    if first is None or second is None:
        return None
    months = (first.year - second.year) * 12 + first.month - second.month
    ends = all(m.day == monthrange(m.year, m.month)[1] for m in (first, second))
    if first.day == second.day or ends:
        return months
    seconds = [m.day * 86400 + m.hour * 3600 + m.minute * 60 + m.second for m in (first, second)]
    part = ARITHMETIC.divide(Decimal(seconds[0] - seconds[1]), Decimal(31 * 86400))
    return plain_number(ARITHMETIC.add(Decimal(months), part))


def next_day(session: SessionView, value: Any, weekday: Any) -> OracleDate | None:
    moment, name = to_instant(session, value), to_text(session, weekday)
    if moment is None or name is None:
        return None
    names = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
    if name[:3].upper() not in names:
        raise OracleError(1846, "not a valid day of the week")
    ahead = (names.index(name[:3].upper()) - moment.weekday() - 1) % 7 + 1
    return oracle_date(moment + timedelta(days=ahead))


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


_CUTS: dict[str, Callable[[datetime], datetime]] = {
    "MI": lambda d: d.replace(second=0, microsecond=0),
    "HH": lambda d: d.replace(minute=0, second=0, microsecond=0),
    "DD": _midnight,
    "D": lambda d: _midnight(d) - _DAY * (d.isoweekday() % 7),
    "IW": lambda d: _midnight(d) - _DAY * d.weekday(),
    "MM": lambda d: _midnight(d).replace(day=1),
    "Q": lambda d: _midnight(d).replace(day=1, month=(d.month - 1) // 3 * 3 + 1),
    "YYYY": lambda d: _midnight(d).replace(day=1, month=1),
}
_CUT_NAMES = {"HH24": "HH", "HH12": "HH", "DDD": "DD", "J": "DD", "DAY": "D", "DY": "D"}
_CUT_NAMES |= {"MON": "MM", "MONTH": "MM", "RM": "MM"}
_CUT_NAMES |= dict.fromkeys(("YEAR", "SYYYY", "YYY", "YY", "Y"), "YYYY")
_STEPS = {"MI": timedelta(minutes=1), "HH": timedelta(hours=1), "DD": _DAY, "D": 7 * _DAY}
_STEPS |= {"IW": 7 * _DAY}


def _unit(session: SessionView, unit: Any) -> str:
    name = (to_text(session, unit) or "DD").upper()
    name = _CUT_NAMES.get(name, name)
    if name not in _CUTS:
        raise OracleError(1898, "too many precision specifiers")
    return name


def truncate(session: SessionView, value: Any, unit: Any = None) -> Any:
    """TRUNC of a number or of a date (which gives a DATE)."""
    if not isinstance(value, datetime):
        return truncate_number(session, value, 0 if unit is None else unit)
    return oracle_date(_CUTS[_unit(session, unit)](value))


def round_(session: SessionView, value: Any, unit: Any = None) -> Any:
    """ROUND of a number or of a date."""
    if not isinstance(value, datetime):
        return round_number(session, value, 0 if unit is None else unit)
    name = _unit(session, unit)
    cut = _CUTS[name](value)
    if name in _STEPS:
        half = value - cut >= _STEPS[name] / 2
        return oracle_date(cut + _STEPS[name] if half else cut)
    if name == "MM":
        return oracle_date(add_months(cut, 1) if value.day >= 16 else cut)
    months = 12 if name == "YYYY" else 3
    middle = add_months(cut, months // 2) + (timedelta(0) if months == 12 else 15 * _DAY)
    return oracle_date(add_months(cut, months) if oracle_date(value) >= middle else cut)


_INTERVAL_UNITS = {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}


def num_to_ds_interval(session: SessionView, value: Any, unit: Any) -> timedelta | None:
    number, name = to_number(value), (to_text(session, unit) or "").upper()
    if number is None:
        return None
    if name not in _INTERVAL_UNITS:
        raise OracleError(1760, "illegal argument for function")
    micro = Decimal(str(number)) * _INTERVAL_UNITS[name] * 1_000_000
    return timedelta(microseconds=int(micro.to_integral_value()))


def num_to_ym_interval(session: SessionView, value: Any, unit: Any) -> YearMonth | None:
    number, name = to_number(value), (to_text(session, unit) or "").upper()
    if number is None:
        return None
    if name not in ("YEAR", "MONTH"):
        raise OracleError(1760, "illegal argument for function")
    return YearMonth(round(number * (12 if name == "YEAR" else 1)))


_DS = re.compile(r"\s*([+-]?)(\d{1,9})\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d{1,9})?))?\s*")
_ISO = re.compile(
    r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE
)


def to_ds_interval(session: SessionView, value: Any) -> timedelta | None:
    text = to_text(session, value)
    if text is None:
        return None
    match = _DS.fullmatch(text) or _ISO.fullmatch(text.strip())
    if match is None:
        raise OracleError(1867, "the interval is invalid")
    sign, days, hours, minutes, seconds = match.groups()
    micro = int(Decimal(seconds or 0) * 1_000_000)
    size = timedelta(int(days or 0), 0, micro, 0, int(minutes or 0), int(hours or 0))
    return -size if sign == "-" else size


def to_ym_interval(session: SessionView, value: Any) -> YearMonth | None:
    text = to_text(session, value)
    if text is None:
        return None
    match = re.fullmatch(r"\s*([+-]?)(\d{1,4})-(\d{1,2})\s*", text)
    if match is None or int(match[3]) > 11:
        raise OracleError(1867, "the interval is invalid")
    months = int(match[2]) * 12 + int(match[3])
    return YearMonth(-months if match[1] == "-" else months)


def interval_literal(text: str, leading: str, trailing: str | None) -> timedelta | YearMonth:
    """INTERVAL 'text' leading [TO trailing]. Raises ORA-01867."""
    units = ["DAY", "HOUR", "MINUTE", "SECOND"]
    if leading in ("YEAR", "MONTH"):
        return _year_month_literal(text, leading, trailing)
    if leading not in units or (trailing is not None and trailing not in units):
        raise OracleError(1867, "the interval is invalid")
    wanted = units[units.index(leading) : units.index(trailing or leading) + 1]
    match = re.fullmatch(r"\s*([+-]?)\s*([\d:. ]+?)\s*", text)
    parts = re.split(r"[: ]+", match[2]) if match else []
    if match is None or len(parts) != len(wanted):
        raise OracleError(1867, "the interval is invalid")
    try:
        seconds = sum(
            Decimal(part) * _INTERVAL_UNITS[unit] for part, unit in zip(parts, wanted, strict=True)
        )
    except ArithmeticError:
        raise OracleError(1867, "the interval is invalid") from None
    size = timedelta(microseconds=int(seconds * 1_000_000))
    return -size if match[1] == "-" else size


def _year_month_literal(text: str, leading: str, trailing: str | None) -> YearMonth:
    match = re.fullmatch(r"\s*([+-]?)(\d+)(?:-(\d{1,2}))?\s*", text)
    if match is None or (match[3] is not None) != (trailing == "MONTH" and leading == "YEAR"):
        raise OracleError(1867, "the interval is invalid")
    months = int(match[2]) * (12 if leading == "YEAR" else 1) + int(match[3] or 0)
    return YearMonth(-months if match[1] == "-" else months)


def extract(_session: SessionView, field: str, value: Any) -> Any:
    """EXTRACT(field FROM value)."""
    if value is None:
        return None
    if isinstance(value, YearMonth):
        sign = -1 if value.months < 0 else 1
        parts = divmod(abs(value.months), 12)
        found = {"YEAR": sign * parts[0], "MONTH": sign * parts[1]}.get(field)
    elif isinstance(value, timedelta):
        found = _extract_interval(field, value)
    elif isinstance(value, datetime):
        found = _extract_instant(field, value)
    else:
        found = None
    if found is None:
        raise OracleError(30076, "invalid extract field for extract source")
    return found


def _extract_interval(field: str, value: timedelta) -> Any:
    size, sign = abs(value), -1 if value < timedelta(0) else 1
    seconds = Decimal(size.seconds % 60) + Decimal(size.microseconds) / 1_000_000
    parts = {
        "DAY": size.days,
        "HOUR": size.seconds // 3600,
        "MINUTE": size.seconds % 3600 // 60,
        "SECOND": plain_number(seconds),
    }
    return sign * parts[field] if field in parts else None


def _extract_instant(field: str, value: datetime) -> Any:
    if field in ("YEAR", "MONTH", "DAY"):
        return getattr(value, field.lower())
    if isinstance(value, OracleDate):
        return None
    moment = value.astimezone(UTC) if value.tzinfo else value  # EXTRACT of a zoned value is in UTC
    if field in ("HOUR", "MINUTE"):
        return getattr(moment, field.lower())
    if field == "SECOND":
        return plain_number(Decimal(moment.second) + Decimal(moment.microsecond) / 1_000_000)
    offset = value.utcoffset()
    if offset is None:
        return None
    minutes = int(offset.total_seconds() // 60)
    sign = -1 if minutes < 0 else 1
    if field == "TIMEZONE_HOUR":
        return sign * (abs(minutes) // 60)
    return sign * (abs(minutes) % 60) if field == "TIMEZONE_MINUTE" else "UNKNOWN"


FUNCTIONS: Mapping[str, Function] = {
    "SYSDATE": sysdate,
    "SYSTIMESTAMP": systimestamp,
    "CURRENT_TIMESTAMP": current_timestamp,
    "LOCALTIMESTAMP": local_timestamp,
    "CURRENT_DATE": current_date,
    "TO_CHAR": to_char,
    "TO_DATE": to_date,
    "TO_TIMESTAMP": to_timestamp,
    "TO_TIMESTAMP_TZ": to_timestamp_tz,
    "FROM_TZ": from_tz,
    "SYS_EXTRACT_UTC": sys_extract_utc,
    "ADD_MONTHS": _add_months,
    "LAST_DAY": last_day,
    "NEXT_DAY": next_day,
    "MONTHS_BETWEEN": months_between,
    "TRUNC": truncate,
    "ROUND": round_,
    "NUMTODSINTERVAL": num_to_ds_interval,
    "NUMTOYMINTERVAL": num_to_ym_interval,
    "TO_DSINTERVAL": to_ds_interval,
    "TO_YMINTERVAL": to_ym_interval,
}
