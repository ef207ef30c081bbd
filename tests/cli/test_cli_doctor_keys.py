"""`tradeops doctor` and keys of the testnets: the check that wants them cannot run here, and no key is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.standins.sentry_service import SentryService

NAMES = [f"TRADEOPS_{one}_TESTNET_API" for one in ("BINANCE", "BINANCE_FUTURES", "BYBIT")]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> object:
    for name in NAMES:
        for half in ("KEY", "SECRET"):
            monkeypatch.delenv(f"{name}_{half}", raising=False)

    def run(**keys: str) -> str:
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        main(["doctor", "--subject", str(tmp_path), "--profile", "staging"])
        return capsys.readouterr().out

    return run


def test_without_keys_the_checks_cannot_run_and_the_variables_are_named(doctor: object) -> None:
    out = doctor()  # type: ignore[operator]
    for check, name in (("STG-004", "BINANCE"), ("STG-005", "BYBIT")):
        assert f"{check} cannot: make a key at the exchange's testnet, and set TRADEOPS_{name}_TESTNET_API_KEY" in out


@pytest.mark.parametrize("name", ["BINANCE", "BINANCE_FUTURES"])
def test_keys_of_one_market_of_binance_will_do(doctor: object, name: str) -> None:
    given = {f"TRADEOPS_{name}_TESTNET_API_{half}": f"{half}-nobody-may-see" for half in ("KEY", "SECRET")}
    out = doctor(**given)  # type: ignore[operator]
    assert "STG-004 cannot" not in out
    assert "STG-005 cannot" in out
    assert "nobody-may-see" not in out


def test_half_a_key_is_not_enough(doctor: object) -> None:
    out = doctor(TRADEOPS_BYBIT_TESTNET_API_KEY="nobody-may-see")  # type: ignore[operator]
    assert "STG-005 cannot: set TRADEOPS_BYBIT_TESTNET_API_SECRET" in out
    assert "nobody-may-see" not in out


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubStandin]:
    for one in ("TRADEOPS_GITHUB_TOKEN", "GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(one, raising=False)
    with GitHubStandin() as found:
        monkeypatch.setenv("TRADEOPS_GITHUB_API", found.url)
        monkeypatch.setenv("TRADEOPS_GITHUB_REPOSITORY", found.repository)
        yield found


@pytest.mark.parametrize("name", ["TRADEOPS_GITHUB_TOKEN", "GITHUB_TOKEN"])
def test_a_token_of_github_is_wanted_and_tried(doctor: object, github: GitHubStandin, name: str) -> None:
    assert "SEC-005 cannot: set TRADEOPS_GITHUB_TOKEN" in doctor()  # type: ignore[operator]
    assert not github.server.exchanges
    out = doctor(**{name: github.token})  # type: ignore[operator]
    assert "SEC-005 cannot" not in out
    assert f"github      token      yes, the token reads {github.repository} at 127.0.0.1" in out
    assert github.token not in out


def test_a_token_that_github_refuses_is_of_no_use(doctor: object, github: GitHubStandin) -> None:
    out = doctor(TRADEOPS_GITHUB_TOKEN="nobody-may-see")  # type: ignore[operator]
    assert "github      token      no: " in out
    assert "SEC-005 cannot: GitHub cannot be asked, see above" in out
    assert "nobody-may-see" not in out


def test_a_token_of_sentry_is_tried(doctor: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SENTRY_DSN", raising=False)
    with SentryService() as service:
        place = {"URL": service.url, "ORGANIZATION": "acme", "PROJECT": "bot", "TOKEN": service.token}
        variables = {f"TRADEOPS_SENTRY_{name}": value for name, value in place.items()}
        out = doctor(**variables)  # type: ignore[operator]
        assert "sentry      token      yes, the token reads the project bot at 127.0.0.1" in out
        out = doctor(**{**variables, "TRADEOPS_SENTRY_TOKEN": "nobody-may-see"})  # type: ignore[operator]
    assert "sentry      token      no: Sentry at 127.0.0.1 does not accept the token" in out
    assert "SEC-015 cannot: Sentry cannot be asked, see above" in out
    assert "nobody-may-see" not in out
