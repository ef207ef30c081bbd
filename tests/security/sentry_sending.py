"""Sends errors to a DSN as an SDK would, without the SDK: for tests of what becomes of them."""

import http.client
import json
import secrets
from dataclasses import dataclass

from pytest_tradeops.model import Finding
from pytest_tradeops.security.sentry import dsn as dsns
from pytest_tradeops.standins.envelope import Item, serialize
from pytest_tradeops.standins.sentry_check import OneError


@dataclass(frozen=True)
class Configured:
    """Settings, as `[tool.tradeops.sentry]` has them."""

    kind: str = "sentry"
    url: str = ""
    organization: str = ""
    project: str = ""
    token: str = ""


def send(dsn: str, *, text: str = "", event_id: str = "") -> OneError:
    """One error; as with the SDK, an id is returned whatever the server says."""
    parsed = dsns.parse(dsn)
    assert parsed is not None
    nonce = f"probe {secrets.token_hex(8)}"
    identifier = event_id or secrets.token_hex(16)
    values = [{"type": "TestError", "value": text or f"{nonce}: a test"}]
    event: dict[str, object] = {
        "event_id": identifier,
        "level": "error",
        "release": "bot@1",
        "exception": {"values": values},
    }
    event["tags"] = {"strategy_id": "EMA"}
    body = serialize({"event_id": identifier}, [Item({"type": "event"}, json.dumps(event).encode())])
    connection = http.client.HTTPConnection(parsed.place.removeprefix("http://"), timeout=10)
    auth = {"X-Sentry-Auth": f"Sentry sentry_key={parsed.key}, sentry_version=7"}
    connection.request("POST", f"/api/{parsed.project}/envelope/", body, auth)
    connection.getresponse().read()
    connection.close()
    return OneError(identifier, nonce)


def nothing_sent(_: str) -> OneError:
    """The subject's start-up fails."""
    return OneError(None, "", (Finding("sentry: entry fails", "It raised."),))
