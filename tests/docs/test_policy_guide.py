"""The worked examples of the policy guide do what their own cases say, each part beside the example repository without its approvals."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from yaml import CSafeLoader
from yaml import load as load_yaml

from reconciler.documents.build import load
from reconciler.documents.files import FileSource
from reconciler.policy.cases import run_case

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
PARTS = dict(
    re.findall(
        r"^## (SOX|GDPR|HIPAA|SOC 2)[^\n]*\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL
    )
)


def blocks(text: str) -> list[str]:
    return re.findall(r"^```yaml\n(apiVersion:.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_guide_has_a_part_for_each_need() -> None:
    assert list(PARTS) == ["SOX", "GDPR", "HIPAA", "SOC 2"]
    assert all(len(blocks(text)) >= 3 for text in PARTS.values())


@pytest.mark.parametrize("part", PARTS)
def test_the_cases_of_a_part_hold(part: str, tmp_path: Path) -> None:
    folder = tmp_path / "grants"
    shutil.copytree(ROOT / "grants", folder)
    (folder / "policies" / "guards.yaml").unlink()
    production = folder / "policies" / "production.yaml"
    rules = production.read_text(encoding="utf-8").partition("  approvals:")[0]
    production.write_text(rules, encoding="utf-8")
    own: set[str] = set()
    for text in blocks(PARTS[part]):
        name = load_yaml(text, CSafeLoader)["metadata"]["name"]
        own.add(name)
        known = next(folder.rglob(f"{name}.yaml"), None)
        (known or folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    found = load(FileSource([folder]))
    assert not any(row.is_error for row in found.findings)
    tests = [row for name, row in found.documents.policy_tests.items() if name in own]
    assert tests or part == "SOC 2"
    results = [run_case(case, found.documents) for test in tests for case in test.cases]
    assert [row.problems for row in results if not row.is_ok] == []
