"""Delivery against a server that behaves as the real one was measured to, with anything happening between two calls.

The fake keeps what QuestDB does on one connection: after DROP the next write is acknowledged and stored nowhere, the one
after that makes a table without dedup keys; a request is refused as a whole; an answer may be lost after the fact.
"""

import os
from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.telemetry.delivery import Delivery, Lane
from pytest_tradeops.telemetry.letters import Letters
from pytest_tradeops.telemetry.schema import Column, Table
from pytest_tradeops.telemetry.shape import Shape, Ttl
from pytest_tradeops.telemetry.spool import Room, Spool
from pytest_tradeops.telemetry.wire import Answer, Down, Present

TABLE = Table("t", "T.", (Column("n", "LONG", "n"),), ("n",), "30 DAYS")
RIGHT = Shape.of(TABLE)
WRONG = Shape({"timestamp": "TIMESTAMP_NS"}, "timestamp", "DAY", Ttl(0), frozenset())
NAMES = ("a", "b")


class Fake:
    """A server; `between` is called before everything that is asked of it."""

    def __init__(self) -> None:
        self.ids = 0
        self.tables_: dict[str, tuple[int, Shape, set[str]]] = {}
        self.connection: dict[str, int] = {}
        self.dropped_with: set[str] = set()
        self.invented: list[str] = []
        self.between: Callable[[], None] = lambda: None
        self.down = self.lost_answer = self.full = False
        self.most = 1 << 30
        self.writes = 0

    def create(self, name: str, shape: Shape = RIGHT) -> None:
        if name not in self.tables_:
            self.ids += 1
            self.tables_[name] = (self.ids, shape, set())

    def drop(self, name: str) -> None:
        if name in self.tables_:
            self.dropped_with |= self.tables_.pop(name)[2]

    def alter(self, name: str, shape: Shape) -> None:
        if name in self.tables_:
            number, _, rows = self.tables_[name]
            self.tables_[name] = (number, shape, rows)

    def write(self, body: bytes) -> Answer:
        self.between()
        self.writes += 1
        if self.down or self.full:
            raise Down("down", slow=self.down)
        lines = body.decode().splitlines()
        if len(lines) > self.most:
            return Answer("large")
        for number, line in enumerate(lines, start=1):
            if "bad" in line or (self.tables_.get(line.split()[0], (0, RIGHT, set()))[1] == WRONG):
                return Answer("refused", f"error in line {number}: cast error", number)
        for line in lines:
            name = line.split()[0]
            cached = self.connection.get(name)
            current = self.tables_.get(name)
            if cached is not None and (current is None or current[0] != cached):
                continue  # acknowledged, and in no table
            if current is None:
                self.invented.append(name)
                self.create(name, WRONG)
                current = self.tables_[name]
            current[2].add(line)
        for name in {line.split()[0] for line in lines}:
            there = self.tables_.get(name)
            if there is None or self.connection.get(name, there[0]) != there[0]:
                self.connection.pop(name, None)
            else:
                self.connection[name] = there[0]
        if self.lost_answer:
            self.lost_answer = False
            raise Down("the answer was lost")
        return Answer("taken")

    def tables(self, names: Sequence[str]) -> Mapping[str, Present]:
        self.between()
        if self.down:
            raise Down("down", slow=True)
        return {name: Present(self.tables_[name][0], False, 0) for name in names if name in self.tables_}

    def shape(self, name: str) -> Shape | None:
        self.between()
        return self.tables_[name][1] if name in self.tables_ else None

    def reconnect(self) -> None:
        self.connection.clear()


