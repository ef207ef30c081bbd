"""What an allowlist hides: counted always, and a finding unless somebody has said why, where and what."""

import json
from pathlib import Path

import pytest
from gitleaks_support import CONFIG, examine, line, reasons, secret

from pytest_tradeops.security.gitleaks import examining, planting
from pytest_tradeops.security.gitleaks.examining import REASON_HIDDEN, REASON_WIDE

KEY = secret()[:8]
GOOD = "A key that was made up for this test"


def allow(**parts: object) -> str:
    """An allowlist in TOML."""
    return "[[allowlists]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in parts.items())


NARROW = {"description": GOOD, "condition": "AND", "paths": (r"^tests/keys\.py$",), "regexes": (f"^{KEY}",)}


def write(root: Path, allowed: str, place: str = "tests/keys.py") -> None:
    for name, text in {place: line(), "bot.py": "PRICE = 1\n", ".gitleaks.toml": CONFIG + allowed}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_a_narrow_entry_with_a_reason_is_counted_and_no_finding(tmp_path: Path) -> None:
    write(tmp_path, allow(**NARROW))
    found = examine(tmp_path, history=False)
    assert examining.findings(found) == []
    assert found.examined()["hidden by allowlist"] == found.examined()["hidden with a reason"] == 1


REFUSED = {
    "no reason": {**NARROW, "description": ""},
    "a reason of two words": {**NARROW, "description": "false positive"},
    "any condition": {**NARROW, "condition": "OR"},
    "no condition": {name: value for name, value in NARROW.items() if name != "condition"},
    "paths alone": {"description": GOOD, "condition": "AND", "paths": ("^tests/",)},
    "a regex for anything": {**NARROW, "regexes": (".*",)},
    "a regex of Go alone": {**NARROW, "regexes": (rf"^{KEY}|\z",)},
    "a path for anything": {**NARROW, "paths": (".",)},
    "stopwords alone": {"description": GOOD, "stopwords": (KEY,)},
}


@pytest.mark.parametrize("parts", REFUSED.values(), ids=REFUSED)
def test_what_no_reviewer_could_agree_to_hides_nothing(tmp_path: Path, parts: dict[str, object]) -> None:
    write(tmp_path, allow(**parts))
    assert REASON_HIDDEN in reasons(tmp_path, history=False)


def test_code_that_runs_has_no_allowlist_however_narrow(tmp_path: Path) -> None:
    write(tmp_path, allow(**{**NARROW, "paths": (r"^strategies/keys\.py$",)}), "strategies/keys.py")
    assert reasons(tmp_path, history=False) == [REASON_HIDDEN]


def test_an_allowlist_of_everything_is_a_finding_before_it_hides_anything(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text("PRICE = 1\n")
    (tmp_path / ".gitleaks.toml").write_text(CONFIG + allow(description=GOOD, paths=(".*",)))
    assert reasons(tmp_path, history=False) == [REASON_WIDE]
    (tmp_path / ".gitleaks.toml").write_text(CONFIG + allow(description=GOOD, regexes=(".",)))
    assert reasons(tmp_path, history=False) == [REASON_WIDE]
    (tmp_path / ".gitleaks.toml").write_text("[allowlist]\npaths = ['''.*''']\n")
    assert reasons(tmp_path, history=False) == [REASON_WIDE]


def test_an_allowlist_for_tests_that_hides_nothing_is_none_of_ours(tmp_path: Path) -> None:
    write(tmp_path, allow(description=GOOD, paths=("^docs/",)), "docs/empty.md")
    (tmp_path / "docs" / "empty.md").write_text("nothing\n")
    assert reasons(tmp_path, history=False) == []


@pytest.mark.parametrize("place", ["comment", "ignore file", "disabled rule", "rules gone"])
def test_other_hiding_places_are_seen_through(tmp_path: Path, place: str) -> None:
    write(tmp_path, "")
    if place == "comment":
        (tmp_path / "tests" / "keys.py").write_text(line().rstrip() + "  # gitleaks:allow\n")
    elif place == "ignore file":
        (tmp_path / ".gitleaksignore").write_text("tests/keys.py:generic-api-key:1\n")
    elif place == "disabled rule":
        (tmp_path / ".gitleaks.toml").write_text(CONFIG + "disabledRules = ['generic-api-key']\n")
    else:
        (tmp_path / ".gitleaks.toml").write_text("[allowlist]\npaths = ['''^docs/''']\n")
    assert reasons(tmp_path, history=False) == [REASON_HIDDEN]


def test_without_a_config_the_ignore_file_and_comments_are_seen_through(tmp_path: Path) -> None:
    (tmp_path / "keys.py").write_text(line().rstrip() + "  # gitleaks:allow\n")
    assert reasons(tmp_path, history=False) == [REASON_HIDDEN]


def test_a_revoked_secret_of_the_past_can_be_allowed_by_its_commit(tmp_path: Path) -> None:
    planting.new_repository(tmp_path)
    commit = planting.commit(tmp_path, "strategies/keys.py", line(), "Add")
    planting.commit(tmp_path, "strategies/keys.py", "KEY = 1\n", "Remove")
    allowed = {"description": "Revoked at the exchange on 1 June", "condition": "AND", "commits": (commit,)}
    (tmp_path / ".gitleaks.toml").write_text(CONFIG + allow(**allowed, paths=(r"^strategies/keys\.py$",)))
    found = examine(tmp_path)
    assert examining.findings(found) == []
    assert found.examined()["hidden with a reason"] == 1
    planting.commit(tmp_path, "strategies/keys.py", line(2), "Add again")
    planting.commit(tmp_path, "strategies/keys.py", "KEY = 1\n", "Remove again")
    assert len(examining.findings(examine(tmp_path))) == 1


def test_an_allowlist_of_commits_does_not_pass_for_a_scan(tmp_path: Path) -> None:
    planting.new_repository(tmp_path)
    commit = planting.commit(tmp_path, "keys.py", line(), "Add")
    planting.commit(tmp_path, "keys.py", None, "Remove")
    (tmp_path / ".gitleaks.toml").write_text(CONFIG + allow(commits=(commit,)))
    assert reasons(tmp_path) == [REASON_HIDDEN]
