"""How hypothesis searches: `dev` at a desk, `ci` the same examples each time and without a clock, `fuzz` long (`make fuzz`)."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("dev", deadline=1_000)  # a busy machine is no finding
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("fuzz", deadline=None, max_examples=5_000)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
