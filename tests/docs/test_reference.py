"""The reference is what the program says; the README names what exists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["cli.md", "documents.md", "outputs.md"])
def test_the_reference_is_current(page: str) -> None:
    made = generator().PAGES[page]()
    assert (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8") == made, (
        "run `make docs`"
    )


def test_every_command_of_the_readme_exists_with_its_options() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    used = set(
        re.findall(
            r"reconciler ((?:(?:sandbox|who|break-glass|policy|audit) )?[a-z]+(?!-))", readme
        )
    ) - {"sandbox"}
    assert used
    for command in used:
        assert f"## `reconciler {command}`" in reference, command
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", readme)) - {"--version"}:
        assert option in reference, option


def test_every_command_is_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    shown = reference.split("## `reconciler`\n", 1)[1].split("\n## ", 1)[0]
    listed = re.findall(r"^  ([a-z][a-z-]+) {2,}[A-Z]", shown, re.MULTILINE)
    assert "reconcile" in listed
    for command in listed:
        assert f"\n## `reconciler {command}" in reference, command


def test_every_output_has_its_schema_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference" / "outputs.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "schemas" / "output").glob("*.json")):
        assert f"`schemas/output/{path.name}`" in reference, path.name


PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "grants").rglob("*.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in re.findall(
        r"^ {4}make ([a-z -]+?)(?: +#.*)?$",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    ):
        for target in line.split():
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
