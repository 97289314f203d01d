"""Connect strings that lead to one database, and those that hold a password."""

from __future__ import annotations

import pytest

from reconciler.documents.connect import has_credentials, normalised


@pytest.mark.parametrize(
    "same",
    [
        "db:1521/X",
        "DB/x",
        "//db:1521/x",
        "tcp://db:1521/X",
        "TCP:db:01521/x",
        " db : 1521 / x ",
    ],
)
def test_ways_to_write_one_connect_string(same: str) -> None:
    assert normalised(same) == "tcp://db:1521/x"


@pytest.mark.parametrize(
    "other", ["db:1522/x", "db2/x", "db/y", "tcps://db:1521/x", "db/x:dedicated", "[::1]/x", "x y"]
)
def test_other_databases_stay_apart(other: str) -> None:
    assert normalised(other) != "tcp://db:1521/x"


def test_descriptors_differ_by_more_than_blanks_and_case() -> None:
    first = "(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1521)))"
    assert normalised(first) == normalised("(description = (address = (host = db) (port = 1521)))")
    assert normalised(first) != normalised(first.replace("1521", "1522"))


@pytest.mark.parametrize(
    ("dsn", "holds"),
    [
        ("db:1521/x", False),
        ("(DESCRIPTION=(ADDRESS=(HOST=db)))", False),
        ("scott/tiger@db:1521/x", True),
        ("(DESCRIPTION=(SECURITY=( Password = tiger)))", True),
        ("(DESCRIPTION=(USER=scott))", True),
    ],
)
def test_credentials_are_recognised(dsn: str, holds: bool) -> None:
    assert has_credentials(dsn) is holds
