"""What it costs to review a pull request of 10 files, in a repository of 100 requests and in one of 100,000: the price must not grow with the repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.benchmarks.bench_documents import generated

CHANGED = 10
FEW, MANY = 100, 100_000
_AUTHOR = b"Tester <tester@example.org> 1790000000 +0000"


def repository(folder: Path, requests: int) -> Path:
    """A packed repository whose branch `change` adds requests to `main`. git's fast-import makes it in seconds, `git add` would take minutes."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    source = generated(requests)
    files = [(file.path, file.data) for file in source.contents]
    one = next(data for path, data in files if path.endswith("/request-0.yaml"))
    added = [
        (f"grants/requests/new-{number}.yaml", one.replace(b"request-0", b"new-%d" % number))
        for number in range(CHANGED)
    ]
    stream = _commit(b"main", b"", files) + _commit(b"change", b"main", added)
    subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], input=stream, check=True)
    return folder


def _commit(branch: bytes, parent: bytes, files: list[tuple[str, bytes]]) -> bytes:
    parts = [b"commit refs/heads/%s\ncommitter %s\ndata 2\nok\n" % (branch, _AUTHOR)]
    if parent:
        parts.append(b"from refs/heads/%s\n" % parent)
    for path, data in files:
        parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))
    return b"".join(parts)
