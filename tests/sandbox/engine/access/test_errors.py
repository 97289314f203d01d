"""Wordings of both generations."""

from __future__ import annotations

import re

import pytest

from reconciler.sandbox.engine.access import errors
from reconciler.sandbox.seam import Release


@pytest.mark.parametrize("code", sorted(errors._WORDING))
def test_every_message_can_be_made_and_leaves_no_placeholder(code: int) -> None:
    for release in Release:
        message = errors.error(release, code, "ONE", "TWO").message
        assert message
        assert not re.search(r"\{\d\}", message)


@pytest.mark.parametrize(
    ("release", "text"),
    [
        (Release.R19, "ORA-01951: ROLE 'R' not granted to 'U'"),
        (Release.R23, 'ORA-01951: Role "R" not granted to "U".'),
    ],
)
def test_names_are_quoted_as_the_release_does(release: Release, text: str) -> None:
    assert errors.error(release, 1951, "R", "U").text == text


def test_names_with_braces_stay_as_they_are() -> None:
    assert errors.error(Release.R23, 1918, "{0}").message == "user '{0}' does not exist"
