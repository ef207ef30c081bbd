"""The held-out quarter of the corpus: other shapes, another seed. No rule was written or changed for what is here."""

from pytest_tradeops.security.gitleaks import samples
from pytest_tradeops.security.gitleaks.samples import Shape, alnum, digits, hexadecimal, uuid

SEED = 977


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


SECRETS: dict[str, tuple[tuple[str, Shape], ...]] = {
    "binance": (
        (".py", lambda rng: f'os.environ["BINANCE_FUTURES_API_SECRET"] = "{samples.binance_secret(rng)}"\n'),
        (".yml", lambda rng: f"      BINANCE_API_SECRET: {samples.binance_secret(rng)}\n"),
    ),
    "bybit": (
        (".py", lambda rng: f'BybitDataClientConfig(\n    bybit_api_secret="{alnum(rng, 36)}",\n)\n'),
        (".ini", lambda rng: f"bybit_key = {alnum(rng, 18)}\n"),
    ),
    "okx": (
        (".ts", lambda rng: f"const creds = {{ passphrase: '{alnum(rng, 16)}' }};\n"),
        (".yml", lambda rng: f"okx_secret_key: {hexadecimal(rng, 32).upper()}\n"),
    ),
    "telegram": (
        (".sh", lambda rng: f"curl https://api.telegram.org/bot{samples.telegram_token(rng)}/getMe\n"),
        (".md", lambda rng: f"Our bot: `{samples.telegram_token(rng)}`\n"),
    ),
    "discord": (
        (".toml", lambda rng: f'alerts = "{samples.discord_webhook(rng).replace("discord.com", "ptb.discord.com")}"\n'),
        (".md", lambda rng: f"[hook]({samples.discord_webhook(rng)})\n"),
    ),
    "sentry": (
        (".js", lambda rng: f"Sentry.init({{ dsn: '{samples.dsn(rng, 'o1.ingest.us.sentry.io')}' }});\n"),
        (".env", lambda rng: f"SENTRY_DSN={samples.dsn(rng, 'sentry.internal.our-desk.net:8443/errors')}\n"),
    ),
    "evm": (
        (".py", lambda rng: f'PolymarketExecClientConfig(private_key="0x{hexadecimal(rng, 64)}")\n'),
        (".sh", lambda rng: f"export POLYMARKET_PK={hexadecimal(rng, 64)}\n"),
    ),
    "mnemonic": (
        (".py", lambda rng: f'Account.from_mnemonic("{samples.mnemonic(rng)}")\n'),
        (".txt", lambda rng: f"seed phrase: {samples.mnemonic(rng)} {samples.mnemonic(rng)}\n"),
    ),
    "database": (
        (".yml", lambda rng: f"  DATABASE_URL: postgres://quant:{alnum(rng, 24)}@10.1.2.3/quest?sslmode=require\n"),
        (".py", lambda rng: f'redis.from_url("rediss://default:{alnum(rng, 32)}@r.our-desk.net:6380")\n'),
    ),
    "questdb": (
        (".rs", lambda rng: f'Sender::from_conf("tcp::addr=q:9009;username=u;token={alnum(rng, 43)};")\n'),
        (".sh", lambda rng: f"export QDB_CLIENT_CONF='http::addr=q:9000;username=desk;password={alnum(rng, 18)};'\n"),
    ),
    "databento": (
        (".ipynb", lambda rng: f'{{"source": ["db.Live(key=\\"db-{alnum(rng, 29)}\\")"]}}\n'),
        (".sh", lambda rng: f"export DATABENTO_API_KEY='db-{alnum(rng, 29)}'\n"),
    ),
    "github": (
        (".yml", lambda rng: f"  GH_TOKEN: {samples.github_token(rng)}\n"),
        (".md", lambda rng: f"Use {samples.github_token(rng)} to clone.\n"),
    ),
}

LOOK_ALIKES: dict[str, tuple[tuple[str, Shape], ...]] = {
    "transaction": (
        (".md", lambda rng: f"See https://etherscan.io/tx/0x{hexadecimal(rng, 64)}\n"),
        (".csv", lambda rng: f"2026-01-01,0x{hexadecimal(rng, 64)},BUY,0.5\n"),
        (".py", lambda rng: f'signer_tx = "0x{hexadecimal(rng, 64)}"\n'),
    ),
    "lock": (
        (
            ".toml",
            lambda rng: f'url = "https://files.pythonhosted.org/x.whl", hash = "sha256:{hexadecimal(rng, 64)}"\n',
        ),
        (".txt", lambda rng: _lines("nautilus_trader==1.231.0 \\", f"    --hash=sha256:{hexadecimal(rng, 64)}")),
    ),
    "uuid": (
        (".yml", lambda rng: f"order: {uuid(rng)}\n"),
        (".md", lambda rng: f"Run {uuid(rng)} was flat.\n"),
    ),
    "condition": (
        (".yml", lambda rng: f"instrument_id: 0x{hexadecimal(rng, 64)}-{digits(rng, 76)}.POLYMARKET\n"),
        (".py", lambda rng: f'condition = ConditionId("0x{hexadecimal(rng, 64)}")\n'),
    ),
    "environment": (
        (".ts", lambda rng: "const secret = process.env.BINANCE_API_SECRET;\n"),
        (".py", lambda rng: 'passphrase = config["okx"]["passphrase"]\n'),
        (".yml", lambda rng: "  token: ${{ secrets.TELEGRAM_BOT_TOKEN }}\n"),
        (".py", lambda rng: "client = HttpClient(api_key=settings.bybit_api_key, passphrase=settings.passphrase)\n"),
        (".py", lambda rng: 'url = f"postgresql://{user}:{password}@{host}/metrics"\n'),
    ),
    "placeholder": (
        (".md", lambda rng: "Set `BINANCE_API_SECRET=<your secret>` first.\n"),
        (".env", lambda rng: "OKX_PASSPHRASE=changeme123\n"),
        (".env", lambda rng: "DATABASE_URL=postgresql://user:password@localhost/db\n"),
        (".yml", lambda rng: "dsn: https://examplePublicKey@o0.ingest.sentry.io/0\n"),
        (".py", lambda rng: 'BOT_TOKEN = "123456789:your-token"\n'),
        (".md", lambda rng: "QDB_CLIENT_CONF=http::addr=localhost:9000;username=admin;password=<password>;\n"),
    ),
}


def corpus(rounds: int = 1) -> list[samples.Sample]:
    """Secrets, then look-alikes."""
    return samples.corpus(SEED, SECRETS, True, rounds) + samples.corpus(SEED, LOOK_ALIKES, False, rounds)
