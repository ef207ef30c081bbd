"""No secret leaves: neither by the value of a variable nor by its shape."""

import json
import random
import secrets
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_secrets import values_of

from pytest_tradeops.redaction import MASK, Hook, Redactor, is_secret_name
from pytest_tradeops.security.gitleaks.samples import LOOK_ALIKES, SECRETS
from pytest_tradeops.session.deadline import deadline

LETTERS = string.ascii_letters + string.digits


def token(length: int) -> str:
    """Random, so that no scanner finds a real-looking secret in this repository."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


SHAPES = {
    "Discord webhook": lambda secret: f"https://discord.com/api/webhooks/123456789/{secret}",
    "Sentry DSN": lambda secret: f"https://{secrets.token_hex(16)}@o1.ingest.us.sentry.io/1 {MASK}",
    "URL password": lambda secret: f"postgresql://admin:{secret}@127.0.0.1:8812/qdb",
    "named": lambda secret: f"api_secret={secret}",
    "quoted": lambda secret: f'"password": "{secret}"',
    "QuestDB": lambda secret: f"http::addr=localhost:9000;username=me;password={secret};",
    "Bearer": lambda secret: f"Authorization: Bearer {secret}",
    "Basic": lambda secret: f"Authorization: Basic {secret}",
    "listen key": lambda secret: f"listenKey={secret}",
    "in a URL": lambda secret: f"?api_secret%3D{secret}",
    "bytes": lambda secret: f"{{'api_secret': b'{secret}'}}",
    "GitHub": lambda secret: f"ghp_{secret}",
    "Anthropic": lambda secret: f"sk-ant-{secret}",
    "Telegram": lambda secret: f"https://api.telegram.org/bot123456789:{secret}/sendMessage",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_of_a_known_shape_is_masked(shape: str) -> None:
    secret = token(40)
    text = SHAPES[shape](secret)
    cleaned = Redactor({}).text(f"before {text} after")
    assert secret not in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith("after")
    assert MASK in cleaned


@pytest.mark.parametrize("escaped", [0, 1, 2])
@pytest.mark.parametrize("kind", SECRETS)
def test_every_kind_of_secret_that_a_repository_is_scanned_for_is_masked(kind: str, escaped: int) -> None:
    for _, shape in SECRETS[kind]:
        text = shape(random.Random(secrets.randbits(64)))
        for _ in range(escaped):
            text = json.dumps(text)
        cleaned = Redactor({}).text(text)
        assert MASK in cleaned
        assert not [value for value in values_of(text) if value in cleaned]


@pytest.mark.parametrize("kind", ["transaction", "lock", "uuid", "condition"])
def test_hashes_and_ids_stay_readable(kind: str) -> None:
    for _, shape in LOOK_ALIKES[kind]:
        text = shape(random.Random(secrets.randbits(64)))
        assert Redactor({}).text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        'secret = os.environ["X_SECRET"]',
        'dsn = os.getenv("DSN", "")',
        "token: ${TOKEN}",
        "def load_token(request):",
        "api-key: canary in log",  # what SEC-018 finds
    ],
)
def test_where_a_secret_is_taken_from_stays_readable(text: str) -> None:
    assert Redactor({}).text(text) == text


def test_a_private_key_is_masked_even_when_it_is_cut() -> None:
    body = token(64)
    for end in ("\n-----END PRIVATE KEY-----", ""):
        assert body not in Redactor({}).text(f"-----BEGIN PRIVATE KEY-----\n{body}{end}")


@given(st.text(alphabet=LETTERS, min_size=6, max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_the_value_of_a_secret_variable_is_masked_wherever_it_stands(secret: str, before: str, after: str) -> None:
    cleaned = Redactor({"TRADEOPS_QUESTDB_TOKEN": secret}).text(before + secret + after)
    assert secret not in cleaned.replace(MASK, "")


def test_data_is_masked_by_name_and_by_value_at_any_depth() -> None:
    secret = token(24)
    data = {"list": [{"note": f"it is {secret}"}], "api_key": "anything", "rows": 3, secret: 1}
    cleaned = Redactor({"MY_TOKEN": secret}).data(data)
    assert secret not in json.dumps(cleaned)
    assert cleaned["api_key"] == MASK
    assert cleaned["rows"] == 3


@pytest.mark.parametrize(
    "text", ["tests/test_token.py passed", "max_tokens 12", "examined 12 password fields", "a token ring", ""]
)
def test_ordinary_text_stays(text: str) -> None:
    assert Redactor({"PATH": "/usr/bin", "EMPTY_TOKEN": ""}).text(text) == text


def test_redacting_twice_changes_nothing_more() -> None:
    redactor = Redactor({"X_SECRET": "abcdefgh"})
    once = redactor.text("password=abcdefgh and abcdefgh")
    assert redactor.text(once) == once


def test_hooks_come_last_and_none_keeps_the_text() -> None:
    redactor = Redactor({}, hooks=[lambda key, text: None, lambda key, text: text.replace("house", MASK)])
    assert redactor.text("our house") == f"our {MASK}"


def test_bytes_of_a_file_name_are_shown_in_keys_and_values_so_that_workers_can_send_them() -> None:
    cleaned = Redactor({}).data({"b\udcff": ["strategies/b\udcff.py:1", "é 🙂"]})
    assert cleaned == {"b\\udcff": ["strategies/b\\udcff.py:1", "é 🙂"]}


def test_a_secret_that_is_not_utf_8_is_found_before_and_after_it_was_made_readable() -> None:
    redactor = Redactor({"MY_TOKEN": "sesame\udcff"})
    assert redactor.text("open sesame\udcff, sesame\\udcff") == f"open {MASK}, {MASK}"


def _raises(key: str, text: str) -> str | None:
    raise RuntimeError(text)


def _skips(key: str, text: str) -> str | None:
    pytest.skip(text)


@pytest.mark.parametrize(
    "hook", [_raises, _skips, lambda key, text: b"secret", lambda key, text: 7, lambda key, text: False]
)
def test_a_hook_that_cannot_say_what_to_keep_keeps_nothing(hook: Hook) -> None:
    redactor = Redactor({}, hooks=[hook, lambda key, text: text.replace("r", "R")])
    assert redactor.text("secret") == MASK.replace("r", "R")
    assert redactor.data({"note": ["secret"]}) != {"note": ["secret"]}


def test_what_a_hook_answers_can_be_sent_too() -> None:
    class Name(str):
        __slots__ = ()

    cleaned = Redactor({}, hooks=[lambda key, text: Name(text + "\udcff")]).text("x")
    assert (type(cleaned), cleaned) == (str, "x\\udcff")


def test_ctrl_c_in_a_hook_stays_ctrl_c() -> None:
    def interrupted(key: str, text: str) -> str | None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Redactor({}, hooks=[interrupted]).text("x")


@pytest.mark.parametrize(
    "name",
    [
        "API_KEY",
        "BINANCE_API_SECRET",
        "x-token",
        "SENTRY_DSN",
        "db.password",
        "apiKey",
        "HYPERLIQUID_PK",
        "accessToken",
    ],
)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["TOKENS_USED", "keyboard", "PATH", "monkey", "secretary", "spk"])
def test_other_names(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "unit",
    ["a", "a.", "eyJ", "a-", "http://", "password", "-----BEGIN PRIVATE KEY-----", "a:", "pk = ", "mnemonic: abc "],
)
def test_a_megabyte_of_anything_is_read_in_linear_time(unit: str) -> None:
    """A quadratic pattern would take minutes here; the alarm is far from what a slow machine needs."""
    with deadline(1.0, "redaction"):
        Redactor({}).text(unit * (1_000_000 // len(unit)))
