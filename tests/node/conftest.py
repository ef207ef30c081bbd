"""One server that nodes are forked from, for all tests of this folder that run in the same process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from node_support import FACES, PYTHON, MakeSpec

from pytest_tradeops.node.server import NodeServer, launch
from pytest_tradeops.node.spec import NodeSpec


@pytest.fixture(scope="session")
def nodes() -> Iterator[NodeServer]:
    server = launch(PYTHON)
    yield server
    server.stop()


@pytest.fixture
def bare_nodes(tmp_path: Path) -> Iterator[Callable[[], NodeServer]]:
    """A server on an interpreter without any installed package."""
    running: list[NodeServer] = []

    def start() -> NodeServer:
        bare = tmp_path / "python"
        bare.write_text(f'#!/bin/sh\nexec {PYTHON} -S "$@"\n', encoding="utf-8")
        bare.chmod(0o755)
        running.append(launch(bare))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def make_spec(tmp_path: Path) -> MakeSpec:
    """`make_spec("text of bot/node.py")`: a spec for a subject with that one module."""

    def make(text: str = "", **changes: object) -> NodeSpec:
        folder = tmp_path / "subject" / "bot"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        (folder / "node.py").write_text(text, encoding="utf-8")
        given: dict[str, object] = {
            "root": tmp_path / "subject",
            "python": PYTHON,
            "config": "bot.node:node_config",
            "mode": "venue",
            "faces": FACES,
            "log_directory": tmp_path / "log",
            **changes,
        }
        return NodeSpec(**given)  # type: ignore[arg-type]

    return make
