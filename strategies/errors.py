"""Error tracking: `start()` once at start-up, `flush()` before the process ends.

The DSN comes from the environment and nowhere else. Secrets are removed by name and by shape before anything leaves
the process: Sentry's own scrubber knows few names, does not look into nested values and never looks at values.

This file needs nothing but `sentry_sdk`, and that only when something is sent: a bot may carry it as its own.
"""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

MASK = "[Filtered]"

#: Names whose value never leaves, matched whole, in any case; Sentry's own list is the first lines.
SECRET_NAMES = (
    *("password", "passwd", "secret", "api_key", "apikey", "auth", "credentials", "mysql_pwd", "privatekey"),
    *("private_key", "token", "session", "csrftoken", "sessionid", "x_csrftoken", "set_cookie", "cookie"),
    *("authorization", "proxy-authorization", "x_api_key", "aiohttp_session", "connect.sid", "csrf_token", "csrf"),
    *(
        "x_forwarded_for",
        "_csrf",
        "_csrf_token",
        "PHPSESSID",
        "_session",
        "symfony",
        "user_session",
        "_xsrf",
        "XSRF-TOKEN",
    ),
    *("api_secret", "secret_key", "access_key", "passphrase", "mnemonic", "seed_phrase", "wallet_key", "signer"),
    *("pk", "hl_pk", "dsn", "bearer", "access_token", "refresh_token", "bot_token", "webhook", "webhook_url"),
)

#: Shapes whose text never leaves, whatever it is called. Group 1, where there is one, is kept. Repetition is bounded
#: in front of a fixed part: scrubbing runs in the bot, on whatever text an error brings.
SECRET_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"(?i)((?:secret|token|password|passwd|passphrase|mnemonic|phrase|signer|webhook|credentials?|"
        r"(?:api|private|access|secret|wallet)[_-]?key|(?<![a-z])pk)"
        r"[\"']?\s*[=:]\s*[\"'(\[]*)[^\s\"',;&)}\]]{6,}",  # name=value, also in a printed dict or list
        r"(?i)(\bBearer\s+)[\w.~+/=-]{12,}",
        r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        r"(https?://)[^\s/@]+(?=@)",  # a DSN, or user:password@host
        r"(discord(?:app)?\.com/api/webhooks/\d+/)[\w-]{20,}",
        r"(?<!\d)\d{8,10}:[\w-]{33,}",  # Telegram; in its URLs "bot" stands right in front of it
        r"\b(?:gh[pousr]_|github_pat_)\w{30,}",
        r"\b(?:sk-ant-|sk-|sntr[yu]s?_|glsa_|glc_|xox[abprs]-)[\w.=-]{16,}",
        r"\bA(?:KIA|SIA)[A-Z0-9]{16}\b",
        r"\beyJ[\w-]{10,999}\.[\w-]{10,9999}\.[\w-]{10,}",  # JSON web token
        r"\b0x[0-9a-fA-F]{64}\b",  # a wallet's private key; order ids and transaction hashes go with it
    )
)


def start() -> bool:
    """Turns error tracking on if `SENTRY_DSN` is set; whether it is on. Without it nothing is initialised or sent."""
    dsn = os.environ.get("SENTRY_DSN", "").strip()
    if not dsn:
        return False
    import sentry_sdk
    from sentry_sdk.integrations.argv import ArgvIntegration
    from sentry_sdk.scrubber import DEFAULT_DENYLIST, EventScrubber

    sentry_sdk.init(
        dsn=dsn,
        # None lets the SDK take the commit from git, where there is a repository.
        release=os.environ.get("SENTRY_RELEASE") or _project_release(),
        environment=os.environ.get("SENTRY_ENVIRONMENT"),
        event_scrubber=EventScrubber(denylist=[*DEFAULT_DENYLIST, *SECRET_NAMES], recursive=True),
        before_send=_scrub,
        before_send_transaction=_scrub,
        before_breadcrumb=_scrub,
        include_local_variables=False,  # keys live in local variables, and collecting them costs milliseconds
        disabled_integrations=[ArgvIntegration()],  # a command line may carry a token
    )
    return True


def flush(seconds: float = 2.0) -> None:
    """Waits until what was captured is sent, at most so long.

    Call it before anything that ends the process: NautilusTrader ends it at once when a handler raises, and what is
    still in the queue would be lost.
    """
    import sentry_sdk

    sentry_sdk.flush(timeout=seconds)


def _project_release() -> str | None:
    """`name@version` from the project's `pyproject.toml`; None without a fixed version."""
    for folder in (Path(__file__).resolve().parent.parent, Path.cwd()):
        try:
            project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            return f"{project['name']}@{project['version']}"
        except (OSError, ValueError, KeyError):
            continue
    return None


def clean(value: Any, name: str = "") -> Any:
    """JSON values without secrets, by name and by shape, at any depth.

    Args:
        name: What the value is called.
    """
    if isinstance(value, str):
        if name.lower() in _NAMES:
            return MASK
        for shape in SECRET_SHAPES:
            value = shape.sub(_mask, value)
        return value
    if isinstance(value, dict):
        return {key: clean(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item, name) for item in value]
    return value


def _scrub(event: Any, _hint: Any) -> Any:
    return clean(event)


def _mask(match: re.Match[str]) -> str:
    return (match[1] if match.re.groups else "") + MASK


_NAMES = frozenset(name.lower() for name in SECRET_NAMES)
