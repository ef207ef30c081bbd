"""What PyYAML lets through in a text that strangers wrote: billions of values in a few lines, keys that stand twice."""

from collections.abc import Iterator
from typing import Any

from .exceptions import Inconclusive


class Unreadable(Exception):
    """A file that cannot be read; the text says why, and completes a sentence that begins with the file's name."""


def yaml_module() -> Any:
    """PyYAML, which several extras bring.

    Raises:
        Inconclusive: it is not installed.
    """
    try:
        import yaml
    except ModuleNotFoundError:
        raise Inconclusive(
            "PyYAML is not installed.", remedy="Run `pip install 'pytest-tradeops[all]'`, or `pip install pyyaml`."
        ) from None
    return yaml


def require_bounds(text: str, loader: Any, *, values: int, depth: int, above: int = 0) -> None:
    """Looks at depth, and at size with every alias written out, before anything is built.

    Args:
        values: How many there may be, collections counted.
        depth: How many levels there may be.
        above: Levels that count before the first collection: 1 where the document is one.

    Raises:
        Unreadable: there are more, or an alias stands inside of what it names.
        yaml.YAMLError: the text is no YAML.
    """
    yaml = yaml_module()

    sizes: dict[str | None, int] = {}
    open_: list[list[Any]] = []  # [anchor, size]
    total = 0

    def add(size: int) -> None:
        nonlocal total
        if open_:
            open_[-1][1] += size
        else:
            total += size
        if size > values or total > values or (open_ and open_[-1][1] > values):
            raise Unreadable(f"holds more than {values:,} values once its aliases are written out")

    for event in yaml.parse(text, loader):
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor:
                sizes[event.anchor] = 1
            add(1)
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_):
                raise Unreadable(f"is no YAML: *{event.anchor} stands inside of what it names")
            add(sizes.get(event.anchor, 1))
        elif isinstance(event, yaml.CollectionStartEvent):
            open_.append([event.anchor, 1])
            if len(open_) + above > depth:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise Unreadable(f"is nested more than {depth} levels deep (line {line})")
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = open_.pop()
            if anchor:
                sizes[anchor] = size
            add(size)


def doubled_keys(root: Any) -> Iterator[tuple[str, int]]:
    """Keys that stand twice in one mapping below a composed node, each with its line; the last of two would count."""
    yaml = yaml_module()

    seen: set[int] = set()
    left = [root]
    while left:
        node = left.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                left += [key, value]
                if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                    if key.value in names:
                        yield key.value, key.start_mark.line + 1
                    names.add(key.value)
        elif isinstance(node, yaml.SequenceNode):
            left += node.value
