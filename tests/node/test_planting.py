"""Faults in any subject: what counts as a signal, and that nothing is planted unseen."""

from pathlib import Path

import pytest

from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.node import faults, tampering

STRATEGY = """
class Base(Strategy):
    def on_bar(self, bar):
        self.buy()

class Timed(Base):
    def on_start(self):
        self.clock.set_timer("t", interval=1, callback=self.every_minute)
        self.log.info("kept")

    def every_minute(self, event):
        self.buy()

    def buy(self):
        self.submit_order(1)

class Eager(Strategy):
    def on_start(self):
        self.submit_order(1)
"""


def test_handlers_timer_callbacks_and_eager_starts_are_emptied_and_the_rest_is_kept() -> None:
    text, count = faults.silence_signals(STRATEGY)
    assert count == 3
    calls: list[str] = []

    class Fake:
        class clock:  # noqa: N801 - stands for an attribute
            set_timer = staticmethod(lambda *_a, **_k: calls.append("timer"))

        class log:  # noqa: N801
            info = staticmethod(calls.append)

        def submit_order(self, _order: object) -> None:
            calls.append("submitted")

    space: dict[str, type] = {"Strategy": Fake}
    exec(text, space)  # noqa: S102
    timed, eager = space["Timed"](), space["Eager"]()
    timed.on_bar(None)
    timed.every_minute(None)
    eager.on_start()
    assert calls == []
    timed.on_start()
    timed.buy()
    assert calls == ["timer", "kept", "submitted"]


def test_only_modules_with_a_signal_are_rewritten(tmp_path: Path) -> None:
    folder = tmp_path / "bots"
    folder.mkdir()
    (folder / "one.py").write_text(STRATEGY)
    (folder / "helper.py").write_text("def on_bar(bar):\n    return bar\n")
    (folder / "broken.py").write_text("def (")
    assert list(faults.silenced_tree(tmp_path, "bots")) == ["bots/one.py"]


@pytest.mark.parametrize("folder", ["empty", "absent"])
def test_nothing_to_silence_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DeclarationError, match=folder):
        faults.silenced_tree(tmp_path, folder)


@pytest.mark.parametrize("place", ["a/b.py", "a/b/__init__.py", "src/a/b.py"])
def test_the_entrys_file_is_found(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).touch()
    assert faults.module_file(tmp_path, "a.b:build") == place


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"a\.b:build"):
        faults.module_file(tmp_path, "a.b:build")


@pytest.mark.parametrize("source", ["def build(seed):\n    return seed", "build = lambda seed: seed"])
def test_a_wrapped_entry_passes_its_result_through_the_tampering(source: str) -> None:
    space: dict[str, object] = {}
    exec(faults.wrapped(source, "m:build", "def tamper(result, seed):\n    return result, seed * 10"), space)  # noqa: S102
    assert space["build"](7) == (7, 70)  # type: ignore[operator]


def test_an_entry_that_is_not_bound_is_refused() -> None:
    with pytest.raises(DeclarationError, match="m:build"):
        faults.wrapped("def other(): ...", "m:build", "def tamper(result): ...")


def test_every_tampering_is_python_with_a_function_tamper() -> None:
    texts = {name: text for name, text in vars(tampering).items() if name.isupper()}
    assert texts
    for name, text in texts.items():
        space: dict[str, object] = {}
        exec(compile(text, name, "exec"), space)  # noqa: S102
        assert callable(space["tamper"])
