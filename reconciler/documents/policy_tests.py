"""Example cases that are kept beside the policies, as typed values."""

from __future__ import annotations

from reconciler.documents.loader import Path
from reconciler.documents.parts import SPEC, items, name_of, reason, refuse_twins
from reconciler.documents.reader import Reader
from reconciler.documents.requests import read_request
from reconciler.model.documents import PolicyCase, PolicyTest


def policy_test(reader: Reader) -> PolicyTest:
    cases = (*SPEC, "cases")
    refuse_twins(reader, cases, "case")
    return PolicyTest(
        name=name_of(reader),
        origin=reader.origin(),
        cases=tuple(
            _case(reader, path, f"{name_of(reader)}-{number}")
            for number, path in enumerate(items(reader, cases), start=1)
        ),
    )


def _case(reader: Reader, path: Path, request_name: str) -> PolicyCase:
    """`request_name` is only for what a request must have a name for, such as its temporary user."""
    spec, expect = (*path, "request"), (*path, "expect")
    request = read_request(reader, spec, request_name, reader.origin(spec))
    if request.ended:
        reader.fail(
            "policy-test.ended",
            "a request that was ended asks for nothing, so every policy allows it",
            (*spec, "ended"),
            "Remove `ended`.",
        )
    allowed = reader.text((*expect, "verdict")) == "allow"
    if allowed and reader.at((*expect, "rules")):
        reader.fail(
            "policy-test.expectation",
            "`rules` are findings of a denial, and the request is to be allowed",
            (*expect, "rules"),
            "Write `verdict: deny`, or remove `rules`.",
        )
    least, most = _risk(reader, (*expect, "risk"))
    approvals = (*expect, "approvals")
    return PolicyCase(
        name=reason(reader, (*path, "name")),
        origin=reader.origin(path),
        request=request,
        allowed=allowed,
        rules=reader.texts((*expect, "rules")),
        approvals=None if reader.at(approvals) is None else reader.texts(approvals),
        risk_at_least=least,
        risk_at_most=most,
    )


def _risk(reader: Reader, path: Path) -> tuple[int | None, int | None]:
    given = reader.at(path) or {}
    least, most = given.get("atLeast"), given.get("atMost")
    if least is not None and most is not None and most < least:
        reader.fail(
            "policy-test.expectation",
            f"`atMost` ({most}) is less than `atLeast` ({least})",
            (*path, "atMost"),
        )
    return (None if least is None else int(least)), (None if most is None else int(most))
