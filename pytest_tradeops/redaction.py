"""Removes secrets from text and from plain data before it leaves the process.

Two nets: the *values* of secret-looking environment variables, wherever they turn up, and the *shapes* of known
tokens, whoever holds them. A secret that matches neither is not found: nothing here replaces not logging it.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MASK = "[redacted]"

#: Names whose value is a secret, in the environment, in mappings and in `name=value` text.
_NAME = (
    r"(?:api[_-]?key|api[_-]?secret|secret(?:[_-]?key)?|private[_-]?key|access[_-]?key|passphrase|password|passwd|"
    r"token|mnemonic|listen[_-]?key|(?:seed|recovery)[_-]?phrase|webhook(?:[_-]?url)?|dsn|credentials?|authorization)"
)
#: `pk` only where it is a name of its own: it ends many a word.
_SECRET_NAME = re.compile(rf"(?:^|[_\-.])(?:{_NAME}|pk)(?:$|[_\-.])", re.IGNORECASE)

#: Where a name of the form `accessToken` has its parts.
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

#: A quote, which is escaped where a text stands in another one.
_QUOTE = r"(?:\\{0,3}[\"'])?"
#: pytest breaks a long text into several literals, one below the other.
_BREAK = r"(?:\\{0,3}[\"']\s{0,9}\n(?:E\s)?\s{0,200}\\{0,3}[\"'])"
#: From the name of a wallet's key to the key.
_TO = rf"{_QUOTE}\s*[=:(]\s*{_BREAK}?{_QUOTE}"
#: What names a wallet's key or its words, as the last part of a name; both also pass as arguments.
_WALLET = r"(?:pk|priv(?:ate)?[_-]?key|wallet|signer|(?:agent|signer|wallet)[_-]?(?:pk|key)|from_key)"
_PHRASE = r"(?:mnemonic|(?:seed|recovery)[_-]?phrase|seed[_-]?words)"

#: Shapes of tokens. Group 1, where there is one, is kept. Repetition before a fixed part is bounded: the text may be
#: a megabyte that somebody else wrote.
_SHAPES: tuple[re.Pattern[str], ...] = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"(https://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/)[\w-]{20,}"),
    re.compile(r"(https?://)[0-9a-fA-F]{16,}(?::[^@\s/]*)?@"),  # Sentry DSN
    re.compile(r"(\b[a-zA-Z][\w+.-]{0,20}://[^\s:/@]{0,100}:)[^\s@/]{1,500}(?=@)"),  # user:password@host
    re.compile(r"(?<!\d)\d{8,10}:[A-Za-z0-9_-]{33,}"),  # Telegram bot token
    re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})"),
    re.compile(r"\bsk-ant-[\w-]{20,}|\bsk-[A-Za-z0-9]{32,}"),
    re.compile(r"\bsntr[yu][su]?_[\w.=-]{20,}"),
    re.compile(r"\bglsa_\w{20,}|\bglc_\w{20,}"),
    re.compile(r"\bA(?:KIA|SIA)[A-Z0-9]{16}\b"),
    re.compile(r"\bxox[abprs]-[\w-]{10,}"),
    re.compile(r"\beyJ[\w-]{10,2000}\.[\w-]{10,4000}\.[\w-]{10,}"),  # JSON web token
    re.compile(r"\bdb-[A-Za-z0-9]{28,}\b"),  # Databento
    # Binance; a digest of the same length has one case of letters.
    re.compile(r"\b(?=[A-Za-z0-9]{64}\b)(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])(?=[A-Za-z]*\d)[A-Za-z0-9]{64}"),
    re.compile(rf"((?<![^\W_]){_WALLET}{_TO})(?:0x)?[0-9a-fA-F]{{64}}\b", re.IGNORECASE),
    re.compile(rf"((?i:{_PHRASE}){_TO})[a-z]{{3,8}}(?:[ ,]{{1,3}}{_BREAK}?[a-z]{{3,8}}\b){{11,23}}"),
    re.compile(
        rf"((?<![\w.-])[\w.-]{{0,60}}{_NAME}{_QUOTE}\s*(?:[=:]|%3D)\s*{_BREAK}?(?:b(?=[\"']))?{_QUOTE}"
        rf"(?:Bearer\s+|Basic\s+)?{_QUOTE})"
        # Where a value is taken from is no secret, nor what a finding calls a planted one; and a masked one within this
        # one is masked with it as a whole.
        r"(?!\[redacted\]|os\.environ\b|os\.getenv\b|\$\{|canary in [a-z])(?:\[redacted\]|[^\s\"',;&)}\]]){6,}",
        re.IGNORECASE,
    ),
    re.compile(r"(\bBearer\s+)[\w.~+/=-]{12,}", re.IGNORECASE),
)

#: Shorter values would redact ordinary words.
_SHORTEST_VALUE = 6

type Hook = Callable[[str, str], str | None]


class Redactor:
    """Replaces secrets by `[redacted]`. Immutable after construction; the same input gives the same output.

    Args:
        environ: Where secret values are taken from: every variable with a secret-looking name.
        hooks: `(key, text) -> text or None`, asked after the built-in rules; None leaves the text as it is. One that
            raises, or answers with anything but text, may have been about to remove something: all of it is masked.
    """

    def __init__(self, environ: Mapping[str, str] | None = None, hooks: Iterable[Hook] = ()) -> None:
        environ = os.environ if environ is None else environ
        secret = (value for name, value in environ.items() if is_secret_name(name) and len(value) >= _SHORTEST_VALUE)
        values = {_encodable(value) for value in secret}
        # Longest first: one secret may be a prefix of another.
        self._values = sorted(values, key=len, reverse=True)
        self._hooks = tuple(hooks)

    def text(self, text: str, key: str = "") -> str:
        """`text` without secrets, and in a form that UTF-8 can carry: a byte of a file name shows as `\\udcff`."""
        text = _encodable(text)
        for value in self._values:
            text = text.replace(value, MASK)
        for shape in _SHAPES:
            text = shape.sub(_masked, text)
        for hook in self._hooks:
            text = _asked(hook, key, text)
        return text

    def data(self, value: Any, key: str = "") -> Any:
        """A JSON-like value with every string in it redacted, keys included; secret-named keys lose their value."""
        if isinstance(value, str):
            return MASK if key and value and is_secret_name(key) else self.text(value, key)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self.data(item, str(name)) for name, item in value.items()}
        if isinstance(value, set | frozenset):  # its order differs between two runs
            return sorted((self.data(item, key) for item in value), key=repr)
        if isinstance(value, list | tuple):
            return [self.data(item, key) for item in value]
        return value


def is_secret_name(name: str) -> bool:
    """Whether a variable or key of this name holds a secret."""
    return bool(_SECRET_NAME.search(_HUMP.sub("_", name)))


def _encodable(text: str) -> str:
    # Lone surrogates: file names that are not UTF-8 hold them, and no worker can send them.
    return str.encode(text, "utf-8", "backslashreplace").decode()


def _asked(hook: Hook, key: str, text: str) -> str:
    """What a hook makes of `text`; `[redacted]` if it cannot say."""
    try:
        replaced = hook(key, text)
    except KeyboardInterrupt:
        raise
    except BaseException:  # also pytest's skip, fail and exit, which are no `Exception`
        return MASK
    if replaced is None:
        return text
    return _encodable(replaced) if isinstance(replaced, str) else MASK


def _masked(match: re.Match[str]) -> str:
    kept = match.group(1) if match.re.groups else ""
    at = "@" if match.group(0).endswith("@") else ""
    return f"{kept}{MASK}{at}"