class Bench:
    def __init__(self, folder: Path) -> None:
        self.server = Fake()
        self.now = 0.0
        room = Room(1 << 22, 1 << 20)
        self.lanes = [Lane(name, TABLE, Spool(folder / name, room)) for name in NAMES]
        self.letters = Letters(folder / "rejected.jsonl")
        self.delivery = Delivery(self.server, self.lanes, self.letters, clock=lambda: self.now)
        self.count = 0

    def put(self, name: str, kinds: Sequence[str]) -> list[str]:
        lines = []
        for kind in kinds:
            self.count += 1
            lines.append(f"{name} {kind}{self.count}")
        payload = "".join(line + "\n" for line in lines).encode()
        lane = self.lanes[NAMES.index(name)]
        assert lane.spool.append(array("I", [len(line) + 1 for line in lines]), payload, 1)
        return lines

    def settle(self) -> None:
        """Every fault is over: what waits must arrive."""
        self.server.between = lambda: None
        self.server.down = self.server.lost_answer = self.server.full = False
        self.server.most = 1 << 30
        for _ in range(50):
            self.now += 10
            for name in NAMES:
                if name in self.server.tables_ and self.server.tables_[name][1] != RIGHT:
                    self.server.drop(name)
                self.server.create(name)
            self.delivery.cycle()
            if not any(len(lane.spool) for lane in self.lanes):
                return
        raise AssertionError([(lane.name, lane.blocked, len(lane.spool)) for lane in self.lanes])


ACTIONS: Mapping[str, Callable[[Bench], object]] = {
    "nothing": lambda bench: None,
    "drop a": lambda bench: bench.server.drop("a"),
    "create a": lambda bench: bench.server.create("a"),
    "remake a": lambda bench: (bench.server.drop("a"), bench.server.create("a")),
    "make a by hand": lambda bench: bench.server.create("a", WRONG),
    "alter a": lambda bench: bench.server.alter("a", WRONG),
    "alter a back": lambda bench: bench.server.alter("a", RIGHT),
    "down": lambda bench: setattr(bench.server, "down", True),
    "up": lambda bench: (setattr(bench.server, "down", False), setattr(bench.server, "full", False)),
    "full": lambda bench: setattr(bench.server, "full", True),
    "lose an answer": lambda bench: setattr(bench.server, "lost_answer", True),
    "small requests": lambda bench: setattr(bench.server, "most", 3),
    "time": lambda bench: setattr(bench, "now", bench.now + 1),
}
KINDS = st.lists(st.sampled_from(["good", "good", "good", "bad"]), min_size=1, max_size=6)


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), KINDS) | st.none(), min_size=1, max_size=12),
    st.lists(st.sampled_from([*ACTIONS, *["nothing"] * 6]), max_size=60),
)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_lost_and_nothing_good_is_put_aside(
    tmp_path: Path, script: list[tuple[str, list[str]] | None], actions: list[str]
) -> None:
    bench = Bench(tmp_path / os.urandom(6).hex())
    for name in NAMES:
        bench.server.create(name)
    left = list(actions)
    bench.server.between = lambda: left and ACTIONS[left.pop()](bench)
    lines: list[str] = []
    for step in script:
        if step is not None:
            lines += bench.put(*step)
        try:
            bench.delivery.cycle()
        except Down:
            bench.now += 0.5
    bench.settle()
    there = set().union(*(rows for _, _, rows in bench.server.tables_.values())) | bench.server.dropped_with
    aside = bench.letters.path.read_text() if bench.letters.path.exists() else ""
    for line in lines:
        if "good" in line:
            assert line in there
            assert f'"{line}"' not in aside
        else:
            assert line not in there
            assert f'"{line}"' in aside
    assert bench.delivery.written + bench.letters.count >= len(lines)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    for name in NAMES:
        made.server.create(name)
    return made


def run(bench: Bench) -> None:
    while bench.delivery.cycle():
        pass


def test_a_table_remade_between_look_and_write_gets_its_rows(bench: Bench) -> None:
    """The trap: the write is acknowledged and its rows are in no table."""
    bench.put("a", ["good"])
    run(bench)
    lines = bench.put("a", ["good", "good"])
    asked = iter([lambda: None, lambda: (bench.server.drop("a"), bench.server.create("a"))])
    bench.server.between = lambda: next(asked, lambda: None)()
    run(bench)
    assert bench.server.tables_["a"][2] == set(lines)
    assert not bench.server.invented


def test_a_missing_table_is_never_invented_and_holds_up_no_other(bench: Bench) -> None:
    bench.put("a", ["good"])
    run(bench)
    bench.server.drop("a")
    waiting = bench.put("a", ["good"])
    passing = bench.put("b", ["good"])
    run(bench)
    assert bench.server.tables_["b"][2] == set(passing)
    assert "a" not in bench.server.tables_
    assert bench.delivery.problem == "a: it is not there; run `tradeops db migrate`"
    bench.server.create("a")
    run(bench)
    assert bench.server.tables_["a"][2] == set(waiting)
    assert bench.delivery.problem == ""


