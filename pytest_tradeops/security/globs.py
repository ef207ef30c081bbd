"""Patterns of paths as GitHub's tools read them: `*` within a folder, `**` over any number of them."""

import re
from fnmatch import fnmatchcase

#: More alternatives than that in one pattern are taken literally instead of being tried one by one.
_MOST = 64
_BRACES = re.compile(r"\{([^{}]*)\}")


def matches(path: str, pattern: str) -> bool:
    """Whether a path suits the pattern; both begin at the same folder, with or without a slash in front.

    The path `/` or `` is that folder itself; `**/*` suits it, too, as it does for Dependabot.
    """
    parts = _parts(path)
    return any(_suits(parts, _parts(one)) for one in expand(pattern))


def expand(pattern: str) -> list[str]:
    """The patterns that `{a,b}` stands for; the pattern itself where there are none, or too many."""
    waiting, done = [pattern], []
    while waiting:
        one = waiting.pop()
        match = _BRACES.search(one)
        if match is None:
            done.append(one)
        else:
            waiting += [one[: match.start()] + part + one[match.end() :] for part in match[1].split(",")]
        if len(waiting) + len(done) > _MOST:
            return [pattern]
    return sorted(set(done))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _suits(parts: list[str], pattern: list[str]) -> bool:
    if pattern[-2:] == ["**", "*"]:
        pattern = pattern[:-1]
    # How much of the pattern can be used up, part by part; no way is tried twice, however many `**` there are.
    reached = {0}
    for part in [*parts, None]:
        for at, one in enumerate(pattern):
            if at in reached and one == "**":
                reached.add(at + 1)
        if part is None:
            break
        reached = {
            at if pattern[at] == "**" else at + 1
            for at in reached
            if at < len(pattern) and (pattern[at] == "**" or fnmatchcase(part, pattern[at]))
        }
    return len(pattern) in reached
