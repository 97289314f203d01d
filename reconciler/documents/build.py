"""From a source of files to the typed documents of one commit, with everything that is wrong with them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from reconciler.documents import kinds
from reconciler.documents.entries import FOLDER, Source, SourceFile
from reconciler.documents.loaded import Loaded, with_places
from reconciler.documents.loader import DocumentError, Tree, parse
from reconciler.documents.reader import Reader
from reconciler.documents.references import References
from reconciler.documents.schema import FILES, Schemas
from reconciler.documents.shared import check_shared
from reconciler.documents.teams import closed, nesting
from reconciler.model.break_glass import BreakGlass
from reconciler.model.classification import Classification
from reconciler.model.diagnostics import Diagnostic, Origin, ordered
from reconciler.model.documents import (
    AccessRequest,
    Bundle,
    Documents,
    Person,
    Policy,
    PolicyTest,
    StandingGrant,
    Target,
    Team,
)
from reconciler.model.policies import Effect

D = TypeVar(
    "D",
    AccessRequest,
    StandingGrant,
    Bundle,
    Target,
    Person,
    Team,
    Policy,
    PolicyTest,
    Classification,
    BreakGlass,
)

_REQUESTS = f"{FOLDER}/requests/"
UNKNOWN_KIND = ""
"""Kind of a file in `LoadResult.left_out` that cannot be read far enough to tell."""

_KIND_LINE = re.compile(rb"""^["']?kind["']?[ ]*:[ ]*["']?([A-Za-z]+)""", re.MULTILINE)

_KINDS = frozenset(FILES)

_DEPENDENCIES_FIRST = (
    "Person",
    "Team",
    "Target",
    "Policy",
    "Classification",
    "PolicyTest",
    "StandingGrant",
    "BreakGlass",
    "AccessRequest",
)
"""Kinds that refer to others, in the order in which they can be judged."""

_STAY = frozenset({"Person", "Target", "Policy", "Classification"})
"""Kinds that stay in force when they name somebody or something that is not there: without them there would be less of a rule, not more. A name that
stands for nobody gives nobody anything."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What the files say. `documents` are free of errors; `well_formed` also has those that only refer to something wrong. A policy, classification, target
    or person that does so stays among `documents`, since fewer rules would be worse than one too many.

    `left_out` are documents that exist but have errors, by kind and name (of the file, if that is all there is). They must never be taken
    for deleted: what they asked for is unknown, not unwanted. `count` is the number of files.
    """

    documents: Documents
    findings: tuple[Diagnostic, ...]
    left_out: Mapping[str, Mapping[str, Origin]]
    well_formed: Documents
    count: int


def load(source: Source, schemas: Schemas | None = None) -> LoadResult:
    """All documents of the source. Never raises for what is in them: a document with an error is left out, the others go on."""
    loading = _Loading(schemas or Schemas())
    for entry in source.files():
        loading.take(entry)
    loading.leave_out_duplicates()
    loading.close_teams()
    well_formed = loading.documents(source.commit)
    if source.is_complete:
        loading.leave_out_shared()
        for kind in _DEPENDENCIES_FIRST:
            loading.leave_out_dangling(kind)
        loading.find_unsure()
        loading.leave_out_unjudged()
    return LoadResult(
        documents=loading.documents(source.commit),
        findings=ordered(loading.findings),
        left_out={kind: dict(names) for kind, names in sorted(loading.left_out.items())},
        well_formed=well_formed,
        count=loading.count,
    )


@dataclass(slots=True)
class _Loading:
    """`usable` are the documents without an error so far, `twins` those whose name was taken already; both by kind and name. `unsure` are policies that
    stay in force without one knowing whom they deny something."""

    schemas: Schemas
    usable: defaultdict[str, dict[str, Loaded]] = field(default_factory=lambda: defaultdict(dict))
    twins: list[Loaded] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    left_out: defaultdict[str, dict[str, Origin]] = field(default_factory=lambda: defaultdict(dict))
    unsure: list[Origin] = field(default_factory=list)
    count: int = 0

    def take(self, entry: SourceFile | Diagnostic) -> None:
        self.count += 1
        if isinstance(entry, Diagnostic):
            assert entry.origin is not None
            self._refuse(UNKNOWN_KIND, _stem(entry.origin.path), entry.origin, [entry])
            return
        try:
            tree = parse(entry.data, entry.path)
        except DocumentError as error:
            kind = _guessed_kind(entry.data)
            place = error.diagnostic.origin or Origin(entry.path)
            self._refuse(kind, _stem(entry.path), place, [error.diagnostic])
            return
        self._take_tree(tree)

    def _take_tree(self, tree: Tree) -> None:
        kind, name = _identity(tree)
        wrong = self.schemas.check(tree)
        if wrong:
            self._refuse(kind, name, tree.origin(), wrong)
            return
        reader = Reader(tree)
        document = kinds.build(kind, reader)
        if name != _stem(tree.path):
            reader.fail(
                "name.not-file-name",
                f"the document is called `{name}`, the file `{_stem(tree.path)}`",
                ("metadata", "name"),
                "Give both the same name.",
            )
        if reader.findings:
            self._refuse(kind, name, tree.origin(), reader.findings)
        elif name in self.usable[kind]:
            self.twins.append(with_places(kind, document, tree))
        else:
            self.usable[kind][name] = with_places(kind, document, tree)

    def _refuse(self, kind: str, name: str, origin: Origin, why: Iterable[Diagnostic]) -> None:
        self.left_out[kind].setdefault(name, origin)
        self.findings.extend(why)

    def leave_out_duplicates(self) -> None:
        """Also those that have the name of a document with errors: which of the two is meant is not clear."""
        places: defaultdict[tuple[str, str], list[Origin]] = defaultdict(list)
        for twin in self.twins:
            name = twin.document.name
            first = self.usable[twin.kind][name].document.origin
            places[twin.kind, name] = [*(places[twin.kind, name] or [first]), twin.document.origin]
        for kind, broken in self.left_out.items():
            for name in sorted(broken.keys() & self.usable[kind].keys()):
                own = self.usable[kind][name].document.origin
                places[kind, name] = [*(places[kind, name] or [own]), broken[name]]
        for (kind, name), several in places.items():
            for place in several:
                others = tuple(other for other in several if other != place)
                finding = Diagnostic(
                    "name.duplicate",
                    f"another {kind} is called `{name}` too",
                    place,
                    hint="Names are unique for ever; choose another one.",
                    related=others,
                )
                self._remove(kind, name, finding)

    def leave_out_shared(self) -> None:
        for kind, name, finding in list(check_shared(self._referred_to())):
            self._remove(kind, name, finding)

    def close_teams(self) -> None:
        """Gives each team the members of those it includes. Who belongs to teams that include each other in a circle is not clear: they are left out."""
        teams = self._of(Team)
        found = nesting(teams)
        for name, cycle in found.cycles.items():
            place = self.usable["Team"][name].at("includes", teams[name].includes.index(cycle[1]))
            finding = Diagnostic(
                "team.cycle",
                f"the teams include each other in a circle: {' -> '.join(cycle)}",
                place,
                hint="Remove one of these inclusions.",
            )
            self._remove("Team", name, finding)
        sound = self._of(Team)
        for team in closed(sound, tuple(name for name in found.order if name in sound)):
            loaded = self.usable["Team"][team.name]
            self.usable["Team"][team.name] = replace(loaded, document=team)

    def leave_out_dangling(self, kind: str) -> None:
        known = self._referred_to()
        teams = dict(known.teams)
        references = References(replace(known, teams=teams), self.left_out)
        order = nesting(teams).order if kind == "Team" else tuple(self.usable[kind])
        for name in order:
            for finding in references.check(self.usable[kind][name]):
                if kind in _STAY:
                    self.findings.append(finding)
                    continue
                self._remove(kind, name, finding)
                if kind == "Team":
                    # those that include it come later, and find it gone
                    teams.pop(name, None)

    def find_unsure(self) -> None:
        """A denial for somebody who is not known would deny nothing."""
        known = self._referred_to()
        for policy in self._of(Policy).values():
            denied = {
                name
                for rule in policy.rules
                if rule.effect is Effect.DENY
                for name in rule.requesters
            }
            if denied - known.people.keys() - known.teams.keys():
                self.unsure.append(policy.origin)

    def leave_out_unjudged(self) -> None:
        """Without one of the policies a request would be held to fewer rules than were agreed, and without one of the classifications it would seem to reach
        less, so none is judged at all. That goes for policies for documents too: a broken one does not tell that it is one. What lies among the requests and
        does not tell its kind is taken for a request: else one botched request would stop all others."""
        suspects = (
            origin
            for origin in self.left_out[UNKNOWN_KIND].values()
            if not origin.path.startswith(_REQUESTS)
        )
        rules = (*self.left_out["Policy"].values(), *self.left_out["Classification"].values())
        broken = sorted((*suspects, *rules, *self.unsure))
        for name, loaded in list(self.usable["AccessRequest"].items()) if broken else ():
            finding = Diagnostic(
                "policy.unusable",
                "this request is not judged while a file that is or may be a policy or a classification has errors",
                loaded.document.origin,
                related=tuple(broken),
            )
            self._remove("AccessRequest", name, finding)

    def _remove(self, kind: str, name: str, finding: Diagnostic) -> None:
        assert finding.origin is not None
        self.findings.append(finding)
        self.left_out[kind].setdefault(name, finding.origin)
        self.usable[kind].pop(name, None)

    def _referred_to(self) -> Documents:
        """The kinds that others refer to."""
        return Documents(
            commit="",
            bundles=self._of(Bundle),
            targets=self._of(Target),
            people=self._of(Person),
            teams=self._of(Team),
        )

    def documents(self, commit: str) -> Documents:
        return Documents(
            commit=commit,
            requests=self._of(AccessRequest),
            standing=self._of(StandingGrant),
            bundles=self._of(Bundle),
            targets=self._of(Target),
            people=self._of(Person),
            teams=self._of(Team),
            policies=self._of(Policy),
            policy_tests=self._of(PolicyTest),
            classifications=self._of(Classification),
            break_glass=self._of(BreakGlass),
        )

    def _of(self, kind: type[D]) -> dict[str, D]:
        """The usable documents of a kind by name, in the order of their names."""
        found = sorted(self.usable[kind.__name__].items())
        return {
            name: loaded.document for name, loaded in found if isinstance(loaded.document, kind)
        }


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _identity(tree: Tree) -> tuple[str, str]:
    """Kind and name that the document gives itself, as far as they can be told."""
    kind, name = UNKNOWN_KIND, _stem(tree.path)
    if isinstance(tree.root, dict):
        given = tree.root.get("kind")
        kind = given if isinstance(given, str) and given in _KINDS else UNKNOWN_KIND
        metadata = tree.root.get("metadata")
        own = metadata.get("name") if isinstance(metadata, dict) else None
        name = own if isinstance(own, str) else name
    return kind, name


def _guessed_kind(data: bytes) -> str:
    """Kind of a file that is not valid YAML, from the look of it."""
    guesses = {match.decode("ascii") for match in _KIND_LINE.findall(data)}
    kind = guesses.pop() if len(guesses) == 1 else UNKNOWN_KIND
    return kind if kind in _KINDS else UNKNOWN_KIND
