"""Speed of `validate` on 10,000 requests. The reference parses the same bytes with PyYAML's C loader, which is what most tools do before they check anything."""

from __future__ import annotations

import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from reconciler.documents.build import load
from reconciler.documents.entries import SourceFile
from reconciler.documents.files import FileSource
from reconciler.documents.loader import DocumentError, parse
from reconciler.documents.schema import Schemas
from reconciler.documents.source import GitSource
from reconciler.policy.caps import check_request
from tests.benchmarks.figures import (
    ROOT,
    Figure,
    beside,
    megabytes,
    megabytes_of,
    processor_seconds,
    ratio,
)

REQUESTS = 10_000
EXAMPLE = ROOT / "grants"
TEMPLATE = "payroll-fix-alice"
HOSTILE = (
    b"- \n" * 20_000,
    b"[" + b"a," * 30_000,
    b"".join(b"k%d: 1\n" % number for number in range(5_000)),
    b"[" * 60_000,
    b'"' + b"\\x41" * 16_000 + b'"',
)


@dataclass(frozen=True)
class Memory:
    """Documents that are not in any file."""

    contents: Sequence[SourceFile]
    commit: str = ""
    is_complete: bool = True

    def files(self) -> Iterator[SourceFile]:
        yield from self.contents


def generated(count: int) -> Memory:
    """The example repository with many requests instead of its own."""
    example = [file for file in FileSource([EXAMPLE]).files() if isinstance(file, SourceFile)]
    template = next(file for file in example if file.path.endswith(f"{TEMPLATE}.yaml"))
    others = [file for file in example if "/requests/" not in file.path]
    requests = [
        SourceFile(
            f"grants/requests/payroll/{number // 256}/request-{number}.yaml",
            template.data.replace(TEMPLATE.encode(), b"request-%d" % number),
        )
        for number in range(count)
    ]
    return Memory([*others, *requests])


def committed(source: Memory, folder: Path) -> GitSource:
    """The same documents in a packed repository, as a clone has them."""
    for file in source.contents:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["config", "user.name", "Tester"],
        ["config", "user.email", "tester@example.org"],
        ["config", "gc.auto", "0"],  # it would still run when the documents are read
        ["add", "-A"],
        ["commit", "-q", "-m", "Many"],
        ["gc", "-q"],
    ):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)
    return GitSource.open(folder, None)


def for_each(files: Sequence[SourceFile], work: Callable[[SourceFile], object]) -> None:
    """Without keeping the results, which would time the garbage collector."""
    for file in files:
        work(file)


def judge(source: Memory | GitSource, *, accelerate: bool) -> None:
    """What `validate` does between reading and printing."""
    result = load(source, Schemas(accelerate=accelerate))
    findings = list(result.findings)
    for request in result.documents.requests.values():
        findings += check_request(request, result.documents)
    assert not findings, findings[0]
    assert len(result.documents.requests) == REQUESTS


def refuse(data: bytes) -> None:
    try:
        parse(data, "hostile.yaml")
    except DocumentError:
        return


def figures() -> Iterator[Figure]:
    source = generated(REQUESTS)
    files = source.contents
    reference = partial(for_each, files, lambda file: yaml.load(file.data, yaml.CSafeLoader))
    name = f"{len(files)} documents: "
    strict = beside(reference, lambda: for_each(files, lambda file: parse(file.data, file.path)))
    yield ratio(f"{name}strict YAML with places", *strict, 1.0)
    with tempfile.TemporaryDirectory() as folder:
        repository = committed(source, Path(folder))
        fast = beside(reference, lambda: judge(repository, accelerate=True))
        slow = beside(reference, lambda: judge(repository, accelerate=False))
    yield ratio(f"{name}validate from git, jsonschema-rs", *fast, 2.2)
    yield ratio(f"{name}validate from git, jsonschema only", *slow, 5.0)
    yield megabytes(
        f"{name}peak memory of all this",
        megabytes_of(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss),
        250,
    )
    worst = max(
        min(processor_seconds(lambda data=data: refuse(data)) for _ in range(3))  # type: ignore[misc]
        for data in HOSTILE
    )
    yield ratio(
        "worst hostile file of 64 KiB, in plain documents", worst, strict[1] / len(files), 200
    )
