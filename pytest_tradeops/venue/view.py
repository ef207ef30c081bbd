"""What the `venue` fixture hands to a test: a venue, fresh accounts there, and nothing left over afterwards."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..exceptions import DeclarationError, TradeopsError
from ..model import Grade, ServiceHandle
from ..processes import memory_folder
from .client import AccountKey, Market, VenueClient
from .client_faults import FaultsClient
from .engine.model import Balance, Fill, Kind, Order, Position
from .process import VenueProcess, start_venue


class VenueView:
    """One test's access to a venue; the venue is asked for at the first use.

    Args:
        seed: Of venues of one's own.
        shared: Gives the control endpoint of a venue that outlives this view; without it a venue is started.
        limits: Whether a venue of one's own refuses what is too often.

    Attributes:
        observers: Called with the name of a moment that a check has reached (`reached`): where a planted fault acts.
        funds: What fresh accounts begin with, asset to amount; None for generous ones. Set it before the first use.
    """

    def __init__(self, seed: int, shared: Callable[[], str] | None = None, *, limits: bool = True) -> None:
        self.observers: list[Callable[[str], None]] = []
        self.funds: Mapping[str, Decimal | str] | None = None
        self._seed = seed
        self._shared = shared
        self._limits = limits
        self._process: VenueProcess | None = None
        self._crashes = 0
        self._moved: dict[tuple[str, str], Decimal] = {}
        self._held: set[tuple[str, str]] = set()
        self._undo = ExitStack()

    @cached_property
    def client(self) -> VenueClient:
        """The control endpoint: everything that is not about this test's accounts.

        Raises:
            NotReady: the venue did not come up, or `pytest-tradeops[venue]` is not installed.
        """
        if self._shared is None:
            self._process = launch(self._seed, limits=self._limits)
            self._undo.callback(self._process.stop)
            control = self._process.control
        else:
            control = self._shared()
        client = VenueClient(control)
        self._crashes = len(client.crashes())
        return client

    @property
    def used(self) -> bool:
        """Whether the venue was asked for."""
        return "client" in self.__dict__

    @property
    def grade(self) -> Grade:
        """A venue can be given to `evidence.examined(source=...)`."""
        return Grade.EMBEDDED

    @property
    def urls(self) -> dict[str, dict[str, str]]:
        """Face to what its clients are configured with."""
        return {face: dict(one["urls"]) for face, one in self._about["faces"].items()}

    @cached_property
    def _about(self) -> dict[str, Any]:
        return self.client.state()

    @cached_property
    def keys(self) -> Mapping[str, AccountKey]:
        """Face to the key of a fresh account there, of the type that its usual client needs."""
        return {face: self.client.new_account(face, balances=self.funds) for face in self._about["faces"]}

    # Its market and its faults: of this test alone, until it ends

    @property
    def faults(self) -> FaultsClient:
        """What can go wrong, as methods: `venue.faults.drop_sockets()`. All of them end with the test."""
        return self.client.faults

    def market(self, face: str, symbol: str) -> "ViewMarket":
        """A market, for scenarios; where its price was before is where it goes back to after the test."""
        return ViewMarket(self, face, symbol)

    # This test's accounts, in the venue's own books

    def orders(self, face: str, *, only_open: bool = False) -> list[Order]:
        """By time of creation."""
        return self.client.orders(face, account=self.keys[face].account, only_open=only_open)

    def fills(self, face: str) -> list[Fill]:
        """By time."""
        return self.client.fills(face, account=self.keys[face].account)

    def balances(self, face: str) -> dict[str, Balance]:
        """Per asset."""
        return self.client.balances(face, self.keys[face].account)

    def position(self, face: str, market: str) -> Position | None:
        """The position in `BTCUSDT`; None when flat."""
        return self.client.position(face, self.keys[face].account, market)

    def trade_id(self, face: str, fill: Fill) -> str:
        """What the exchange calls the trade that a fill is one side of."""
        if face != "bybit":
            return str(fill.trade_id)
        from .bybit import ids

        return ids.trade_id(fill.market, Kind(fill.market.rpartition(".")[2]), fill.trade_id)

    def sessions(self, face: str) -> list[dict[str, Any]]:
        """The WebSockets that are open under this test's account; those for market data belong to nobody."""
        account = self.keys[face].account
        return [one for one in self.client.sessions(face) if one["account"] == account]

    def journal(self, face: str) -> list[dict[str, Any]]:
        """The journal's lines that speak of this test's account, as `VenueClient.journal` has them."""
        account = self.keys[face].account
        return [line for line in self.client.journal(face) if account in _accounts(line)]

    # Whoever looks on

    def reached(self, moment: str) -> None:
        """Says that a check has come to a point; a planted fault may wait for it in `observers`."""
        for observer in tuple(self.observers):
            observer(moment)

    def own(self, *, limits: bool = True) -> Self:
        """A second venue, of this test alone, to be killed and started again; it ends with the test."""
        second = type(self)(self._seed, limits=limits)
        self._undo.callback(second.close)
        return second

    @property
    def process(self) -> VenueProcess:
        """The venue's process, to kill and start again.

        Raises:
            DeclarationError: it is shared with other tests.
        """
        _ = self.client  # starts it
        if self._process is None:
            raise DeclarationError(
                "This venue is not this test's alone.", remedy="Kill one that `venue.own()` has started."
            )
        return self._process

    def keep(self, folder: Path) -> list[Path]:
        """Copies the journals that this test has written in to `folder`; `tradeops venue replay` takes them."""
        kept: list[Path] = []
        if not self.used:
            return kept
        for face, one in self._about["faces"].items():
            source = Path(one["journal"])
            if source.is_file() and self._used(face):
                folder.mkdir(parents=True, exist_ok=True)
                kept.append(Path(shutil.copyfile(source, folder / f"{face}.jsonl")))
        return kept

    def assert_healthy(self) -> None:
        """Raises unless the venue answers, nothing in it broke, and no fault acts any more."""
        if not self.used:
            return
        broken = self.client.crashes()[self._crashes :]
        if broken:
            raise TradeopsError(f"The venue itself broke: {broken[0]}", remedy="Do not trust this run.")
        active = self.client.faults.active()
        if active:
            raise TradeopsError(f"The fault {active[0]['kind']} still acts.", remedy="Clear it: venue.faults.clear().")

    def close(self) -> None:
        """Ends faults and holds, puts prices back, and stops a venue of one's own."""
        with self._undo:
            if self.used and self._process is None:
                self.client.faults.clear()
                for face, symbol in sorted(self._held):
                    self.client.market(face, symbol).hold(False)
                for (face, symbol), price in sorted(self._moved.items()):
                    self.client.market(face, symbol).move(price)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _used(self, face: str) -> bool:
        """Whether more than the account's opening is to be seen of this test."""
        if "keys" not in self.__dict__:
            return False
        try:
            lines = self.journal(face)
        except TradeopsError:  # it is gone: what it wrote is all there is
            return True
        return any(line["kind"] in ("command", "note") for line in lines)  # the opening itself is not under `account`


