"""A new access request from answers: what may be answered, which answer a finding is about, how the request is called and where it lies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from reconciler.documents import branch, drafts
from reconciler.documents.drafts import Draft, Item
from reconciler.documents.entries import FOLDER
from reconciler.documents.loader import DocumentError, parse
from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import Documents, Mode, Person, Target
from reconciler.policy.caps import covering
from reconciler.run.proposing.proposal import Change, Desk, Judged, message
from reconciler.run.workspace import Workspace

BRANCH = "reconciler/request-"
MAX_NAME = 63
_FOLDER = f"{FOLDER}/requests/"

WHO, TARGETS, USER, ACCESS, REASON, TICKET, WINDOW, NAME = (
    "who",
    "targets",
    "user",
    "access",
    "reason",
    "ticket",
    "window",
    "name",
)
QUESTIONS = (WHO, TARGETS, USER, ACCESS, REASON, TICKET, WINDOW, NAME)
"""In the order in which they are asked: what may be answered later depends on what was answered before."""

_BY_RULE = {
    "policy.requester": WHO,
    "policy.none": TARGETS,
    "policy.reason": REASON,
    "policy.ticket": TICKET,
    "policy.too-long": WINDOW,
    "policy.hours": WINDOW,
    "policy.notice-too-short": WINDOW,
    "policy.notice-too-long": WINDOW,
    "window.past": WINDOW,
    "policy.forbidden": ACCESS,
    "policy.denied": ACCESS,
    "policy.no-rule": ACCESS,
    "name.reserved": NAME,
}
_BY_FIELD = {
    "requester": WHO,
    "targets": TARGETS,
    "identity": USER,
    "access": ACCESS,
    "reason": REASON,
    "ticket": TICKET,
    "window": WINDOW,
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered so far; None is not answered yet. An empty `user` is a temporary one; `start` may be left out."""

    who: str | None = None
    targets: tuple[str, ...] | None = None
    user: str | None = None
    access: tuple[Item, ...] | None = None
    reason: str | None = None
    ticket: str | None = None
    duration: str | None = None
    start: str = ""
    name: str | None = None

    def has(self, question: str) -> bool:
        return getattr(self, "duration" if question == WINDOW else question) is not None

    def without(self, question: str) -> Answers:
        if question == WINDOW:
            return replace(self, duration=None, start="")
        parts: dict[str, Any] = {question: None}
        return replace(self, **parts)

    def draft(self) -> Draft:
        """The request so far; what is not answered yet is filled with something that has the right form."""
        return Draft(
            name=self.name or "not-named-yet",
            requester=self.who or "nobody",
            reason=" ".join((self.reason or "").split()) or "not answered yet",
            targets=self.targets or ("nowhere",),
            access=self.access or ({"system": "CREATE SESSION"},),
            duration=self.duration or "1m",
            user=self.user if self.user is not None else "NOBODY",
            ticket=self.ticket or "",
            start=self.start,
        )


def person_with(documents: Documents, email: str) -> Person | None:
    """The human whose address git has, as far as that goes: an address in a git configuration is a claim, no proof."""
    found = (row for row in documents.people.values() if row.email.casefold() == email.casefold())
    return next((row for row in found if row.kind == "human"), None)


def selected(documents: Documents, answers: Answers) -> tuple[Target, ...]:
    known = documents.targets
    return tuple(known[name] for name in answers.targets or () if name in known)


def wants_ticket(documents: Documents, answers: Answers) -> str:
    """The form of tickets that a policy of the targets asks for, empty for none."""
    policies = (
        row for target in selected(documents, answers) for row in covering(target, documents)
    )
    return next((row.ticket_pattern for row in policies if row.ticket_pattern), "")


def longest(documents: Documents, answers: Answers) -> timedelta | None:
    """The smallest `maxDuration` of the policies of the targets; single rules may allow less. None without a policy."""
    policies = (
        row for target in selected(documents, answers) for row in covering(target, documents)
    )
    return min((row.max_duration for row in policies), default=None)


