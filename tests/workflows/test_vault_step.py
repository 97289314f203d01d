"""The step of the written workflow that gets the password, run by bash against a vault on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.workflows.test_written_workflows import RECONCILE, load, steps
from tests.workflows.vault import Vault

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))),
    reason="bash, curl and jq are what runners have; one of them is missing here",
)


@pytest.fixture
def address() -> Iterator[str]:
    Vault.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vault)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_step(starter: Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The step with a command `reconciler` that tells what it was given."""
    told = folder / "reconciler"
    told.write_text('#!/bin/sh\nprintf "%s|%s" "$*" "$RECONCILER_PASSWORD" > "$TOLD"\n')
    told.chmod(0o755)
    (script,) = (
        step["run"] for step in steps(load(starter / RECONCILE)) if step.get("name") == "Reconcile"
    )
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={"PATH": f"{folder}:{os.environ['PATH']}", "TOLD": str(folder / "told"), **environment},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def from_runner(address: str) -> dict[str, str]:
    return {
        "VAULT_ADDR": address,
        "VAULT_ROLE": "reconciler-role",
        "VAULT_AUDIENCE": "vault-audience",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{address}/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request",
    }


def test_the_password_of_the_vault_reaches_reconcile_and_is_masked(
    starter: Path, tmp_path: Path, address: str
) -> None:
    done = run_step(starter, tmp_path, **from_runner(address))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "told").read_text() == "reconcile|pass'word $1"
    assert done.stdout == "::add-mask::pass'word $1\n"


@pytest.mark.parametrize("wrong", ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "VAULT_ROLE"])
def test_without_the_vaults_word_nothing_is_reconciled(
    starter: Path, tmp_path: Path, address: str, wrong: str
) -> None:
    done = run_step(starter, tmp_path, **{**from_runner(address), wrong: "other"})
    assert done.returncode != 0
    assert not (tmp_path / "told").exists()


def test_what_is_not_filled_in_is_told_by_name(starter: Path, tmp_path: Path, address: str) -> None:
    done = run_step(starter, tmp_path, **{**from_runner(address), "VAULT_ADDR": ""})
    assert done.returncode != 0
    assert "VAULT_ADDR: set it as a variable of the environment reconciler" in done.stderr
    assert Vault.seen == []
