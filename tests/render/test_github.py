"""Annotations of a workflow, and that no text from outside is a command."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.render.github import annotate, fenced_off

texts = st.text(max_size=40) | st.sampled_from(
    ["a\n::error::b", "x,line=9::y", "100%", "%0A::add-mask::x", "\r::x::", "::"]
)


def test_an_annotation_names_its_file_line_and_rule() -> None:
    found = Diagnostic("policy.too-long", "too long", Origin("grants/a.yaml", 3, 7), hint="shorter")
    assert list(annotate([found])) == [
        "::error col=7,file=grants/a.yaml,line=3,title=policy.too-long::too long. shorter"
    ]


def test_without_a_place_it_names_the_rule_alone() -> None:
    found = Diagnostic("x.y", "said", severity=Severity.NOTICE)
    assert list(annotate([found])) == ["::notice title=x.y::said"]
    whole = Diagnostic("x.y", "said", Origin("grants/a.yaml"), Severity.WARNING)
    assert list(annotate([whole])) == ["::warning file=grants/a.yaml,title=x.y::said"]


def test_ten_of_each_severity_and_then_how_many_more() -> None:
    rows = [
        Diagnostic("x.y", f"{severity}{number}", severity=severity)
        for number in range(25)
        for severity in (Severity.ERROR, Severity.WARNING)
    ]
    lines = list(annotate(rows))
    assert len(lines) == 20
    assert lines[9] == "::error::and 16 more, which the summary of this run lists"
    assert lines[19] == "::warning::and 16 more, which the summary of this run lists"
    assert len(list(annotate(rows[:20]))) == 20


@given(texts, texts, texts)
def test_no_text_ends_its_field_or_its_line(path: str, rule: str, message: str) -> None:
    (line,) = annotate([Diagnostic(rule, message, Origin(path, 1, 1), hint=message)])
    assert "\n" not in line
    assert "\r" not in line
    command, _, data = line.removeprefix("::error ").partition("::")
    keys = [field.partition("=")[0] for field in command.split(",")]
    assert keys in (["title"], ["col", "file", "line", "title"])
    assert data.replace("%25", "").count("%") == 0


@given(st.text(max_size=80))
def test_what_is_fenced_off_stays_inside(text: str) -> None:
    token = "5ecre7"
    lines = fenced_off(f"{text}\n::{token}::\n::error::x", token).split("\n")
    assert lines[0] == f"::stop-commands::{token}"
    assert [number for number, line in enumerate(lines) if token in line] == [0, len(lines) - 2]