def grantable(documents: Documents) -> tuple[Target, ...]:
    """The targets on which something can be granted, by name."""
    found = (row for _, row in sorted(documents.targets.items()))
    return tuple(row for row in found if row.mode is not Mode.OBSERVE)


def judge(desk: Desk, documents: Documents, answers: Answers) -> tuple[bytes, Judged]:
    """The document of the answers so far, and everything that `validate` would say of it."""
    draft = answers.draft()
    data = drafts.to_yaml(draft)
    return data, desk.judge(path_of(documents, draft), data)


def concerned(data: bytes, found: Diagnostic) -> str:
    """The question whose answer the finding is about, empty when that cannot be told."""
    if found.rule in _BY_RULE:
        return _BY_RULE[found.rule]
    if found.origin is None:
        return ""
    try:
        keys = parse(data, "").keys
    except DocumentError:
        return ""
    field = ""
    for path, (line, _) in sorted(keys.items(), key=lambda row: row[1]):
        if len(path) == 2 and path[0] == "spec" and line <= found.origin.line:
            field = str(path[1])
    return _BY_FIELD.get(field, "")


def path_of(documents: Documents, draft: Draft) -> str:
    """Requests lie in the folder of the requester's team, whose owners review them. Of several teams the one in whose folder the requester's other requests
    are, or else any requests; without a team they lie next to the folders."""
    own: set[str] = set()
    others: set[str] = set()
    for row in documents.requests.values():
        folder = row.origin.path.removeprefix(_FOLDER).rpartition("/")[0]
        (own if row.requester == draft.requester else others).add(folder)
    teams = [name for name, team in documents.teams.items() if draft.requester in team.members]
    best = min(teams, key=lambda name: (name not in own, name not in others, name), default="")
    return f"{_FOLDER}{best}/{draft.name}.yaml" if best else f"{_FOLDER}{draft.name}.yaml"


def taken(workspace: Workspace) -> frozenset[str]:
    """Names that no new request may have: those of requests, of every lease that the ledger knows, ended ones too, and of what was proposed already.
    Raises LedgerError."""
    ledger = workspace.ledger
    leases = (name for target in ledger.targets() for name in ledger.read(target).leases)
    return frozenset(
        (
            *workspace.well_formed.requests,
            *workspace.left_out.get("AccessRequest", ()),
            *leases,
            *branch.names(workspace.repository, BRANCH),
        )
    )


def proposed_name(answers: Answers, used: Iterable[str]) -> str:
    """A name that says what is asked for and who asks, with a number when it is taken."""
    requester, first = answers.who or "", (answers.access or ({},))[0]
    what = str(first.get("bundle") or first.get("role") or first.get("system") or "")
    on = first.get("on") or first.get("schema") or first.get("directory")
    if on:
        what = str(on.get("label") if isinstance(on, dict) else on)
    words = re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-") or "access"
    words = words[: MAX_NAME - len(requester) - 5].strip("-")
    base = f"{words}-{requester}".strip("-")
    known = set(used)
    numbered = (base, *(f"{base}-{number}" for number in range(2, len(known) + 3)))
    return next(name for name in numbered if name not in known)


def change(documents: Documents, answers: Answers, author: tuple[str, str]) -> Change:
    """The commit that asks for it."""
    draft = answers.draft()
    trailers = {"Requester": draft.requester, "Reason": draft.reason, "Ticket": draft.ticket}
    where = ", ".join(draft.targets)
    body = f"{draft.requester} asks for access to {where} for {draft.duration}."
    return Change(
        path_of(documents, draft),
        drafts.to_yaml(draft),
        f"{BRANCH}{draft.name}",
        message(f"Ask for {draft.name}", body, trailers),
        author,
    )


def users_of(person: Person) -> tuple[str, ...]:
    """Names of the person's database users, as people write them."""
    return tuple(map(names.display, person.users))
