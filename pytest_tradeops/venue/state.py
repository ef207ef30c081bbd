"""A state directory: seed, ports, keys and one journal per exchange; from it a venue goes on where it was."""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..exceptions import TradeopsError
from . import faces, snapshot
from .accounts import KeyFile, default_keys, open_default_accounts
from .journal import Header, Journal, Line, header
from .kit.clock import VenueClock
from .kit.exchange import Exchange
from .kit.keys import ApiKey, Keyring
from .replay import replay

_VERSION = 1
#: Seconds between two sentences about a long replay.
_TELL = 2.0
#: So long a journal is worth a snapshot.
_WORTH_NS = 120_000_000_000
_OTHER = "Choose another --state directory."


type Progress = Callable[[str], None]


@dataclass(slots=True)
class State:
    """An opened directory; locked until `close`.

    Attributes:
        ports: `control` and the faces by name.
        keys: Per face, in the order in which they were made.
    """

    path: Path
    seed: int
    ports: dict[str, int]
    keys: dict[str, list[ApiKey]]
    _lock: int = field(repr=False)

    @classmethod
    def open(cls, path: Path, seed: int | None = None) -> "State":
        """Makes the directory if need be.

        Args:
            seed: None for the one that the directory has, or a random one.

        Raises:
            TradeopsError: it cannot be written, belongs to a running venue, or to one of another seed.
        """
        lock = _locked(path)
        try:
            about = _about(path / "venue.json")
            there = about.get("seed")
            if there is not None and seed is not None and there != seed:
                raise TradeopsError(f"{path} holds a venue of seed {there}, not of {seed}.", remedy=_OTHER)
            chosen = there if there is not None else secrets.randbelow(1 << 31) if seed is None else seed
            state = cls(path, chosen, dict(about.get("ports", {})), KeyFile(path / "keys.json").load(), lock)
            state.save()
        except BaseException:
            os.close(lock)
            raise
        return state

    def journal(self, face: str) -> Path:
        return self.path / f"{face}.jsonl"

    def snapshot(self, face: str) -> Path:
        return self.path / f"{face}.snapshot"

    def end(self, face: str, exchange: Exchange) -> None:
        """Closes an exchange's journal, and keeps its engine for the next start if that saves time."""
        if not isinstance(exchange.recorder, Journal):
            return
        exchange.recorder.close(exchange.engine.now_ns)
        long = exchange.engine.now_ns - header(self.journal(face)).start_ns >= _WORTH_NS
        if long and not exchange.crashes:  # after a crash only the journal can be trusted
            with contextlib.suppress(OSError):
                snapshot.save(self.snapshot(face), self.journal(face), exchange.engine)

    def save(self) -> None:
        """Writes seed, ports and keys down."""
        about = self.path / "venue.json"
        half = about.with_suffix(".tmp")
        try:
            half.write_text(json.dumps({"version": _VERSION, "seed": self.seed, "ports": self.ports}), encoding="utf-8")
            half.replace(about)
            KeyFile(self.path / "keys.json").save(self.keys)
        except OSError as error:
            raise _not_writable(self.path, error) from error

    def close(self) -> None:
        os.close(self._lock)

    def exchange(
        self,
        face: str,
        *,
        clock: VenueClock,
        package: str = "",
        enforce_limits: bool = True,
        config: Mapping[str, str],
        progress: Progress = lambda _: None,
    ) -> Exchange:
        """The exchange as the directory has it, or a new one.

        Args:
            progress: Told in a sentence, every two seconds, how far a long journal is replayed.

        Raises:
            TradeopsError: its journal cannot be read, or this engine no longer does what it says.
        """
        if self.journal(face).exists() and self.journal(face).stat().st_size:
            return self._restored(face, clock, enforce_limits, progress)
        keys = self.keys.setdefault(face, default_keys(face))
        self.save()
        now = clock.true_ns()
        listed = faces.instruments(face)
        seed = faces.engine_seed(self.seed, face)
        engine = faces.make_engine(listed, seed=seed, start_ns=now)
        about = Header(
            face=face,
            seed=seed,
            start_ns=now,
            step_ns=faces.STEP_NS,
            background=True,
            instruments=tuple(listed),
            package=package,
            config=dict(config),
        )
        self.journal(face).unlink(missing_ok=True)  # empty: its writer was killed before the first line
        recorder = Journal(self.journal(face), about)
        exchange = Exchange(
            face, engine, clock=clock, keys=Keyring(keys), recorder=recorder, enforce_limits=enforce_limits
        )
        open_default_accounts(exchange)
        return exchange

    def _restored(self, face: str, clock: VenueClock, enforce_limits: bool, progress: Progress) -> Exchange:
        path = self.journal(face)
        tell = _teller(path, f"{face} replays its journal", progress)
        found = replay(path, tell, since=snapshot.load(self.snapshot(face), path))
        if found.divergence is not None:
            by = found.header.package or "of another version"
            raise TradeopsError(
                f"{face} cannot go on from {path}, line {found.divergence.line}: {found.divergence.what} "
                f"pytest-tradeops {by} wrote it.",
                remedy=_OTHER,
            )
        recorder = Journal(path)
        recorder.events(found.tail)
        now = max(clock.true_ns(), found.engine.now_ns)
        found.engine.reopen(now)
        recorder.command(found.engine.now_ns, "reopen", (now,), {}, None)
        recorder.flush()
        keyring = Keyring(self.keys.get(face, []))
        exchange = Exchange(
            face, found.engine, clock=clock, keys=keyring, recorder=recorder, enforce_limits=enforce_limits
        )
        open_default_accounts(exchange)  # killed between two of them
        return exchange


def _teller(path: Path, what: str, progress: Progress) -> Callable[[Line], None]:
    """What is called with every line, and says now and then how far it is."""
    with path.open("rb") as file:
        total = sum(1 for _ in file)
    last = [time.monotonic()]

    def tell(line: Line) -> None:
        if time.monotonic() - last[0] >= _TELL:
            last[0] = time.monotonic()
            progress(f"{what}: {100 * line.number // max(total, 1)} %")

    return tell


def all_keys(state: State, names: Sequence[str]) -> list[tuple[str, ApiKey]]:
    """Face and key, of these faces."""
    return [(name, key) for name in names for key in state.keys.get(name, [])]


def _locked(path: Path) -> int:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _not_writable(path, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise TradeopsError(f"Another venue runs on {path}.", remedy=f"End it. Or: {_OTHER}") from error
    return lock


def _about(path: Path) -> dict[str, Any]:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["version"] != _VERSION or type(about["seed"]) is not int or not isinstance(about["ports"], dict):
            raise ValueError("of another version")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TradeopsError(f"{path} is not a venue's ({error}).", remedy=_OTHER) from error
    return dict(about)


def _not_writable(path: Path, error: OSError) -> TradeopsError:
    return TradeopsError(f"The state directory {path} cannot be written: {error.strerror}.", remedy=_OTHER)
