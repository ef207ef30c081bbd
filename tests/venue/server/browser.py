"""A real browser, driven over its DevTools protocol: `with browser(tmp_path) as page: page.open(url)`."""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def executable() -> str:
    """Where the browser is; skips the test, visibly, where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), "")
    if not found:
        pytest.skip("no chromium here: apt-get install chromium")
    return found


class Page:
    """One page."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._loop = loop
        self._socket = socket
        self._number = 0
        #: What the page's scripts complained about, and what it loaded.
        self.errors: list[str] = []
        self.loaded: list[str] = []

    def open(self, url: str) -> None:
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        self._call("Emulation.setDeviceMetricsOverride", width=1500, height=1000, deviceScaleFactor=1, mobile=False)
        self._call("Page.navigate", url=url)
        self.wait(f"location.href === {url!r} && document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, expression: str, timeout: float = 10) -> Any:
        """Asks until the expression is true; its value."""
        deadline = time.monotonic() + timeout
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < deadline, (
                f"{expression}\n{self.errors}\n{self.evaluate('document.body.innerText')}"
            )
            time.sleep(0.02)
        return value

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def _call(self, method: str, **params: Any) -> Any:
        async def call() -> Any:
            self._number += 1
            await self._socket.send_json({"id": self._number, "method": method, "params": params})
            while True:
                message = json.loads(await self._socket.receive_str(timeout=20))
                if message.get("id") == self._number:
                    assert "error" not in message, message
                    return message["result"]
                self._noticed(message)

        return self._loop.run_until_complete(call())

    def _noticed(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        if message["method"] == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"]))
        elif message["method"] == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])
        elif message["method"] == "Network.requestWillBeSent":
            self.loaded.append(params["request"]["url"])


@contextlib.contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A fresh browser with a profile of its own."""
    command = [executable(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += [
        "--no-first-run",
        "--disable-background-networking",
        "--remote-debugging-port=0",
        "--proxy-server=direct://",
    ]
    command += [f"--user-data-dir={folder / 'profile'}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    loop = asyncio.new_event_loop()
    try:
        port = _port(folder / "profile" / "DevToolsActivePort", process)
        with contextlib.ExitStack() as undo:
            client = loop.run_until_complete(_client())
            undo.callback(lambda: loop.run_until_complete(client.close()))
            socket = loop.run_until_complete(_attach(client, port))
            undo.callback(lambda: loop.run_until_complete(_closed(socket.close())))
            yield Page(loop, socket)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        loop.close()


def _port(path: Path, process: "subprocess.Popen[bytes]") -> int:
    deadline = time.monotonic() + 30
    while not (path.exists() and (lines := path.read_text().split())):
        assert process.poll() is None, "the browser ended"
        assert time.monotonic() < deadline, "the browser did not start"
        time.sleep(0.02)
    return int(lines[0])


async def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()


async def _attach(client: aiohttp.ClientSession, port: int) -> aiohttp.ClientWebSocketResponse:
    async with client.get(f"http://127.0.0.1:{port}/json") as answer:
        target = next(one for one in await answer.json() if one["type"] == "page")
    return await client.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0)


async def _closed(closing: Coroutine[Any, Any, Any]) -> None:
    with contextlib.suppress(asyncio.TimeoutError, aiohttp.ClientError):
        await asyncio.wait_for(closing, 2)
