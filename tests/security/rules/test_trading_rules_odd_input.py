"""No input makes a rule raise: bandit would log it, go on, and report less than there is."""

import ast
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trading_rules_clean import CLEAN
from trading_rules_defects import DEFECTS

type Scan = Callable[[str], list[tuple[str, str, str]]]

HEAD = "import time\nfrom nautilus_trader.trading.strategy import Strategy\nclass Bot(Strategy):\n    def on_bar(self, bar):\n"
#: Expressions and statements that strategies seldom have, and rules must live with.
FRAGMENTS = [
    "*a, (b, *c) = *d, e",
    "x = lambda *a, k=1, **kw: (yield)",
    "[time.sleep(i) for i in range(3) if (n := i)]",
    "{**a, 'api_key': b}",
    "self.size *= 10 ** 400",
    "self.size *= " + "9" * 400,
    "self.make_qty(*a, **b)",
    "Config(**a, api_key='', api_secret=b'\\xff')",
    "print(f'{a!r:>{b}} {time.time()=}')",
    "match bar:\n    case Bot(size=[1, *r]) | {'a': _, **s}: pass",
    "try: self.submit_order()\nexcept* Exception: pass",
    "try: pass\nfinally: self.submit_order(*a)",
    "with suppress(*a), open(b) as self.c[0]: self.cancel_order()",
    "async def f():\n    async for a in b: await c\n    async with d as (e, f): return [g async for g in h]",
    "@a.b[0](c)\nclass D(e(), f[g], metaclass=h):\n    x: 'y' = []\n    def __init__(): super().__init__()",
    "type X[T: int, *Ts, **P] = dict[T, P]",
    "def f[T](a: T, /, b=Decimal(0.1), *, c) -> T: global q; nonlocal_ = c; return a",
    "del self.a[b], c.d",
    "a[b:c, ...] += d if e else f",
    "(a.b.c()().d[0].submit_order)(x)",
    "''.join('https://api.binance.com' 'x' f'{a}')",
    "1 .real; (yield from a); not a < b < c",
    "assert (a, 'b')",
    "self.__init__()",
    "Price()",
    "Quantity(precision=1)",
    "order_factory.market(quantity=None)",
    "requests().get",
    "x = y = self.z = []",
    "(self).a: list = []",
    "globals()['time'].sleep(1)",
]


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_rare_construct_is_read(scan: Scan, fragment: str) -> None:
    inside = "\n".join(f"        {line}" for line in fragment.splitlines())
    for source in (HEAD + inside, fragment, f"if a:\n    pass\n{fragment}"):
        scan(source)


@pytest.mark.parametrize(
    "source",
    [
        "print 'hello'\nexec 'x'",
        "def f(:",
        "x = (",
        "\x00",
        "",
        "#",
        "\ufeffx = 1",
        "class A(A): pass",
        "class A(B): pass\nclass B(A): pass",
    ],
    ids=["python-2", "no-parameter", "open", "nul", "empty", "comment", "bom", "own-base", "bases-in-a-circle"],
)
def test_what_is_hardly_python_is_survived(scan: Scan, source: str) -> None:
    assert scan(source) == []


@pytest.mark.parametrize("depth", [50, 200, 500, 900, 990, 3000])
def test_nesting_never_raises(scan: Scan, depth: int) -> None:
    chain = " + ".join(["Decimal(0.1)"] * depth)
    calls = "self" + ".a()" * min(depth, 900)
    scan(
        f"{HEAD}        qty = Quantity({chain}, 2)\n        self.size = self.size * 2\n        {calls}.submit_order()\n"
    )


def test_a_huge_file_is_read_in_the_time_of_its_lines(scan: Scan) -> None:
    lines = "".join(f"        self.values.append(table.get({n}))\n        size_{n} = {n}\n" for n in range(4_000))
    assert {found for found, _, _ in scan(HEAD + lines + "        time.sleep(1)\n")} == {"T101"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_shuffled_corpora_never_make_a_rule_raise(scan: Scan, data: st.DataObject) -> None:
    """Statements of all cases, moved into each other: what parses is scanned."""
    lines: list[str] = []
    for _ in range(data.draw(st.integers(1, 4))):
        source = data.draw(st.sampled_from([case.source for case in (*DEFECTS, *CLEAN)])).splitlines()
        begin = data.draw(st.integers(0, len(source) - 1))
        lines[data.draw(st.integers(0, len(lines))) :] = source[begin : data.draw(st.integers(begin, len(source)))]
    text = "\n".join(lines)
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return
    scan(text)


@pytest.mark.parametrize("package", ["asyncio", "concurrent", "http", "json", "logging", "unittest", "wsgiref"])
def test_the_standard_library_trades_nothing(scan: Scan, package: str) -> None:
    """It sleeps, prints, reads clocks and draws lots, all of it outside of strategies."""
    files = sorted((Path(sysconfig.get_path("stdlib")) / package).rglob("*.py"))
    assert files
    assert {file.name: found for file in files if (found := scan(file.read_text(encoding="utf-8")))} == {}
