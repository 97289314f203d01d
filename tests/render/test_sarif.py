"""Findings for code scanning."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.render.sarif import MOST_RESULTS, document

LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri", "uriBaseId"],
                    "properties": {
                        "uri": {"type": "string", "pattern": "^[A-Za-z0-9_.~/%-]+$"},
                        "uriBaseId": {"const": "ROOT"},
                    },
                },
                "region": {
                    "type": "object",
                    "required": ["startLine"],
                    "properties": {
                        "startLine": {"type": "integer", "minimum": 1},
                        "startColumn": {"type": "integer", "minimum": 1},
                    },
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
REQUIRED: dict[str, Any] = {
    "type": "object",
    "required": ["version", "$schema", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "rules"],
                                "properties": {
                                    "name": {"type": "string", "minLength": 1},
                                    "version": {"type": "string", "minLength": 1},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {"type": "object", "required": ["id"]},
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "maxItems": 25_000,
                        "items": {
                            "type": "object",
                            "required": ["ruleId", "level", "message", "locations"],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["error", "warning", "note"]},
                                "message": {
                                    "type": "object",
                                    "required": ["text"],
                                    "properties": {"text": {"type": "string", "minLength": 1}},
                                },
                                "locations": {"type": "array", "minItems": 1, "items": LOCATION},
                                "relatedLocations": {"type": "array", "items": LOCATION},
                            },
                            "additionalProperties": False,
                        },
                    },
                },
            },
        },
    },
}
"""The parts of SARIF 2.1.0 that code scanning needs, and no others of a result."""

words = st.text(min_size=1, max_size=30).filter(str.strip)
origins = st.builds(Origin, st.just("") | words, st.integers(0, 99), st.integers(0, 99))
findings = st.builds(
    Diagnostic,
    st.sampled_from(["a.b", "c.d"]),
    words,
    st.none() | origins,
    st.sampled_from(Severity),
    words,
    st.lists(origins, max_size=2).map(tuple),
)


@given(st.lists(findings, max_size=5))
def test_it_has_the_parts_that_code_scanning_needs(found: list[Diagnostic]) -> None:
    text = document(found, "1.0")
    value = json.loads(text)
    Draft202012Validator(REQUIRED).validate(value)
    (run,) = value["runs"]
    for row in run["results"]:
        assert run["tool"]["driver"]["rules"][row["ruleIndex"]]["id"] == row["ruleId"]
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_places_and_severities() -> None:
    found = Diagnostic(
        "a.b",
        "said",
        Origin("grants/ä b.yaml", 3, 1),
        Severity.NOTICE,
        related=(Origin("x", 1, 2),),
    )
    (row,) = json.loads(document([found], "1.0"))["runs"][0]["results"]
    assert row["level"] == "note"
    place = row["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "grants/%C3%A4%20b.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 1}
    assert row["relatedLocations"][0]["id"] == 1


def test_a_finding_without_a_place_is_said_of_the_folder_of_documents() -> None:
    (row,) = json.loads(document([Diagnostic("a.b", "said")], "1.0"))["runs"][0]["results"]
    assert row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "grants"


def test_errors_come_first_and_what_is_too_much_is_counted() -> None:
    rows = [Diagnostic("a.b", "x", severity=Severity.WARNING) for _ in range(MOST_RESULTS)] + [
        Diagnostic("c.d", "y")
    ]
    (run,) = json.loads(document(rows, "1.0"))["runs"]
    assert len(run["results"]) == MOST_RESULTS
    assert run["results"][0]["ruleId"] == "c.d"
    assert run["properties"]["leftOut"] == 1
