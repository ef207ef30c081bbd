"""Which addresses a process is connected to, read from /proc: evidence of where it went, no means to prevent it."""

import contextlib
import os
import re
import socket
import struct
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from .child.addresses import TEST_HOSTS, is_loopback_ip

_SOCKET = re.compile(r"socket:\[(\d+)\]")
_LISTEN = "0A"


@dataclass(frozen=True, slots=True, order=True)
class Remote:
    """The other end of one TCP connection."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        return is_loopback_ip(self.host)


def observe(pid: int) -> frozenset[Remote] | None:
    """The remotes of a process's TCP sockets; None where it cannot be seen (it has ended, or this is not Linux)."""
    inodes = set()
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                match = _SOCKET.fullmatch(os.readlink(descriptor))  # noqa: PTH115 - the target is no path
                if match is not None:
                    inodes.add(match[1])
        tables = [Path(f"/proc/{pid}/net/{name}").read_text(encoding="ascii") for name in ("tcp", "tcp6")]
    except OSError:
        return None
    return frozenset(
        remote(fields[2])
        for table in tables
        for line in table.splitlines()[1:]
        if (fields := line.split())[9] in inodes and fields[3] != _LISTEN and not fields[2].endswith(":0000")
    )


def remote(field: str) -> Remote:
    """`0100007F:1F90` of /proc/net/tcp as what it means; words are in the machine's byte order."""
    address, _, port = field.partition(":")
    words = [int(address[at : at + 8], 16) for at in range(0, len(address), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    host = IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed)
    mapped = getattr(host, "ipv4_mapped", None)
    return Remote(str(mapped or host), int(port, 16))


def strangers(remotes: frozenset[Remote], *, testnet: bool = False, peers: Collection[str] = ()) -> list[Remote]:
    """The remotes that a guarded node must not have: neither loopback nor, on the testnet, a test host.

    Args:
        peers: `host:port` that are allowed besides, at exactly that port.
    """
    declared: set[tuple[str, int]] = set()
    for peer in peers:
        name, _, port = peer.rpartition(":")
        with contextlib.suppress(OSError, ValueError):
            declared |= {
                (str(found[4][0]), int(port))
                for found in socket.getaddrinfo(name.strip("[]"), int(port), type=socket.SOCK_STREAM)
            }
    known: set[str] = set()
    if testnet:
        for host in sorted(TEST_HOSTS):
            with contextlib.suppress(OSError):
                known |= {str(found[4][0]) for found in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    return sorted(
        one for one in remotes if not one.loopback and one.host not in known and (one.host, one.port) not in declared
    )
