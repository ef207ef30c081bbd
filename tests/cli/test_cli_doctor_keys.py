"""`tradeops doctor` and keys of the testnets: the check that wants them cannot run here, and no key is shown."""

from pathlib import Path

import pytest

from pytest_tradeops.cli import main

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


@pytest.mark.parametrize("name", ["TRADEOPS_GITHUB_TOKEN", "GITHUB_TOKEN"])
def test_a_token_of_github_is_asked_for(doctor: object, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for one in ("TRADEOPS_GITHUB_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.delenv(one, raising=False)
    assert "SEC-005 cannot: set TRADEOPS_GITHUB_TOKEN" in doctor()  # type: ignore[operator]
    out = doctor(**{name: "nobody-may-see"})  # type: ignore[operator]
    assert "SEC-005 cannot" not in out
    assert "nobody-may-see" not in out
