"""Whether the tests marked `grafana` can run here; `tests/conftest.py` skips them with one header line if not."""

import functools

from pytest_tradeops import config
from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.services.grafana.remote import RemoteProvider, ask
from pytest_tradeops.services.settings import ServicesSettings


@functools.cache
def grafana_reason() -> str:
    """Empty when the configured server answers, else one sentence why not; asked once per run."""
    settings = configured()
    try:
        if not (reason := RemoteProvider().available(settings)):
            ask(settings)
    except TradeopsError as error:
        return str(error)
    return reason


def configured() -> ServicesSettings:
    """What the environment names."""
    return config.load(ServicesSettings, {}, where="tool.tradeops.services")
