"""The files of the public schemas: what each must have, and what none may use."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.documents.patterns import OBJECT_PRIVILEGES
from reconciler.documents.schema import FILES, folder, load_schema

KEYWORDS = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "examples",
    "type", "const", "enum", "properties", "required", "additionalProperties", "propertyNames",
    "minProperties", "maxProperties", "items", "minItems", "maxItems", "uniqueItems",
    "pattern", "minLength", "maxLength", "minimum", "maximum",
    "if", "then", "else", "oneOf", "anyOf", "allOf", "not", "dependentRequired",
}  # fmt: skip
"""A misspelt keyword would switch its rule off without a word."""

BY_NAME = {"properties", "$defs"}
SCHEMAS_INSIDE = {"additionalProperties", "propertyNames", "items", "if", "then", "else", "not"}


def schemas_in(schema: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict):
        return
    yield schema
    for key, value in schema.items():
        if key in BY_NAME:
            for inner in value.values():
                yield from schemas_in(inner)
        elif key in SCHEMAS_INSIDE:
            yield from schemas_in(value)
        elif key in ("oneOf", "anyOf", "allOf"):
            for inner in value:
                yield from schemas_in(inner)


def raw(kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((folder() / FILES[kind]).read_text(encoding="utf-8"))
    return schema


def test_the_folder_has_one_schema_for_each_kind_and_those_of_the_output() -> None:
    assert {path.name for path in folder().iterdir()} == {*FILES.values(), "output"}


def test_the_wheel_carries_the_schemas_where_they_are_looked_for_first() -> None:
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["schemas"] == "reconciler/_schemas"


@pytest.mark.parametrize("kind", FILES)
def test_schema_files_are_valid_and_use_only_known_keywords(kind: str) -> None:
    schema = raw(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://reconciler.example/schemas/v1/{FILES[kind]}"
    assert schema["title"] == kind
    for inner in schemas_in(schema):
        assert set(inner) <= KEYWORDS


@pytest.mark.parametrize("kind", FILES)
def test_every_property_says_what_it_means(kind: str) -> None:
    for inner in schemas_in(load_schema(kind)):
        for name, value in inner.get("properties", {}).items():
            if set(inner) != {"properties"}:  # `then` repeats a property to narrow it
                assert value.get("description"), name


@pytest.mark.parametrize("kind", FILES)
def test_mappings_refuse_what_they_do_not_know(kind: str) -> None:
    for inner in schemas_in(raw(kind)):
        if inner.get("type") == "object":
            assert "additionalProperties" in inner


def has_branches_outside_groups(pattern: str) -> bool:
    """Such a branch would be anchored at one end only."""
    plain = re.sub(r"\\.|\[[^]]*\]", "", pattern)
    while (inner := re.sub(r"\([^()]*\)", "", plain)) != plain:
        plain = inner
    return "|" in plain


@pytest.mark.parametrize("kind", FILES)
def test_patterns_are_anchored_and_mean_the_same_everywhere(kind: str) -> None:
    for inner in schemas_in(raw(kind)):
        if "pattern" not in inner:
            continue
        pattern = inner["pattern"]
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        assert not re.search(r"\\[dDwWsSbB]", pattern)
        assert re.sub(r"\[[^]]*\]", "", pattern).count("$") == 1
        assert not has_branches_outside_groups(pattern)


def test_definitions_of_one_name_are_the_same_in_all_files() -> None:
    known: dict[str, Any] = {}
    for kind in FILES:
        for name, definition in raw(kind).get("$defs", {}).items():
            assert known.setdefault(name, definition) == definition


def test_the_object_privileges_that_patterns_are_held_to_are_those_that_requests_may_name() -> None:
    for kind in ("AccessRequest", "StandingGrant", "Bundle", "BreakGlass"):
        assert set(raw(kind)["$defs"]["objectPrivilege"]["enum"]) == OBJECT_PRIVILEGES


def test_a_case_of_a_policy_test_takes_what_a_request_takes() -> None:
    request, test = load_schema("AccessRequest"), load_schema("PolicyTest")
    case = test["properties"]["spec"]["properties"]["cases"]["items"]["properties"]["request"]
    own = request["properties"]["spec"]
    assert {**case, "description": ""} == {**own, "description": ""}


def test_a_policy_for_documents_may_be_about_all_kinds_but_requests() -> None:
    listed = raw("Policy")["properties"]["spec"]["properties"]["documents"]["items"]["enum"]
    assert set(listed) == FILES.keys() - {"AccessRequest"}


@pytest.mark.parametrize("kind", FILES)
def test_no_reference_is_left_after_loading(kind: str) -> None:
    assert "$ref" not in json.dumps(load_schema(kind))
