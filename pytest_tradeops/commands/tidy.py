"""A pytest plugin for `tradeops verify`: shows paths as seen from the subject, not from the run's empty folder."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    given = config.invocation_params
    config.invocation_params = pytest.Config.InvocationParams(
        args=given.args, plugins=given.plugins, dir=config.rootpath
    )
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and hasattr(reporter, "startpath"):
        reporter.startpath = config.rootpath
