"""Loads this folder as a package of its own and runs what is asked for.

`python -P .../node/child TASK.json RESULT.json` runs one task; with `--serve SOCKET` it forks nodes, with
`--node DESCRIPTOR` it is one.
"""

import importlib
import importlib.util
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_NAME = "tradeops_child"


def _load() -> None:
    spec = importlib.util.spec_from_file_location(_NAME, _HERE / "__init__.py", submodule_search_locations=[str(_HERE)])
    if spec is None or spec.loader is None:
        raise SystemExit(f"{_HERE} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    # Python puts the folder itself first; a subject's `settings` or `entry` must not find ours.
    sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != _HERE]
    _load()
    if sys.argv[1] in ("--serve", "--node"):
        server = importlib.import_module(f"{_NAME}.forkserver")
        {"--serve": server.main, "--node": server.spawned}[sys.argv[1]](sys.argv[2])
    else:
        importlib.import_module(f"{_NAME}.tasks").main(*sys.argv[1:])
