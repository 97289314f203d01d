"""Data that looks real and belongs to nobody: the same for the same number, on every machine and every day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

Value = str | int | Decimal | date | None

_FIRST_SYLLABLES = (
    "Al",
    "Be",
    "Ca",
    "Do",
    "El",
    "Fa",
    "Gi",
    "Ha",
    "Io",
    "Ka",
    "Li",
    "Mo",
    "Na",
    "Or",
    "Pe",
    "Ra",
    "Su",
    "Ti",
    "Vo",
    "Za",
)
_LAST_SYLLABLES = (
    "bran",
    "dis",
    "fen",
    "lor",
    "mund",
    "nira",
    "quin",
    "ras",
    "sel",
    "thea",
    "vin",
    "wyn",
)
_FAMILY_ENDINGS = ("berg", "dale", "field", "holm", "moor", "ridge", "stead", "worth")
_STREETS = ("Sample Street", "Test Lane", "Demo Road", "Example Square", "Mock Avenue")
_CITIES = ("Newplace", "Oldford", "Eastmere", "Westhaven", "Northby", "Southam")


def number(topic: str, key: int, below: int) -> int:
    """A number from 0 to `below` - 1 that depends on topic and key alone."""
    digest = hashlib.sha256(f"{topic}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def choice(topic: str, key: int, options: Sequence[str]) -> str:
    return options[number(topic, key, len(options))]


def first_name(key: int) -> str:
    return choice("first", key, _FIRST_SYLLABLES) + choice("second", key, _LAST_SYLLABLES)


def last_name(key: int) -> str:
    return choice("family", key, _FIRST_SYLLABLES) + choice("ending", key, _FAMILY_ENDINGS)


def email(key: int) -> str:
    """At a domain that is reserved for examples."""
    return f"{first_name(key)}.{last_name(key)}{key}@example.com".lower()


def phone(key: int) -> str:
    """In the range of North American numbers that is kept for fiction."""
    return f"+1.{200 + number('area', key, 700)}.555.01{number('line', key, 100):02d}"


def social_security_number(key: int) -> str:
    """Area 000 is never assigned."""
    return f"000-{1 + number('group', key, 99):02d}-{1 + number('serial', key, 9999):04d}"


def iban(key: int) -> str:
    """Of country XX, which no bank has, with correct check digits."""
    account = f"{number('account', key, 10**16):016d}"
    check = 98 - int(f"{account}333300") % 97  # X is 33
    return f"XX{check:02d}{account}"


def card_number(key: int) -> str:
    """Under prefix 9999, which is not issued, with a correct check digit."""
    body = f"9999{number('card', key, 10**11):011d}"
    doubled = (int(c) * (2 if i % 2 == 0 else 1) for i, c in enumerate(body))
    return f"{body}{-sum(d // 10 + d % 10 for d in doubled) % 10}"


def street(key: int) -> str:
    return f"{1 + number('house', key, 200)} {choice('street', key, _STREETS)}"


def city(key: int) -> str:
    return choice("city", key, _CITIES)


def day(topic: str, key: int, first: date, days: int) -> date:
    return first + timedelta(days=number(topic, key, days))


def money(topic: str, key: int, low: int, high: int) -> Decimal:
    """With two decimals, from `low` to `high`."""
    return Decimal(low * 100 + number(topic, key, (high - low) * 100 + 1)) / 100


def literal(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return str(value)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table, to be inserted in order. `columns` as they stand in brackets behind the table."""

    table: str
    columns: str
    values: tuple[tuple[Value, ...], ...]

    def statements(self, *, batch: int = 25) -> Iterator[str]:
        """INSERT statements of several rows each, in the form that every release takes."""
        for start in range(0, len(self.values), batch):
            chunk = self.values[start : start + batch]
            selects = (f"SELECT {', '.join(map(literal, row))} FROM dual" for row in chunk)
            yield f"INSERT INTO {self.table} ({self.columns}) " + " UNION ALL ".join(selects)

    @property
    def statement(self) -> str:
        """One INSERT with a bind for each column, to be executed once a row."""
        binds = ", ".join(f":{number}" for number in range(1, len(self.values[0]) + 1))
        return f"INSERT INTO {self.table} ({self.columns}) VALUES ({binds})"


def rows(table: str, columns: str, values: Iterable[Sequence[Value]]) -> Rows:
    return Rows(table, columns, tuple(map(tuple, values)))
