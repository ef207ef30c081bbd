"""Made-up secrets and look-alikes from a seed, so that none ever stands in a file of the project.

They have the sizes, alphabets and surroundings of the true ones. Scanners of a hosting service would stop a literal,
and a literal would be in the way of this project's own scan.
"""

import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_ALNUM = string.ascii_letters + string.digits
_HEX = string.digits + "abcdef"
_WORDS = tuple("abandon ability able about absent absorb abuse access accident account accuse".split())  # noqa: SIM905

type Shape = Callable[[random.Random], str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One text.

    Attributes:
        kind: What it is, such as `binance`.
        suffix: Of the file that it would stand in.
        secret: Whether a scanner must report it; otherwise it must not.
    """

    kind: str
    suffix: str
    text: str
    secret: bool


def _always(text: str) -> Shape:
    return lambda _: text


def alnum(rng: random.Random, size: int) -> str:
    """Letters and digits, at least one digit among them."""
    return "".join(rng.choices(_ALNUM, k=size - 1)) + rng.choice(string.digits)


def unworded(rng: random.Random, size: int) -> str:
    """Letters and digits in turn, so that no word is in it: gitleaks lets a text pass in which it reads one.

    Of 64 letters and digits in any order two in a hundred hold a word of the list that its built-in rules go by.
    """
    return "".join(rng.choice(string.digits if place % 2 else string.ascii_letters) for place in range(size))


def hexadecimal(rng: random.Random, size: int) -> str:
    return "".join(rng.choices(_HEX, k=size))


def digits(rng: random.Random, size: int) -> str:
    return rng.choice("123456789") + "".join(rng.choices(string.digits, k=size - 1))


def uuid(rng: random.Random) -> str:
    return "-".join(hexadecimal(rng, size) for size in (8, 4, 4, 4, 12))


def github_token(rng: random.Random) -> str:
    return f"ghp_{alnum(rng, 36)}"


def binance_secret(rng: random.Random) -> str:
    return alnum(rng, 64)


def telegram_token(rng: random.Random) -> str:
    return f"{digits(rng, 10)}:AA{alnum(rng, 33)}"


def discord_webhook(rng: random.Random) -> str:
    return f"https://discord.com/api/webhooks/{digits(rng, 18)}/{alnum(rng, 68)}"


def dsn(rng: random.Random, host: str, scheme: str = "https") -> str:
    return f"{scheme}://{hexadecimal(rng, 32)}@{host}/{digits(rng, 7)}"


def mnemonic(rng: random.Random) -> str:
    return " ".join(rng.choices(_WORDS, k=12))


#: Kind to shapes: (suffix, text). Every text is a fragment of a file as a bot's repository has it.
SECRETS: Mapping[str, tuple[tuple[str, Shape], ...]] = {
    "binance": (
        (".py", lambda rng: f'BINANCE_API_SECRET = "{binance_secret(rng)}"\n'),
        (".env", lambda rng: f"BINANCE_API_KEY={binance_secret(rng)}\n"),
        (".yaml", lambda rng: f"binance:\n  binance_api_secret: '{binance_secret(rng)}'\n"),
        (".py", lambda rng: f'client = Client("{binance_secret(rng)}", "{binance_secret(rng)}")\n'),
        (".py", lambda rng: f'config = BinanceDataClientConfig(api_key="{binance_secret(rng)}")\n'),
    ),
    "bybit": (
        (".py", lambda rng: f'BYBIT_API_KEY = "{alnum(rng, 18)}"\n'),
        (".env", lambda rng: f"BYBIT_API_SECRET={alnum(rng, 36)}\n"),
        (".json", lambda rng: f'{{"bybit_secret": "{alnum(rng, 36)}"}}\n'),
        (".toml", lambda rng: f'bybit_api_secret = "{alnum(rng, 36)}"\n'),
        (".sh", lambda rng: f"export BYBIT_TESTNET_API_SECRET={alnum(rng, 36)}\n"),
    ),
    "okx": (
        (".env", lambda rng: f"OKX_PASSPHRASE={alnum(rng, 12)}!\n"),
        (".py", lambda rng: f'OKX_API_SECRET = "{hexadecimal(rng, 32).upper()}"\n'),
        (".py", lambda rng: f'OkxConfig(passphrase="{alnum(rng, 14)}")\n'),
        (".json", lambda rng: f'{{"okx_api_key": "{uuid(rng)}"}}\n'),
        (".yaml", lambda rng: f'okx_passphrase: "{alnum(rng, 10)}#{alnum(rng, 4)}"\n'),
    ),
    "telegram": (
        (".env", lambda rng: f"TELEGRAM_BOT_TOKEN={telegram_token(rng)}\n"),
        (".py", lambda rng: f'url = "https://api.telegram.org/bot{telegram_token(rng)}/sendMessage"\n'),
        (".py", lambda rng: f'notify("{telegram_token(rng)}", chat)\n'),
        (".yaml", lambda rng: f"bottoken: {telegram_token(rng)}\n"),
        (".json", lambda rng: f'{{"a": "{telegram_token(rng)}"}}\n'),
    ),
    "discord": (
        (".env", lambda rng: f"DISCORD_WEBHOOK_URL={discord_webhook(rng)}\n"),
        (".py", lambda rng: f'HOOK = "{discord_webhook(rng)}"\n'),
        (".yaml", lambda rng: f"url: {discord_webhook(rng).replace('discord.com', 'discordapp.com')}\n"),
        (".py", lambda rng: f'post("{discord_webhook(rng).replace("/api/", "/api/v10/")}", json=text)\n'),
        (".sh", lambda rng: f"curl -d @body {discord_webhook(rng)}\n"),
    ),
    "sentry": (
        (".env", lambda rng: f"SENTRY_DSN={dsn(rng, 'o' + digits(rng, 6) + '.ingest.sentry.io')}\n"),
        (".py", lambda rng: f'sentry_sdk.init(dsn="{dsn(rng, "o" + digits(rng, 6) + ".ingest.us.sentry.io")}")\n'),
        (".py", lambda rng: f'sentry_sdk.init("{dsn(rng, "o" + digits(rng, 6) + ".ingest.de.sentry.io")}")\n'),
        (".toml", lambda rng: f'dsn = "{dsn(rng, "errors.our-desk.net")}"\n'),
        (".yaml", lambda rng: f"dsn: {dsn(rng, '10.20.0.7:9000', 'http')}\n"),
    ),
    "evm": (
        (".env", lambda rng: f"HYPERLIQUID_PK=0x{hexadecimal(rng, 64)}\n"),
        (".py", lambda rng: f'account = Account.from_key("0x{hexadecimal(rng, 64)}")\n'),
        (".py", lambda rng: f'WALLET = "{hexadecimal(rng, 64)}"\n'),
        (".json", lambda rng: f'{{"private_key": "0x{hexadecimal(rng, 64)}"}}\n'),
        (".yaml", lambda rng: f"agent_key: '0x{hexadecimal(rng, 64)}'\n"),
    ),
    "mnemonic": (
        (".env", lambda rng: f'MNEMONIC="{mnemonic(rng)}"\n'),
        (".py", lambda rng: f'SEED_PHRASE = "{mnemonic(rng)}"\n'),
        (".json", lambda rng: f'{{"mnemonic": "{mnemonic(rng)}"}}\n'),
        (".yaml", lambda rng: f"mnemonic: '{mnemonic(rng)}'\n"),
        (".toml", lambda rng: f'seed_phrase = "{mnemonic(rng)}"\n'),
    ),
    "database": (
        (".env", lambda rng: f"DATABASE_URL=postgresql://bot:{alnum(rng, 16)}@db.our-desk.net:5432/metrics\n"),
        (".py", lambda rng: f'engine = create_engine("postgresql+psycopg://bot:{alnum(rng, 12)}@db/metrics")\n'),
        (".yaml", lambda rng: f"redis: redis://:{alnum(rng, 20)}@cache.our-desk.net:6379/0\n"),
        (".toml", lambda rng: f'url = "mysql://bot:{alnum(rng, 16)}@10.0.0.4/metrics"\n'),
        (".py", lambda rng: f'MONGO = "mongodb+srv://bot:{alnum(rng, 16)}@cluster0.our-desk.net"\n'),
    ),
    "questdb": (
        (".py", lambda rng: f'conf = "http::addr=quest.our-desk.net:9000;username=bot;password={alnum(rng, 14)};"\n'),
        (".env", lambda rng: f"QDB_CLIENT_CONF=https::addr=quest.our-desk.net:9000;token={alnum(rng, 40)};\n"),
        (".yaml", lambda rng: f'conf: "tcps::addr=quest:9009;username=bot;token={alnum(rng, 43)};"\n'),
        (".toml", lambda rng: f'sink = "http::addr=quest:9000;username=a;password={alnum(rng, 10)};"\n'),
        (".py", lambda rng: f"Sender.from_conf('https::addr=q.our-desk.net:9000;token={alnum(rng, 30)};')\n"),
    ),
    "databento": (
        (".env", lambda rng: f"DATABENTO_API_KEY=db-{alnum(rng, 29)}\n"),
        (".py", lambda rng: f'client = db.Historical("db-{alnum(rng, 29)}")\n'),
        (".yaml", lambda rng: f"key: db-{alnum(rng, 29)}\n"),
        (".json", lambda rng: f'{{"databento": "db-{alnum(rng, 29)}"}}\n'),
        (".toml", lambda rng: f"historical = 'db-{alnum(rng, 29)}'\n"),
    ),
    "github": (
        (".env", lambda rng: f"GITHUB_TOKEN={github_token(rng)}\n"),
        (".py", lambda rng: f'headers = {{"Authorization": "Bearer {github_token(rng)}"}}\n'),
        (".yaml", lambda rng: f"token: {github_token(rng)}\n"),
        (".sh", lambda rng: f"git clone https://{github_token(rng)}@github.com/our/bot\n"),
        (".json", lambda rng: f'{{"t": "{github_token(rng)}"}}\n'),
    ),
}

#: What looks like a secret and is none.
LOOK_ALIKES: Mapping[str, tuple[tuple[str, Shape], ...]] = {
    "transaction": (
        (".py", lambda rng: f'TX_HASH = "0x{hexadecimal(rng, 64)}"\n'),
        (".json", lambda rng: f'{{"transactionHash": "0x{hexadecimal(rng, 64)}"}}\n'),
        (".py", lambda rng: f'wallet_tx_hash = "0x{hexadecimal(rng, 64)}"\n'),
        (".yaml", lambda rng: f"block: '0x{hexadecimal(rng, 64)}'\n"),
    ),
    "lock": (
        (".lock", lambda rng: f'wheel = {{ hash = "sha256:{hexadecimal(rng, 64)}", size = 123 }}\n'),
        (".txt", lambda rng: f"bandit==1.9.4 --hash=sha256:{hexadecimal(rng, 64)}\n"),
        (".yaml", lambda rng: f"image: questdb/questdb@sha256:{hexadecimal(rng, 64)}\n"),
        (".py", lambda rng: f'SHA256 = "{hexadecimal(rng, 64)}"\n'),
    ),
    "uuid": (
        (".py", lambda rng: f'strategy_id = "{uuid(rng)}"\n'),
        (".json", lambda rng: f'{{"uid": "{uuid(rng)}"}}\n'),
        (".py", lambda rng: f'client_order_id = "{uuid(rng)}"\n'),
    ),
    "condition": (
        (".py", lambda rng: f'CONDITION_ID = "0x{hexadecimal(rng, 64)}"\n'),
        (".json", lambda rng: f'{{"condition_id": "0x{hexadecimal(rng, 64)}"}}\n'),
        (".py", lambda rng: f'instrument = "{digits(rng, 77)}.POLYMARKET"\n'),
    ),
    "environment": (
        (".py", _always('secret = os.environ["BINANCE_API_SECRET"]\n')),
        (".py", _always('passphrase = os.environ["OKX_PASSPHRASE"]\n')),
        (".yaml", _always("bottoken: ${TELEGRAM_BOT_TOKEN}\n")),
        (".env", _always("DATABASE_URL=postgresql://bot:${DB_PASSWORD}@db:5432/metrics\n")),
        (".py", _always('dsn = os.getenv("SENTRY_DSN", "")\n')),
    ),
    "placeholder": (
        (".env", _always("BINANCE_API_KEY=your-api-key-here\n")),
        (".py", _always('url = "postgresql://admin:quest@127.0.0.1:8812/qdb"\n')),
        (".env", _always("OKX_PASSPHRASE=your-passphrase\n")),
        (".yaml", _always("url: https://discord.com/api/webhooks/<id>/<token>\n")),
        (".py", _always('conf = "http::addr=localhost:9000;username=admin;password=quest;"\n')),
    ),
}


def corpus(seed: int, shapes: Mapping[str, tuple[tuple[str, Shape], ...]], secret: bool, rounds: int) -> list[Sample]:
    """Every shape, `rounds` times over with fresh values; the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - what is made up here protects nothing, and must be the same every time
    return [
        Sample(kind, suffix, shape(rng), secret)
        for _ in range(rounds)
        for kind, entries in shapes.items()
        for suffix, shape in entries
    ]
