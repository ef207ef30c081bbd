"""Error tracking: `start()` once at start-up, `flush()` before the process ends.

The DSN comes from the environment and nowhere else. Secrets are removed by name and by shape before anything leaves
the process: Sentry's own scrubber knows few names, does not look into nested values and never looks at values.

This file needs nothing but `sentry_sdk`, and that only when something is sent: a bot may carry it as its own.
"""

import functools
import os
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

MASK = "[Filtered]"

#: Names whose value never leaves, whatever it is: in any case and spelling (`apiSecret`, `API-SECRET`), and as the end
#: of a longer name (`binance_api_secret`). Sentry's own scrubber gets them as they stand here.
SECRET_NAMES = (
    *("password", "passwd", "secret", "api_key", "apikey", "credential", "credentials", "mysql_pwd"),
    *("private_key", "privatekey", "token", "sessionid", "cookie", "cookies", "set_cookie", "authorization"),
    *("csrf", "csrf_token", "csrftoken", "x_csrftoken", "x_api_key", "connect_sid", "phpsessid", "xsrf_token"),
    *("api_secret", "secret_key", "access_key", "passphrase", "mnemonic", "seed_phrase", "seed_words", "wallet_key"),
    *("signer", "pk", "hl_pk", "dsn", "bearer", "access_token", "refresh_token", "bot_token", "listen_key"),
    *("webhook", "webhook_url"),
)

#: The same, but whole names only: others end with these words.
WHOLE_NAMES = ("auth", "session")

#: Shapes whose text never leaves, whatever it is called. Group 1, where there is one, is kept. Repetition is bounded
#: in front of a fixed part: scrubbing runs in the bot, on whatever text an error brings.
SECRET_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        # A wallet's words, of which the next shape would take the first alone.
        r"(?i)((?:mnemonic|(?:seed|recovery)[_-]?phrase|seed[_-]?words)[\"']?\s*[=:(]\s*[\"']?)"
        r"[a-z]{3,8}(?:[ ,]{1,3}[a-z]{3,8}){11,23}",
        # name=value, also in a printed dict or list, as bytes, in JSON within JSON and in a quoted URL.
        r"(?i)((?:secret|token|password|passwd|passphrase|mnemonic|phrase|signer|webhook|credentials?|"
        r"(?:api|private|access|secret|wallet|listen)[_-]?key|(?<![a-z])pk)"
        r"\\{0,3}[\"']?\s*(?:[=:]|%3D)\s*(?:b(?=[\"']))?[\\\"'(\[]{0,5})[^\s\"',;&)}\]]{6,}",
        r"(?i)(\bBearer\s+)[\w.~+/=-]{12,}",
        r"(?i)(\bAuthorization[\"']?\s*[=:]\s*[\"']?Basic\s+)[\w+/=-]{8,}",
        r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        r"(https?://)[^\s/@]+(?=@)",  # a DSN, or user:password@host
        r"(\b[a-zA-Z][\w+.-]{0,20}://[^\s:/@]{0,100}:)[^\s@/]{1,500}(?=@)",  # the same of a database
        r"(discord(?:app)?\.com/api/webhooks/\d+/)[\w-]{20,}",
        r"(?<!\d)\d{8,10}:[\w-]{33,}",  # Telegram; in its URLs "bot" stands right in front of it
        r"\b(?:gh[pousr]_|github_pat_)\w{30,}",
        r"\b(?:sk-ant-|sk-|sntr[yu]s?_|glsa_|glc_|xox[abprs]-)[\w.=-]{16,}",
        r"\bA(?:KIA|SIA)[A-Z0-9]{16}\b",
        r"\beyJ[\w-]{10,999}\.[\w-]{10,9999}\.[\w-]{10,}",  # JSON web token
        r"\bdb-[A-Za-z0-9]{28,}\b",  # Databento
        # Binance; a digest of the same length has one case of letters.
        r"\b(?=[A-Za-z0-9]{64}\b)(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])(?=[A-Za-z]*\d)[A-Za-z0-9]{64}",
        r"\b0x[0-9a-fA-F]{64}\b",  # a wallet's private key; order ids and transaction hashes go with it
        r"(?i)((?:wallet|signer|agent|from_key)[\"']?\s*[=:(]\s*[\"']?)[0-9a-f]{64}\b",
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
        event_scrubber=EventScrubber(denylist=[*DEFAULT_DENYLIST, *SECRET_NAMES, *WHOLE_NAMES], recursive=True),
        before_send=scrub,
        before_send_transaction=scrub,
        before_breadcrumb=scrub,
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
    """JSON values without secrets, by name and by shape, at any depth; other objects as the text that they print.

    Args:
        name: What the value is called.
    """
    if value is None or isinstance(value, bool):
        return value
    if name and _is_secret(name):
        return MASK
    if isinstance(value, str):
        for shape in SECRET_SHAPES if len(value) >= _SHORTEST else ():
            value = shape.sub(_mask, value)
        return value
    if isinstance(value, dict):
        return {clean(key) if isinstance(key, str) else key: clean(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    # Times, and marks of the SDK's own, are what it needs them to be.
    if isinstance(value, int | float | date) or type(value).__module__.startswith("sentry_sdk"):
        return value
    try:
        return clean(repr(value)[:_LONGEST])
    except Exception:
        return f"<{type(value).__name__}>"


def scrub(event: Any, _hint: Any = None) -> Any:
    """An event, a transaction or a breadcrumb without secrets, and without what holds bare values."""
    logged, extra = event.get("logentry"), event.get("extra")
    if isinstance(logged, dict):
        logged.pop("params", None)  # they stand in the formatted text, too, beside what they are called
    if isinstance(extra, dict):
        extra.pop("sys.argv", None)  # a library's earlier `init` keeps that integration on for ever
    return clean(event)


@functools.lru_cache(1024)  # the names are those that the bot's own code has, and few
def _is_secret(name: str) -> bool:
    plain = _HUMP.sub("_", name.strip()).lower()
    return _SECRET_NAME.search(_APART.sub("_", plain)) is not None


def _mask(match: re.Match[str]) -> str:
    return (match[1] if match.re.groups else "") + MASK


#: Of an object's printed text.
_LONGEST = 2000
#: Of a text that any shape fits: `pk=123456`.
_SHORTEST = 9
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_APART = re.compile(r"[^a-z0-9]+")
_SECRET_NAME = re.compile(rf"^_?(?:{'|'.join(WHOLE_NAMES)})_?$|(?:^|_)(?:{'|'.join(SECRET_NAMES)})(?:_?\d{{1,3}})?_?$")
