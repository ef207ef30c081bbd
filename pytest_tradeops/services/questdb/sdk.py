"""The `questdb` client package, imported when it is needed."""

import importlib
from typing import Any

from ...exceptions import Inconclusive


def sdk() -> Any:
    """The module `questdb`.

    Raises:
        Inconclusive: it is not installed.
    """
    try:
        return importlib.import_module("questdb")
    except ImportError:
        remedy = "Run `pip install 'pytest-tradeops[services]'`."
        raise Inconclusive("The questdb client is not installed.", remedy=remedy) from None
