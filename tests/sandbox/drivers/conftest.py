"""The sample schemas of each release behind a listener, for drivers that nobody here wrote."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.sandbox import server
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.sample.loading import load_sample
from reconciler.sandbox.seam import Release

PASSWORD = "Drivers-1"


@dataclass(frozen=True)
class Listening:
    release: Release
    port: int
    password: str = PASSWORD


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Release, Path]:
    made = {}
    for release in Release:
        made[release] = tmp_path_factory.mktemp("sample") / str(int(release))
        instance = Instance(made[release], release, password=PASSWORD)
        load_sample(instance)
        instance.close()
    return made


@pytest.fixture(params=Release, ids=lambda release: f"release{release}")
def listening(
    request: pytest.FixtureRequest, samples: Mapping[Release, Path], tmp_path: Path
) -> Iterator[Listening]:
    release: Release = request.param
    directory = tmp_path / "instance"
    shutil.copytree(samples[release], directory)
    instance = Instance(directory, release)
    with server.running(instance) as running:
        yield Listening(release, running.port)
    instance.close()
