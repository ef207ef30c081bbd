"""One HTTP request to a testnet, or to the venue: no proxy, no redirect, no host that serves a live market.

Whatever keeps the exchange from being asked is no evidence about its keys, so it is inconclusive.
"""

import http.client
import json
import ssl
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...exceptions import GuardTripped, Inconclusive
from ...model import Finding
from ..child.addresses import is_loopback, is_test_host

_TIMEOUT = 30.0
_LARGEST = 64 << 20  # futures list some hundred markets
#: How an exchange says no; every other status says that it was not really asked.
_ANSWERS = (200, 400, 401)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the exchange answered: `data` is JSON."""

    status: int
    data: Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where one exchange answers.

    Attributes:
        origin: `https://testnet.binance.vision`, or the venue's `http://127.0.0.1:PORT`.
        secrets: Texts that nothing said about this place may contain.
    """

    origin: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    timeout: float = _TIMEOUT

    @property
    def host(self) -> str:
        return urllib.parse.urlsplit(self.origin).hostname or ""

    @property
    def is_testnet(self) -> bool:
        return is_test_host(self.origin)

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """The exchange's answer.

        Args:
            target: Path and query.

        Raises:
            GuardTripped: the place is neither a test host nor loopback.
            Inconclusive: it cannot be reached, answers with something else, or not in time. No key is in the message.
        """
        if not (self.is_testnet or is_loopback(self.origin)):
            raise _not_allowed(self.host)
        what = f"{method} {self.host}{target.partition('?')[0]}"
        connection = self._connect()
        try:
            connection.request(method, target, body or None, dict(headers))
            response = connection.getresponse()
            status, data = response.status, response.read(_LARGEST)
        except TimeoutError:
            raise _silent(f"{what} was not answered within {self.timeout:g} s.") from None
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise _silent(f"{what} could not be asked: {why}.") from None
        finally:
            connection.close()
        if status not in _ANSWERS:
            raise _silent(f"{what} was answered with status {status}.")
        try:
            return Reply(status, json.loads(data))
        except ValueError:
            raise _silent(f"{what} was answered with status {status} and no JSON.") from None

    def clean(self, text: str) -> str:
        """`text` without the secrets: exchanges repeat what they were sent, keys included."""
        for secret in self.secrets:
            if secret:
                text = text.replace(secret, "[redacted]")
        return " ".join(text.split())[:200]

    def _connect(self) -> http.client.HTTPConnection:
        parts = urllib.parse.urlsplit(self.origin)
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self.host, parts.port, timeout=self.timeout, context=context)
        return http.client.HTTPConnection(self.host, parts.port, timeout=self.timeout)


def _silent(message: str) -> Inconclusive:
    return Inconclusive(message, remedy="Run again when the testnet answers from here.")


def _not_allowed(host: str) -> GuardTripped:
    tripped = GuardTripped(f"{host} is no test host of the exchange.", remedy="Keys are sent to test hosts only.")
    tripped.findings = (Finding("guard: address not allowed", tripped.message, remedy=tripped.remedy),)
    return tripped
