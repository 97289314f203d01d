"""One change of the protected branch against the documents that were in force before it.

Policy, people, teams, targets and classifications are those of the branch before the change, in their approved state. What gives nobody anything more
needs no approval: removing a request, ending it early, restoring what was approved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.approvals import history
from reconciler.documents.approved import OverlaidSource, hinders, in_requests
from reconciler.documents.build import load
from reconciler.documents.entries import FOLDER, is_document
from reconciler.documents.kinds import Document
from reconciler.documents.schema import Schemas
from reconciler.documents.source import GitSource
from reconciler.model.approvals import ChangeSet, Held, NeededChain, Verdict
from reconciler.model.break_glass import BreakGlass
from reconciler.model.classification import Classification, Reached
from reconciler.model.documents import (
    AccessRequest,
    Documents,
    Person,
    StandingGrant,
    Target,
    Team,
)
from reconciler.model.policies import OWNER_LABEL, Policy
from reconciler.model.review import Action, DocumentChange
from reconciler.model.risk import RequesterHistory, Risk
from reconciler.model.snapshot import Snapshot
from reconciler.planning import sensitive
from reconciler.policy import approvals
from reconciler.policy.approval.lessening import access_of, gives_no_more
from reconciler.policy.approval.mixing import mixed
from reconciler.policy.risk import assess
from reconciler.run.approval.baseline import is_broken
from reconciler.run.approval.seen import rests_on_others, seen

HeldFiles = Mapping[str, Held]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known besides documents, as the ledger has it: the last snapshot of a target, and what a requester had there (target, requester)."""

    snapshot: Callable[[str], Snapshot | None]
    history: Callable[[str, str], RequesterHistory]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one change: a verdict for each document that needed one, and the files that are held after it. `requests` are those that it brings and
    that are not held, by path, with the `documents` that tell what they come to; `blobs` the merged files. `changes_rules`: who approves, and with what proof,
    may be another matter from then on. Not `asked`: no policy asked for approvals by then."""

    change: ChangeSet
    verdicts: tuple[Verdict, ...]
    held: HeldFiles
    requests: Mapping[str, AccessRequest] = field(default_factory=dict)
    documents: Documents = field(default_factory=lambda: Documents(""))
    blobs: Mapping[str, str] = field(default_factory=dict)
    changes_rules: bool = False
    asked: bool = True


@dataclass(frozen=True, slots=True)
class _File:
    """A document file of a change: blobs and documents before it (as approved) and after it; None where there is none or none that can be used."""

    path: str
    refused: str
    approved: str
    before: Document | None
    after: Document | None


_BROKEN_RULES = (
    (
        "approval.rules-broken",
        "a policy that is in force has errors, or a file that may be one, so nobody can say who approves",
    ),
)


class Judge:
    """Judges changes of one repository."""

    def __init__(self, repository: Path, around: Surroundings) -> None:
        self._repository = repository
        self._around = around
        self._schemas = Schemas()

    def judge(self, change: ChangeSet, held: HeldFiles) -> Judgement:
        """The verdicts on the documents that the change touches, given the files that are held before it. Raises GitError."""
        repository = history.open_repository(self._repository)
        after_it = history.changed_files(repository, change.parent, change.commit)
        before_it = history.blob_ids(repository, change.parent, after_it)
        touched = {path: (before_it[path], blob) for path, blob in after_it.items()}
        paths = [path for path in sorted(touched) if _is_of_grants(path)]
        if not paths:
            return Judgement(change, (), held)
        approved = {
            path: held[path].approved if path in held else touched[path][0] for path in paths
        }
        merged = {path: touched[path][1] for path in paths}
        before = self._documents(change.parent, _overlay(held), paths)
        if not before.asks and not before.is_broken:
            return self._unasked(change, held, merged)
        after = self._documents(change.parent, _overlay(held) | merged, paths)
        files = [
            _File(path, merged[path], approved[path], before.at(path), after.at(path))
            for path in paths
        ]
        rules = replace(before.documents, bundles=after.documents.bundles)
        reasons = (*_mixed(files, touched), *(_BROKEN_RULES if before.is_broken else ()))
        saw = rules
        if any(rests_on_others(row) for row in after.documents.requests.values()):
            saw = seen(self._repository, change, held, rules, self._schemas)
        work = _Work(change, rules, saw, self._around, reasons)
        verdicts = [found for row in files if (found := work.verdict(row)) is not None]
        return self._judgement(work, files, verdicts, held)

    def _unasked(self, change: ChangeSet, held: HeldFiles, merged: Mapping[str, str]) -> Judgement:
        """What came of a change where no policy asks for approvals any more: all that it brings is in force."""
        kept = {path: row for path, row in held.items() if path not in merged}
        after = self._documents(change.parent, _overlay(held) | dict(merged), merged)
        found = {path: after.at(path) for path in merged}
        requests = {path: row for path, row in found.items() if isinstance(row, AccessRequest)}
        return Judgement(
            change, (), kept, requests, after.documents, merged, changes_rules=True, asked=False
        )

    def _judgement(
        self, work: _Work, files: Sequence[_File], verdicts: list[Verdict], held: HeldFiles
    ) -> Judgement:
        refused = {row.path: row for row in verdicts if not row.is_approved}
        kept = dict(held)
        requests = {}
        for row in files:
            kept.pop(row.path, None)
            if row.path in refused:
                why = _why(refused[row.path], work.change)
                kept[row.path] = Held(row.refused, row.approved, work.change.commit, why)
            elif isinstance(row.after, AccessRequest):
                requests[row.path] = row.after
        documents = replace(work.rules, requests={row.name: row for row in requests.values()})
        blobs = {row.path: row.refused for row in files}
        changes_rules = any(
            isinstance(found, Policy | Person) for row in files for found in (row.before, row.after)
        )
        return Judgement(
            work.change, tuple(verdicts), kept, requests, documents, blobs, changes_rules
        )

    def _documents(self, commit: str, blobs: Mapping[str, str], paths: Iterable[str]) -> _Loaded:
        source = OverlaidSource(
            GitSource.of_history(self._repository, commit),
            blobs,
            frozenset(filter(in_requests, paths)),
        )
        found = load(source, self._schemas)
        asks = any(row.approvals is not None for row in found.documents.policies.values())
        return _Loaded(found.documents, _by_path(found.documents), asks, is_broken(found))


@dataclass(frozen=True, slots=True)
class _Loaded:
    documents: Documents
    by_path: Mapping[str, Document]
    asks: bool
    is_broken: bool

    def at(self, path: str) -> Document | None:
        return self.by_path.get(path)


@dataclass(frozen=True, slots=True)
class _Work:
    """`rules` are the documents that judge, `saw` those by which reviewers saw what a request comes to; `mixed` are reasons to refuse all of it."""

    change: ChangeSet
    rules: Documents
    saw: Documents
    around: Surroundings
    mixed: tuple[tuple[str, str], ...]

    def verdict(self, row: _File) -> Verdict | None:
        """None where nothing has to be approved."""
        if row.refused == row.approved:
            return None
        if not _counts(row.path, row.refused) or self._gives_nothing(row):
            return None
        if row.after is None and (row.refused or row.before is None):
            why = (
                "approval.unreadable",
                "the document has errors; what it comes to once they are mended was not seen",
            )
            return self._with_reasons(Verdict(row.path, refusals=(why,)), row)
        if isinstance(row.after, AccessRequest):
            return self._with_reasons(self._request(row, row.after), row)
        return self._with_reasons(self._rule(row), row)

    def _gives_nothing(self, row: _File) -> bool:
        before, after = row.before, row.after
        if after is None:
            asked = isinstance(before, AccessRequest) or (before is None and in_requests(row.path))
            return asked and not row.refused
        if not isinstance(after, AccessRequest) or not isinstance(before, AccessRequest | None):
            return False
        return gives_no_more(before, after, self.rules, self.rules)

    def _with_reasons(self, found: Verdict, row: _File) -> Verdict:
        """The verdict with what is wrong with the change as a whole. Where nothing is asked nothing can be wrong."""
        if not found.chains and not found.refusals and not self.mixed:
            return found
        reasons = [*self.mixed, *found.refusals]
        if self.change.head and self.change.files.get(row.path) != row.refused:
            reasons.append(
                (
                    "approval.other-bytes",
                    f"what was merged is not what was reviewed at {self.change.head[:12]}",
                )
            )
        return replace(
            found,
            refusals=tuple(dict.fromkeys(reasons)),
            policy_digest=approvals.policy_digest(self.rules),
        )

    def _request(self, row: _File, request: AccessRequest) -> Verdict:
        """A request needs its own approvals also where it takes the place of another document, which needs those of its kind."""
        chains = self._guards(row)
        risks: list[Risk] = []
        for _, target in sorted(self.rules.targets.items()):
            if not request.targets.selects(target):
                continue
            risk, reached = self._risk(request, target)
            risks.append(risk)
            chains += approvals.needed(
                request, target, self.rules, risk, reached, self.change.opened_at
            )
        highest = max(risks, key=lambda risk: risk.total, default=Risk())
        excluded = {**dict(self._concerned(row)), **approvals.excluded_for(request, self.rules)}
        found = self._judged(row.path, chains, excluded, highest)
        looked = any(chain.steps for chain in chains)
        if not looked or access_of(request, self.saw) == access_of(request, self.rules):
            return found
        return replace(found, refusals=(*found.refusals, self._moved()))

    def _moved(self) -> tuple[str, str]:
        message = (
            f"a bundle or a target that it names is not what it was when {self.change.head[:12]} was reviewed;"
            " bring the branch up to date and have it reviewed again"
        )
        return "approval.moved", message

    def _risk(self, request: AccessRequest, target: Target) -> tuple[Risk, tuple[Reached, ...]]:
        snapshot = self.around.snapshot(target.name)
        history = self.around.history(target.name, request.requester)
        facts = sensitive.facts(request, target, self.rules, snapshot, history)
        return assess(request, target, self.rules, facts), facts.reached

    def _rule(self, row: _File) -> Verdict:
        """A document that decides about access, or that gives it without an end."""
        return self._judged(row.path, self._guards(row), dict(self._concerned(row)), Risk())

    def _guards(self, row: _File) -> list[NeededChain]:
        """The chains of those who guard the kinds of document that the file was and is."""
        kinds = sorted({_kind(row.before), _kind(row.after)} - {""})
        opened = self.change.opened_at
        return [
            chain
            for kind in kinds
            for chain in approvals.needed_for_document(kind, self.rules, opened)
        ]

    def _concerned(self, row: _File) -> Iterator[tuple[str, str]]:
        """Who gains by it and why, so that he cannot approve it."""
        for found in (row.before, row.after):
            match found:
                case Person(name=name):
                    yield name, "the document is about them"
                case StandingGrant(grantees=grantees):
                    for name, person in sorted(self.rules.people.items()):
                        if set(person.users) & set(grantees):
                            yield name, "one of their users gets the access"
                case BreakGlass(openers=openers):
                    for name in sorted(self.rules.members(openers)):
                        yield name, "they could open it"
                case _:
                    pass
        for name, what in _appointed(row.after):
            if (name, what) not in _appointed(row.before):
                yield name, f"made {what} by the change"

    def _judged(
        self,
        path: str,
        chains: Iterable[NeededChain],
        excluded: Mapping[str, str],
        risk: Risk,
    ) -> Verdict:
        unique = tuple(dict.fromkeys(chains))
        return approvals.judge(path, unique, self.change, self.rules, excluded, risk)


def _appointed(document: Document | None) -> tuple[tuple[str, str], ...]:
    """Who may approve something by what the document says of them by name, and as what. Whom a team brings along is a matter of the team's own document."""
    match document:
        case Team(members=names):
            what = "a member"
        case Person(absences=absences):
            what, names = "a deputy", tuple(name for row in absences for name in row.deputies)
        case Target(labels=labels, schema_owners=schema_owners):
            listed = (name for row in schema_owners.values() for name in row)
            what, names = "an owner", (labels.get(OWNER_LABEL, ""), *listed)
        case Classification(owners=names):
            what = "an owner"
        case _:
            return ()
    return tuple((name, what) for name in sorted({*names} - {""}))