def test_a_table_of_another_shape_gets_nothing_until_it_fits(bench: Bench) -> None:
    bench.server.drop("a")
    bench.server.create("a", WRONG)
    lines = bench.put("a", ["good"])
    run(bench)
    assert bench.server.tables_["a"][2] == set()
    assert bench.delivery.problem.startswith("a: it has another shape (timestamp is TIMESTAMP_NS, not TIMESTAMP)")
    bench.server.alter("a", RIGHT)
    run(bench)
    assert bench.server.tables_["a"][2] == set(), "it is not asked for all the time"
    bench.now += 3
    run(bench)
    assert bench.server.tables_["a"][2] == set(lines)


@pytest.mark.parametrize("bad", [0, 499, 999])
@pytest.mark.parametrize("hinted", [True, False])
def test_one_bad_row_of_a_thousand_is_found_in_few_requests(bench: Bench, bad: int, hinted: bool) -> None:
    lines = bench.put("a", ["bad" if n == bad else "good" for n in range(1000)])
    if not hinted:
        really = bench.server.write

        def write(body: bytes) -> Answer:
            answer = really(body)
            return Answer(answer.kind, answer.message, 0)

        bench.server.write = write  # type: ignore[method-assign]
    run(bench)
    assert bench.server.tables_["a"][2] == {line for line in lines if "good" in line}
    assert bench.letters.count == 1
    assert bench.server.writes <= (4 if hinted else 22)


def test_a_table_that_goes_while_a_bad_row_is_looked_for_is_not_invented(bench: Bench) -> None:
    bench.put("a", ["good", "bad", "good", "good"])
    bench.put("b", ["good"])
    really = bench.server.write

    def write(body: bytes) -> Answer:
        answer = really(body)
        if answer.kind == "refused":
            bench.server.drop("a")
            bench.server.write = really  # type: ignore[method-assign]
        return answer

    bench.server.write = write  # type: ignore[method-assign]
    run(bench)
    assert not bench.server.invented
    assert bench.letters.count == 0, "who is to blame is not known any more"
    bench.settle()
    assert len(bench.server.tables_["a"][2]) == 3
    assert bench.letters.count == 1


@pytest.mark.parametrize("made_again", [True, False])
def test_a_table_that_goes_amid_the_search_is_not_invented_and_gets_all(bench: Bench, made_again: bool) -> None:
    bench.put("a", ["good"])
    run(bench)
    lines = bench.put("a", ["good", "good", "bad", "good", "good"])
    really = bench.server.write
    writes: list[int] = []

    def write(body: bytes) -> Answer:
        writes.append(len(body))
        if len(writes) == 2:
            bench.server.drop("a")
            if made_again:
                bench.server.create("a")
        return really(body)

    bench.server.write = write  # type: ignore[method-assign]
    run(bench)
    assert not bench.server.invented
    bench.settle()
    assert bench.server.tables_["a"][2] == {line for line in lines if "good" in line}


def test_rows_older_than_the_retention_are_counted(bench: Bench) -> None:
    day = 86_400_000_000_000
    for newest in (100 * day, 75 * day, 60 * day):
        bench.lanes[0].spool.append(array("I", [7, 7]), b"a good\n" * 2, newest)
    run(bench)
    assert bench.lanes[0].expired == 2


def test_after_a_slow_answer_requests_are_small_and_grow_again(bench: Bench) -> None:
    for _ in range(300):
        bench.put("a", ["good" * 100] * 10)
    bench.server.down = True
    for _ in range(6):
        with pytest.raises(Down):
            bench.delivery.cycle()
    bench.server.down = False
    sizes: list[int] = []
    really = bench.server.write

    def write(body: bytes) -> Answer:
        sizes.append(len(body))
        return really(body)

    bench.server.write = write  # type: ignore[method-assign]
    run(bench)
    assert sum(sizes) > 1_000_000
    assert len(bench.server.tables_["a"][2]) == 3000
