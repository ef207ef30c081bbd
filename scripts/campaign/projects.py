"""The projects that are compared: twenty benchmarks of six kinds, whose work can be raised."""

import subprocess
from pathlib import Path

PYPROJECT = """\
[project]
name = "workload"
version = "1"

[tool.pytest.ini_options]
addopts = "-p no:cacheprovider"
"""
SCALE = '''"""How much work there is: 1.0 in the base."""

SCALE = {scale}


def scaled(items: int) -> int:
    return round(items * SCALE)
'''
#: Module by kind. Each function does work in proportion to its number of items, and next to none beside that.
KINDS = {
    "python": '''"""Pure Python: arithmetic, strings, dictionaries, sorting."""

from .scale import scaled


def arithmetic():
    total = 0
    for number in range(scaled(4000)):
        total += number * number % 7
    return total


def strings():
    return sum(len(f"{number:06d}".replace("0", "-")) for number in range(scaled(1000)))


def dictionaries():
    book = {}
    for number in range(scaled(3000)):
        book[number % 97] = book.get(number % 97, 0) + number
    return len(book)

''',
    "json_": '''"""json: reading and writing of orders, books and small messages."""

import json

from .scale import scaled

ORDERS = [{"id": number, "price": number * 0.01, "side": "BUY", "tags": ["a", "b"]} for number in range(scaled(200))]
TEXT = json.dumps(ORDERS)
BOOK = json.dumps({"bids": [[str(number), "1.0"] for number in range(scaled(400))]})
MESSAGE = '{"e": "trade", "p": "100.1", "q": "2"}'


def dumps():
    return json.dumps(ORDERS)


def loads():
    return json.loads(TEXT)


def book():
    return json.loads(BOOK)


def messages():
    return [json.loads(MESSAGE) for _ in range(scaled(400))]
''',
    "numpy_": '''"""numpy: elementwise work, sums along an axis, sorting, and many small arrays."""

import numpy as np

from .scale import scaled

PRICES = np.linspace(1.0, 2.0, scaled(100_000))
SHUFFLED = np.random.default_rng(7).permutation(1_000)


def elementwise():
    return np.sqrt(PRICES) * 2.0 + PRICES


def returns():
    return np.diff(np.log(PRICES)).std()


def ordering():
    for _ in range(scaled(40)):
        np.sort(SHUFFLED)


def small():
    one = PRICES[:16]
    for _ in range(scaled(500)):
        one = one + 1.0
    return one
''',
    "nautilus": '''"""nautilus_trader: objects and indicators that a strategy lives on."""

from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Price, Quantity

from .scale import scaled


def prices():
    return [Price(number * 0.01, precision=2) for number in range(scaled(2000))]


def quantities():
    return [Quantity.from_str("1.25") for _ in range(scaled(2000))]


def average():
    average = ExponentialMovingAverage(20)
    for number in range(scaled(5000)):
        average.update_raw(number * 0.5)
    return average.value


def identifiers():
    return [InstrumentId.from_str("BTCUSDT.BINANCE") for _ in range(scaled(1000))]
''',
    "questdb_": '''"""questdb: rows into the buffer of the ingestion client, without a server."""

from questdb.ingress import Buffer, TimestampNanos

from .scale import scaled


def rows():
    buffer = Buffer(protocol_version=2)
    for number in range(scaled(300)):
        buffer.row("trades", symbols={"side": "buy"}, columns={"price": number * 0.5}, at=TimestampNanos(number + 1))
    return len(buffer)


def wide():
    buffer = Buffer(protocol_version=2)
    columns = {f"c{number}": float(number) for number in range(20)}
    for number in range(scaled(100)):
        buffer.row("wide", columns=columns, at=TimestampNanos(number + 1))
    return len(buffer)

''',
    "allocation": '''"""Allocation: many small objects, nested lists, and copies."""

import copy

from .scale import scaled

NESTED = [[number, [number, number]] for number in range(scaled(100))]


class Tick:
    def __init__(self, price, size):
        self.price = price
        self.size = size


def objects():
    return [Tick(number, 1) for number in range(scaled(1500))]


def lists():
    return [[number] * 10 for number in range(scaled(2000))]


def copies():
    return copy.deepcopy(NESTED)
''',
}


def functions(kind: str) -> list[str]:
    """The benchmarked functions of a kind, in order."""
    lines = KINDS[kind].splitlines()
    return [line[4:].partition("(")[0] for line in lines if line.startswith("def ")]


def create(root: Path, scale: float, kinds: tuple[str, ...]) -> None:
    """A repository whose base has a scale of 1.0, and whose work tree has `scale`."""
    (root / "workload").mkdir(parents=True)
    (root / "benchmarks").mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / ".gitignore").write_text("__pycache__/\n.benchmarks/\n")
    (root / "workload" / "__init__.py").write_text("")
    (root / "workload" / "scale.py").write_text(SCALE.format(scale=1.0))
    for kind in kinds:
        (root / "workload" / f"{kind}.py").write_text(KINDS[kind])
        tests = [f"from workload import {kind}\n"]
        tests += [f"def test_{name}(benchmark):\n    benchmark({kind}.{name})\n" for name in functions(kind)]
        (root / "benchmarks" / f"test_{kind}.py").write_text("\n\n".join(tests))
    person = ["-c", "user.name=campaign", "-c", "user.email=campaign@localhost", "-c", "commit.gpgSign=false"]
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "-m", "Base"],
    ):
        subprocess.run(["git", *person, *command], cwd=root, check=True, timeout=60)
    changed = SCALE.format(scale=scale)
    (root / "workload" / "scale.py").write_text(
        f"{changed}\n# {'nothing else changed' if scale == 1.0 else 'slower'}\n"
    )