def _counts(path: str, blob: str) -> bool:
    """Whether the file is a document, or stops documents from being read. What only was in their way may go."""
    return is_document(path) or (bool(blob) and hinders(path, blob))


def _is_of_grants(path: str) -> bool:
    return path.startswith(f"{FOLDER}/")


def _overlay(held: HeldFiles) -> dict[str, str]:
    return {path: row.approved for path, row in held.items()}


def _by_path(documents: Documents) -> dict[str, Document]:
    kinds: tuple[Mapping[str, Document], ...] = (
        documents.requests,
        documents.standing,
        documents.bundles,
        documents.targets,
        documents.people,
        documents.teams,
        documents.policies,
        documents.break_glass,
        documents.classifications,
        documents.policy_tests,
    )
    return {row.origin.path: row for kind in kinds for row in kind.values()}


def _kind(document: Document | None) -> str:
    return type(document).__name__ if document is not None else ""


def _mixed(
    files: Iterable[_File], touched: Mapping[str, tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Reasons to refuse a change that brings access together with what it is judged by."""
    changes = [
        DocumentChange(path, "", _action(*blobs))
        for path, blobs in touched.items()
        if not _is_of_grants(path)
    ]
    for row in files:
        action = _action(row.approved, row.refused)
        kinds = {_kind(row.before), _kind(row.after)} - {""} or {""}
        changes += [DocumentChange(row.path, kind, action) for kind in kinds]
    return tuple((found.rule, found.message) for found in mixed(changes))


def _action(before: str, after: str) -> Action:
    if not before:
        return Action.ADDED
    return Action.CHANGED if after else Action.REMOVED


def _why(verdict: Verdict, change: ChangeSet) -> tuple[str, ...]:
    """What is to be told of a change that is not in force, a line each. Who merged it all the same went around the branch's rules, or there are none."""
    refused = (f"{rule}: {message}" for rule, message in verdict.refusals)
    missing = (f"missing: {row}" for row in verdict.missing)
    others = (f"{row.rule}: {row.message}" for row in verdict.not_counted)
    bypassed = (f"merged all the same by {change.merged_by}",) if change.merged_by else ()
    return (*refused, *missing, *others, *bypassed)
