"""Keys that survive shifted lines, and findings that go with entries one to one."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.security.baseline import Entry, Key, Source, counting, key_of, match, parse, render
from pytest_tradeops.security.baseline.file import LONGEST, REASON_UNUSABLE

TODAY = date(2026, 3, 10)
NAME = "tradeops-bandit-baseline.toml"
CODE = """\
import subprocess

class Bot:
    @property
    def shell(self):
        if self.ready:
            subprocess.call(
                f"ls {self.name}",
                shell=True,
            )
        for name in (subprocess.call("a", shell=True),
                     2):
            def inner(): return subprocess.call(name, shell=True)

subprocess.call("top", shell=True)
"""
KEYS = st.builds(
    Key, st.sampled_from(["B602", "T105"]), st.sampled_from(["a.py", "b.py"]), st.sampled_from(["f", "g"]), st.just("0")
)
LISTS = st.lists(KEYS, max_size=12)


def entry(key: Key, expires: date = TODAY) -> Entry:
    return Entry(key, "Ann", "why", expires)


def numbered(keys: list[Key]) -> dict[int, Key]:
    return dict(enumerate(keys))


@pytest.mark.parametrize(
    ("line", "within"),
    [
        (1, "<module>"),
        (3, "Bot"),
        (5, "Bot.shell"),
        (9, "Bot.shell"),
        (12, "Bot.shell"),
        (13, "Bot.shell.inner"),
        (15, "<module>"),
    ],
)
def test_a_line_is_enclosed_by_functions_and_classes(line: int, within: str) -> None:
    assert Source(CODE.encode()).within(line) == within


def test_all_lines_of_a_statement_have_one_digest_and_a_head_does_not_hold_its_body() -> None:
    source = Source(CODE.encode())
    assert source.digest(7) == source.digest(9) == source.digest(10)
    assert source.digest(11) == source.digest(12) != source.digest(13)
    changed = Source(CODE.replace("ls {", "rm {").encode())
    assert changed.digest(9) != source.digest(9)
    assert changed.digest(6) == source.digest(6)
    assert changed.digest(12) == source.digest(12)


@given(st.integers(0, 5), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["# x", "", "x = '\x0c'"]))
def test_shifted_lines_and_other_line_ends_are_the_same_key(shift: int, end: str, more: str) -> None:
    moved = (f"{more}\n" * shift + CODE.replace("    ", "\t")).replace("\n", end).encode()
    before, after = Source(CODE.encode()), Source(moved)
    for line in range(1, 16):
        assert key_of(before, "B602", "s/a.py", line) == key_of(after, "B602", "./s//a.py", line + shift)


@pytest.mark.parametrize("data", [b"broken = (\nx = 1\n", b"\xff\xfe\x00", b"# coding: nothing\nx = 1\n", b""])
def test_what_is_no_python_has_keys_line_by_line(data: bytes) -> None:
    source = Source(data)
    assert source.within(1) == "<module>"
    assert len(source.digest(1)) == 16


@given(LISTS, LISTS)
def test_no_entry_stands_for_two_findings(found: list[Key], entries: list[Key]) -> None:
    matched = match(numbered(found), map(entry, entries), ["a.py", "b.py"])
    same = Counter(found) & Counter(entries)
    assert Counter(found[number] for number in matched.accepted) == same
    assert Counter(found[number] for number in matched.beyond) == Counter(found) - same
    assert Counter(one.key for one in matched.stale) == Counter(entries) - same
    assert not matched.moved
    assert all(found[number] == one.key for number, one in matched.accepted.items())


@given(LISTS.filter(bool))
def test_one_more_of_the_same_kind_is_beyond(keys: list[Key]) -> None:
    matched = match(numbered([*keys, keys[0]]), map(entry, keys), ["a.py", "b.py"])
    assert len(matched.beyond) == 1
    assert not matched.stale


@given(st.lists(KEYS.filter(lambda key: key.file == "a.py"), min_size=1, max_size=6))
def test_a_renamed_file_takes_its_entries_along_and_a_copy_does_not(keys: list[Key]) -> None:
    renamed = [Key(key.rule, "new.py", key.within, key.line) for key in keys]
    moved = match(numbered(renamed), map(entry, keys), ["new.py"])
    assert (moved.beyond, moved.stale, moved.moved) == ((), (), frozenset(range(len(keys))))
    copied = match(numbered([*keys, *renamed]), map(entry, keys), ["a.py", "new.py"])
    assert copied.beyond == tuple(range(len(keys), 2 * len(keys)))
    repaired = match(numbered(renamed), map(entry, keys), ["a.py", "new.py"])
    assert (len(repaired.beyond), len(repaired.stale)) == (len(keys), len(keys))


@given(LISTS, LISTS)
def test_only_entries_of_the_base_count(mine: list[Key], base: list[Key]) -> None:
    counted = [one.key for one in counting(map(entry, mine), map(entry, base), TODAY)]
    assert Counter(counted) == Counter(mine) & Counter(base)
    tomorrow = TODAY + timedelta(days=1)
    late = [entry(key, tomorrow) for key in mine]
    assert counting(late, map(entry, base), tomorrow) == counting(map(entry, base), late, tomorrow) == []


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)
ENTRIES = st.builds(
    Entry,
    st.builds(Key, TEXTS, TEXTS, TEXTS, TEXTS),
    TEXTS.map(str.strip),
    TEXTS.map(str.strip),
    st.dates(TODAY - timedelta(days=900), TODAY + LONGEST),
)


@given(st.lists(ENTRIES, max_size=5))
def test_what_is_written_is_read_again(entries: list[Entry]) -> None:
    found, problems = parse(render(entries), TODAY, name=NAME)
    assert problems == []
    assert Counter((one.key, one.owner, one.reason, one.expires) for one in found) == Counter(
        (one.key, one.owner, one.reason, one.expires) for one in entries
    )


GOOD = render([entry(Key("B602", "s/a.py", "f", "0" * 16))])


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('owner = "Ann"\n', "", "bandit: baseline entry without owner"),
        ('owner = "Ann"', "owner = 3", "bandit: baseline entry without owner"),
        ('reason = "why"', 'reason = " "', "bandit: baseline entry without reason"),
        ("expires = 2026-03-10", "", "bandit: baseline entry without expires"),
        ("2026-03-10", '"2026-03-10"', "bandit: baseline entry without expires"),
        ("2026-03-10", "2026-03-10T00:00:00Z", "bandit: baseline entry without expires"),
        ("2026-03-10", "2027-03-11", REASON_UNUSABLE),
        ('rule = "B602"', "", REASON_UNUSABLE),
        ("owner", "ovner", REASON_UNUSABLE),
        ("[[finding]]", "[[findings]]", REASON_UNUSABLE),
        ("[[finding]]", "[finding]", REASON_UNUSABLE),
        ("[[finding]]", "[[finding]", REASON_UNUSABLE),
    ],
)
def test_an_entry_that_lacks_something_does_not_count(old: str, new: str, reason: str) -> None:
    assert parse(GOOD, TODAY, name=NAME)[1] == []
    entries, problems = parse(GOOD.replace(old, new), TODAY, name=NAME)
    assert entries == []
    assert reason in [one.reason for one in problems]
    assert all(one.where.startswith(NAME) for one in problems)


def test_entries_know_their_line() -> None:
    assert [one.where for one in parse(GOOD, TODAY, name=NAME)[0]] == [f"{NAME}:4"]
    assert parse("finding = [3]", TODAY, name=NAME)[1][0].where == NAME
