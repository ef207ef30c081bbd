"""`tradeops sentry alerts`: what it writes, what it says, and how it is taken back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.security.sentry import alerts_starter
from pytest_tradeops.standins.sentry_rules import DEFAULT
from pytest_tradeops.standins.sentry_service import SentryService

NAMES = ("An error that is new, or is back", "A strategy's handler has raised", "One error again and again")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[SentryService]:
    monkeypatch.delenv("SENTRY_DSN", raising=False)
    with SentryService() as found:
        for name, value in (("URL", found.url), ("TOKEN", found.token), ("ORGANIZATION", "acme"), ("PROJECT", "bot")):
            monkeypatch.setenv(f"TRADEOPS_SENTRY_{name}", value)
        yield found


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    (tmp_path / "sentry-alerts.toml").write_text(alerts_starter())
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], bot: Path, *arguments: str) -> tuple[int, str, str]:
    code = main(["sentry", "alerts", arguments[0], "--subject", str(bot), *arguments[1:]])
    out, err = capsys.readouterr()
    return code, out, err


def names(service: SentryService) -> set[str]:
    return {one["name"] for one in service.rules.stored.values()}


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    service: SentryService, bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, bot, "apply", "--dry-run")
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"would create    tradeops: {name}" for name in NAMES]
    assert names(service) == {DEFAULT["name"]}


def test_it_is_applied_once_compared_and_taken_back(
    service: SentryService, bot: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(capsys, bot, "check") == (1, "".join(f"missing         tradeops: {name}\n" for name in NAMES), "")
    code, out, _ = run(capsys, bot, "apply")
    assert code == 0
    assert out.splitlines()[:3] == [f"created         tradeops: {name}" for name in NAMES]
    record = tmp_path / "record.json"
    record.write_text(out.splitlines()[-1])
    assert service.token not in out
    code, out, _ = run(capsys, bot, "apply")
    assert (code, out.splitlines()[-1]) == (0, "Nothing had to be changed.")
    assert run(capsys, bot, "check")[0] == 0
    code, out, _ = run(capsys, bot, "undo", str(record))
    assert (code, out.splitlines()[-1]) == (0, "3 of 3 changes were taken back.")
    assert names(service) == {DEFAULT["name"]}
    code, out, _ = run(capsys, bot, "undo", str(record))
    assert (code, out.splitlines()[-1]) == (1, "0 of 3 changes were taken back.")


def test_json_is_for_programs(service: SentryService, bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = json.loads(run(capsys, bot, "apply", "--format", "json")[1])
    assert [one["change"] for one in made["rules"]] == ["create"] * 3
    assert [one["id"] for one in made["record"]["changes"]] == [one["id"] for one in made["rules"]]
    assert {one["change"] for one in json.loads(run(capsys, bot, "check", "--format", "json")[1])["rules"]} == {"same"}
    assert names(service) == {DEFAULT["name"], *(f"tradeops: {name}" for name in NAMES)}


def test_what_the_file_has_no_more_is_deleted_only_when_asked(
    service: SentryService, bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, bot, "apply")
    (bot / "sentry-alerts.toml").write_text("")
    code, out, _ = run(capsys, bot, "check")
    assert (code, out.splitlines()[0]) == (1, f"not in the file tradeops: {NAMES[0]}")
    run(capsys, bot, "apply")
    assert len(names(service)) == 4
    assert run(capsys, bot, "apply", "--prune")[0] == 0
    assert names(service) == {DEFAULT["name"]}


def test_a_failure_midway_says_what_was_done_and_how_to_take_it_back(
    service: SentryService, bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.rules.environments = {"production"}
    text = (bot / "sentry-alerts.toml").read_text()
    (bot / "sentry-alerts.toml").write_text(text.replace('"5m"\n', '"5m"\nenvironment = "nowhere"\n', 1))
    code, out, err = run(capsys, bot, "apply")
    assert code == 2
    assert "environment: This environment has not been created" in err
    assert len(json.loads(out.splitlines()[-1])["changes"]) == 1


def test_a_rule_that_is_accepted_and_not_kept_is_told(
    service: SentryService, bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.rules.dropping = 1
    code, out, err = run(capsys, bot, "apply")
    assert code == 1
    assert err == f"tradeops: 'tradeops: {NAMES[0]}' was accepted, and is not there.\n"
    assert len(json.loads(out.splitlines()[-1])["changes"]) == 3


@pytest.mark.parametrize(
    ("arguments", "text", "told"),
    [
        (("apply",), None, "There is no sentry-alerts.toml. Run `tradeops init sentry-alerts`."),
        (("apply",), "[[alert", "is not valid TOML"),
        (("check",), "[[alert]]\nname = 1\nactions = 2", "line 1: `name` is no text. Nothing was asked or changed."),
        (("check",), '[[alert]]\nnmae = "a"', "Did you mean 'name'? Nothing was asked or changed."),
        (("undo", "none.json"), "", "none.json cannot be read"),
        (("undo", __file__), "", "is no JSON"),
    ],
)
def test_a_mistake_is_one_sentence(
    service: SentryService,
    bot: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    text: str | None,
    told: str,
) -> None:
    (bot / "sentry-alerts.toml").unlink()
    if text is not None:
        (bot / "sentry-alerts.toml").write_text(text)
    code, out, err = run(capsys, bot, *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err
    assert not service.server.exchanges


def test_a_token_that_may_only_read_is_told_so(
    service: SentryService, bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.scopes = {"project:read"}
    code, _, err = run(capsys, bot, "apply")
    assert code == 2
    assert "does not let this token do POST" in err
    assert "Give it the scope" in err


@pytest.mark.parametrize("action", ["check", "apply"])
def test_no_rule_here_and_none_there_is_no_agreement(
    service: SentryService, bot: Path, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    (bot / "sentry-alerts.toml").write_text("# [[alert]]\n")
    told = "tradeops: sentry-alerts.toml has no [[alert]], so there is nothing to compare. Write one.\n"
    assert run(capsys, bot, action) == (2, "", told)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("TOKEN", "", "There is no token to ask with. Set TRADEOPS_SENTRY_TOKEN."),
        ("TOKEN", "two words", "TRADEOPS_SENTRY_TOKEN holds characters that no token has. Copy it anew."),
        ("URL", "http://sentry.test", "It is `url` in [tool.tradeops.sentry], or TRADEOPS_SENTRY_URL."),
    ],
)
def test_it_is_said_which_of_the_settings_is_wrong(
    service: SentryService,
    bot: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    told: str,
) -> None:
    monkeypatch.setenv(f"TRADEOPS_SENTRY_{variable}", value)
    code, out, err = run(capsys, bot, "check")
    assert (code, out) == (2, "")
    assert err.endswith(f"{told}\n")
