"""Another end of a request's window, with everything else of the file as its author wrote it."""

from __future__ import annotations

import pytest

from reconciler.documents.edit import NotEditableError, with_window

REQUEST = """\
# why: see OPS-1
kind: AccessRequest
spec:
  reason: 'duration: 3d'   # a trap
  window: {start: 2026-12-01T08:00:00Z, duration: 3d}  # agreed with bob
"""


@pytest.mark.parametrize(
    ("before", "field", "value", "after"),
    [
        ("window: {duration: 3d}", "duration", "4d", "window: {duration: 4d}"),
        ('window: {duration: "3d", start: x}', "duration", "1d2h", 'window: {duration: "1d2h", start: x}'),
        ("window:\n    until: '2026-12-01T08:00:00+01:00' # end\n", "until", "2026-12-02T00:00:00Z", "window:\n    until: '2026-12-02T00:00:00Z' # end\n"),
        ("window:\r\n    duration:   90m\r\n", "duration", "3h", "window:\r\n    duration:   3h\r\n"),
    ],
)  # fmt: skip
def test_only_the_value_changes(before: str, field: str, value: str, after: str) -> None:
    found = with_window(f"spec:\n  {before}".encode(), "x.yaml", field, value)
    assert found.decode() == f"spec:\n  {after}"


def test_comments_and_text_that_looks_alike_stay() -> None:
    found = with_window(REQUEST.encode(), "x.yaml", "duration", "5d").decode()
    assert found == REQUEST.replace("00Z, duration: 3d", "00Z, duration: 5d")


@pytest.mark.parametrize(
    "text",
    [
        "spec:\n  window: {until: 2026-12-01T08:00:00Z}\n",
        "spec:\n  reason: x\n",
        "spec: [window]\n",
        "just text\n",
        "spec:\n  window:\n    duration: >-\n      3d\n",
        "spec: {window: {duration: 3d\n",
    ],
)
def test_what_cannot_be_edited_safely_is_left_to_a_person(text: str) -> None:
    with pytest.raises(NotEditableError):
        with_window(text.encode(), "x.yaml", "duration", "4d")
