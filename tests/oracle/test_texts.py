"""Texts that go to the server, and what comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.oracle import texts


@pytest.mark.parametrize("name", ["overview", "grants", "bootstrap"])
def test_an_older_release_never_hears_of_views_it_does_not_have(name: str) -> None:
    old, new = texts.load(name, 19), texts.load(name, 23)
    assert "schema_privs" not in old.lower()
    assert "schema_privs" in new.lower()
    assert new.startswith(old)


@given(st.text())
def test_foreign_text_becomes_one_line_without_control_characters(text: str) -> None:
    shown = texts.printable(text)
    assert shown.isprintable()
    assert texts.printable(shown) == shown


def test_comments_stay_at_home() -> None:
    assert (
        texts.without_comments("-- why\nSELECT 1\n  -- inside\n FROM dual")
        == "SELECT 1\n FROM dual"
    )
