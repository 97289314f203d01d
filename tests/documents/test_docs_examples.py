"""Documents that the guides show are documents that validate takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from reconciler.documents.loader import parse
from reconciler.documents.schema import Schemas

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^( *)apiVersion:.*\n(?:\1.*\n|\s*\n)*", re.MULTILINE)


def examples() -> Iterator[tuple[str, str]]:
    for path in sorted((*ROOT.glob("*.md"), *ROOT.joinpath("docs").rglob("*.md"))):
        for match in _BLOCK.finditer(path.read_text(encoding="utf-8")):
            block = match[0].partition("```")[0]
            yield path.relative_to(ROOT).as_posix(), dedent(block)


def test_the_guides_show_documents() -> None:
    assert list(examples())


@pytest.mark.parametrize(("path", "text"), list(examples()))
def test_each_document_in_a_guide_is_valid(path: str, text: str) -> None:
    assert Schemas().check(parse(text.encode(), path)) == ()
