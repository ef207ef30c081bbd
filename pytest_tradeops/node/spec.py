"""Which bot runs as a node, in which mode, and where its clients are led."""

import secrets
import tempfile
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from ..exceptions import Inconclusive
from ..model import Grade
from .child.addresses import is_loopback_ip
from .settings import NodeSettings

type Mode = Literal["venue", "paper", "testnet"]

#: Binance's account types and Bybit, by the names of the venue's faces.
FACES = ("binance-spot", "binance-futures", "bybit")
_SETTINGS = {
    "binance-spot": "binance_testnet_api",
    "binance-futures": "binance_futures_testnet_api",
    "bybit": "bybit_testnet_api",
}


@dataclass(frozen=True, slots=True)
class Access:
    """One exchange's addresses and the keys of one account there; on the testnet there are keys only."""

    urls: Mapping[str, str] = field(default_factory=dict)
    api_key: str = ""
    api_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """Where a node's metrics go.

    Attributes:
        conf: Client configuration string of QuestDB.
        prefix: Before every table's name.
        settings: Fields of the collector's configuration, JSON values.
        peer: `host:port` of a database beyond loopback that the run's configuration declares.
    """

    conf: str = field(repr=False)
    prefix: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    peer: str = ""

    @classmethod
    def on(cls, endpoint: str, prefix: str = "", *, token: str = "", **settings: Any) -> Self:
        """On the QuestDB that the run uses.

        Args:
            endpoint: Its URL for HTTP, as its handle has it.
        """
        parts = urllib.parse.urlsplit(endpoint)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = f"[{parts.hostname}]:{port}" if ":" in (parts.hostname or "") else f"{parts.hostname}:{port}"
        conf = f"{parts.scheme}::addr={address};"
        if token:
            conf += f"token={token};"
        elif parts.username:
            pair = {"username": parts.username, "password": parts.password or ""}
            conf += "".join(f"{name}={urllib.parse.unquote(one).replace(';', ';;')};" for name, one in pair.items())
        peer = "" if is_loopback_ip(parts.hostname or "") else address
        return cls(conf=conf, prefix=prefix, settings=settings, peer=peer)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """One node.

    Attributes:
        root: The subject's folder; its packages are imported from there.
        python: The subject's interpreter.
        config: As `[tool.tradeops.node] config`; or `tradeops:binance-spot`, `tradeops:binance-futures`,
            `tradeops:bybit-linear`, `tradeops:bybit-spot`: BTCUSDT and ETHUSDT there, with no strategy but the driver.
        faces: Face name to where its clients are led.
        tag: Ends the trader id, and is part of every client order id: unique per node.
        log_directory: Gets `node.jsonl`, the node's log, and `output.txt`, what it prints.
        start_timeout, stop_timeout, preload_timeout: Seconds, as in the settings.
        balances: Of the sandbox in paper mode.
        driver: Whether our own strategy stands beside the team's, to submit what a check asks for.
        strategies: Whether the team's strategies, actors and algorithms are started.
        claims: Instruments whose orders and positions the driver takes over from an earlier node.
        graceful: Whether an unexpected exception shuts the node down in order; else it ends the process at once. None
            leaves it to what the team wrote.
        inspect: Build it, let the guard examine it, and connect to nothing.
        telemetry: Where metrics go: the team's collector is led there, and where the team has none, ours is added.
            None leads the team's collector nowhere: it measures, and nothing is written.
        collector_of: Another configuration, as `config`, whose collector this node gets.
        environ: Added to the node's environment.
        start_up: `package.module:function` of the subject, called without arguments before anything else.
        last_words: Whether the log is written out when NautilusTrader ends the process at once, which else may take the
            end of it along; and whether the node tells what it starts and writes.
    """

    root: Path
    python: Path
    config: str
    mode: Mode
    faces: Mapping[str, Access]
    log_directory: Path
    tag: str = field(default_factory=lambda: new_tag())
    start_timeout: float = 30.0
    stop_timeout: float = 15.0
    preload_timeout: float = 90.0
    start: str = "auto"
    balances: tuple[str, ...] = ("1_000_000 USDT", "10 BTC")
    driver: bool = True
    strategies: bool = True
    claims: tuple[str, ...] = ()
    graceful: bool | None = True
    inspect: bool = False
    telemetry: Telemetry | None = None
    collector_of: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    start_up: str = ""
    last_words: bool = False

    @classmethod
    def of(
        cls,
        root: Path,
        python: Path,
        settings: NodeSettings,
        mode: Mode,
        faces: Mapping[str, Access],
        log_directory: Path | None = None,
        **changes: Any,
    ) -> Self:
        """The subject's node as its settings say; `changes` are fields.

        Args:
            log_directory: Default a new one in the temp folder, which then is the caller's to remove.
        """
        return cls(
            **{
                "root": root,
                "python": python,
                "config": settings.config,
                "mode": mode,
                "faces": faces,
                "log_directory": log_directory or Path(tempfile.mkdtemp(prefix="tradeops-node-")),
                "start_timeout": settings.start_timeout,
                "stop_timeout": settings.stop_timeout,
                "preload_timeout": settings.preload_timeout,
                "start": settings.start,
                "balances": settings.paper_balances,
                **changes,
            }
        )

    @property
    def grade(self) -> Grade:
        """What evidence from this node counts as."""
        return Grade.TESTNET if self.mode == "testnet" else Grade.EMBEDDED

    def again(self, log_directory: Path, **changes: Any) -> Self:
        """A second node of the same bot, with a tag of its own."""
        return replace(self, **{"tag": new_tag(), "log_directory": log_directory, **changes})

    def task(self) -> dict[str, Any]:
        """What the child is told, JSON values; holds secrets."""
        return {
            "entry": self.config,
            "root": str(self.root.resolve()),
            "mode": self.mode,
            "faces": {
                name: {"urls": dict(one.urls), "api_key": one.api_key, "api_secret": one.api_secret}
                for name, one in self.faces.items()
            },
            "tag": self.tag,
            "log_directory": str(self.log_directory.resolve()),
            "start_timeout": self.start_timeout,
            "balances": list(self.balances),
            "driver": self.driver,
            "strategies": self.strategies,
            "claims": list(self.claims),
            "graceful": self.graceful,
            "inspect": self.inspect,
            "telemetry": None if self.telemetry is None else self._telemetry(self.telemetry),
            "collector_of": self.collector_of,
            "peers": list(self.peers),
            "environ": dict(self.environ),
            "start_up": self.start_up,
            "last_words": self.last_words,
        }

    @property
    def peers(self) -> tuple[str, ...]:
        """`host:port` beyond loopback and test hosts that the node may be connected to, as the run declares."""
        return (self.telemetry.peer,) if self.telemetry is not None and self.telemetry.peer else ()

    @staticmethod
    def _telemetry(given: Telemetry) -> dict[str, Any]:
        return {"conf": given.conf, "prefix": given.prefix, "settings": dict(given.settings)}


