"""Entry point. `--version` is answered before anything is imported: it is asked in scripts, often."""

from __future__ import annotations

import gc
import sys

_COLLECT_AFTER = (50_000, 20, 50)
"""What a run reads and plans lives until its end and has no cycles. By Python's own thresholds a third of the time of a large plan goes into looking for
some."""


def main() -> None:
    """Runs the command line and exits with its code."""
    if sys.argv[1:] == ["--version"]:
        from reconciler import __version__

        sys.stdout.write(f"reconciler {__version__}\n")
        sys.exit(0)
    gc.set_threshold(*_COLLECT_AFTER)
    from reconciler.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
