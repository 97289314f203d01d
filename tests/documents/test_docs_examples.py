"""Documents that the guides show are documents that validate takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from reconciler.documents.build import load
from reconciler.documents.kinds import build
from reconciler.documents.loader import parse
from reconciler.documents.reader import Reader
from reconciler.documents.schema import Schemas
from tests.documents.conftest import MemorySource

ROOT = Path(__file__).parents[2]
POLICIES = "docs/policies.md"
_BLOCK = re.compile(r"^( *)apiVersion:.*\n(?:(?! *```)(?:\1.*\n|[ ]*\n))*", re.MULTILINE)
"""From its first line to a fence, or to the first line that is indented less."""


def examples() -> Iterator[tuple[str, str]]:
    for path in sorted((*ROOT.glob("*.md"), *ROOT.joinpath("docs").rglob("*.md"))):
        for match in _BLOCK.finditer(path.read_text(encoding="utf-8")):
            yield path.relative_to(ROOT).as_posix(), dedent(match[0])


def test_the_guides_show_documents() -> None:
    """As many as there are lines that begin one, so that none of them hides behind another."""
    begun = sum(
        len(re.findall(r"^ *apiVersion:", path.read_text(encoding="utf-8"), re.MULTILINE))
        for path in (*ROOT.glob("*.md"), *ROOT.joinpath("docs").rglob("*.md"))
    )
    assert len(list(examples())) == begun > 20


@pytest.mark.parametrize(("path", "text"), list(examples()))
def test_each_document_in_a_guide_is_valid(path: str, text: str) -> None:
    tree = parse(text.encode(), path)
    assert Schemas().check(tree) == ()
    reader = Reader(tree)
    build(tree.root["kind"], reader)
    assert reader.findings == []


def test_the_guide_to_policies_goes_with_the_example_repository() -> None:
    """All of its documents together: what they name exists, and no two of them have one name."""
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in ROOT.joinpath("grants").rglob("*.yaml")
    }
    shown = [text for path, text in examples() if path == POLICIES]
    for text in shown:
        root = parse(text.encode(), POLICIES).root
        folder = {"Person": "people"}.get(root["kind"], root["kind"].lower())
        files[f"grants/{folder}/{root['metadata']['name']}.yaml"] = text.encode()
    result = load(MemorySource(files))
    assert result.findings == ()
    documents = result.documents
    needs = ("sox", "gdpr", "hipaa", "soc2")
    for need in needs:
        assert any(name.startswith(f"{need}-") for name in documents.policies)
    assert {f"{need}-tests" for need in needs[:3]} <= documents.policy_tests.keys()
    kinds = {parse(text.encode(), POLICIES).root["kind"] for text in shown}
    assert kinds >= {
        "Policy",
        "Classification",
        "PolicyTest",
        "StandingGrant",
        "BreakGlass",
        "Person",
    }
