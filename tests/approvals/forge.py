"""A forge for tests: pull requests, reviews and merges of a real git repository, served over HTTP as GitHub's REST API serves them.

    with Forge(repository) as forge:
        number = forge.open_pull("alice", "ask-for-access")
        forge.review(number, "bob", "APPROVED")
        commit = forge.merge(number, "squash", by="bob")
        environment = forge.environment()      # GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_API_URL, GITHUB_REF_NAME

The forms of the answers are in `shapes/`, after GitHub's public description of its REST API; all values are made up.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from reconciler.model.instants import format_instant, parse_instant
from tests.approvals.forge_git import ForgeGit, Landed

SHAPES = Path(__file__).parent / "shapes"
TOKEN = "made-up-token-of-the-tests"
LINKED = "{base}&page={page}"
Json = dict[str, Any]


def shape(name: str) -> Json:
    """A fresh copy of the form of an answer."""
    value: Json = json.loads((SHAPES / f"{name}.json").read_text(encoding="utf-8"))
    return value


@dataclass(slots=True)
class Pull:
    """A pull request. `base_sha` is where the base stood when it was opened or merged."""

    number: int
    author: str
    head_branch: str
    base: str
    title: str
    created_at: datetime
    head: str
    base_sha: str
    reviews: list[Json] = field(default_factory=list)
    landed: Landed | None = None
    merged_by: str = ""
    merged_at: datetime | None = None
    merge_commit: str = ""
    events: list[Json] = field(default_factory=list)
    claims: Json = field(default_factory=dict)
    """Fields of the answer about it that a test sets itself, such as `commits: 300`."""


@dataclass(slots=True)
class Failure:
    """An answer that comes instead of the right one, `times` times."""

    path: re.Pattern[str]
    status: int
    body: bytes
    headers: dict[str, str]
    times: int


class Forge:
    """The service. `logins` maps e-mail addresses of commits to accounts, as GitHub does for addresses that it has verified. `now` is its clock; it moves a
    minute with everything that happens. `requests` are those that were answered, as `GET /path`."""

    def __init__(
        self,
        repository: Path,
        *,
        name: str = "example/grants",
        branch: str = "main",
        logins: Mapping[str, str] | None = None,
        now: str = "2026-11-20T08:00:00Z",
    ) -> None:
        self.name = name
        self.branch = branch
        self.git = ForgeGit(repository)
        self.logins = {email.casefold(): login for email, login in (logins or {}).items()}
        self.now = parse_instant(now)
        self.pulls: dict[int, Pull] = {}
        self.comments: dict[int, list[Json]] = {}
        self.requests: list[str] = []
        self.token_user = "github-actions[bot]"
        self.page_size_at_most = 100
        self._failures: list[Failure] = []
        self._next_id = 1
        self._server = _Server(self)

    # what people do

    def open_pull(
        self, author: str, head: str, base: str = "", title: str = "Ask for access"
    ) -> int:
        """A pull request of a branch that is in the repository; its number."""
        number = len(self.pulls) + 1
        base = base or self.branch
        self.pulls[number] = Pull(
            number,
            author,
            head,
            base,
            title,
            self._tick(),
            self.git.tip(head),
            self.git.tip(base),
        )
        return number

    def push(
        self,
        branch: str,
        files: Mapping[str, str | None],
        *,
        author: str = "alice@example.org",
        message: str = "Ask for access",
        committer: str = "",
    ) -> str:
        """A commit on a branch (made from the protected branch when it is new); open pull requests of it get it. None takes a file away."""
        start = self.git.tip(branch) if self.git.has(branch) else self.git.tip(self.branch)
        at = self._tick()
        commit = self.git.commit(branch, start, files, message, author, committer or author, at)
        self.fetch(branch)
        return commit

    def fetch(self, branch: str) -> None:
        """Makes open pull requests know what was pushed to a branch with git itself."""
        for pull in self.pulls.values():
            if pull.head_branch == branch and pull.merged_at is None:
                pull.head = self.git.tip(branch)

    def review(
        self,
        number: int,
        login: str | None,
        state: str = "APPROVED",
        commit: str = "",
        body: str = "",
    ) -> int:
        """A review, of the head unless a commit is named; its id. Without a login the account is gone."""
        row = shape("review")
        row |= {
            "id": self._new_id(),
            "user": self.user(login) if login else None,
            "state": state,
            "commit_id": commit or self.pulls[number].head,
            "body": body,
            "submitted_at": format_instant(self._tick()),
        }
        if state == "PENDING":
            del row["submitted_at"]
        self.pulls[number].reviews.append(row)
        return int(row["id"])

    def dismiss(self, number: int, login: str) -> None:
        """Takes back what somebody said, as a maintainer may."""
        for row in self.pulls[number].reviews:
            if row["user"] and row["user"]["login"] == login:
                row["state"] = "DISMISSED"

    def retarget(self, number: int, base: str, event: str = "base_ref_changed") -> None:
        """Aims an open pull request at another branch; its reviews stay, as GitHub leaves them."""
        pull = self.pulls[number]
        pull.base, pull.base_sha = base, self.git.tip(base)
        row = shape("event") | {"id": self._new_id(), "event": event}
        pull.events.append(row | {"created_at": format_instant(self._tick())})

    def merge(self, number: int, kind: str = "merge", *, by: str = "carol") -> str:
        """Merges with `merge`, `squash` or `rebase`; the commit that the base stands at then. Reviews are not asked for: an administrator merges without."""
        pull = self.pulls[number]
        pull.base_sha = self.git.tip(pull.base)
        how: dict[str, Callable[..., Landed]] = {
            "merge": self.git.merge,
            "squash": self.git.squash,
            "rebase": self.git.rebase,
        }
        landed = how[kind](pull.base, pull.head, pull.title, number, f"{by}@example.org", self.now)
        self.landed(number, landed, by=by)
        return landed.commits[-1]

    def landed(self, number: int, landed: Landed, *, by: str) -> None:
        """Marks a pull request as merged by commits that are on the base already, as GitHub does when a push brings its head."""
        pull = self.pulls[number]
        pull.landed, pull.merged_by, pull.merged_at = landed, by, self._tick()
        pull.merge_commit = landed.commits[-1]

    def git_landed(self, commit: str) -> Landed:
        """What somebody merged with git itself, in one commit of the base."""
        return Landed((commit,), frozenset({commit}))

    def push_directly(
        self, files: Mapping[str, str | None], *, author: str = "mallory@example.org"
    ) -> str:
        """A commit on the protected branch that no pull request brought."""
        return self.push(self.branch, files, author=author, message="Quick fix")

    def advance(self, duration: timedelta) -> None:
        self.now += duration

    # what the program sees

    def environment(self) -> dict[str, str]:
        """The variables of a workflow that runs for the protected branch."""
        return {
            "GITHUB_REPOSITORY": self.name,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": self.url,
            "GITHUB_REF_NAME": self.branch,
        }

    def fail(
        self,
        path: str,
        status: int,
        message: str = "Something went wrong",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        times: int = 1_000,
    ) -> None:
        """Answers requests whose path matches the pattern so."""
        said = json.dumps(shape("error") | {"message": message, "status": str(status)}).encode()
        self._failures.append(
            Failure(
                re.compile(path), status, said if body is None else body, dict(headers or {}), times
            )
        )

    @property
    def url(self) -> str:
        return self._server.url

    def close(self) -> None:
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # answers

    def user(self, login: str) -> Json:
        kind = "Bot" if login.endswith("[bot]") else "User"
        return shape("user") | {
            "login": login,
            "id": sum(login.encode()),
            "url": f"{self.url}/users/{login}",
            "type": kind,
        }

    def answer(self, method: str, path: str, body: Json | None) -> tuple[int, Any]:
        """Status and JSON of an answer; lists are paged by the server."""
        for verb, pattern, handler in _ROUTES:
            match = re.fullmatch(pattern.replace("{repo}", re.escape(f"/repos/{self.name}")), path)
            if match and verb == method:
                return handler(
                    self, *match.groups(), **({"body": body} if body is not None else {})
                )
        return 404, shape("error")

    def failure(self, path: str) -> Failure | None:
        for row in self._failures:
            if row.times and row.path.search(path):
                row.times -= 1
                return row
        return None

    def _commit_pulls(self, commit: str) -> tuple[int, Any]:
        if not self.git.has_commit(commit):
            return 422, shape("error") | {"message": f"No commit found for SHA: {commit}"}
        brought = [
            pull
            for pull in self.pulls.values()
            if commit == pull.head or commit in (pull.landed.brought if pull.landed else ())
        ]
        return 200, [self._pull(pull) for pull in brought]

    def _get_pull(self, number: str) -> tuple[int, Any]:
        pull = self.pulls.get(int(number))
        if pull is None:
            return 404, shape("error")
        details = shape("pull-details") | {
            "merged": pull.merged_at is not None,
            "merged_by": self.user(pull.merged_by) if pull.merged_by else None,
            "commits": len(self.git.commits(pull.base_sha, pull.head)),
            "changed_files": len(self.git.files(pull.base_sha, pull.head)),
        }
        return 200, self._pull(pull) | details | pull.claims

    def _pull(self, pull: Pull) -> Json:
        row = shape("pull")
        merged = format_instant(pull.merged_at) if pull.merged_at else None
        repository = shape("repository") | {
            "full_name": self.name,
            "url": f"{self.url}/repos/{self.name}",
        }
        row |= {
            "id": 100 + pull.number,
            "number": pull.number,
            "title": pull.title,
            "url": f"{self.url}/repos/{self.name}/pulls/{pull.number}",
            "html_url": f"https://forge.example.org/{self.name}/pull/{pull.number}",
            "issue_url": f"{self.url}/repos/{self.name}/issues/{pull.number}",
            "user": self.user(pull.author) if pull.author else None,
            "state": "closed" if merged else "open",
            "created_at": format_instant(pull.created_at),
            "merged_at": merged,
            "closed_at": merged,
            "merge_commit_sha": pull.merge_commit or pull.head,
            "head": {"label": "", "ref": pull.head_branch, "sha": pull.head, "repo": repository},
            "base": {"label": "", "ref": pull.base, "sha": pull.base_sha, "repo": repository},
        }
        return row | {key: value for key, value in pull.claims.items() if key in row}

    def _reviews(self, number: str) -> tuple[int, Any]:
        return 200, deepcopy(self.pulls[int(number)].reviews)

    def _commits(self, number: str) -> tuple[int, Any]:
        pull = self.pulls[int(number)]
        return 200, [self._commit(row) for row in self.git.commits(pull.base_sha, pull.head)][:250]

    def _commit(self, commit: str) -> Json:
        said = self.git.describe(commit)
        row = shape("commit")
        row["sha"] = commit
        row["commit"] |= {key: said[key] for key in ("author", "committer", "message")}
        for who in ("author", "committer"):
            login = self.logins.get(said[who]["email"].casefold())
            row[who] = self.user(login) if login else None
        return row

    def _files(self, number: str) -> tuple[int, Any]:
        pull = self.pulls[int(number)]
        rows = [shape("file") | file for file in self.git.files(pull.base_sha, pull.head)]
        return 200, rows[:3000]

    def _events(self, number: str) -> tuple[int, Any]:
        return 200, [shape("event"), *deepcopy(self.pulls[int(number)].events)]

    def _list_comments(self, number: str) -> tuple[int, Any]:
        return 200, deepcopy(self.comments.get(int(number), []))

    def _add_comment(self, number: str, body: Json) -> tuple[int, Any]:
        row = self.comment(int(number), self.token_user, body["body"])
        return 201, deepcopy(row)

    def comment(self, number: int, login: str, body: str) -> Json:
        """A comment on a pull request by anybody."""
        made = self._new_id()
        row = shape("comment") | {
            "id": made,
            "url": f"{self.url}/repos/{self.name}/issues/comments/{made}",
            "body": body,
            "user": self.user(login),
            "created_at": format_instant(self._tick()),
        }
        self.comments.setdefault(number, []).append(row)
        return row

    def _edit_comment(self, comment: str, body: Json) -> tuple[int, Any]:
        for rows in self.comments.values():
            for row in rows:
                if row["id"] == int(comment):
                    row["body"] = body["body"]
                    return 200, deepcopy(row)
        return 404, shape("error")

    def _viewer(self, body: Json) -> tuple[int, Any]:
        assert body["query"] == "query { viewer { login } }"
        return 200, {"data": {"viewer": {"login": self.token_user}}}

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now.astimezone(UTC)

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id


_ROUTES: tuple[tuple[str, str, Callable[..., tuple[int, Any]]], ...] = (
    ("GET", "{repo}/commits/([0-9a-f]+)/pulls", Forge._commit_pulls),
    ("GET", "{repo}/pulls/([0-9]+)", Forge._get_pull),
    ("GET", "{repo}/pulls/([0-9]+)/reviews", Forge._reviews),
    ("GET", "{repo}/pulls/([0-9]+)/commits", Forge._commits),
    ("GET", "{repo}/pulls/([0-9]+)/files", Forge._files),
    ("GET", "{repo}/issues/([0-9]+)/events", Forge._events),
    ("GET", "{repo}/issues/([0-9]+)/comments", Forge._list_comments),
    ("POST", "{repo}/issues/([0-9]+)/comments", Forge._add_comment),
    ("PATCH", "{repo}/issues/comments/([0-9]+)", Forge._edit_comment),
    ("POST", "/graphql", Forge._viewer),
)


class _Server:
    """Serves a forge on a free port of loopback, from a thread."""

    def __init__(self, forge: Forge) -> None:
        class Handler(_Handler):
            served = forge

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: Forge

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PATCH(self) -> None:
        self._serve("PATCH")

    def _serve(self, method: str) -> None:
        forge, parts = self.served, urlsplit(self.path)
        forge.requests.append(f"{method} {parts.path}")
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        failure = forge.failure(parts.path)
        if failure is not None:
            self._send(failure.status, failure.body, failure.headers)
        elif self.headers.get("Authorization") != f"token {TOKEN}":
            self._json(401, shape("error") | {"message": "Bad credentials", "status": "401"})
        else:
            status, value = forge.answer(method, parts.path, json.loads(sent) if sent else None)
            page, links = self._page(value, parts.path, parse_qs(parts.query))
            self._json(status, page, links)

    def _page(self, value: Any, path: str, query: Mapping[str, list[str]]) -> tuple[Any, str]:
        if not isinstance(value, list):
            return value, ""
        asked = int(query.get("per_page", ["30"])[0])
        size = min(asked, self.served.page_size_at_most)
        page = int(query.get("page", ["1"])[0])
        last = max(1, -(-len(value) // size))
        links = []
        if page < last:
            address = f"{self.served.url}{path}?per_page={asked}"
            links = [
                f'<{LINKED.format(base=address, page=page + 1)}>; rel="next"',
                f'<{LINKED.format(base=address, page=last)}>; rel="last"',
            ]
        return value[(page - 1) * size : page * size], ", ".join(links)

    def _json(self, status: int, value: Any, links: str = "") -> None:
        headers = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4990"}
        headers |= {"X-RateLimit-Reset": "1900000000"} | ({"Link": links} if links else {})
        self._send(status, json.dumps(value).encode(), headers)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
        """The tests have `requests` instead."""
