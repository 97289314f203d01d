"""`reconciler policy test`: where policies contradict themselves, and whether the cases beside them hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import options
from reconciler.cli.output import Console, Format, diagnostic_line
from reconciler.model.diagnostics import Diagnostic, has_errors, ordered
from reconciler.model.errors import InvalidInputError
from reconciler.model.exit_codes import ExitCode
from reconciler.render.terminal import Style, counted, safe

if TYPE_CHECKING:
    from reconciler.documents.build import LoadResult
    from reconciler.documents.files import FileSource
    from reconciler.documents.source import GitSource
    from reconciler.model.documents import AccessRequest, PolicyCase, Target
    from reconciler.model.risk import TargetFacts
    from reconciler.policy.cases import CaseResult

app = typer.Typer(
    help="What the policies say, without any request or database.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _policy() -> None:
    """Keeps `test` a word of its own, although it is the only one."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """`results` are those of all cases, by the name of their document."""

    commit: str
    findings: tuple[Diagnostic, ...]
    results: tuple[tuple[str, CaseResult], ...]

    @property
    def failed(self) -> int:
        return sum(not result.is_ok for _, result in self.results)


@app.command(
    "test",
    short_help="Try the policies on the cases beside them.",
    epilog="Example: reconciler policy test grants",
)
def run_cases(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Files or folders in one grants folder, to try its policies as they are now. Default: the documents of a commit.",
        ),
    ] = None,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: options.Output = Format.TEXT,
) -> int:
    """Run every case of the PolicyTest documents, and find where policies contradict themselves: rules that no request can meet, approvals that nobody can
    give, hours that never begin. Needs no database, and the time of day changes nothing.

    Exits with 3 when a case does not hold, or documents or policies have errors."""
    if paths and ref is not None:
        raise typer.BadParameter("--ref names a commit, PATH names files")
    console = Console.standard()
    tried = _try(paths, repo, ref)
    if output is Format.JSON:
        console.json(_as_json(tried))
    else:
        lines = [diagnostic_line(found, console.style) for found in tried.findings]
        lines += [_line(name, result, console.style) for name, result in tried.results]
        console.result("\n".join(lines))
    console.note(_summary(tried))
    is_ok = not tried.failed and not has_errors(tried.findings)
    return ExitCode.OK if is_ok else ExitCode.INVALID


def _try(paths: list[Path] | None, repo: Path, ref: str | None) -> _Tried:
    from reconciler.documents.build import load
    from reconciler.model.risk import RequesterHistory
    from reconciler.planning.sensitive import facts
    from reconciler.policy.cases import run_case
    from reconciler.policy.contradictions import contradictions

    source = _source(paths, repo, ref)
    loaded = load(source)
    documents = replace(loaded.documents, requests=loaded.well_formed.requests)
    findings = ordered((*_about_rules(loaded), *contradictions(documents)))

    def facts_of(request: AccessRequest, target: Target) -> TargetFacts:
        return facts(request, target, documents, None, RequesterHistory())

    results = tuple(
        (name, run_case(case, documents, facts_of))
        for name, tests in sorted(documents.policy_tests.items())
        for case in tests.cases
    )
    return _Tried(source.commit, findings, results)


def _source(paths: list[Path] | None, repo: Path, ref: str | None) -> FileSource | GitSource:
    """Raises InvalidInputError for files that are not in one grants folder: without all policies no case could be judged."""
    from reconciler.documents.files import FileSource
    from reconciler.documents.source import GitSource

    if not paths:
        return GitSource.open(repo, ref)
    source = FileSource(paths)
    if not source.is_complete:
        raise InvalidInputError(
            "policy.not-in-grants",
            "the files are not in one grants folder, so the policies that belong together are not known",
            hint="Name the folder `grants` of a repository, or files in it.",
        )
    return source


def _about_rules(loaded: LoadResult) -> Iterable[Diagnostic]:
    """What is wrong with the documents, requests aside: they are not what is tried here."""
    requests = loaded.well_formed.requests.values()
    places = {request.origin.path for request in requests} | {
        origin.path for origin in loaded.left_out.get("AccessRequest", {}).values()
    }
    return (row for row in loaded.findings if row.origin is None or row.origin.path not in places)


def _line(name: str, result: CaseResult, style: Style) -> str:
    """`ok      tests: payroll may read: allow, 1 of payroll, risk 40`, or what was expected and what came instead."""
    case = safe(f"{name}: {result.case.name}")
    if result.is_ok:
        return f"{style('ok', 'green')}      {case}: {safe(_came(result))}"
    place = safe(result.case.origin)
    return f"{style('FAILED', 'bold', 'red')}  {case}: {safe('; '.join(result.problems))} ({place})"


def _came(result: CaseResult) -> str:
    from reconciler.policy.cases import verdict

    parts = [verdict(result.allowed), *result.denials]
    parts += result.approvals if result.allowed else ()
    return ", ".join((*parts, f"risk {result.risk.total}"))


def _summary(tried: _Tried) -> str:
    found = counted(len(tried.findings), "finding") if tried.findings else "no findings"
    return f"{counted(len(tried.results), 'case')}: {tried.failed} failed; {found}"


def _as_json(tried: _Tried) -> dict[str, Any]:
    from reconciler.render import as_json

    return {
        "commit": tried.commit,
        "cases": [_case_json(name, result) for name, result in tried.results],
        "findings": as_json.diagnostics(tried.findings),
    }


def _case_json(name: str, result: CaseResult) -> dict[str, Any]:
    from reconciler.policy.cases import verdict
    from reconciler.render import as_json

    return {
        "test": name,
        "case": result.case.name,
        "ok": result.is_ok,
        "problems": list(result.problems),
        "expected": _expected_json(result.case),
        "came": {
            "verdict": verdict(result.allowed),
            "rules": list(result.denials),
            "approvals": list(result.approvals),
            "risk": result.risk.total,
            "points": [point._asdict() for point in result.risk.points],
            "findings": as_json.diagnostics(result.findings),
        },
        "origin": as_json.origin(result.case.origin),
    }


def _expected_json(case: PolicyCase) -> dict[str, Any]:
    from reconciler.policy.cases import verdict

    return {
        "verdict": verdict(case.allowed),
        "rules": list(case.rules),
        "approvals": None if case.approvals is None else list(case.approvals),
        "risk_at_least": case.risk_at_least,
        "risk_at_most": case.risk_at_most,
    }