def new_tag() -> str:
    """Six characters that no other node of this run has; client order ids have 36 in all."""
    return "T" + secrets.token_hex(3)[:5].upper()


def access_on_venue(description: Mapping[str, Any], account: str = "") -> dict[str, Access]:
    """Where nodes are led on a running venue.

    Args:
        description: What `tradeops venue serve --format json` prints: `faces` and `accounts`.
        account: An account's name; default the first one of each face. Binance Spot needs one with an Ed25519 key.
    """
    found = {}
    for face, urls in description["faces"].items():
        accounts = [one for one in description["accounts"] if one["face"] == face and account in ("", one["name"])]
        if face == "binance-spot":  # its session log-on takes no other
            accounts = [one for one in accounts if one["key_type"] == "ed25519"]
        if accounts:
            found[face] = Access(dict(urls), accounts[0]["api_key"], accounts[0]["api_secret"])
    return found


def access_on_testnet(settings: NodeSettings) -> dict[str, Access]:
    """The exchanges whose testnet keys are in the environment.

    Raises:
        Inconclusive: there are none.
    """
    found = {}
    for face, prefix in _SETTINGS.items():
        key, secret = getattr(settings, f"{prefix}_key"), getattr(settings, f"{prefix}_secret")
        if key and secret:
            found[face] = Access({}, key, secret)
    if not found:
        raise Inconclusive(
            "There are no testnet keys.",
            remedy="Set TRADEOPS_BINANCE_TESTNET_API_KEY and _SECRET, or those of Binance futures or Bybit.",
        )
    return found
