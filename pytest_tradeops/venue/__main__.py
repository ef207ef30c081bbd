"""What `process.start_venue` runs: `python -m pytest_tradeops.venue STATE READY [options]`.

READY is written, readable by its owner only, once everything answers; people use `tradeops venue serve`.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from ..exceptions import TradeopsError
from .serving import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="pytest_tradeops.venue")
    parser.add_argument("state", type=Path)
    parser.add_argument("ready", type=Path)
    parser.add_argument("--faces", default="")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--port-base", type=int)
    parser.add_argument("--no-limits", action="store_true")
    options = parser.parse_args()

    def ready(about: dict[str, Any]) -> None:
        half = options.ready.with_suffix(".half")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(about, file)
        half.replace(options.ready)

    try:
        serve(
            options.state,
            [name for name in options.faces.split(",") if name],
            ready,
            seed=options.seed,
            port_base=options.port_base,
            limits=not options.no_limits,
        )
    except TradeopsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
