"""Implicit conversions between Oracle values, by the session's NLS settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.formats import format_instant, parse_instant, zone
from reconciler.sandbox.engine.sql.values import (
    OracleDate,
    YearMonth,
    format_interval,
    format_number,
    format_year_month,
    oracle_date,
    parse_number,
)
from reconciler.sandbox.seam import OracleError

_DEFAULT_FORMATS = {
    "nls_date_format": "DD-MON-RR",
    "nls_timestamp_format": "DD-MON-RR HH.MI.SSXFF AM",
    "nls_timestamp_tz_format": "DD-MON-RR HH.MI.SSXFF AM TZR",
}


def date_format(session: SessionView, name: str = "nls_date_format") -> str:
    """A format of the session, such as nls_timestamp_tz_format."""
    return session.parameters.get(name) or _DEFAULT_FORMATS[name]


def session_zone(session: SessionView) -> tzinfo:
    """TIME_ZONE of the session; that of the database, UTC, unless set."""
    setting = session.parameters.get("time_zone")
    return zone(setting) if setting else UTC


def to_text(session: SessionView, value: Any) -> str | None:
    """TO_CHAR without a format."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal | float):
        return format_number(value)
    if isinstance(value, OracleDate):
        return format_instant(value, date_format(session))
    if isinstance(value, datetime):
        name = "nls_timestamp_format" if value.tzinfo is None else "nls_timestamp_tz_format"
        return format_instant(value, date_format(session, name))
    if isinstance(value, timedelta):
        return format_interval(value)
    if isinstance(value, YearMonth):
        return format_year_month(value)
    if isinstance(value, bytes):
        return value.hex().upper() or None
    raise OracleError(932, f"inconsistent datatypes: expected CHAR got {type(value).__name__}")


def to_number(value: Any) -> int | Decimal | float | None:
    """TO_NUMBER without a format. Raises ORA-01722 for text that is no number, ORA-00932 for what never is one."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | Decimal | float):
        return value
    if isinstance(value, str):
        return parse_number(value)
    raise OracleError(932, f"inconsistent datatypes: expected NUMBER got {_sql_name(value)}")


def to_integer(value: Any) -> int | None:
    """A number cut to a whole one, as positions and lengths are."""
    number = to_number(value)
    return None if number is None else int(number)


def to_instant(session: SessionView, value: Any) -> datetime | None:
    """A date or timestamp; text is read with NLS_DATE_FORMAT. Raises ORA-00932 for what is none."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return oracle_date(parse_instant(value, date_format(session), session.instance.now()))
    raise OracleError(932, f"inconsistent datatypes: expected DATE got {_sql_name(value)}")


def to_zoned(session: SessionView, value: datetime) -> datetime:
    """A TIMESTAMP WITH TIME ZONE; without a zone it is meant in the session's."""
    if value.tzinfo is not None:
        return value
    plain = datetime.fromisoformat(value.isoformat())
    return plain.replace(tzinfo=session_zone(session))


def _sql_name(value: Any) -> str:
    if isinstance(value, datetime):
        return "DATE" if isinstance(value, OracleDate) else "TIMESTAMP"
    if isinstance(value, timedelta):
        return "INTERVAL DAY TO SECOND"
    return {bytes: "BINARY", YearMonth: "INTERVAL YEAR TO MONTH"}.get(type(value), "CHAR")
