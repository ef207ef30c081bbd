"""What is slowed down: a plain function of the subject's own, whatever it is decorated with and wherever it stands."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from duet_projects import Project

from pytest_tradeops.bench.settings import BenchSettings
from pytest_tradeops.bench.slowing import hottest, slow_down
from pytest_tradeops.exceptions import DeclarationError

Make = Callable[[Mapping[str, str]], Project]
PYTHON = Path(sys.executable)
CALLS = "from bot.core import {name}\n\n\ndef test_it(benchmark):\n    benchmark({call})\n"
#: What a benchmark calls, to the line that must be slowed down.
FORMS = {
    "function": ("def work():\n    return sum(range(9000))\n", "work", "work", "def work():"),
    "decorated": (
        "import functools\n\n\n@functools.wraps(sum)\ndef work(n=9):\n    return sum(range(9000))\n",
        "work", "work", "def work(n=9):",
    ),
    "static method": (
        "class Book:\n    @staticmethod\n    def work():\n        return sum(range(9000))\n",
        "Book", "Book.work", "    def work():",
    ),
    "property": (
        "class Book:\n    @property\n    def work(self):\n        return sum(range(9000))\n",
        "Book", "lambda: Book().work", "    def work(self):",
    ),
    "generator's caller": (
        "def numbers():\n    yield from range(900)\n\n\ndef work():\n    return sum(numbers())\n",
        "work", "work", "def work():",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "name", "call", "line"), FORMS.values(), ids=FORMS)
def test_the_hottest_function_is_slowed_down_and_still_works(
    make_project: Make, source: str, name: str, call: str, line: str
) -> None:
    project = make_project({"bot/core.py": source, "benchmarks/test_core.py": CALLS.format(name=name, call=call)})
    files = slow_down(PYTHON, project.root, project.root)
    lines = files["bot/core.py"].splitlines()
    at = lines.index(line)
    indent = line[: len(line) - len(line.lstrip())]
    assert lines[at - 1].startswith(f'{indent}@__import__("_tradeops_slowed").by(0.1')
    project.write(files)
    assert hottest(PYTHON, project.root, project.root)[0].file in ("_tradeops_slowed.py", "bot/core.py")


def test_a_small_part_of_a_benchmark_is_slowed_down_by_more(make_project: Make) -> None:
    source = "def work():\n    return sum(range(1000))\n"
    bench = (
        "from bot.core import work\n\n\ndef test_it(benchmark):\n    benchmark(lambda: (work(), sum(range(9000))))\n"
    )
    project = make_project({"bot/core.py": source, "benchmarks/test_core.py": bench})
    (decorator,) = [
        line for line in slow_down(PYTHON, project.root, project.root)["bot/core.py"].splitlines() if "@" in line
    ]
    assert float(decorator.partition("by(")[2].rstrip(")")) > 0.3


def test_benchmarks_of_others_code_only_are_said_to_be_so(make_project: Make) -> None:
    project = make_project({"benchmarks/test_core.py": "def test_it(benchmark): benchmark(sum, [1])\n"})
    with pytest.raises(DeclarationError, match="No benchmark runs a Python function of the subject"):
        slow_down(PYTHON, project.root, project.root)


def test_benchmarks_that_do_not_run_are_said_to_be_so(make_project: Make) -> None:
    project = make_project({"benchmarks/test_core.py": "import nowhere_at_all\n"})
    with pytest.raises(DeclarationError, match="The benchmarks do not run: "):
        slow_down(PYTHON, project.root, project.root)


def test_what_the_gate_takes_for_both_trees_is_not_slowed_down(make_project: Make) -> None:
    drive = "from bot.core import work\n\n\ndef drive():\n    return [work(900) for _ in range(20)]\n"
    bench = "from support.driver import drive\n\n\ndef test_it(benchmark):\n    benchmark(drive)\n"
    project = make_project({"support/__init__.py": "", "support/driver.py": drive, "benchmarks/test_core.py": bench})
    assert hottest(PYTHON, project.root, project.root)[0].file == "support/driver.py"
    settings = BenchSettings(harness=("benchmarks", "support"))
    assert set(slow_down(PYTHON, project.root, project.root, settings)) == {"bot/core.py", "_tradeops_slowed.py"}


def test_the_strategies_come_before_what_is_hotter(make_project: Make) -> None:
    strategy = "def on_bar():\n    return sum(range(500))\n"
    around = "from strategies.one import on_bar\n\n\ndef work():\n    return [on_bar() for _ in range(5)], sum(range(9000))\n"
    project = make_project({"strategies/__init__.py": "", "strategies/one.py": strategy, "bot/core.py": around})
    assert "bot/core.py" in slow_down(PYTHON, project.root, project.root)
    assert "strategies/one.py" in slow_down(PYTHON, project.root, project.root, first="strategies")
