"""DBMS_RANDOM: strings and numbers by chance."""

from __future__ import annotations

import random
import string
from decimal import Decimal

from reconciler.sandbox.engine.plsql.packages.supplied import (
    Arguments,
    by_name,
    function,
    optional,
    procedure,
    required,
)
from reconciler.sandbox.engine.plsql.runtime import Execution
from reconciler.sandbox.engine.plsql.types import NUMBER, TEXT

_ALPHABETS = {
    "U": string.ascii_uppercase,
    "L": string.ascii_lowercase,
    "A": string.ascii_letters,
    "X": string.ascii_uppercase + string.digits,
    "P": "".join(map(chr, range(32, 127))),
}


def _string(run: Execution, given: Arguments) -> str | None:
    alphabet = _ALPHABETS.get((given["OPT"] or "U").upper(), string.ascii_uppercase)
    source = run.session.packages.random
    return "".join(source.choice(alphabet) for _ in range(int(given["LEN"] or 0))) or None


def _value(run: Execution, given: Arguments) -> Decimal:
    low, high = Decimal(given["LOW"]), Decimal(given["HIGH"])
    return low + (high - low) * Decimal(repr(run.session.packages.random.random()))


def _seed(run: Execution, given: Arguments) -> None:
    run.session.packages.random = random.Random(str(given["VAL"]))


ROUTINES = by_name(
    function("DBMS_RANDOM.STRING", _string, required("OPT", TEXT), required("LEN", NUMBER)),
    function("DBMS_RANDOM.VALUE", _value, optional("LOW", 0, NUMBER), optional("HIGH", 1, NUMBER)),
    procedure("DBMS_RANDOM.SEED", _seed, required("VAL")),
)
