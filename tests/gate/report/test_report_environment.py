"""The report names the versions that a run ran on, without importing anything to learn them."""

import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from pytest_tradeops.gate.report.environment import environment

# The oldest supported pytest is tried in an environment without NautilusTrader.
NAUTILUS = [("nautilus_trader", one.version) for one in metadata.distributions(name="nautilus_trader")][:1]


def test_what_is_known_is_named() -> None:
    found = environment(Path(sys.executable), ["xdist 3.8.0", "a 1", "a 1"], {"questdb": "9.3.4"})
    assert found.pop("os").split()[0] == platform.system()
    assert found == {
        "python": platform.python_version(),
        "pytest": pytest.__version__,
        "questdb": "9.3.4",
        "plugins": ["a 1", "xdist 3.8.0"],
        **dict(NAUTILUS),
    }


def test_nautilus_is_that_of_the_subjects_own_environment(tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    packages = tmp_path / ".venv" / "lib" / "python3.12" / "site-packages"
    for folder in (python.parent, packages):
        folder.mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("version = 3.12.1\n")
    python.symlink_to(sys.executable)
    assert "nautilus_trader" not in environment(python, [], {})
    installed = packages / "nautilus_trader-0.0.7.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: nautilus_trader\nVersion: 0.0.7\n")
    assert environment(python, [], {})["nautilus_trader"] == "0.0.7"


def test_nothing_is_imported_for_it() -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from pytest_tradeops.gate.report.environment import environment\n"
        "assert environment(Path(sys.executable), [], {})['pytest']\n"
        "assert not {'nautilus_trader', 'pytest', 'questdb'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
