"""Makes `pytester` available; it must be asked for at the root."""

pytest_plugins = ["pytester"]
