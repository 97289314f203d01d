"""A review as one comment on a pull request: the verdict and who has to approve first, then a section for each lease, the rest folded away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo

from reconciler.model.approvals import Verdict
from reconciler.model.classification import Reached
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.results import AccessPath
from reconciler.model.review import (
    AccessReview,
    DocumentReview,
    ForecastRow,
    Overlap,
    Review,
    TargetReview,
)
from reconciler.render.markdown_escape import code, fenced, prose, shortened
from reconciler.render.review_words import (
    OWN_GRANT,
    headline,
    instant,
    is_old,
    listed,
    path_words,
    snapshot_words,
    span,
    statement_lines,
    what_happens,
)
from reconciler.render.terminal import counted

MARKER = "<!-- reconciler:review -->"
"""The comment is found again by its first line, which readers do not see."""

MOST_CHARACTERS = 65_536
"""GitHub takes no longer body. Counted in UTF-16, as JavaScript counts."""

_SHOWN = 12
_MOST_OF_A_TEXT = 1_000
_MOST_OF_THE_SQL = 20_000
_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTICE: "ℹ️"}  # noqa: RUF001 - the sign is meant


def comment(review: Review, zone: tzinfo, most: int = MOST_CHARACTERS) -> str:
    """The comment, cut between two sections where it would be too long; what is left out is counted. `most` is not less than what the end takes."""
    foot = _foot(review, zone)
    head = _cut(_head(review, zone), most - _size(foot) - _FOR_THE_CUT)
    sections = list(_sections(review, zone))
    room = most - _size(head) - _size(foot) - _FOR_THE_CUT
    kept: list[str] = []
    for section in sections:
        room -= _size(section) + 2
        if room < 0:
            break
        kept.append(section)
    left = len(sections) - len(kept)
    cut = f"**{counted(left, 'section')} left out**, because a comment holds no more. `reconciler review` on the command line shows all of them."
    return "\n\n".join((head, *kept, *([cut] if left else ()), foot)) + "\n"


_FOR_THE_CUT = 200
"""Room for the sentence that says what was left out."""


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, most: int) -> str:
    """The first lines, as many as fit."""
    if _size(text) <= most:
        return text
    kept: list[str] = []
    room = most - _FOR_THE_CUT
    for line in text.split("\n"):
        room -= _size(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join((*kept, "", "**More was left out here**, because a comment holds no more."))


def _head(review: Review, zone: tzinfo) -> str:
    """What a reader sees who reads no further."""
    lines = [MARKER, f"<!-- {review.digest} -->"]
    lines += [f"## {_sign(review)} Access review: {headline(review)}"]
    lines += _part("", map(_finding, _errors(review)))
    lines += _part("**What it comes to**", (_summary(row, zone) for row in review.access))
    lines += _part("**Who still has to approve**", _missing(review))
    failures = (found for row in _affected(review) for found in row.findings if found.is_error)
    lines += _part("**What would fail**", map(_prediction, dict.fromkeys(failures)))
    old = [row for row in review.targets if is_old(row, review.at)]
    lines += _part("", (_old(row, review, zone) for row in old))
    return "\n".join(lines)


def _part(title: str, lines: Iterable[str]) -> list[str]:
    found = list(_bullets(lines))
    return ["", *([title, ""] if title else ()), *found] if found else []


def _errors(review: Review) -> tuple[Diagnostic, ...]:
    return tuple(row for row in (*review.invalid, *review.refused) if row.is_error)


def _affected(review: Review) -> tuple[AccessReview | TargetReview, ...]:
    return (*review.access, *review.targets)


def _old(row: TargetReview, review: Review, zone: tzinfo) -> str:
    return f"⚠️ {code(row.target)}: {snapshot_words(row, review.at, zone)}"


def _sign(review: Review) -> str:
    if _errors(review):
        return "❌"
    return "✋" if review.missing or any(row.refusals for row in review.verdicts) else "✅"


def _bullets(lines: Iterable[str]) -> Iterator[str]:
    return (f"- {line}" for line in listed(lines, _SHOWN))


def _missing(review: Review) -> Iterator[str]:
    """Each group once, with what it is needed for."""
    needed: dict[str, list[str]] = {}
    for row in review.access:
        for line in row.verdict.missing:
            needed.setdefault(line, []).append(f"{code(row.name)} on {code(row.target)}")
    for document in review.documents:
        for line in document.verdict.missing:
            needed.setdefault(line, []).append(code(document.change.path))
    for line, subjects in needed.items():
        yield f"{prose(line)} (for {', '.join(listed(dict.fromkeys(subjects), 3))})"


def _summary(row: AccessReview, zone: tzinfo) -> str:
    """One line a data owner reads first."""
    if row.ends_only:
        return f"{code(row.name)} on {code(row.target)}: {what_happens(row)}"
    what = _codes(row.access, 3)
    times = span(row.times, zone, prose(row.begins)) or f"to be looked at again by {row.review_by}"
    parts = [f"{_who(row)} {what} on {code(row.target)}, {times}"]
    if row.reached:
        parts.append(f"**{_levels(row.reached)} data**")
    if row.verdict.risk.points:
        parts.append(f"risk {row.verdict.risk.total}")
    return "; ".join(parts)


def _who(row: AccessReview) -> str:
    grantees = _codes(row.grantees, 3)
    match row.kind:
        case "StandingGrant":
            return f"{grantees} (owner {prose(row.person)}) gets for good"
        case "BreakGlass":
            return f"{prose(row.person)} can open in an emergency, as {grantees},"
        case _:
            return f"{prose(row.person)} as {grantees} gets"


def _levels(reached: Iterable[Reached]) -> str:
    worst = max(reached, key=lambda row: row.level.rank)
    return worst.level.value


def _sections(review: Review, zone: tzinfo) -> Iterator[str]:
    remarks = [
        row for row in (*review.remarks, *review.invalid, *review.refused) if not row.is_error
    ]
    if remarks:
        yield "\n".join(_bullets(map(_finding, remarks)))
    for row in review.access:
        yield _access(row, zone)
    if review.documents:
        yield "\n".join(("### Other documents", *_bullets(map(_document, review.documents))))
    for target in review.targets:
        if target.rest or target.spared or target.findings:
            yield _target(target)
    if review.forecast_at is not None:
        yield _forecast(review, zone)


def _access(row: AccessReview, zone: tzinfo) -> str:
    lines = [f"### {code(row.name)} on {code(row.target)}: {what_happens(row)}", ""]
    lines += (f"- {line}" for line in _facts(row, zone))
    for title, body in _details(row):
        lines += ["", _folded(title, body)]
    return "\n".join(lines)


def _facts(row: AccessReview, zone: tzinfo) -> Iterator[str]:
    yield from (f"**{prose(shortened(text, _MOST_OF_A_TEXT))}**" for text in row.edits)
    yield f"**Who:** {prose(row.person)}, in the database {', '.join(map(code, row.grantees))}"
    yield f"**What:** {_codes(row.access)}"
    ticket = f" (ticket {code(row.ticket)})" if row.ticket else ""
    yield f"**Why:** {prose(shortened(row.reason, _MOST_OF_A_TEXT))}{ticket}"
    if row.ends_only:
        return
    when = span(row.times, zone, row.begins)
    yield (
        f"**When:** {prose(when)}"
        if when
        else f"**Until:** no end; to be looked at again by {row.review_by}"
    )
    yield from _effect(row, zone)
    if row.reached:
        yield f"**Sensitive:** {', '.join(listed(map(_column, row.reached), _SHOWN))}"
    yield from _approval(row.verdict)
    yield from map(_prediction, row.findings)


def _effect(row: AccessReview, zone: tzinfo) -> Iterator[str]:
    found = row.difference
    if found is None:
        return
    if found.gained:
        yield f"**New:** {_codes(found.gained)}"
    else:
        yield "**New:** nothing"
    if found.held:
        yield f"**Has already:** {', '.join(listed(map(_path, found.held), _SHOWN))}"
    if found.left_after and row.kind == "AccessRequest":
        stays = _codes(path.privilege for path in found.left_after)
        yield f"⚠️ **Stays after the end:** {stays}; no document wants the other way, so nothing takes it away"
    for overlap in found.overlaps:
        yield _overlap(overlap, zone)


def _codes(texts: Iterable[object], most: int = _SHOWN) -> str:
    return ", ".join(listed(map(code, texts), most))


def _path(path: AccessPath) -> str:
    because = f", which {prose(path.explained_by)} wants" if path.explained_by else ""
    return f"{code(path.privilege)} through {_way(path)}{because}"


def _way(path: AccessPath) -> str:
    words = path_words(path)
    return words if words == OWN_GRANT else code(words)


def _overlap(row: Overlap, zone: tzinfo) -> str:
    until = f", until {instant(row.end, zone)}" if row.end else ""
    what = _codes(row.privileges, 3)
    return f"**Overlaps** with lease {code(row.lease_id)}, which gives {what} too{until}"


def _column(row: Reached) -> str:
    may = "" if row.certain else "perhaps "
    change = ", to change it" if row.writes else ""
    way = f" through {code(' -> '.join(row.through))}" if row.through else ""
    return f"{may}{code(row.column)} ({row.level.value}, {prose(row.category)}){way}{change}"


def _approval(verdict: Verdict) -> Iterator[str]:
    for _, message in verdict.refusals:
        yield f"❌ {prose(message)}"
    if verdict.missing:
        yield f"**Still has to approve:** {' **and** '.join(map(prose, verdict.missing))}"
    elif not verdict.counted:
        yield "**Approval:** nobody has to approve it"
    for row in verdict.counted:
        instead = f" in the place of {prose(row.deputy_for)}" if row.deputy_for else ""
        yield f"✅ approved by {prose(row.person)}{instead}"
    for other in verdict.not_counted:
        yield f"does not count: {prose(other.message)}"


def _details(row: AccessReview) -> Iterator[tuple[str, str]]:
    """Titles, which are ours, and what is folded away below them."""
    if row.statements:
        yield (
            f"SQL that will run: {counted(len(row.statements), 'statement')}",
            _sql(row.statements),
        )
    risk = row.verdict.risk
    if risk.points:
        lines = (
            f"{point.points}: {prose(point.reason)} ({code(point.factor)})" for point in risk.points
        )
        yield f"Risk: {counted(risk.total, 'point')}", "\n".join(f"- {line}" for line in lines)
    if row.at_end:
        yield "At the end", "\n".join(f"- {prose(line)}" for line in row.at_end)


def _sql(statements: Sequence[str]) -> str:
    """The statements that there is room for, and how many there are more."""
    shown: list[str] = []
    room = _MOST_OF_THE_SQL
    for statement in statements:
        room -= sum(map(_size, statement_lines(statement, whole=False)))
        if room < 0:
            break
        shown.append(statement)
    more = len(statements) - len(shown)
    cut = f"\n\n{counted(more, 'more statement')} not shown." if more else ""
    lines = (line for row in shown for line in statement_lines(row, whole=False))
    return fenced(tuple(lines), "sql") + cut


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _document(row: DocumentReview) -> str:
    change = row.change
    verdict = "; ".join(_approval(row.verdict))
    return f"{code(change.path)} ({change.kind}, {change.action.value}): {verdict}"


def _target(row: TargetReview) -> str:
    lines = [f"### Target {code(row.target)}", ""]
    lines += (f"- {_prediction(found)}" for found in row.findings)
    if row.rest:
        lines += [
            "",
            _folded(f"SQL that will run: {counted(len(row.rest), 'statement')}", _sql(row.rest)),
        ]
    if row.spared:
        title = f"SQL that will not run any more: {counted(len(row.spared), 'statement')}"
        lines += ["", _folded(title, _sql(row.spared))]
    return "\n".join(lines)


def _prediction(found: Diagnostic) -> str:
    """What would happen in the database as it was last seen. That may have changed, so it fails nothing here."""
    sign = _SIGNS[Severity.NOTICE if found.severity is Severity.NOTICE else Severity.WARNING]
    return f"{sign} {_words(found)}"


def _finding(found: Diagnostic) -> str:
    place = f"{code(found.origin)}: " if found.origin and found.origin.path else ""
    return f"{_SIGNS[found.severity]} {place}{_words(found)}"


def _words(found: Diagnostic) -> str:
    hint = f" *{prose(shortened(found.hint, _MOST_OF_A_TEXT))}*" if found.hint else ""
    return f"{prose(shortened(found.message, _MOST_OF_A_TEXT))} ({code(found.rule)}){hint}"


def _forecast(review: Review, zone: tzinfo) -> str:
    at = review.forecast_at or review.at
    title = f"### Forecast for {instant(at, zone)}, if it is merged now"
    lines = [_forecast_row(row, zone) for row in review.forecast]
    return "\n".join((title, *_bullets(lines or ["no lease is known then"])))


def _forecast_row(row: ForecastRow, zone: tzinfo) -> str:
    times = f"{instant(row.start, zone)} to {instant(row.end, zone)}"
    return f"{code(row.lease_id)} on {code(row.target)}: **{row.state}** ({times})"


def _foot(review: Review, zone: tzinfo) -> str:
    lines = ["---", *_bullets(_knowledge(row, review, zone) for row in review.targets)]
    head, base = code(review.head[:12]), code(review.base[:12])
    lines.append(
        f"- Commit {head} against {base}; review {code(review.digest)}. No database was asked."
    )
    return "\n".join(lines)


def _knowledge(row: TargetReview, review: Review, zone: tzinfo) -> str:
    plan = f"; plan {code(row.digest)}" if row.digest else ""
    database = f", {code(row.database)}" if row.database else ""
    return f"{code(row.target)}: {snapshot_words(row, review.at, zone)}{database}{plan}"
