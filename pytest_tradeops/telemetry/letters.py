"""Where rows go that the server refuses for what they are: kept to be looked at and corrected, never sent again."""

import contextlib
import json
import threading
import time
from pathlib import Path

#: Bytes; a bug that makes every row bad must not fill the disk.
LIMIT = 16 << 20


class Letters:
    """A file of JSON lines, each with `at`, `table`, `reason` and `row`. Thread-safe; never raises.

    Args:
        path: Of the file; made with its first line.

    Attributes:
        count: Rows that were refused by this process, also those for which the file had no more room.
    """

    def __init__(self, path: Path, *, limit: int = LIMIT) -> None:
        self.path = path
        self.count = 0
        self._limit = limit
        self._lock = threading.Lock()

    def put(self, table: str, reason: str, row: str) -> None:
        """Keeps a row.

        Args:
            row: As the server would have read it (one line of ILP), or as it was given.
        """
        line = json.dumps({"at": time.time(), "table": table, "reason": reason, "row": row}, ensure_ascii=False) + "\n"
        with self._lock, contextlib.suppress(OSError):
            self.count += 1
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                if file.tell() + len(line) <= self._limit:
                    file.write(line)
