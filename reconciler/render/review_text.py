"""A review on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from reconciler.model.approvals import Verdict
from reconciler.model.review import AccessReview, Review, TargetReview
from reconciler.render.markdown_escape import quiet
from reconciler.render.review_words import (
    headline,
    instant,
    path_words,
    snapshot_words,
    span,
    statement_lines,
    what_happens,
)
from reconciler.render.terminal import Style, safe


def review(found: Review, zone: tzinfo, style: Style) -> str:
    """Everything but the findings, which are printed apart."""
    blocks = [style(f"Access review: {headline(found)}", "bold")]
    blocks += (_access(row, zone, style) for row in found.access)
    blocks += ("\n".join(_document(row.change.path, row.verdict)) for row in found.documents)
    blocks += (_target(row, found, zone, style) for row in found.targets)
    if found.forecast_at is not None:
        blocks.append(_forecast(found, zone))
    blocks.append(f"commit {found.head[:12]} against {found.base[:12]}, review {found.digest}")
    return "\n\n".join(blocks)


def _name(text: str) -> str:
    return quiet(safe(text))


def _line(label: str, text: str) -> str:
    return f"  {label + ':':18}{_name(text)}"


def _access(row: AccessReview, zone: tzinfo, style: Style) -> str:
    title = f"{_name(row.name)} on {_name(row.target)}: {what_happens(row)}"
    return "\n".join((style(title, "bold"), *_facts(row, zone), *_sql(row.statements)))


def _facts(row: AccessReview, zone: tzinfo) -> Iterator[str]:
    yield from (_line("edit", text) for text in row.edits)
    yield _line("who", f"{row.person}, in the database {', '.join(row.grantees)}")
    yield _line("what", "; ".join(row.access))
    yield _line("why", f"{row.reason} (ticket {row.ticket})" if row.ticket else row.reason)
    if row.ends_only:
        return
    when = span(row.times, zone, row.begins)
    yield _line("when", when or f"no end; to be looked at again by {row.review_by}")
    yield from _effect(row, zone)
    for reached in row.reached:
        way = f" through {' -> '.join(reached.through)}" if reached.through else ""
        may = "" if reached.certain else "perhaps "
        yield _line(
            "sensitive", f"{may}{reached.column} ({reached.level}, {reached.category}){way}"
        )
    for point in row.verdict.risk.points:
        yield _line("risk", f"{point.points} {point.factor}: {point.reason}")
    yield from _approval(row.verdict)
    yield from (_line("at the end", text) for text in row.at_end)


def _effect(row: AccessReview, zone: tzinfo) -> Iterator[str]:
    found = row.difference
    if found is None:
        return
    yield _line("new", ", ".join(map(str, found.gained)) or "nothing")
    for path in found.held:
        because = f", which {path.explained_by} wants" if path.explained_by else ""
        yield _line("has already", f"{path.privilege} through {path_words(path)}{because}")
    if found.left_after and row.kind == "AccessRequest":
        yield _line("stays after", ", ".join(str(path.privilege) for path in found.left_after))
    for other in found.overlaps:
        until = f" until {instant(other.end, zone)}" if other.end else ""
        yield _line("overlaps", f"{other.lease_id}: {', '.join(map(str, other.privileges))}{until}")


def _approval(verdict: Verdict) -> Iterator[str]:
    yield from (_line("cannot pass", message) for _, message in verdict.refusals)
    yield from (_line("must approve", line) for line in verdict.missing)
    yield from (_line("approved by", row.person) for row in verdict.counted)
    yield from (_line("does not count", row.message) for row in verdict.not_counted)
    if not (verdict.missing or verdict.counted or verdict.refusals):
        yield _line("approval", "nobody has to approve it")


def _sql(statements: Iterable[str]) -> Iterator[str]:
    yield from (
        f"    {quiet(safe(line))}"
        for row in statements
        for line in statement_lines(row, whole=True)
    )


def _document(path: str, verdict: Verdict) -> Iterator[str]:
    yield _name(path)
    yield from _approval(verdict)


def _target(row: TargetReview, found: Review, zone: tzinfo, style: Style) -> str:
    lines = [
        style(_name(row.target), "bold"),
        _line("knowledge", snapshot_words(row, found.at, zone)),
    ]
    if row.digest:
        lines += [_line("database", row.database), _line("plan", row.digest)]
    if row.rest:
        lines += ["  what else runs", *_sql(row.rest)]
    if row.spared:
        lines += ["  what does not run any more", *_sql(row.spared)]
    return "\n".join(lines)


def _forecast(found: Review, zone: tzinfo) -> str:
    at = found.forecast_at or found.at
    rows = (
        f"  {_name(row.lease_id)} on {_name(row.target)}: {row.state}, {instant(row.start, zone)} to {instant(row.end, zone)}"
        for row in found.forecast
    )
    title = f"forecast for {instant(at, zone)}, if it is merged now"
    return "\n".join((title, *(list(rows) or ["  no lease is known then"])))