class ViewMarket(Market):
    """A market of a view, which remembers what is to be undone."""

    _view: VenueView

    def __init__(self, view: VenueView, face: str, symbol: str) -> None:
        super().__init__(view.client, face, symbol)
        object.__setattr__(self, "_view", view)

    def move(self, price: Decimal | str) -> Decimal:
        self._view._moved.setdefault((self.face, self.symbol), self.last())
        return super().move(price)

    def hold(self, held: bool = True) -> None:
        self._view._held.add((self.face, self.symbol))
        super().hold(held)


class Spare:
    """A venue for one planted fault after another, started at the first use; one that was broken is replaced."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._process: VenueProcess | None = None

    def control(self) -> str:
        """The control endpoint of the venue.

        Raises:
            NotReady: it did not come up.
        """
        if self._process is None:
            self._process = launch(self._seed)
        return self._process.control

    def give_back(self, view: VenueView) -> None:
        """Ends a view; the venue goes with it unless it is as it was before."""
        try:
            view.close()
            view.assert_healthy()
        except Exception:  # whatever it is: the next planted fault gets another venue
            self.close()

    def close(self) -> None:
        """Stops the venue, if there is one; the next use starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()


def launch(seed: int, *, limits: bool = True) -> VenueProcess:
    """A venue with all its faces, in a folder that is gone when it ends.

    Raises:
        NotReady: it did not come up.
    """
    folder = Path(tempfile.mkdtemp(prefix="venue-", dir=memory_folder()))
    return start_venue(folder, seed=seed, limits=limits, temporary=True)


def offering(seed: int) -> Callable[[], tuple[ServiceHandle, Callable[[], None]]]:
    """What `Broker.offer` takes: the venue is started at the first request and ended with the broker."""

    def start() -> tuple[ServiceHandle, Callable[[], None]]:
        process = launch(seed)
        handle = ServiceHandle(
            "venue", "process", Grade.EMBEDDED, "", {"control": process.control}, f"simulated from seed {seed}"
        )
        return handle, process.stop

    return start


def _accounts(value: Any) -> Iterator[str]:
    """Every account that a line of the journal names."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name == "account" and isinstance(one, str):
                yield one
            else:
                yield from _accounts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _accounts(one)
