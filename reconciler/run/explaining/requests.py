"""An access request in sentences: who gets what where, from when to when, and what policies say of it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import names
from reconciler.model.documents import AccessRequest, Documents, Mode, Window
from reconciler.model.identities import IdentityKind, SessionLimits
from reconciler.model.instants import format_duration, format_instant
from reconciler.policy import caps
from reconciler.run.explaining.policies import caps_of
from reconciler.run.explaining.sentences import Sentence, of_access, selector_words
from reconciler.run.reviewing.words import end_words, grantee_words


def request(found: AccessRequest, documents: Documents) -> Iterator[Sentence]:
    person = documents.people.get(found.requester)
    who = f"{found.requester} ({person.display_name})" if person else found.requester
    where = selector_words(found.targets, documents)
    yield Sentence(f"{who} asks for access to {where}.", person.origin if person else None)
    yield Sentence(
        f"Reason: {found.reason}" + (f"   Ticket: {found.ticket}" if found.ticket else "")
    )
    if found.ended:
        yield Sentence("It says that it has ended: it asks for nothing any more.")
        return
    yield from _access(found, documents)
    yield Sentence(_window(found.window))
    yield from (Sentence(f"{words}.", depth=1) for words in end_words(found))
    yield from _policies(found, documents)


def _access(found: AccessRequest, documents: Documents) -> Iterator[Sentence]:
    if found.identity is IdentityKind.PROXY:
        client = names.display(found.client)
        yield Sentence(
            f"{names.display(found.user)} may log on as {client} with a password of its own, and then do all that {client} may do."
        )
    else:
        yield Sentence(
            f"{grantee_words(found)} gets, through the role {names.display(names.lease_role(found.name))}:"
        )
        yield from of_access(found.access, documents)
    yield from (Sentence(words, depth=1) for words in _limits(found.session))


def _limits(limits: SessionLimits) -> Iterator[str]:
    if limits.idle is not None:
        yield f"A session may do nothing for {format_duration(limits.idle)} at most."
    if limits.longest is not None:
        yield f"A session may last {format_duration(limits.longest)} at most."
    if limits.per_user is not None:
        yield f"There may be {limits.per_user} sessions at the same time."
    if limits.networks:
        yield f"Logons come from {', '.join(limits.networks)} only."
    if limits.read_only:
        yield "The user can change nothing."


def _window(window: Window) -> str:
    since = "from the first run after the merge"
    if window.start is not None:
        since = f"from {format_instant(window.start)}"
    if window.until is not None:
        length = f" ({format_duration(window.until - window.start)})" if window.start else ""
        return f"It holds {since} until {format_instant(window.until)}{length}."
    duration = window.duration
    assert duration is not None  # the schema wants one of both
    if window.start is None:
        return f"It holds for {format_duration(duration)}, {since}."
    until = format_instant(window.start + duration)
    return f"It holds {since} until {until} ({format_duration(duration)})."


def _policies(found: AccessRequest, documents: Documents) -> Iterator[Sentence]:
    for name, target in sorted(documents.targets.items()):
        if not found.targets.selects(target):
            continue
        if target.mode is Mode.OBSERVE:
            yield Sentence(f"{name} is only observed: nothing is granted there.", target.origin)
        policies = caps.covering(target, documents)
        if not policies:
            yield Sentence(
                f"No policy covers {name}, so nothing may be asked for there.", target.origin
            )
            continue
        yield Sentence(f"On {name} it is held to:")
        for policy in policies:
            yield Sentence(f"{policy.name}: {caps_of(policy)}", policy.origin, 1)
    if not any(row.is_error for row in caps.check_request(found, documents)):
        yield Sentence("It keeps all of these rules.")
