"""What a node is told: where its keys come from, that no secret shows, and that two nodes never share a tag."""

from pathlib import Path

import pytest
from node_support import FACES, PYTHON

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.model import Grade
from pytest_tradeops.node.settings import NodeSettings
from pytest_tradeops.node.spec import Access, NodeSpec, access_on_testnet, access_on_venue, new_tag
from pytest_tradeops.settings import load_settings

DESCRIPTION = {
    "control": "http://127.0.0.1:1",
    "faces": {"binance-spot": {"http": "http://127.0.0.1:2"}, "bybit": {"http": "http://127.0.0.1:3"}},
    "accounts": [
        {"face": "binance-spot", "name": "hmac", "api_key": "a", "api_secret": "x", "key_type": "hmac"},
        {"face": "binance-spot", "name": "trader", "api_key": "b", "api_secret": "y", "key_type": "ed25519"},
        {"face": "bybit", "name": "trader", "api_key": "c", "api_secret": "z", "key_type": "hmac"},
        {"face": "bybit", "name": "other", "api_key": "d", "api_secret": "w", "key_type": "hmac"},
    ],
}


def test_spot_gets_a_key_that_can_log_on_to_its_session() -> None:
    found = access_on_venue(DESCRIPTION)
    assert {face: one.api_key for face, one in found.items()} == {"binance-spot": "b", "bybit": "c"}
    assert found["bybit"].urls == {"http": "http://127.0.0.1:3"}
    assert {face: one.api_key for face, one in access_on_venue(DESCRIPTION, "other").items()} == {"bybit": "d"}


def test_without_testnet_keys_there_is_no_testnet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Inconclusive, match="TRADEOPS_BINANCE_TESTNET_API_KEY"):
        access_on_testnet(NodeSettings(bybit_testnet_api_key="only half of it"))
    monkeypatch.setenv("TRADEOPS_BYBIT_TESTNET_API_KEY", "key")
    monkeypatch.setenv("TRADEOPS_BYBIT_TESTNET_API_SECRET", "hush")
    found = access_on_testnet(load_settings(tmp_path).node)
    assert found == {"bybit": Access({}, "key", "hush")}


def test_a_spec_shows_no_secret_and_names_its_grade(tmp_path: Path) -> None:
    faces = {"bybit": Access({}, "key", "hush")}
    spec = NodeSpec.of(tmp_path, PYTHON, NodeSettings(config="bot:node"), "testnet", faces, tmp_path, driver=False)
    assert "hush" not in repr(spec)
    assert (spec.config, spec.driver, spec.grade) == ("bot:node", False, Grade.TESTNET)
    assert NodeSpec.of(tmp_path, PYTHON, NodeSettings(), "paper", FACES, tmp_path).grade is Grade.EMBEDDED


def test_no_two_nodes_share_a_tag(tmp_path: Path) -> None:
    first = NodeSpec.of(tmp_path, PYTHON, NodeSettings(), "venue", FACES, tmp_path)
    second = first.again(tmp_path / "second", claims=("BTCUSDT.BINANCE",))
    assert first.tag != second.tag
    assert (second.claims, second.config) == (("BTCUSDT.BINANCE",), first.config)
    # O-20261124-023223-TAG-900-123456: an exchange takes 36 characters.
    assert len(f"O-20261124-023223-{new_tag()}-900-123456") <= 36
