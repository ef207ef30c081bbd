"""The configuration string of QuestDB's own clients, as far as writing over HTTP needs it.

One string serves the bot's other clients and the sink: `http::addr=host:9000;username=...;password=...;`. Options that
say how a client buffers and repeats are accepted and have no meaning here.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from ..exceptions import ConfigError
from ..questdb_sql import QuestDb

ENVIRONMENT = "QDB_CLIENT_CONF"
_REMEDY = f"Write {ENVIRONMENT} as http::addr=host:9000; with username=...;password=...; or token=...; if need be."


@dataclass(frozen=True, slots=True)
class Conf:
    """Where the server is and how it is talked to; secrets stay out of its repr.

    Attributes:
        url: `http://host:port` or `https://...`, without credentials.
        timeout: Seconds for a request, besides what its size needs; None if it does not say.
    """

    url: str
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    tls_verify: bool = True
    tls_roots: str = ""
    timeout: float | None = None

    @classmethod
    def parse(cls, text: str) -> "Conf":
        """Reads a configuration string.

        Raises:
            ConfigError: it is malformed, or of another protocol. The message holds no value of it.
        """
        protocol, separator, rest = text.strip().partition("::")
        if not separator:
            raise ConfigError(f"{ENVIRONMENT} is no client configuration.", remedy=_REMEDY)
        if protocol not in ("http", "https"):
            raise ConfigError(f"The sink writes over http or https, not {protocol!r}.", remedy=_REMEDY)
        options = _options(rest)
        host, port = _address(options.get("addr", ""))
        timeout = options.get("request_timeout", "")
        if timeout and not timeout.isdigit():
            raise ConfigError("request_timeout is no number of milliseconds.", remedy=_REMEDY)
        return cls(
            f"{protocol}://{host}:{port}",
            options.get("username", ""),
            options.get("password", ""),
            options.get("token", ""),
            options.get("tls_verify", "on") != "unsafe_off",
            options.get("tls_roots", ""),
            int(timeout) / 1000 if timeout else None,
        )

    def connect(self, timeout: float) -> QuestDb:
        """A client of the server; nothing is sent yet.

        Raises:
            ConfigError: the file of trusted certificates cannot be read.
        """
        context = None
        if self.url.startswith("https"):
            try:
                context = ssl.create_default_context(cafile=self.tls_roots or None)
            except OSError as error:
                said = error.strerror or "no certificates"
                raise ConfigError(f"tls_roots cannot be read: {said}.", remedy="Correct the path.") from None
            if not self.tls_verify:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        scheme, _, place = self.url.partition("://")
        pair = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@" if self.username else ""
        return QuestDb(f"{scheme}://{pair}{place}", token=self.token, timeout=timeout, tls=context)


def _options(text: str) -> Mapping[str, str]:
    """Key and value, where `;;` in a value is one semicolon."""
    result: dict[str, str] = {}
    at = 0
    while at < len(text):
        equals = text.find("=", at)
        if equals == -1:
            raise ConfigError(f"{ENVIRONMENT} has something without a value.", remedy=_REMEDY)
        key, value, at = text[at:equals], "", equals + 1
        while True:
            end = text.find(";", at)
            if end == -1:
                value, at = value + text[at:], len(text)
                break
            value += text[at:end]
            if text[end + 1 : end + 2] != ";":
                at = end + 1
                break
            value, at = value + ";", end + 2
        if not key.replace("_", "").isalnum():
            raise ConfigError(f"{ENVIRONMENT} has a key that is no word.", remedy=_REMEDY)
        result[key] = value
    return result


def _address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or text.endswith("]"):  # no port, or an address of version 6 alone
        host, port = text, "9000"
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ConfigError(f"{ENVIRONMENT} has no usable addr.", remedy=_REMEDY)
    return host, int(port)


def conf_for(url: str, token: str = "") -> str:
    """The configuration string for an address such as `http://user:password@host:9000`, and its token if it has one."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    given = {"addr": f"{host}:{parts.port or (443 if parts.scheme == 'https' else 9000)}"}
    if token:
        given["token"] = token
    elif parts.username:
        given["username"], given["password"] = unquote(parts.username), unquote(parts.password or "")
    return f"{parts.scheme}::" + "".join(f"{key}={value.replace(';', ';;')};" for key, value in given.items())
