"""SEC-018 as it is run: on the reference bot, and on bots that let a key out in one way each."""

from pathlib import Path

import pytest
import reference_bot

pytestmark = pytest.mark.slow

CHECK = "SEC-018"
IMPORT = '"""The reference strategy:'
START = "    def on_start(self) -> None:\n"
KEY = 'os.environ["BINANCE_TESTNET_API_KEY"]'


@pytest.fixture
def root(pytester: pytest.Pytester) -> Path:
    """The reference bot with its records."""
    return reference_bot.copy(pytester.path, CHECK)


def at_start(root: Path, statement: str) -> None:
    """Has the strategy do this first."""
    line = f"{START}        import base64, os, subprocess, sys; {statement}\n"
    reference_bot.edit(root, "strategies/ema_cross.py", (START, line))


@pytest.mark.usefixtures("root")
def test_the_reference_bot_lets_no_key_out_and_the_fault_is_caught(pytester: pytest.Pytester) -> None:
    code, check = reference_bot.judged(pytester, CHECK)
    assert (code, check["outcome"]) == (0, "passed"), check
    assert [one["caught"] for one in check["faults"]] == [True]
    facts = check["evidence"]["facts"]
    assert {"node.jsonl", "output.txt", "what the node tells"} <= set(facts["places"])
    assert len(facts["keys"]) == 12  # six variables, and two keys on each of three exchanges
    counts = [one["count"] for one in check["evidence"]["examined"]]
    assert counts[0] >= 6  # log, output, what it tells, an event, and children twice


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (f"self.log.info(base64.b64encode({KEY}.encode()).decode())", "api-key: canary in log: *in base64*"),
        (f"self.log.info({KEY}[:20])", "api-key: canary in log: *as it is*"),
        (f"print({KEY}, file=sys.stderr, flush=True)", "api-key: canary in output: *"),
        (
            "self.child = subprocess.Popen(['sleep', '60'])",
            "api-key: canary in child environment: * of the child process sleep: *",
        ),
        (
            "subprocess.run(['true'])",
            "api-key: canary in child environment: * given to the process true: *",
        ),
        (
            f"subprocess.run(['true', {KEY}], env={{}})",
            "api-key: canary in child environment: * given to the process true: *",
        ),
        ("os.system('true')", "api-key: canary in child environment: * given to the process true: *"),
        (
            f"import pickle; pickle.dump({{'key': {KEY}}}, open('state.pkl', 'wb'))",
            "api-key: canary in file: A key stands in state.pkl: *",
        ),
        (
            f"import gzip; gzip.open('state.gz', 'wb').write({KEY}.encode('utf-16'))",
            "api-key: canary in file: A key stands in state.gz: *",
        ),
        (
            # A part only: of the whole, the reference bot's scrubbing knows the shape, whichever way it is turned.
            f"import sentry_sdk; sentry_sdk.capture_message('seen ' + {KEY}[:20])",
            "api-key: canary in error event: *",
        ),
    ],
)
def test_a_key_that_gets_out_is_found(pytester: pytest.Pytester, root: Path, statement: str, told: str) -> None:
    at_start(root, statement)
    reference_bot.fails(pytester, CHECK, told)


def test_a_literal_in_the_source_is_found(pytester: pytest.Pytester, root: Path) -> None:
    """No key of anybody's: a text where one would stand."""
    text = f'def client(Config):\n    return Config(api_key="{"ab12" * 4}")\n'
    (root / "strategies" / "client.py").write_text(text, encoding="utf-8")
    reference_bot.fails(pytester, CHECK, "literal: api-key in the source: *(strategies/client.py:2)*")


def test_without_error_tracking_it_is_inconclusive(pytester: pytest.Pytester, root: Path) -> None:
    (root / "strategies" / "errors.py").unlink()
    _, check = reference_bot.judged(pytester, CHECK)
    assert check["outcome"] == "inconclusive"
    assert "error events could not be searched" in check["reason"]
