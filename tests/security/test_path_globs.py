"""Patterns of folders, as Dependabot reads `directories`."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.security.globs import expand, matches


@pytest.mark.parametrize(
    ("path", "pattern", "suits"),
    [
        ("/", "/", True),
        ("/", "/*", False),
        ("/", "**/*", True),
        ("/", "/**", True),
        ("/a", "/*", True),
        ("/a/b", "/*", False),
        ("/a/b", "/**/*", True),
        ("/a/b", "/**/b", True),
        ("/b", "/**/b", True),
        ("/a/b/c", "/a/**/c", True),
        ("/a/c", "/a/**/c", True),
        ("/a/bc", "/a/b", False),
        ("/a/b", "a/b/", True),
        ("/lib-x", "/lib-*", True),
        ("/lib/x", "/lib-*", False),
        ("/a", "/{a,b}", True),
        ("/c", "/{a,b}", False),
        ("/{a", "/{a", True),
        ("/a.b", "/a?b", True),
        ("/axb", "/a.b", False),
    ],
)
def test_a_folder_suits_a_pattern(path: str, pattern: str, suits: bool) -> None:
    assert matches(path, pattern) is suits


parts = st.lists(st.text("ab.-", min_size=1, max_size=3).filter(lambda part: part != "."), max_size=5)
patterns = st.lists(st.sampled_from(["**", "*", "a", "b", "a*", "*b", "?"]), max_size=5)


def naive(path: list[str], pattern: list[str]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return naive(path, pattern[1:]) or bool(path and naive(path[1:], pattern))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and naive(path[1:], pattern[1:])


@given(path=parts, pattern=patterns)
def test_all_ways_through_a_pattern_are_found(path: list[str], pattern: list[str]) -> None:
    ends = pattern[:-1] if pattern[-2:] == ["**", "*"] else pattern
    assert matches("/" + "/".join(path), "/".join(pattern)) is naive(path, ends)


def test_a_pattern_that_could_be_tried_in_a_million_ways_takes_no_time() -> None:
    assert not matches("/" + "/".join(["a"] * 60), "/".join(["**", "a"] * 30 + ["b"]))
    bomb = "{a,b}" * 40
    assert expand(bomb) == [bomb]
    assert expand("{a,{b,c}}x") == ["ax", "bx", "cx"]
