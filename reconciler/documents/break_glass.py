"""What a break-glass document says about people: whose database user gets the access, and who may judge afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.documents.loaded import Loaded
from reconciler.model import names
from reconciler.model.break_glass import BreakGlass
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import Documents


@dataclass(frozen=True, slots=True)
class ChosenUsers:
    """`places` are the database users of all who may open it, with the place that names them."""

    places: tuple[tuple[str, Origin], ...]
    findings: tuple[Diagnostic, ...]


def chosen_users(glass: BreakGlass, loaded: Loaded, documents: Documents) -> ChosenUsers:
    """In an emergency it must be clear at once as whom somebody works: one database user for everybody who may open it."""
    findings = list(_strangers(glass, loaded, documents))
    places: list[tuple[str, Origin]] = []
    for index, entry in enumerate(glass.openers):
        place = loaded.at("openers", index)
        for name in sorted(documents.members([entry])):
            person = documents.people.get(name)
            if person is None:
                continue
            chosen = glass.users.get(name)
            if chosen is not None:
                places.append((chosen, loaded.at("users", name)))
            elif len(person.users) == 1:
                places.append((person.users[0], place))
            else:
                findings.append(_which_user(name, person.users, place))
    return ChosenUsers(tuple(dict.fromkeys(places)), tuple(dict.fromkeys(findings)))


def _strangers(glass: BreakGlass, loaded: Loaded, documents: Documents) -> Iterator[Diagnostic]:
    openers = documents.members(glass.openers)
    for name, user in glass.users.items():
        place = loaded.at("users", name)
        person = documents.people.get(name)
        if name not in openers:
            yield Diagnostic(
                "break-glass.no-opener",
                f"`{name}` is not among the openers",
                place,
                hint="Add the person to `openers`, or remove the line.",
            )
        elif person is not None and user not in person.users:
            yield Diagnostic(
                "break-glass.not-own-user",
                f"{names.display(user)} is not a database user of {name}",
                place,
                hint=f"Users of {name}: {', '.join(map(names.display, person.users)) or 'none'}.",
                related=(person.origin,),
            )


def _which_user(name: str, users: tuple[str, ...], place: Origin) -> Diagnostic:
    shown = ", ".join(map(names.display, users)) or "none"
    return Diagnostic(
        "break-glass.which-user",
        f"it is not clear as which database user {name} would work: {shown}",
        place,
        hint="Write the one that is meant under `users`.",
    )


def check_reviews(glass: BreakGlass, loaded: Loaded, documents: Documents) -> Iterator[Diagnostic]:
    """Whoever opens it must find somebody else to review it, and every review must be by one who may."""
    reviewers = documents.members(glass.reviewers)
    humans = {name for name in reviewers if _is_human(name, documents)}
    for name in sorted(documents.members(glass.openers)):
        if not humans - {name}:
            yield Diagnostic(
                "break-glass.no-other-reviewer",
                f"nobody but {name} may review what {name} opens",
                loaded.at("reviewers"),
                hint="Add another person to `reviewers`.",
            )
    seen: dict[str, Origin] = {}
    for index, review in enumerate(glass.reviews):
        place = loaded.at("reviews", index, "by")
        if review.by not in reviewers:
            yield Diagnostic(
                "break-glass.no-reviewer",
                f"`{review.by}` is not among the reviewers",
                place,
                hint=f"Reviewers: {', '.join(sorted(reviewers))}.",
            )
        elif not _is_human(review.by, documents):
            yield Diagnostic(
                "break-glass.no-reviewer",
                f"`{review.by}` is a service, and nobody could say who wrote its review",
                place,
                hint="The reviewer signs with his own name.",
            )
        if review.lease in seen:
            yield Diagnostic(
                "break-glass.reviewed-twice",
                f"`{review.lease}` has a review already",
                loaded.at("reviews", index, "lease"),
                related=(seen[review.lease],),
            )
        seen.setdefault(review.lease, review.origin)


def _is_human(name: str, documents: Documents) -> bool:
    """Somebody unknown is reported where he is named."""
    person = documents.people.get(name)
    return person is None or person.kind == "human"
