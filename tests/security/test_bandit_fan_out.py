"""Several processes of bandit: the same report as of one, and none that is green although a part of it is missing."""

import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.security import bandit, fan_out
from pytest_tradeops.security.fan_out import NAMES, shares

SIZES = st.dictionaries(st.text("abc/", min_size=1, max_size=12), st.integers(0, 3_000_000), min_size=1, max_size=40)
SHELL = "import subprocess\n\n\ndef run(name):\n    subprocess.call(f'ls {name}', shell=True)"


@given(SIZES, st.integers(1, 8))
def test_every_file_is_in_one_share_and_shares_are_about_the_same(sizes: dict[str, int], workers: int) -> None:
    found = shares(sizes, workers)
    assert sorted(name for share in found for name in share) == sorted(sizes)
    assert all(found)
    assert 1 <= len(found) <= workers
    weights = [sum(sizes[name] for name in share) for share in found]
    assert max(weights) - min(weights) <= max(sizes.values()) + len(sizes)


@given(st.dictionaries(st.text("abc/", min_size=1, max_size=12), st.integers(0, 19_000), min_size=1, max_size=40))
def test_a_small_tree_is_one_share(sizes: dict[str, int]) -> None:
    assert len(shares(sizes, 8)) == 1


def test_names_that_do_not_fit_on_a_command_line_are_shared_out() -> None:
    found = shares({f"{number:05}/{'n' * 180}.py": 1 for number in range(6_000)}, 1)
    assert len(found) == 3
    assert all(sum(len(name) + 16 for name in share) <= NAMES for share in found)
    assert shares({"n" * (2 * NAMES): 1, "o": 1}, 1) == [("n" * (2 * NAMES),), ("o",)]


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "LARGE", 1)
    monkeypatch.setattr(fan_out, "SHARE", 1)


@pytest.fixture
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of file that a report tells apart."""
    root = tmp_path / "bots"
    outside = tmp_path_factory.mktemp("outside")
    for name, text in {
        "shell.py": f"{SHELL}\n",
        "twice.py": f"{SHELL}  # nosec\n    subprocess.call(f'ls {{name}}', shell=True)\n",
        "named.py": f"{SHELL}  # nosec B602\n",
        "word.py": "NOTE = 'nosec'\n",
        "broken.py": "broken = (\n",
        "empty.py": "",
        "-odd name.py": "import pickle\n",
        "deep/er/low.py": "import subprocess\n",
        "deep/.tox/hidden.py": f"{SHELL}\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (outside / "linked.py").write_text(f"{SHELL}\n")
    (root / "link").symlink_to(outside)
    (root / "gone.py").symlink_to("nowhere.py")
    return root


def test_the_report_is_the_one_of_a_single_process(folder: Path, request: pytest.FixtureRequest) -> None:
    single = bandit.scan(folder, workers=1)
    request.getfixturevalue("several")
    assert bandit.scan(folder, workers=3) == single
    assert [(one.file, one.line, one.suppressed) for one in single.issues if one.severity == "HIGH"] == [
        ("deep/.tox/hidden.py", 5, False),
        ("link/linked.py", 5, False),
        ("named.py", 5, True),
        ("shell.py", 5, False),
        ("twice.py", 5, True),
        ("twice.py", 6, False),
    ]
    assert [name for name, _ in single.errors] == ["broken.py", "gone.py"]
    assert (single.nosec, single.skipped_tests, single.unlisted) == (1, 1, ())


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        ("os._exit(0)", "ended with 0 and no usable report"),
        ("os.abort()", "ended with -6 and no usable report"),
        ("open(sys.argv[sys.argv.index('--output') + 1], 'w').write('{\"metrics\"'); os._exit(1)", "no usable report"),
        ("import threading; threading.Event().wait()", "longer than"),
        ("sys.stderr.write('internal error running: B602\\n')", "own tests crashed"),
    ],
)
@pytest.mark.usefixtures("several")
def test_one_part_that_breaks_makes_the_whole_inconclusive(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patch: str, says: str
) -> None:
    _wrap(monkeypatch, tmp_path, f"if any('shell.py' in one for one in sys.argv): {patch}")
    with pytest.raises(Inconclusive, match=says):
        bandit.scan(folder, timeout=8, workers=3)


@pytest.mark.usefixtures("several")
def test_what_starts_the_parts_may_not_end_early(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _wrap(monkeypatch, tmp_path, "if sys.argv[0].endswith('shards.py'): os.kill(os.getpid(), 9)")
    with pytest.raises(Inconclusive, match="several processes ended with -9"):
        bandit.scan(folder, timeout=20, workers=3)


@pytest.mark.usefixtures("several")
def test_a_file_that_its_part_does_not_mention_is_a_finding(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _wrap(
        monkeypatch,
        tmp_path,
        "if '--ignore-nosec' in sys.argv: sys.argv = [one for one in sys.argv if not one.endswith('named.py')]",
    )
    assert bandit.scan(folder, workers=3).unlisted == ("named.py",)


def _wrap(monkeypatch: pytest.MonkeyPatch, place: Path, patch: str) -> None:
    """An interpreter that runs `patch` with `sys.argv` as the program will see it, before the program."""
    (place / "patch.py").write_text(
        textwrap.dedent(
            f"""
            import os, runpy, sys
            at = next(number for number, one in enumerate(sys.argv[1:], 1) if one == '-m' or one.endswith('.py'))
            module = sys.argv[at] == '-m'
            sys.argv = sys.argv[at + module:]
            {patch}
            if module:
                runpy.run_module(sys.argv[0], run_name='__main__')
            else:
                runpy.run_path(sys.argv[0], run_name='__main__')
            """
        )
    )
    wrapper = place / "python"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{place}/patch.py" "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(wrapper))
