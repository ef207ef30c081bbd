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
        own = vars(kind).get("log")
        if kind.__module__.startswith("nautilus_trader.") or not (own is None or isinstance(own, _Heard)):
            return
        said = self.said
        # The descriptor of the native class; ears of an earlier run in this process hear nothing any more.
        native = kind.log if own is None else own.native
        kind.log = _Heard(native, said)


class _Heard:
    """The attribute `log` of a class that is listened to."""

    def __init__(self, native: Any, said: list[str]) -> None:
        self.native = native
        self._said = said

    def __get__(self, one: Any, _kind: type | None = None) -> Any:
        return self if one is None else _Log(self.native.__get__(one), self._said)


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
