"""Requests written from answers: whatever somebody answers, the document says exactly that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.drafts import Draft, NotAskableError, privilege, to_yaml
from reconciler.documents.loader import parse
from reconciler.documents.scalars import forbidden_character

WORDS = st.text(min_size=1, max_size=60).filter(lambda text: forbidden_character(text) is None)
LINES = WORDS.map(lambda text: " ".join(text.split())).filter(bool)


def draft(**changes: object) -> Draft:
    usual: dict[str, object] = {
        "name": "payroll-fix",
        "requester": "alice",
        "reason": "Payroll totals are wrong",
        "targets": ("prod",),
        "access": ({"privileges": ["SELECT"], "on": "HR.PAYROLL"},),
        "duration": "4h",
        "user": "ALICE",
    }
    return Draft(**{**usual, **changes})  # type: ignore[arg-type]


@given(reason=LINES, ticket=LINES, user=LINES, on=LINES, start=LINES)
def test_what_was_answered_is_what_the_document_says(
    reason: str, ticket: str, user: str, on: str, start: str
) -> None:
    access = ({"privileges": ["SELECT"], "on": on, "columns": [user, on]}, {"on": {"label": on}})
    data = to_yaml(draft(reason=reason, ticket=ticket, user=user, start=start, access=access))
    spec = parse(data, "x.yaml").root["spec"]
    assert (spec["reason"], spec["ticket"], spec["identity"]) == (reason, ticket, {"user": user})
    assert spec["access"] == [dict(item) for item in access]
    assert spec["window"] == {"start": start, "duration": "4h"}


def test_it_is_laid_out_as_people_write_it() -> None:
    written = to_yaml(
        draft(
            reason="Payroll: totals are wrong #42",
            ticket="OPS-1",
            access=(
                {"bundle": "payroll-support"},
                {"privileges": ["UPDATE"], "on": "HR.EMPLOYEES", "columns": ["SALARY"]},
            ),
            start="2026-12-01T08:00:00Z",
        )
    ).decode()
    assert written == (
        "apiVersion: grants/v1\n"
        "kind: AccessRequest\n"
        "metadata: {name: payroll-fix}\n"
        "spec:\n"
        "  requester: alice\n"
        '  reason: "Payroll: totals are wrong #42"\n'
        "  ticket: OPS-1\n"
        "  targets: [prod]\n"
        "  identity: {user: ALICE}\n"
        "  access:\n"
        "    - bundle: payroll-support\n"
        "    - privileges: [UPDATE]\n"
        "      on: HR.EMPLOYEES\n"
        "      columns: [SALARY]\n"
        "  window: {start: 2026-12-01T08:00:00Z, duration: 4h}\n"
    )


def test_without_a_user_it_asks_for_a_temporary_one() -> None:
    assert "  identity: {temporary: {}}\n" in to_yaml(draft(user="")).decode()


@pytest.mark.parametrize("word", ["no", "Yes", "null", "true", "ON", "~", "1e3", "0x1F", "42", "-"])
def test_words_that_mean_something_else_to_a_parser_are_quoted(word: str) -> None:
    assert f'reason: "{word}"\n' in to_yaml(draft(reason=word)).decode()


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("SELECT on HR.PAYROLL", {"privileges": ["SELECT"], "on": "HR.PAYROLL"}),
        ("select,  update ON hr.emp*", {"privileges": ["SELECT", "UPDATE"], "on": "hr.emp*"}),
        (
            "UPDATE (SALARY, JOB_ID) on HR.EMPLOYEES",
            {"privileges": ["UPDATE"], "on": "HR.EMPLOYEES", "columns": ["SALARY", "JOB_ID"]},
        ),
        ("UPDATE(SALARY) on HR.E", {"privileges": ["UPDATE"], "on": "HR.E", "columns": ["SALARY"]}),
        ("SELECT on label payroll", {"privileges": ["SELECT"], "on": {"label": "payroll"}}),
        ("READ on directory DUMPS", {"privileges": ["READ"], "directory": "DUMPS"}),
        ("SELECT ANY TABLE on schema HR", {"privileges": ["SELECT ANY TABLE"], "schema": "HR"}),
        ("create view", {"system": "CREATE VIEW"}),
        ("ON COMMIT REFRESH on HR.T", {"privileges": ["ON COMMIT REFRESH"], "on": "HR.T"}),
        ('SELECT on "a b"."c on d"', {"privileges": ["SELECT"], "on": '"a b"."c on d"'}),
    ],
)
def test_privileges_are_read_as_people_say_them(text: str, item: object) -> None:
    assert privilege(text) == item


@pytest.mark.parametrize(
    "text", ["", "  ", "SELECT HR.PAYROLL", "SELECT on", "UPDATE (X", "a\x1bb", "A, B"]
)
def test_what_names_no_privilege_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(NotAskableError, match=r"write SELECT on HR\.PAYROLL"):
        privilege(text)
