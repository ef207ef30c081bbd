"""The highest equity since a bot's first start, kept in a small file so that a restart does not forget a drawdown."""

import json
import os
import time
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path

_VERSION = 1
#: Seconds between two writes; what is killed in between loses a rise of the peak, never a peak.
_EVERY = 1.0


class Peaks:
    """Peaks by key, in one file.

    Args:
        path: None keeps them in memory only.
        clock: Seconds.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._written = float("-inf")
        self._changed = False
        self._peaks: dict[str, Decimal] = {}
        #: What was wrong with the file; it is kept beside itself, and the peaks begin anew.
        self.problem = ""
        if path is not None and path.exists():
            self._read(path)

    def rise(self, key: str, equity: Decimal) -> Decimal:
        """The peak, after this equity was seen.

        Raises:
            OSError: it cannot be written; it is still known here, and tried again.
        """
        peak = self._peaks.get(key)
        if peak is None or equity > peak:
            self._peaks[key] = peak = equity
            self._changed = True
        if self._changed and self._clock() - self._written >= _EVERY:
            self.save()
        return peak

    def known(self, key: str) -> Decimal:
        """The peak as it is known here; zero before any."""
        return self._peaks.get(key, Decimal(0))

    def save(self) -> None:
        """Writes what has changed, whole or not at all; raises OSError."""
        if self._path is None or not self._changed:
            return
        self._written = self._clock()
        document = {"version": _VERSION, "peaks": {key: str(value) for key, value in sorted(self._peaks.items())}}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(self._path.name + ".part")
        with partial.open("w", encoding="utf-8") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)
        self._changed = False

    def _read(self, path: Path) -> None:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["version"] != _VERSION:
                raise ValueError(f"version {document['version']}")
            peaks = {str(key): Decimal(str(value)) for key, value in document["peaks"].items()}
            if not all(value.is_finite() for value in peaks.values()):
                raise ValueError("a peak is not finite")
            self._peaks = peaks
        except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
            self.problem = f"The peaks in {path.name} cannot be read ({type(error).__name__}); they begin anew."
            try:
                path.replace(path.with_name(path.name + ".broken"))
            except OSError:
                self._path = None  # nor could it be written
