"""What a storage decision record claims, compared with a server that runs.

The record's claims are `engine`, `version`, `protocol` and `durability`. The last two are named from what can be
tested: `ilp-http`, and `acknowledged-rows-survive-sigkill`.
"""

import re
from collections.abc import Mapping
from typing import Any

from ...model import Finding
from . import durability, ingest
from .client import QuestDbClient
from .process import Instance

ENGINE = "QuestDB"
KEYS = ("engine", "version", "protocol", "durability")
_PROTOCOLS = ("ilp-http", "ilp-over-http")
_DURABILITIES = ("acknowledged-rows-survive-sigkill", "acknowledged-rows-survive-sigkill-of-the-server")


def form_findings(claims: Mapping[str, Any], record: str) -> list[Finding]:
    """What is missing, or claimed in words that no test stands behind."""
    found = []
    for key in KEYS:
        if not isinstance(claims.get(key), str) or not claims[key].strip():
            message = f"The claims of {record} do not say the {key}."
            found.append(Finding("adr-002: claims missing", message, remedy=f"Add {key} = ... to the block."))
    known = {"protocol": _PROTOCOLS, "durability": _DURABILITIES}
    for key, words in known.items():
        if not found and _word(claims[key]) not in words:
            message = f"{record} claims {key} = {claims[key]!r}, which nothing here can test."
            found.append(Finding("adr-002: claim cannot be tested", message, remedy=f"Write {words[0]!r}."))
    return found


def identity_findings(claims: Mapping[str, Any], record: str, client: QuestDbClient) -> list[Finding]:
    """Engine and version against what the server says of itself."""
    build = str(client.sql("select build").scalar())
    engine = ENGINE if ENGINE in build else build
    running = {"engine": engine, "version": client.handle.version}
    return [
        _false(record, f"{key} is claimed to be {claims[key]!r}; the running server says {value!r}.")
        for key, value in running.items()
        if claims[key].strip().lower() != value.lower()
    ]


def protocol_findings(record: str, done: ingest.Ingest) -> list[Finding]:
    """Whether rows written over the claimed protocol came back."""
    return [_false(record, f"protocol: {finding.message}") for finding in done.findings]


def durability_findings(record: str, server: Instance) -> tuple[durability.Durability, list[Finding]]:
    """Whether acknowledged rows outlive the server's SIGKILL."""
    done = durability.examine(server)
    return done, [_false(record, f"durability: {finding.message}") for finding in done.findings]


def _false(record: str, message: str) -> Finding:
    remedy = f"Correct {record}, or the server; then say why in a new record."
    # The reason is the same under whatever number a project keeps the record.
    return Finding("adr-002: claim false", f"{record}: {message}", remedy=remedy)


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
