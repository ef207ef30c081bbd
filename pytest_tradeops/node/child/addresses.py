"""Which addresses a node may be led to: IP literals of loopback, or the exchanges' own test hosts, and nothing else.

Stdlib only: the pytest process uses it as well, to judge the sockets that it sees.
"""

import ipaddress
import re
from collections.abc import Collection

#: Hosts that serve no live market. Bybit's demo is not among them: its public stream is the live one.
TEST_HOSTS = frozenset(
    {
        "testnet.binance.vision",
        "stream.testnet.binance.vision",
        "ws-api.testnet.binance.vision",
        "demo-api.binance.com",
        "demo-stream.binance.com",
        "demo-ws-api.binance.com",
        "demo-fapi.binance.com",
        "demo-fstream.binance.com",
        "testnet.binancefuture.com",
        "stream.binancefuture.com",
        "api-testnet.bybit.com",
        "stream-testnet.bybit.com",
    }
)
#: Whole addresses only: no user part, no name, no number in another notation, nothing that a parser could read twice.
_LOOPBACK = re.compile(r"(?:http|ws)://(127(?:\.[0-9]{1,3}){3}|\[::1\]):[0-9]{1,5}(?:/[A-Za-z0-9._~/-]*)?")
_TEST = re.compile(r"(?:https|wss)://([a-z0-9.-]+)(?::(?:443|9443))?(?:/[A-Za-z0-9._~/-]*)?")


def is_loopback(address: object) -> bool:
    """Whether it is a URL whose host is an IP literal of loopback, with its port."""
    match = _LOOPBACK.fullmatch(address) if isinstance(address, str) else None
    return match is not None and is_loopback_ip(match[1].strip("[]"))


def is_test_host(address: object) -> bool:
    """Whether it is an encrypted URL of an exchange's test host."""
    match = _TEST.fullmatch(address) if isinstance(address, str) else None
    return match is not None and match[1] in TEST_HOSTS


def is_loopback_ip(host: str) -> bool:
    """Whether it is an IP literal of loopback in its plain notation; IPv4 in IPv6 counts as what it stands for."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:  # octal, decimal, a name
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def objection(address: object, mode: str, given: Collection[str]) -> str:
    """Why a node of this mode may not be led to this address; empty if it may.

    Args:
        mode: `testnet`, or another one, which stays on the venue.
        given: The venue's own addresses: loopback alone does not do, a tunnel may end there.
    """
    if mode == "testnet":
        return "" if is_test_host(address) else "is no test host of the exchange"
    if not is_loopback(address):
        return "is no IP literal of loopback"
    return "" if address in given else "is on loopback and not the venue's"
