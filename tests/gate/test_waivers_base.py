"""Waivers count only as the base revision has them."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from pytest_tradeops.exceptions import PolicyError
from pytest_tradeops.gate.waivers import base_waivers, load_waivers
from pytest_tradeops.gitrepo import GitRepo
from pytest_tradeops.settings import load_settings

FILE = "tradeops-waivers.toml"
TODAY = date(2026, 3, 10)
KNOWN = frozenset({"SEC-001", "SEC-002"})
ONE = "[[waiver]]\ncheck = 'SEC-001'\nowner = 'Ann'\nreason = 'why'\nexpires = 2026-04-01\n"
TWO = ONE + ONE.replace("SEC-001", "SEC-002")
BROKEN = ONE.replace("owner = 'Ann'\n", "")


class Checkout:
    """A repository on disk, driven through git itself."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True)

    def write(self, text: str | None) -> None:
        if text is None:
            (self.root / FILE).unlink()
        else:
            (self.root / FILE).write_text(text, encoding="utf-8")

    def commit(self, text: str | None = None) -> None:
        if text is not None:
            self.write(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")

    def configure(self, text: str) -> None:
        (self.root / "pyproject.toml").write_text(text, encoding="utf-8")

    def clone(self, target: Path, *, head: bool = True) -> "Checkout":
        """A clone; without `head` as CI makes it, where no origin/HEAD tells the default branch."""
        subprocess.run(["git", "clone", "-q", self.root, target], check=True, capture_output=True)
        clone = Checkout(target)
        if not head:
            clone.git("remote", "set-head", "origin", "--delete")
        return clone

    def judged(self) -> tuple[list[str], tuple[str, ...]]:
        """As the gate does it: by the settings of the work tree."""
        settings = load_settings(self.root)
        book = load_waivers(GitRepo(self.root), settings.waivers, settings.default_branch, KNOWN, TODAY)
        return [waiver.check for waiver in book.waivers], book.remarks

    def read(self) -> tuple[str | None, str]:
        return base_waivers(GitRepo(self.root), FILE, "main")

    def load(self) -> tuple[list[str], tuple[str, ...]]:
        book = load_waivers(GitRepo(self.root), FILE, "main", KNOWN, TODAY)
        return [waiver.check for waiver in book.waivers], book.remarks


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "bot")


def test_a_branch_goes_by_the_merge_base(checkout: Checkout) -> None:
    checkout.commit(ONE)
    checkout.git("checkout", "-q", "-b", "feature")
    checkout.commit(TWO)
    text, note = checkout.read()
    assert text == ONE
    assert note == f"{FILE} differs from the base's: the change takes effect once merged."
    assert checkout.load() == (["SEC-001"], (note,))


def test_a_fresh_branch_without_commits_goes_by_its_start(checkout: Checkout) -> None:
    checkout.commit()
    checkout.commit(ONE)
    checkout.git("checkout", "-q", "-b", "feature")
    assert checkout.read() == (ONE, "")


@pytest.mark.parametrize("detached", [False, True])
def test_the_default_branch_goes_by_its_first_parent(checkout: Checkout, detached: bool) -> None:
    checkout.commit(ONE)
    checkout.commit(TWO)
    if detached:
        checkout.git("checkout", "-q", "--detach")
    assert checkout.read()[0] == ONE


def test_a_merge_into_the_default_branch_goes_by_what_it_was_merged_into(checkout: Checkout) -> None:
    checkout.commit(ONE)
    checkout.git("checkout", "-q", "-b", "feature")
    checkout.commit(TWO)
    checkout.git("checkout", "-q", "main")
    checkout.git("merge", "-q", "--no-ff", "feature")
    assert checkout.read()[0] == ONE


def test_the_remote_default_branch_is_preferred_to_a_local_one_that_was_moved(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.commit(ONE)
    subprocess.run(["git", "clone", "-q", checkout.root, tmp_path / "clone"], check=True, capture_output=True)
    clone = Checkout(tmp_path / "clone")
    clone.commit(TWO)
    clone.commit()  # the local first parent would already hold the second waiver
    assert clone.read()[0] == ONE


def test_an_uncommitted_waiver_does_not_count(checkout: Checkout) -> None:
    checkout.commit()
    checkout.commit()
    checkout.write(ONE)
    assert checkout.load() == ([], (f"{FILE} is new: the change takes effect once merged.",))


def test_a_removed_waiver_still_counts_until_merged(checkout: Checkout) -> None:
    checkout.commit(ONE)
    checkout.commit()
    checkout.write(None)
    assert checkout.load() == (["SEC-001"], (f"{FILE} is removed: the change takes effect once merged.",))


def test_without_a_file_nothing_is_said(checkout: Checkout, tmp_path: Path) -> None:
    assert checkout.load() == ([], ())
    checkout.commit()
    assert checkout.load() == ([], ())
    (tmp_path / "plain").mkdir()
    assert base_waivers(GitRepo(tmp_path / "plain"), FILE, "main") == (None, "")


def test_without_a_base_waivers_are_ignored_and_the_run_says_why(checkout: Checkout, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / FILE).write_text(ONE, encoding="utf-8")
    assert "no git repository" in base_waivers(GitRepo(plain), FILE, "main")[1]
    checkout.write(ONE)
    assert "no commit yet" in checkout.read()[1]
    checkout.commit()
    assert checkout.read() == (None, "Waivers are ignored: the first commit has no base revision.")
    checkout.git("branch", "-m", "trunk")
    assert "'main' is not known here" in checkout.read()[1]


def test_a_shallow_clone_ignores_waivers(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit(ONE)
    checkout.commit()
    url = checkout.root.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth", "1", url, tmp_path / "clone"], check=True, capture_output=True)
    clone = Checkout(tmp_path / "clone")
    assert clone.load()[0] == []
    assert "shallow" in clone.load()[1][0]


def test_an_invalid_file_stops_the_gate(checkout: Checkout) -> None:
    checkout.commit(ONE)
    checkout.commit()
    checkout.write(BROKEN)
    with pytest.raises(PolicyError, match=rf"{FILE}:1: The waiver for SEC-001 has no owner"):
        checkout.load()
    checkout.commit()
    checkout.git("checkout", "-q", "-b", "feature")
    with pytest.raises(PolicyError, match="no owner"):
        checkout.load()


def test_a_change_that_corrects_an_invalid_base_is_let_through_without_any_waiver(checkout: Checkout) -> None:
    checkout.commit(BROKEN)
    checkout.git("checkout", "-q", "-b", "feature")
    checkout.commit(ONE)
    waivers, [note] = checkout.load()
    assert waivers == []
    assert "of the base is invalid (The waiver for SEC-001 has no owner" in note
