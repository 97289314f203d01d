"""`reconciler validate`: judges documents without looking at any database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options
from reconciler.cli.output import Console, Format, diagnostic_line
from reconciler.model.diagnostics import Diagnostic, Severity, has_errors, ordered
from reconciler.model.errors import InvalidInputError
from reconciler.model.exit_codes import ExitCode
from reconciler.render.terminal import counted

if TYPE_CHECKING:
    from reconciler.documents.build import LoadResult
    from reconciler.documents.files import FileSource
    from reconciler.documents.source import GitSource
    from reconciler.model.documents import AccessRequest

_MAX_NAMED = 3


def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Files or folders to judge as they are now, for editors and commit hooks. Default: the documents of a commit.",
        ),
    ] = None,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            help="Also hold requests that are new or changed since REV to the time of the commit.",
            metavar="REV",
        ),
    ] = None,
    target: options.Targets = None,
    output: options.Output = Format.TEXT,
) -> int:
    """Judge the documents: YAML, schema, references, scope and policy, and that no target with open leases was deleted. Needs no database."""
    if paths and ref is not None:
        raise typer.BadParameter("--ref names a commit, PATH names files")
    console = Console.standard()
    judgement = (
        _judge_files(paths, base, console) if paths else _judge_commit(repo, ref, base, console)
    )
    findings = _about(judgement, tuple(target or ()))
    if output is Format.JSON:
        from reconciler.render import as_json

        console.json(
            {
                "commit": judgement.commit,
                "documents": judgement.count,
                "findings": as_json.diagnostics(findings),
            }
        )
    else:
        console.result("\n".join(diagnostic_line(found, console.style) for found in findings))
    console.note(_summary(judgement.count, findings))
    return ExitCode.INVALID if has_errors(findings) else ExitCode.OK


@dataclass(frozen=True, slots=True)
class _Judgement:
    """`count` is the number of files that were asked about; `commit` is empty for files."""

    loaded: LoadResult
    findings: tuple[Diagnostic, ...]
    count: int
    commit: str = ""


def _judge_files(paths: list[Path], base: str | None, console: Console) -> _Judgement:
    """With `base`, requests that are new or changed are held to this moment: what is written now must end later."""
    from reconciler.documents.build import load
    from reconciler.documents.files import FileSource

    source = FileSource(paths)
    changed: frozenset[str] = frozenset()
    if base is not None:
        from reconciler.documents.source import changed_files

        differing = changed_files(source.asked.values(), base)
        changed = frozenset(shown for shown, path in source.asked.items() if path in differing)
    loaded = load(source)
    if not source.is_complete:
        console.note(
            "note: the files are not in one grants folder; what they refer to was not looked for"
        )
        return _Judgement(loaded, _asked(loaded.findings, source), len(source.asked))
    findings = (*loaded.findings, *_judged(loaded, changed, datetime.now(UTC), {}))
    return _Judgement(loaded, _asked(findings, source), len(source.asked))


def _asked(findings: tuple[Diagnostic, ...], source: FileSource) -> tuple[Diagnostic, ...]:
    return ordered(
        found
        for found in findings
        if any(place and place.path in source.asked for place in (found.origin, *found.related))
    )


def _judge_commit(repo: Path, ref: str | None, base: str | None, console: Console) -> _Judgement:
    from reconciler.documents.build import load
    from reconciler.documents.source import GitSource

    source = GitSource.open(repo, ref)
    changed = source.changed_since(base) if base is not None else frozenset()
    _tell_about(source, console)
    loaded = load(source)
    before = _before(repo, base, changed) if base is not None else {}
    judged = _judged(loaded, changed, source.committed_at, before)
    findings = ordered((*loaded.findings, *judged, *_removed_targets(repo, loaded)))
    return _Judgement(loaded, findings, loaded.count, source.commit)


def _removed_targets(repo: Path, loaded: LoadResult) -> list[Diagnostic]:
    """Errors for targets that were deleted while leases on them are open, as far as the audit branch is known here."""
    from reconciler.ledger.store import Ledger
    from reconciler.run.workspace import targets_gone

    return targets_gone(Ledger.to_read(repo), loaded.documents, loaded.left_out)


def _tell_about(source: GitSource, console: Console) -> None:
    if source.is_shallow:
        console.note("note: the clone is shallow; validate goes on, plan and reconcile will not")
    differing = source.uncommitted()
    if differing:
        from reconciler.render.terminal import safe

        named = ", ".join(map(safe, differing[:_MAX_NAMED]))
        more = f" and {len(differing) - _MAX_NAMED} more" if len(differing) > _MAX_NAMED else ""
        console.note(f"note: not part of this run, because not committed: {named}{more}")


def _before(repo: Path, base: str, changed: frozenset[str]) -> Mapping[str, AccessRequest]:
    """The requests that changed, as they were at `base`."""
    from reconciler.documents.approved import OverlaidSource
    from reconciler.documents.build import load
    from reconciler.documents.source import GitSource

    source = GitSource.open(repo, base)
    return load(OverlaidSource(source, {}, changed)).documents.requests


def _judged(
    loaded: LoadResult,
    changed: frozenset[str],
    changed_at: datetime,
    before: Mapping[str, AccessRequest],
) -> Iterator[Diagnostic]:
    """What policies say of the requests, and for changed ones, also whether their end is still to come; `before` are those as they were."""
    from reconciler.policy.caps import check_changed, check_request

    for request in loaded.documents.requests.values():
        yield from check_request(request, loaded.documents)
        if request.origin.path in changed:
            earlier = before.get(request.name)
            yield from check_changed(request, changed_at, loaded.documents, earlier)


def _about(judgement: _Judgement, names: tuple[str, ...]) -> tuple[Diagnostic, ...]:
    """The findings without those that are about other targets than the named ones. Raises InvalidInputError for a name that is no target."""
    if not names:
        return judgement.findings
    known = judgement.loaded.well_formed
    unknown = [name for name in names if name not in known.targets]
    if unknown:
        raise InvalidInputError(
            "target.unknown",
            f"{unknown[0]!r} is no target",
            hint=f"Known targets: {', '.join(known.targets)}.",
        )
    from reconciler.documents.relevance import about_targets

    return about_targets(judgement.findings, known, names)


def _summary(documents: int, findings: tuple[Diagnostic, ...]) -> str:
    """`41 documents: 2 errors, 1 warning`."""
    counts = [
        counted(number, severity.value)
        for severity in Severity
        if (number := sum(found.severity is severity for found in findings))
    ]
    return f"{counted(documents, 'document')}: {', '.join(counts) or 'no findings'}"
