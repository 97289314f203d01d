"""Writing `ended: true` into a request without disturbing what its author wrote."""

from __future__ import annotations

import pytest

from reconciler.documents.edit import NotEditableError, with_end
from reconciler.documents.loader import parse

BLOCK = """\
# asked for in the stand-up
apiVersion: grants/v1
kind: AccessRequest
metadata: {name: fix}  # as the file
spec:   # what we need
  # who
  requester: alice
  reason: >
    Totals are
    wrong

  window: {duration: 4h}
"""


def edited(text: str) -> str:
    return with_end(text.encode(), "grants/requests/fix.yaml").decode()


def added(before: str, after: str) -> str:
    """What was put in; fails when anything else changed."""
    start = next(
        (index for index, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        len(before),
    )
    length = len(after) - len(before)
    assert before == after[:start] + after[start + length :]
    return after[start : start + length]


def test_it_is_a_line_of_its_own_and_nothing_else_moves() -> None:
    after = edited(BLOCK)
    assert after == BLOCK.replace("  requester", "  ended: true\n  requester")
    assert edited(after) == after, "it is there already"


@pytest.mark.parametrize(
    "text",
    [
        "spec: {requester: alice, window: {duration: 4h}}\n",
        "{spec: {requester: alice}, kind: AccessRequest}",
        'spec: {\n  "requester": alice, # who\n  reason: x }\n',
        "spec:\n    requester: alice",
        "spec:\n requester: alice\n\n\n# the end\n",
        'spec:\n  "requester": alice\n  reason: "a: {b # c"\n',
        "spec:\n  reason: |\n    requester: bob\n    ended: false\n  requester: alice\n",
        "spec:\n- a\nspecial: 1\n".replace("spec:\n- a\n", "spec:\n  list:\n  - a\n"),
        "? spec\n: requester: alice\n  reason: x\n",
        "metadata: {spec: {ended: false}}\nspec:\n  requester: alice\n",
        "---\nspec:\n  requester: ünïcødé 💥\n  reason: x\n...\n",
    ],
)
def test_hostile_layouts_are_changed_in_the_right_place(text: str) -> None:
    after = edited(text)
    assert added(text, after).strip(" ,\n") == "ended: true"
    tree = parse(after.encode(), "f.yaml")
    assert tree.root["spec"]["ended"] is True


def test_line_ends_and_byte_order_mark_stay() -> None:
    windows = "\ufeff" + BLOCK.replace("\n", "\r\n")
    assert added(windows, edited(windows)) == "ended: true\r\n  "
    assert edited("\ufeff{spec: {a: 1}}") == "\ufeff{spec: {ended: true, a: 1}}"


@pytest.mark.parametrize("written", ["false", "False", "FALSE"])
def test_an_end_that_says_false_says_true_afterwards(written: str) -> None:
    text = f"spec:\n  requester: alice\n  ended:   {written}   # not yet\n"
    assert edited(text) == text.replace(written, "true")
    flow = f"spec: {{ended: {written}, requester: alice}}"
    assert edited(flow) == flow.replace(written, "true")


@pytest.mark.parametrize(
    "text",
    [
        "spec:\n  ? requester\n  : alice\n",
        "spec:\n  requester: &a alice\n",
        "spec: []\n",
        "spec: {}\n",
        "- spec\n",
        "spec:\n  ended: maybe\n",
        "spec: [\n",
        "",
        "spec: a\n---\nspec: b\n",
        "spec:\n  a: 1\n  pad: '" + "x" * 65_500 + "'\n",
    ],
)
def test_what_cannot_be_changed_safely_is_left_to_a_person(text: str) -> None:
    with pytest.raises(NotEditableError):
        edited(text)
