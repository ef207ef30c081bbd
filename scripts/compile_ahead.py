"""Writes the bytecode that this project's processes load: Python's own, and what pytest makes of plugins and tests.

Where the environment forbids bytecode (PYTHONDONTWRITEBYTECODE, as in many images), each of the hundred processes of
a run would otherwise compile what it imports, and pytest rewrite its plugins: more than half of what starting one
costs. Both kinds are still read there, and are checked against the source.
"""

import compileall
import contextlib
import importlib
import io
import pkgutil
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]


class _Imports:
    """Imports while pytest's import hook is in place; tests are imported by their collection."""

    def pytest_collection_finish(self) -> None:
        package = importlib.import_module("pytest_tradeops")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=lambda _: None):
            if not module.name.endswith("__main__"):
                with contextlib.suppress(Exception):  # what cannot be imported here is compiled where it can
                    importlib.import_module(module.name)


def main() -> int:
    sys.dont_write_bytecode = False
    for folder in ("pytest_tradeops", "verification"):
        compileall.compile_dir(_ROOT / folder, quiet=2, workers=0)
    arguments = ["--collect-only", "-qq", "-n0", "-W", "ignore", "-p", "no:cacheprovider", str(_ROOT)]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = pytest.main(arguments, plugins=[_Imports()])
    if code:
        sys.stderr.write(said.getvalue()[-2000:])
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
