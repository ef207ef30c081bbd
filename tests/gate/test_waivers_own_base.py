"""A change does not choose the revision, the file or the branch that its waivers are read from."""

from pathlib import Path

import pytest
from test_waivers_base import FILE, ONE, TWO, Checkout

from pytest_tradeops.gate.waivers.base import DEFAULTS
from pytest_tradeops.settings import Settings

EVIL = "[tool.tradeops]\ndefault_branch = 'evil'\n"
ELSEWHERE = "[tool.tradeops]\nwaivers = 'docs/example.toml'\n"
PROFILE = "[tool.tradeops.profiles.canary]\nextends = 'local'\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "bot")


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"])
def test_the_environment_does_not_point_at_another_history(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    other = Checkout(tmp_path / "other")
    other.commit(TWO)
    other.commit()
    checkout.commit(ONE)
    checkout.commit()
    value = other.root / ".git" / ("objects" if "OBJECT" in variable else "")
    monkeypatch.setenv(variable, str(value))
    assert checkout.read() == (ONE, "")


def test_replaced_objects_do_not_count(checkout: Checkout) -> None:
    checkout.commit(ONE)
    checkout.git("checkout", "-q", "-b", "feature")
    checkout.commit(TWO)
    checkout.git("replace", "main", "feature")
    assert checkout.read()[0] == ONE


def test_the_defaults_are_those_of_the_settings() -> None:
    settings = Settings()
    assert {"waivers": settings.waivers, "default_branch": settings.default_branch} == DEFAULTS


def test_a_change_that_names_another_waiver_file_has_no_waivers_until_merged(checkout: Checkout) -> None:
    (checkout.root / "docs").mkdir()
    (checkout.root / "docs" / "example.toml").write_text(TWO, encoding="utf-8")
    checkout.commit(ONE)
    checkout.git("checkout", "-q", "-b", "feature")
    checkout.configure(ELSEWHERE)
    checkout.commit()
    note = "Waivers are ignored: 'waivers' in [tool.tradeops] differs from the base's; the change takes effect once merged."
    assert checkout.judged() == ([], (note,))
    checkout.git("checkout", "-q", "main")
    checkout.git("merge", "-q", "--ff-only", "feature")
    checkout.commit()
    assert checkout.judged() == (["SEC-001", "SEC-002"], ())


def test_writing_a_default_down_changes_nothing(checkout: Checkout) -> None:
    checkout.commit(ONE)
    checkout.commit()
    checkout.configure(f"[tool.tradeops]\ndefault_branch = 'main'\nwaivers = '{FILE}'\n")
    assert checkout.judged() == (["SEC-001"], ())


def test_a_change_that_names_another_default_branch_has_no_waivers(checkout: Checkout) -> None:
    checkout.commit()
    checkout.git("branch", "evil")
    checkout.git("checkout", "-q", "evil")
    checkout.commit(ONE)
    checkout.git("checkout", "-q", "-b", "feature")
    checkout.configure(EVIL)
    checkout.commit()
    waivers, [note] = checkout.judged()
    assert waivers == []
    assert "'default_branch' in [tool.tradeops] differs from the base's" in note


@pytest.mark.parametrize("head", [True, False])
@pytest.mark.parametrize("detached", [True, False])
def test_a_branch_that_names_itself_as_the_default_one_has_no_waivers(
    checkout: Checkout, tmp_path: Path, head: bool, detached: bool
) -> None:
    checkout.commit()
    clone = checkout.clone(tmp_path / "clone", head=head)
    clone.git("checkout", "-q", "-b", "evil")
    clone.configure(EVIL)
    clone.commit(ONE)
    clone.commit()
    clone.git("push", "-q", "origin", "evil")
    if detached:
        clone.git("checkout", "-q", "--detach")
    waivers, remarks = clone.judged()
    assert waivers == []
    words = "differs from the base's" if head else "'main' names 'main' as default branch, and the work tree 'evil'"
    assert words in remarks[0]


def test_origin_s_own_default_branch_is_preferred_and_the_report_says_so(checkout: Checkout, tmp_path: Path) -> None:
    checkout.configure("[tool.tradeops]\ndefault_branch = 'develop'\n")
    checkout.commit(ONE)
    clone = checkout.clone(tmp_path / "clone")
    clone.git("checkout", "-q", "-b", "develop")
    clone.commit(TWO)
    clone.git("push", "-q", "origin", "develop")
    clone.git("checkout", "-q", "-b", "feature")
    waivers, remarks = clone.judged()
    assert waivers == ["SEC-001"]
    assert "origin/HEAD names 'main', not default_branch = 'develop': the base is taken from 'main'." in remarks


def test_another_default_branch_counts_where_the_usual_one_agrees(checkout: Checkout, tmp_path: Path) -> None:
    checkout.configure("[tool.tradeops]\ndefault_branch = 'develop'\n")
    checkout.commit(ONE)
    checkout.git("branch", "develop")
    clone = checkout.clone(tmp_path / "clone", head=False)
    clone.git("checkout", "-q", "-b", "feature")
    assert clone.judged() == (["SEC-001"], ())


@pytest.mark.parametrize("broken", ["[tool", "tool = 1", "[tool]\ntradeops = 1"])
def test_an_invalid_project_file_in_the_base_takes_the_waivers_away(checkout: Checkout, broken: str) -> None:
    checkout.configure(broken)
    checkout.commit(ONE)
    checkout.configure("")
    checkout.commit()
    waivers, [note] = checkout.judged()
    assert waivers == []
    assert "pyproject.toml of the base is invalid" in note


def test_a_profile_that_differs_from_the_base_s_is_named(checkout: Checkout) -> None:
    checkout.configure(PROFILE)
    checkout.commit()
    checkout.commit()
    assert checkout.judged() == ([], ())
    checkout.configure(PROFILE + "flaky_budget = 9\n" + PROFILE.replace("canary", "other"))
    assert checkout.judged()[1] == (
        "profile 'canary' differs from the base's: read the change.",
        "profile 'other' is not in the base: read the change.",
    )
