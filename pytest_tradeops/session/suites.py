"""Collects the packaged suites against a foreign repository, under node ids `tradeops/...`.

Appending their path to pytest's arguments would collect nothing when they are installed in `<repo>/.venv`, which pytest
ignores; and the subject's `python_files` and `python_functions` would apply to them.
"""

import importlib
import importlib.util
import sys
import types
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from ..exceptions import DeclarationError
from ..gate.catalogue import packaged_root, read_module
from ..gate.faults import declared_faults
from ..model import Suite
from .isolation import isolate
from .keys import SPEC, STATE
from .measuring import leave_out
from .unselected import stand_ins, unselected

PREFIX = "tradeops/"
PACKAGE = "pytest_tradeops._suites"


class SuiteModule(pytest.Module):
    """One file of a packaged suite; blind to the subject's naming rules, imports and fixtures."""

    module_name: str
    wanted: frozenset[str]

    def _getobj(self) -> object:
        try:
            return importlib.import_module(self.module_name)
        except Exception as error:
            raise self.CollectError(f"{self.nodeid} could not be imported: {type(error).__name__}: {error}") from error

    def funcnamefilter(self, name: str) -> bool:
        return name.startswith("test_")

    def classnamefilter(self, name: str) -> bool:  # noqa: ARG002 - pytest's signature
        return False

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        if entries := unselected(self.config.option.markexpr or "", self.path):
            yield from stand_ins(self, [entry for entry in entries if self._is_wanted(entry.function)])
            return
        for item in super().collect():
            if isinstance(item, pytest.Function) and self._is_wanted(item.name, item.originalname):
                isolate(item)
                yield item

    def _is_wanted(self, *names: str) -> bool:
        return not self.wanted or not self.wanted.isdisjoint(names)


class SuiteCollector:
    """A plugin that adds the suites to the session's own collection."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        pytest.register_assert_rewrite(PACKAGE)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            report.result = [*report.result, *self._modules(collector)]
        return report

    def _modules(self, session: pytest.Session) -> Iterable[SuiteModule]:
        selected = self._config.stash[STATE].selected
        for folder, root in self._roots().items():
            package = _package(folder, root)
            for path in sorted(root.rglob("test_*.py")):
                relative = path.relative_to(root).as_posix()
                nodeid = f"{PREFIX}{folder}/{relative}" if folder else f"{PREFIX}{relative}"
                matching = [one for one in selected if _matches(one, nodeid)]
                if selected and not matching:
                    continue
                module = SuiteModule.from_parent(session, path=path, nodeid=nodeid)
                module.module_name = ".".join((package, *Path(relative).with_suffix("").parts))
                names = [one.partition("::")[2] for one in matching]
                module.wanted = frozenset(names) if all(names) else frozenset()
                yield module

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Longest first, by their budgets: behind the others, one worker would end alone."""
        leave_out(self._config, items, [item for item in items if isinstance(item.parent, SuiteModule)])
        places = [place for place, item in enumerate(items) if isinstance(item.parent, SuiteModule)]
        ours = sorted((items[place] for place in places), key=_turn)
        for place, item in zip(places, ours, strict=True):
            items[place] = item

    def refuse_unknown(self) -> None:
        """Raises a usage error for a typed node id that no suite has; before workers start, where it would be lost."""
        roots = self._roots()
        for one in self._config.stash[STATE].selected:
            path, _, name = one.removeprefix(PREFIX).partition("::")
            folder, _, rest = path.partition("/")
            file = roots[folder] / rest if folder in roots else roots[""] / path
            functions = {entry.function for entry in read_module(file)} if name and file.is_file() else set()
            if not file.exists() or (name and name.partition("[")[0] not in functions):
                raise pytest.UsageError(f"not found: {one}: no packaged suite has it; see `tradeops list`.")

    def _roots(self) -> Mapping[str, Path]:
        """The packaged suites under no folder of their own, then those that other plugins bring."""
        roots: dict[str, Path] = {"": packaged_root()}
        for mapping in self._config.hook.pytest_tradeops_checks(config=self._config):
            for folder, root in mapping.items():
                if not folder.isidentifier() or folder in roots or (roots[""] / folder).exists():
                    raise pytest.UsageError(f"pytest_tradeops_checks: the folder name {folder!r} is not free.")
                roots[folder] = Path(root)
        return roots


def take_suite_arguments(arguments: list[str], directory: Path) -> tuple[str, ...]:
    """Removes `tradeops/...` node ids from `arguments` in place, unless such a path really exists; returns them."""
    taken = tuple(
        one for one in arguments if one.startswith(PREFIX) and not (directory / one.partition("::")[0]).exists()
    )
    arguments[:] = [one for one in arguments if one not in taken]
    return taken


def selects_verification(expression: str) -> bool:
    """Whether a `-m` expression asks for checks: it names the marker, and a bare check satisfies it."""
    if MARKER_NAME not in expression:
        return False
    from _pytest.mark.expression import Expression

    try:
        compiled = Expression.compile(expression)
    except SyntaxError:
        return False  # pytest itself reports it
    return bool(compiled.evaluate(lambda name, /, **_: name == MARKER_NAME))


MARKER_NAME = "verification"


def _turn(item: pytest.Item) -> tuple[bool, float]:
    """Benchmarks come before all others, while the machine does little else."""
    spec = item.stash.get(SPEC, None)
    if spec is None or not isinstance(item, pytest.Function):
        return True, 0.0
    runs = 1 + len(declared_faults(vars(item.module), spec.id))
    return spec.suite != Suite.BENCHMARKS, -runs * spec.budget


def _matches(selected: str, nodeid: str) -> bool:
    path = selected.partition("::")[0]
    return nodeid == path or nodeid.startswith(path.rstrip("/") + "/")


def _package(folder: str, root: Path) -> str:
    """The dotted name under which a suite folder is imported.

    In an installed package the suites are there; in a development checkout, and for other plugins' folders, a package
    object with that folder as its path is put in place, so that ordinary imports and assertion rewriting apply.
    """
    name = PACKAGE if not folder else f"{PACKAGE}_{folder}"
    if name in sys.modules or (not folder and importlib.util.find_spec(name) is not None):
        return name
    if not root.is_dir():
        raise DeclarationError(f"The suite folder {root} does not exist.", remedy="Reinstall pytest-tradeops.")
    if folder:
        pytest.register_assert_rewrite(name)
    package = types.ModuleType(name)
    package.__path__ = [str(root)]
    sys.modules[name] = package
    return name
