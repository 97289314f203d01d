"""`make bench`: all benchmarks, or the named ones; exit code 1 when a bound is broken.

python -m tests.benchmarks [grants|documents|planning|ledger|review|startup|wire]...
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping

from tests.benchmarks import (
    bench_documents,
    bench_grants,
    bench_ledger,
    bench_planning,
    bench_review,
    bench_startup,
    bench_wire,
)
from tests.benchmarks.figures import Figure

BENCHMARKS: Mapping[str, Callable[[], Iterator[Figure]]] = {
    "grants": bench_grants.figures,
    "documents": bench_documents.figures,
    "planning": bench_planning.figures,
    "ledger": bench_ledger.figures,
    "review": bench_review.figures,
    "startup": bench_startup.figures,
    "wire": bench_wire.figures,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"no benchmark {unknown[0]}; there are: {', '.join(BENCHMARKS)}\n")
        return 64
    found: list[Figure] = []
    for name in names or BENCHMARKS:
        sys.stdout.write(f"{name}\n")
        for figure in BENCHMARKS[name]():
            sys.stdout.write(f"  {figure.line()}\n")
            sys.stdout.flush()
            found.append(figure)
    return _conclude(found)


def _conclude(found: list[Figure]) -> int:
    broken = [figure for figure in found if figure.is_broken]
    sys.stdout.write("\nall figures\n")
    for figure in found:
        sys.stdout.write(f"  {figure.short()}\n")
    bounded = sum(figure.bound is not None for figure in found)
    sys.stdout.write(f"{bounded - len(broken)} of {bounded} bounds hold\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
