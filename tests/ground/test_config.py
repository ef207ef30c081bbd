"""Settings: precedence, types, and one clear sentence for what is wrong."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_tradeops import config
from pytest_tradeops.cli import main
from pytest_tradeops.exceptions import ConfigError
from pytest_tradeops.settings import Settings, load_settings


@dataclass(frozen=True)
class Inner:
    timeout: float = field(default=60.0, metadata={"duration": True})
    password: str = field(default="", metadata={"env": "TRADEOPS_PASSWORD", "secret": True})


@dataclass(frozen=True)
class Sample:
    name: str = field(default="file", metadata={"env": "TRADEOPS_NAME"})
    order: tuple[str, ...] = field(default=("a",), metadata={"env": "TRADEOPS_ORDER"})
    count: int = field(default=1, metadata={"env": "TRADEOPS_COUNT"})
    grade: str = field(default="low", metadata={"choices": ("low", "high")})
    sides: tuple[str, ...] = field(default=(), metadata={"env": "TRADEOPS_SIDES", "choices": ("buy", "sell")})
    inner: Inner = field(default_factory=Inner)


def test_an_option_wins_over_the_environment_which_wins_over_the_file() -> None:
    table, environ = {"name": "table"}, {"TRADEOPS_NAME": "environment"}
    assert config.load(Sample, table, environ={}).name == "table"
    assert config.load(Sample, table, environ=environ).name == "environment"
    assert config.load(Sample, table, environ=environ, options={"name": "option"}).name == "option"
    assert config.load(Sample, {}, environ={}, options={"name": None}).name == "file"


def test_text_of_the_environment_takes_the_fields_type() -> None:
    loaded = config.load(Sample, {}, environ={"TRADEOPS_ORDER": "x, y", "TRADEOPS_COUNT": "3"})
    assert loaded.order == ("x", "y")
    assert loaded.count == 3


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"nmae": "x"}, "Unknown key 'nmae' in [tool.tradeops]. Did you mean 'name'?"),
        ({"count": "three"}, "tool.tradeops.count = 'three' has the wrong type. It must be a whole number."),
        ({"count": True}, "tool.tradeops.count = True has the wrong type. It must be a whole number."),
        ({"order": "a"}, "tool.tradeops.order = 'a' has the wrong type. It must be a list."),
        ({"order": [1]}, "tool.tradeops.order = 1 has the wrong type. It must be a string."),
        ({"grade": "hihg"}, "tool.tradeops.grade = 'hihg' is not known. Did you mean 'high'?"),
        ({"sides": ["buy", "sel"]}, "tool.tradeops.sides = 'sel' is not known. Did you mean 'sell'?"),
        ({"inner": 1}, "[tool.tradeops.inner] is not a table. Write it as [tool.tradeops.inner]."),
        ({"inner": {"timeout": "soon"}}, "tool.tradeops.inner.timeout = 'soon' is not a duration. Write it as 500ms, 30s, 5m or 1h."),
        ({"inner": {"password": "x"}}, "'password' in [tool.tradeops.inner] is a secret. Set the environment variable TRADEOPS_PASSWORD."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence_with_a_remedy(table: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(Sample, table, environ={})
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("text", "seconds"), [("500ms", 0.5), ("30s", 30.0), ("1.5m", 90.0), ("1h", 3600.0), (2, 2.0)])
def test_durations(text: object, seconds: float) -> None:
    assert config.parse_duration(text, "here") == seconds


@pytest.mark.parametrize("text", ["0s", "-1s", 0, -1, True, None, "1 day", "s", ""])
def test_no_durations(text: object) -> None:
    with pytest.raises(ConfigError, match="here"):
        config.parse_duration(text, "here")


def test_each_item_of_a_list_is_a_known_one_wherever_it_comes_from() -> None:
    assert config.load(Sample, {"sides": ["sell", "buy"]}, environ={}).sides == ("sell", "buy")
    with pytest.raises(ConfigError, match=r"TRADEOPS_SIDES = 'bye' is not known\. Did you mean 'buy'\?"):
        config.load(Sample, {}, environ={"TRADEOPS_SIDES": "sell,bye"})


def test_a_mistyped_provider_is_refused_before_any_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRADEOPS_PROVIDERS", raising=False)
    (tmp_path / "pyproject.toml").write_text("[tool.tradeops.services]\nproviders = ['process', 'contaner']\n")
    assert main(["verify", "--subject", str(tmp_path)]) == 23
    said = "tool.tradeops.services.providers = 'contaner' is not known. Did you mean 'container'?"
    assert capsys.readouterr().err == f"tradeops: {said}\n"
    assert not list((tmp_path / "tradeops-report").glob("report.*"))


def test_every_key_of_the_real_settings_has_a_default(tmp_path) -> None:
    assert load_settings(tmp_path) == Settings(profile=Settings().profile)


def test_a_broken_file_is_named(tmp_path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.tradeops\n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml is not valid TOML"):
        load_settings(tmp_path)
    (tmp_path / "pyproject.toml").write_text("tool = 1\n")
    assert load_settings(tmp_path) == Settings()
