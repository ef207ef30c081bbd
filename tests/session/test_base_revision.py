"""What a change declares for itself: not applicable, and which checks are its own."""

import subprocess
from collections.abc import Callable

import pytest

from .conftest import HEADER, PROFILE, Outcome, Repository

Run = Callable[..., Outcome]

BODY = """
@pytest.mark.verification(id="ACME-002", suite="acme", title="no Rust")
def test_acme_002(subject, evidence):
    evidence.examined(1, "folder")
    if subject.path("limits.txt").read_text().startswith("broken"):
        evidence.fail("acme: broken", "It is broken.")
    evidence.not_applicable("There is no Rust.")

@planted_fault(check="ACME-002", title="broken", expects="acme: broken")
def broken(subject):
    subject.write("limits.txt", "broken")
"""
DECLARED = PROFILE + "[tool.tradeops.not_applicable]\nACME-002 = 'no Rust here'\n"


class Git:
    def __init__(self, repository: Repository) -> None:
        self._root = repository.root
        self("init", "-q", "-b", "main")
        repository.write(".gitignore", "out/\n.pytest*\n__pycache__/\n")

    def __call__(self, *arguments: str) -> None:
        identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=self._root, check=True, capture_output=True)

    def commit(self) -> None:
        self("add", "-A")
        self("commit", "-q", "--allow-empty", "-m", "change")


@pytest.fixture
def git(repository: Repository) -> Git:
    repository.check("002", BODY)
    git = Git(repository)
    git.commit()
    return git


def notes(result: Outcome) -> list[str]:
    assert result.report is not None, result.output
    return [note for note in result.report["notes"] if "not_applicable" in note or "`checks`" in note]


def test_not_applicable_counts_once_it_is_merged(run: Run, repository: Repository, git: Git) -> None:
    git("checkout", "-q", "-b", "feature")
    repository.write("pyproject.toml", DECLARED)
    git.commit()
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (21, "error"), result.output
    assert "no declaration that counts says so" in result.check("ACME-002")["reason"]
    assert notes(result) == ["not_applicable for ACME-002 is new: the change takes effect once merged."]
    git("checkout", "-q", "main")
    git("merge", "-q", "--ff-only", "feature")
    git.commit()
    result = run()
    assert (result.code, result.outcome("ACME-002"), notes(result)) == (0, "not_applicable", [])


def test_another_reason_is_noted_and_a_removal_counts_at_once(repository: Repository, git: Git) -> None:
    repository.write("pyproject.toml", DECLARED)
    git.commit()
    git("checkout", "-q", "-b", "feature")
    repository.write("pyproject.toml", DECLARED.replace("no Rust here", "we do not like it"))
    result = repository.run()
    assert (result.code, result.outcome("ACME-002")) == (0, "not_applicable")
    assert notes(result) == ["not_applicable for ACME-002 gives another reason than the base: read the change."]
    repository.write("pyproject.toml", PROFILE)
    assert repository.run().outcome("ACME-002") == "error"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (("update-ref", "-d", "HEAD"), "the repository has no commit yet"),
        (("branch", "-m", "trunk"), "the branch 'main' is not known here"),
    ],
    ids=["no-commit", "base-missing"],
)
def test_without_a_base_nothing_is_declared(repository: Repository, git: Git, spoil: tuple[str, ...], why: str) -> None:
    repository.write("pyproject.toml", DECLARED)
    git.commit()
    git.commit()
    git(*spoil)
    result = repository.run()
    assert (result.code, result.outcome("ACME-002")) == (21, "error")
    [note] = notes(result)
    assert note.startswith(f"The declarations in [tool.tradeops.not_applicable] are ignored: {why}")


def test_without_git_nothing_is_declared(run: Run, repository: Repository) -> None:
    repository.check("002", BODY)
    repository.write("pyproject.toml", DECLARED)
    result = run()
    assert (result.code, result.outcome("ACME-002")) == (21, "error")
    assert "there is no git repository" in notes(result)[0]


def test_a_change_of_the_default_branch_does_not_choose_the_base(repository: Repository, git: Git) -> None:
    git("checkout", "-q", "-b", "evil")
    repository.write("pyproject.toml", DECLARED)
    git.commit()
    git("checkout", "-q", "-b", "feature")
    repository.write(
        "pyproject.toml", DECLARED.replace("[tool.tradeops]\n", "[tool.tradeops]\ndefault_branch = 'evil'\n")
    )
    git.commit()
    result = repository.run()
    assert (result.code, result.outcome("ACME-002")) == (21, "error")
    assert "'default_branch' in [tool.tradeops] differs from the base's" in notes(result)[0]


def test_other_folders_of_own_checks_are_noted(repository: Repository, git: Git) -> None:
    git("checkout", "-q", "-b", "feature")
    repository.write("more/test_acme_003.py", HEADER)
    repository.write("pyproject.toml", PROFILE.replace('["checks"]', '["checks", "more"]'))
    assert notes(repository.run()) == ["`checks` in [tool.tradeops] differs from the base's: read the change."]
