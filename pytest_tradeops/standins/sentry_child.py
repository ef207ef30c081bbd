"""Runs *inside the subject's own interpreter*: starts its error tracking, raises one error, reports what happened.

A script, not a module: it needs nothing but the standard library and what the subject brings. Input is JSON on stdin:
`entry`, its `file`, `report` (where to write the answer), `nonce`, `brotli` (whether the receiver can read it),
`planted` (place to secret; empty for an error without any) and `hosts` (beyond loopback, those that may be reached). No
secret stands in this file, and none may be in a local variable under a harmless name:
the SDK sends source lines and variables of every frame.
"""

import contextlib
import importlib
import json
import logging
import os
import pathlib
import socket
import sys
import types
import urllib.parse
from typing import Any

FLUSH_SECONDS = 10.0


class _Box:
    """Holds what is planted; prints nothing of it."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Any = None


PLANTED = _Box()
REACHED: list[str] = []
#: Hosts that may be reached, and the addresses that their names were found to have.
ALLOWED: set[str] = set()


class TradeopsProbeError(RuntimeError):
    """The one error that is captured."""


def refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: whatever the subject is set to, the probe's error must not reach a real server."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    host = str(host).lower() if host else ""
    if host and host not in ("localhost", "::1") and not host.startswith("127.") and host not in ALLOWED:
        REACHED.append(host)
        raise OSError(f"the probe does not reach {host}")


def allow(hosts: "list[str]") -> None:
    """Lets these hosts be reached, by whatever addresses their names have each time they are asked for."""
    ALLOWED.update(hosts)
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
        found = original(host, *arguments, **named)
        if str(host).lower() in ALLOWED:
            ALLOWED.update(str(one[4][0]) for one in found)
        return found

    if hosts:
        socket.getaddrinfo = getaddrinfo


def start_the_subject(entry: str, file: str) -> dict[str, Any]:
    """Imports and calls the entry, which must come from `file`; what went wrong, if anything."""
    module_name, _, attribute = entry.partition(":")
    try:
        target: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if _is_part(error.name, "sentry_sdk"):
            return {"state": "sdk missing"}
        absent = error.name and _is_part(module_name, error.name)
        return {"state": "entry missing" if absent else "entry fails", "error": _told(error)}
    except BaseException as error:
        return {"state": "entry fails", "error": _told(error)}
    found = getattr(target, "__file__", None)
    if found is None or not pathlib.Path(found).samefile(file):
        return {"state": "entry shadowed", "error": f"Python imports {module_name} from {found}"}
    for name in attribute.split("."):
        target = getattr(target, name, None)
    if not attribute or not callable(target):
        return {"state": "entry missing", "error": f"{module_name} has no function {attribute!r}"}
    try:
        sdk = importlib.import_module("sentry_sdk")
        if not hasattr(sdk, "get_client"):
            return {"state": "sdk too old"}
        target()
    except ModuleNotFoundError as error:
        sdk_is_gone = _is_part(error.name, "sentry_sdk")
        return {"state": "sdk missing"} if sdk_is_gone else {"state": "entry fails", "error": _told(error)}
    except BaseException as error:
        return {"state": "entry fails", "error": _told(error)}
    return {"state": "started"}


def capture_one_error(sdk: types.ModuleType, nonce: str) -> str | None:
    """Plants the secrets around one error, captures it, and gives the SDK time to send; the event's id."""
    logger = logging.getLogger("tradeops.probe")
    logger.addHandler(logging.NullHandler())
    logger.warning("reconnecting with api_secret=%s", PLANTED.value["log"])
    sdk.add_breadcrumb(
        message=f"login with token={PLANTED.value['breadcrumb']}", data={"secret_key": PLANTED.value["crumb data"]}
    )
    sdk.set_tag("tradeops.login", PLANTED.value["tag"])
    scope = sdk.get_isolation_scope()
    scope.set_extra("api_secret", PLANTED.value["extra"])
    scope.set_extra("tradeops.venue", {"binance": [{"passphrase": PLANTED.value["nested extra"]}]})
    event_id = None
    try:
        sign_an_order(nonce)
    except TradeopsProbeError as error:
        event_id = sdk.capture_exception(error)
    sdk.flush(timeout=FLUSH_SECONDS)
    return str(event_id) if event_id else None


def capture_a_plain_error(sdk: types.ModuleType, nonce: str) -> str | None:
    """Captures one error that says what it is, and gives the SDK time to send; the event's id."""
    event_id = None
    try:
        raise TradeopsProbeError(f"{nonce}: a test by pytest-tradeops, nothing has happened")
    except TradeopsProbeError as error:
        event_id = sdk.capture_exception(error)
    sdk.flush(timeout=FLUSH_SECONDS)
    return str(event_id) if event_id else None


def sign_an_order(nonce: str) -> None:
    """Fails with secrets in its locals, as a venue adapter would."""
    api_secret = PLANTED.value["local"]
    venue = {"accounts": [{"private_key": PLANTED.value["nested local"]}]}
    raise TradeopsProbeError(f"{nonce}: {len(api_secret) + len(venue)} token={PLANTED.value['exception']} refused")


def destination(sdk: types.ModuleType, given: str) -> dict[str, Any]:
    """Where the SDK sends to: `given`, `none` or `other`, and for the last one the host."""
    dsn = sdk.get_client().options.get("dsn") or ""
    if not dsn:
        return {"dsn": "none"}
    return {"dsn": "given"} if dsn == given else {"dsn": "other", "host": urllib.parse.urlsplit(str(dsn)).hostname}


def main() -> None:
    """Reads the order, does it, writes the report; always ends with 0, so that only a crash does not."""
    order = json.load(sys.stdin)
    PLANTED.value = order.pop("planted")
    if not order["brotli"]:
        sys.modules["brotli"] = None  # type: ignore[assignment]  # the SDK then takes gzip, which the receiver can read
    allow(order["hosts"])
    sys.addaudithook(refuse_the_network)
    given = os.environ.get("SENTRY_DSN", "")
    report = start_the_subject(order["entry"], order["file"])
    if report["state"] == "started":
        sdk = importlib.import_module("sentry_sdk")
        report["sdk"] = str(getattr(sdk, "VERSION", ""))
        try:
            report.update(destination(sdk, given))
            capture = capture_one_error if PLANTED.value else capture_a_plain_error
            report["event_id"] = capture(sdk, order["nonce"])
        except Exception as error:
            report.update(state="capture fails", error=_told(error))
    report["reached"] = sorted(set(REACHED))
    pathlib.Path(order["report"]).write_text(json.dumps(report), encoding="utf-8")


def _is_part(name: "str | None", package: str) -> bool:
    return name is not None and f"{name}.".startswith(f"{package}.")


def _told(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}"
    with contextlib.suppress(Exception):
        for secret in PLANTED.value.values():
            text = text.replace(secret, "[planted]")
    return text[:300]


if __name__ == "__main__":
    main()
