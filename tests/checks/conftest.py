"""The resource DLLs that are checked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import native
import pytest
from environment import under_wine

import resapi_cy as ra


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("check")


@pytest.fixture(scope="session")
def rude(folder: Path) -> Path:
    """A resource DLL that crashes, exits, blocks, freezes, and writes where it should not."""
    source = native.TESTS / "checks" / "rude.c"
    return native.compile_library([source], folder / "rude", [ra.get_include()])


@pytest.fixture(scope="session")
def breaches(folder: Path) -> Path:
    """A resource DLL that breaks its contract in small ways, which only a check would find."""
    # Wine's resutils.dll has stubs where Windows has ClusWorkerCreate and its family.
    workers = {"RESAPI_CY_OWN_WORKERS": "1"} if under_wine else {}
    libraries = [] if under_wine else ["resutils"]
    source, include = native.TESTS / "checks" / "breaches.c", [ra.get_include()]
    return native.compile_library([source], folder / "breaches", include, workers, libraries)


@pytest.fixture(scope="session")
def process() -> Path:
    return native.example("process")


@pytest.fixture(scope="session")
def storage() -> Path:
    return native.example("storage")


@pytest.fixture(scope="session")
def pool() -> Iterator[ThreadPoolExecutor]:
    """Checks mostly wait, so several DLLs are checked at a time."""
    # Wine can't start so many processes at once.
    with ThreadPoolExecutor(2 if under_wine else 6) as pool:
        yield pool
