"""Where a pull request is opened, from the address that git pushes to. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

_SCP = re.compile(r"(?:[^@/\s]+@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/].*)")
"""git@host:owner/repository.git"""
_SCHEMES = frozenset({"https", "http", "ssh", "git+ssh"})


def pull_request(address: str, branch: str) -> str:
    """The page on which a pull request from the branch is opened, for hosts that say GitHub or GitLab in their name; empty for all others. Nothing of
    user names and passwords in the address is in it."""
    host, path = _place(address)
    where = f"https://{host}/{quote(path)}"
    if not host or not path:
        return ""
    if _is(host, "github"):
        return f"{where}/pull/new/{quote(branch)}"
    if _is(host, "gitlab"):
        wanted = quote("merge_request[source_branch]", safe="")
        return f"{where}/-/merge_requests/new?{wanted}={quote(branch, safe='')}"
    return ""


def _is(host: str, forge: str) -> bool:
    """`github.com`, `github.example.org`, `my-github.example.org`."""
    return any(forge in label.split("-") for label in host.split("."))


def _place(address: str) -> tuple[str, str]:
    """Host in lower case and path; empty texts for an address that is none of a host."""
    if "://" in address:
        try:
            parts = urlsplit(address)
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return "", ""
        if parts.scheme not in _SCHEMES:
            return "", ""
    else:
        found = _SCP.fullmatch(address)
        if found is None:
            return "", ""
        host, path = found["host"].lower(), found["path"]
    return host, path.strip("/").removesuffix(".git")
