"""CODEOWNERS from policy and people, so that a forge asks those who may approve.

It is for asking, not for deciding: whether a change was approved is judged by `approvals`. A forge asks everybody on a line, so a line names only
those who may count. The last line that fits a file is the one that holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Documents
from reconciler.model.policies import Policy
from reconciler.policy.approval.chains import all_approvers
from reconciler.policy.approval.owners import Area, areas_of_target
from reconciler.policy.approval.people import github_login

FOLDERS: Mapping[str, str] = {
    "AccessRequest": "requests",
    "BreakGlass": "break-glass",
    "Bundle": "bundles",
    "Classification": "classifications",
    "Person": "people",
    "Policy": "policies",
    "PolicyTest": "policies",
    "StandingGrant": "standing",
    "Target": "targets",
    "Team": "teams",
}
"""The folder below `grants/` that documents of a kind lie in by convention."""

MACHINERY = (
    "/.github/",
    "/.gitlab/",
    "/schemas/",
    "/.gitattributes",
    "/.gitlab-ci.yml",
    "/action.yaml",
    "/action.yml",
    "CODEOWNERS",
)
"""What decides how a change is checked and shown belongs to those who guard policies."""

_REQUESTS = "/grants/requests/"
_HEADER = """\
# Made by `reconciler codeowners --write` from policies, people and teams. Do not edit:
# change those, and make it again; `reconciler codeowners --check` tells when it is old.
"""
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\Z")
_PLAIN_PATH = re.compile(r"/?[A-Za-z0-9._][A-Za-z0-9._/ -]*\Z")


class _Placed(Protocol):
    @property
    def origin(self) -> Origin: ...


class _Line(NamedTuple):
    """Who is asked about the files that `pattern` fits."""

    pattern: str
    people: frozenset[str]


def codeowners(documents: Documents, paths: Iterable[str]) -> str:
    """The text of the file. `paths` are those of the files of the repository: a folder of requests that is called like a team gets a line of its own when
    policies let that team ask somewhere only, so that fewer people are asked."""
    guards = {kind: _guards(kind, documents) for kind in sorted(FOLDERS)}
    lines = [
        _Line(_REQUESTS, guards["AccessRequest"]),
        *_team_folders(documents, paths),
        *_kind_folders(guards),
        *_strays(documents, guards),
        *(_Line(pattern, guards["Policy"]) for pattern in MACHINERY),
    ]
    asked = [line for line in lines if _handles(line, documents)]
    silent = sorted(
        {name for line in lines for name in line.people if not _handle(name, documents)}
    )
    return "".join(
        (
            _HEADER,
            _comment("Not asked, because no login at github is known of them", silent),
            _comment("Nobody is asked about", [_shown(row) for row in lines if row not in asked]),
            "\n",
            *(_written(line, documents) for line in asked),
        )
    )


def _guards(kind: str, documents: Documents) -> frozenset[str]:
    """Everybody who may approve some document of the kind."""
    if kind == "AccessRequest":
        return _approvers(documents.policies.values(), documents)
    found = [
        all_approvers(policy, documents, ())
        for policy in documents.policies.values()
        if kind in policy.documents
    ]
    return frozenset().union(*found)


def _approvers(policies: Iterable[Policy], documents: Documents) -> frozenset[str]:
    """Everybody whom the policies may ask about a request on some target, its owners and those of classified data included."""
    found: set[str] = set()
    for policy in policies:
        for target in documents.targets.values():
            if policy.targets.selects(target):
                owned = [
                    Area(row.owners, target.name)
                    for row in documents.classifications.values()
                    if row.targets.selects(target) and row.owners
                ]
                areas = (*areas_of_target(target), *owned)
                found |= all_approvers(policy, documents, areas)
    return frozenset(found)


def _team_folders(documents: Documents, paths: Iterable[str]) -> Iterator[_Line]:
    everybody = _guards("AccessRequest", documents)
    for folder in sorted({_folder(path) for path in paths} & documents.teams.keys()):
        policies = [
            policy
            for policy in documents.policies.values()
            if not policy.requesters
            or documents.members(policy.requesters) & set(documents.teams[folder].members)
        ]
        people = _approvers(policies, documents)
        if people and people != everybody:
            yield _Line(f"{_REQUESTS}{folder}/", people)


def _folder(path: str) -> str:
    """The folder of requests that the file lies in, empty for files elsewhere."""
    inside = f"/{path}".removeprefix(_REQUESTS)
    return inside.partition("/")[0] if not inside.startswith("/") and "/" in inside else ""


def _kind_folders(guards: Mapping[str, frozenset[str]]) -> Iterator[_Line]:
    for folder in sorted(set(FOLDERS.values()) - {FOLDERS["AccessRequest"]}):
        kinds = [kind for kind, its in FOLDERS.items() if its == folder]
        yield _Line(f"/grants/{folder}/", frozenset().union(*(guards[kind] for kind in kinds)))


def _strays(documents: Documents, guards: Mapping[str, frozenset[str]]) -> Iterator[_Line]:
    """Documents outside of the folder of their kind, each with those who guard its kind."""
    for path, kind in sorted(_places(documents)):
        if not path.startswith(f"grants/{FOLDERS[kind]}/"):
            yield _Line(f"/{path}", guards[kind])


def _places(documents: Documents) -> Iterator[tuple[str, str]]:
    kinds: Mapping[str, Mapping[str, _Placed]] = {
        "AccessRequest": documents.requests,
        "BreakGlass": documents.break_glass,
        "Bundle": documents.bundles,
        "Classification": documents.classifications,
        "Person": documents.people,
        "Policy": documents.policies,
        "PolicyTest": documents.policy_tests,
        "StandingGrant": documents.standing,
        "Target": documents.targets,
        "Team": documents.teams,
    }
    for kind, rows in kinds.items():
        for row in rows.values():
            yield row.origin.path, kind


def _written(line: _Line, documents: Documents) -> str:
    pattern = line.pattern.replace(" ", "\\ ")
    return f"{pattern} {' '.join(_handles(line, documents))}\n"


def _handles(line: _Line, documents: Documents) -> list[str]:
    """Nobody for a path that the file cannot name. A line without anybody would take files from those whom a line above names, so there is none then."""
    if not _PLAIN_PATH.match(line.pattern):
        return []
    return [
        f"@{login}" for login in sorted({_handle(name, documents) for name in line.people}) if login
    ]


def _handle(name: str, documents: Documents) -> str:
    login = github_login(documents.people[name])
    return login if _LOGIN.match(login) else ""


def _shown(line: _Line) -> str:
    return line.pattern if _PLAIN_PATH.match(line.pattern) else ascii(line.pattern)


def _comment(words: str, names: list[str]) -> str:
    return f"# {words}: {', '.join(names)}\n" if names else ""
