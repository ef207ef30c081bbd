"""Finds the image of a container: present, else pulled within a deadline, else nothing."""

import sys
import time
from typing import TYPE_CHECKING, Any

from ..exceptions import NoImage
from .engine import connect

if TYPE_CHECKING:
    import docker  # type: ignore[import-untyped]

#: Seconds of silence after which a pull is given up: without a network, a name look-up alone can take minutes.
STALL = 15.0
#: Seconds for a pull that makes progress.
LONGEST = 900.0
#: Between two progress lines, in seconds.
_REPORT = 5.0
#: Why a pull failed before in this process: a run asks once, not once per service.
_failed: dict[tuple[str, str], str] = {}
_said: set[str] = set()


def present(client: "docker.DockerClient", name: str) -> Any:
    """The engine's image of this name or id; None when it has none."""
    import docker.errors  # type: ignore[import-untyped]

    try:
        return client.images.get(name)
    except docker.errors.ImageNotFound:
        return None


def pull(address: str, name: str, *, stall: float = STALL, longest: float = LONGEST) -> None:
    """Pulls an image, with a progress line every few seconds on stderr.

    Args:
        address: Of the engine.
        stall: Seconds without a word from the engine until it is given up.
        longest: Seconds for all of it.

    Raises:
        NoImage: it cannot be pulled; the message is the engine's reason.
    """
    key = (address, name)
    if key not in _failed:
        reason = _pull(address, name, stall, longest)
        if not reason:
            return
        _failed[key] = reason
    raise NoImage(
        f"Image {name} is absent and cannot be pulled: {_failed[key]}.",
        remedy=f"Run `docker pull {name}` where a registry can be reached, or load it with `docker load`.",
    )


def say(text: str) -> None:
    """One progress line on stderr."""
    sys.stderr.write(f"tradeops: {text}\n")
    sys.stderr.flush()


def say_once(text: str) -> None:
    """As `say`, but the same line only once in this process."""
    if text not in _said:
        _said.add(text)
        say(text)


def _pull(address: str, name: str, stall: float, longest: float) -> str:
    """Empty when it was pulled, else why not."""
    import docker.errors
    import requests
    import urllib3

    started = told = time.monotonic()
    say(f"pulling {name} ...")
    client = connect(address, timeout=stall)
    # The SDK pulls without any time-out; with this one, every single word of the engine must come within `stall`.
    send = client.api.send
    client.api.send = lambda request, **options: send(request, **{**options, "timeout": stall})
    try:
        for event in client.api.pull(name, stream=True, decode=True):
            if "error" in event:
                return str(event["error"]).rstrip(".")
            now = time.monotonic()
            if now - started > longest:
                return f"it took longer than {longest:g} s"
            if now - told > _REPORT:
                told = now
                words = (str(event.get(part, "")) for part in ("id", "status", "progress"))
                say(f"pulling {name}: {' '.join(word for word in words if word)}")
    except docker.errors.APIError as error:
        return str(error.explanation or error).rstrip(".")
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        silent = "timed out" in str(error).lower()
        return f"the registry gave no sign of life for {stall:g} s" if silent else f"the engine broke off ({error})"
    finally:
        client.close()
    return ""
