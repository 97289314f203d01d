"""The direction of imports and the size of modules, as docs/design.md fixes them."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "reconciler"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))

PURE = {"model"}
MAY_IMPORT: dict[str, set[str]] = {
    "model": set(),
    "documents": {"model"},
    "policy": {"model"},
    "desired": {"model"},
    "planning": {"model"},
    "oracle": {"model"},
    "ledger": {"model"},
    "render": {"model"},
    "sandbox": set(),
    "credentials": {"model"},
    "starter": {"model"},
    "approvals": {"model"},
    "run": {
        "model",
        "documents",
        "policy",
        "desired",
        "planning",
        "oracle",
        "ledger",
        "credentials",
        "approvals",
    },
    "cli": {
        "model",
        "documents",
        "policy",
        "desired",
        "planning",
        "oracle",
        "ledger",
        "credentials",
        "approvals",
        "render",
        "sandbox",
        "starter",
        "run",
    },
}


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = room_of(path)
    if not room:
        return
    rooms = {name.split(".")[1] for name in imports(path) if name.startswith("reconciler.")} - {
        room,
        "__version__",
    }
    assert rooms <= MAY_IMPORT[room], f"{path}: {rooms - MAY_IMPORT[room]}"


def test_every_room_is_known() -> None:
    assert {room_of(path) for path in MODULES} - {""} == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("package", "room"),
    [
        ("oracledb", "oracle"),
        ("pygit2", "ledger"),
        ("jsonschema", "documents"),
        ("yaml", "documents"),
        ("pyrage", "credentials"),
        ("github", "approvals"),
    ],
)
def test_drivers_and_libraries_stay_in_their_room(package: str, room: str) -> None:
    """The sandbox's own command line speaks to its server as any client would; documents and approvals read git objects too."""
    allowed = {room, *({"documents", "approvals"} if package == "pygit2" else set())}
    users = {
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if any(name == package or name.startswith(package + ".") for name in imports(path))
        and room_of(path) not in allowed
    }
    assert users <= {"cli/sandbox.py", "cli/demo.py"} | {
        name for name in users if name.startswith("cli/demo")
    }


def test_the_pure_rooms_use_the_standard_library_only() -> None:
    import sys

    for path in MODULES:
        if room_of(path) in {"model", "desired", "planning", "policy"}:
            outside = (
                {name.split(".")[0] for name in imports(path)}
                - {"reconciler", "__future__"}
                - set(sys.stdlib_module_names)
            )
            assert not outside, f"{path}: {outside}"


def test_modules_stay_readable() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    too_long = {str(path): size for path, size in sizes.items() if size > 500}
    assert not too_long
    assert statistics.median(size for size in sizes.values() if size > 5) < 200


def functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [
        (
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}",
            (node.end_lineno or 0) - node.lineno + 1,
        )
        for node in nodes
    ]


def test_functions_stay_short() -> None:
    sizes = [row for path in MODULES for row in functions(path)]
    assert [row for row in sizes if row[1] > 60] == []
    assert sum(size <= 20 for _, size in sizes) / len(sizes) > 0.8


def test_every_room_says_what_it_is_for() -> None:
    for folder in {path.parent for path in MODULES}:
        text = (
            (folder / "__init__.py").read_text(encoding="utf-8")
            if (folder / "__init__.py").exists()
            else ""
        )
        assert re.match(r'"""\S', text), f"{folder} has no docstring in its __init__.py"
