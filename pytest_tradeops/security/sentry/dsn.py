"""What a DSN says: the key, the project, and for sentry.io the organization and where its API is."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_INGEST = re.compile(r"o(\d+)\.ingest(?:\.([a-z]{2}))?\.sentry\.io")


@dataclass(frozen=True, slots=True)
class Dsn:
    """A DSN without its secret half, which no SDK needs any more.

    Attributes:
        key: The public key.
        place: Scheme, host, port and path in front of the project's number.
        project: Its number.
    """

    key: str = field(repr=False)
    place: str
    project: str

    @property
    def host(self) -> str:
        """The host that events are sent to."""
        return urlsplit(self.place).hostname or ""

    @property
    def organization(self) -> str:
        """The organization's number, as sentry.io writes it into the host; empty elsewhere."""
        found = _INGEST.fullmatch(self.host)
        return found[1] if found else ""

    @property
    def api(self) -> str:
        """Where sentry.io answers questions on this project; empty elsewhere, as the API may be on any host.

        A region has an API of its own: https://docs.sentry.io/api/ .
        """
        found = _INGEST.fullmatch(self.host)
        if found is None:
            return ""
        return f"https://{found[2]}.sentry.io" if found[2] else "https://sentry.io"

    def same(self, other: "Dsn") -> bool:
        """Whether events of both come to the same key of the same project."""
        return (self.key, self._home, self.project) == (other.key, other._home, other.project)

    @property
    def _home(self) -> str:
        # Hosts of the American region come with and without `us`, for the same organization.
        return self.place.replace(".ingest.us.sentry.io", ".ingest.sentry.io")


def parse(text: str) -> Dsn | None:
    """The DSN in `text`; None if it is none."""
    try:
        parts = urlsplit(text.strip())
        key, host, port = parts.username or "", (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    path, _, project = parts.path.rpartition("/")
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"\w{1,64}", key) or not host:
        return None
    if not re.fullmatch(r"[0-9]{1,20}", project):
        return None
    host = f"[{host}]" if ":" in host else host
    shown = "" if port in (None, {"http": 80, "https": 443}[parts.scheme]) else f":{port}"
    return Dsn(key, f"{parts.scheme}://{host}{shown}{path}", project)
