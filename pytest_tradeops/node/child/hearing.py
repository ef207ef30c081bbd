"""What strategies say: their warnings and errors, as they leave the team's own code and before any logger is set up."""

import logging
from typing import Any

_LOUD = frozenset({"warning", "error", "exception", "critical"})


class Ears:
    """Listens to the log of strategies, and to Python's own `logging`.

    NautilusTrader's logger is native and has no hook: the attribute `log` of the team's classes is replaced, which the
    team's code finds first. What NautilusTrader itself logs is not heard.
    """

    def __init__(self) -> None:
        #: Texts of warnings and errors, oldest first.
        self.said: list[str] = []
        logging.getLogger().addHandler(_Handler(self.said))

    def listen(self, strategy: Any) -> None:
        """Hears this strategy, and every other one of its class."""
        kind = type(strategy)
        if "log" in vars(kind) or kind.__module__.startswith("nautilus_trader."):
            return
        said = self.said
        native = kind.log  # the descriptor of the native class
        kind.log = property(lambda one: _Log(native.__get__(one), said))


class _Log:
    """Stands where a strategy's logger was."""

    def __init__(self, log: Any, said: list[str]) -> None:
        self._log = log
        self._said = said

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._log, name)
        if name not in _LOUD:
            return method

        def loud(*arguments: Any, **named: Any) -> Any:
            self._said.append(" ".join(str(one) for one in (*arguments, *named.values())))
            return method(*arguments, **named)

        return loud


class _Handler(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        self._said.append(f"{text} {record.exc_info[1]}" if record.exc_info else text)
