"""A browser without a window, driven through its debugging pipe: what a person would see and do."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

PROGRAM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (found := shutil.which(name))),
    None,
)


class Browser:
    """One page of one browser. Use as a context manager."""

    def __init__(self, profile: Path, width: int = 1280, height: int = 800, dark: bool = False) -> None:
        to_child, self._write = os.pipe()
        self._read, from_child = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", "--disable-extensions", "--remote-debugging-pipe",
                 f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank"]  # fmt: skip
        if dark:
            flags.insert(0, "--blink-settings=preferredColorScheme=0")
        shell = f'exec "$0" "$@" 3<&{to_child} 4>&{from_child}'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, str(PROGRAM), *flags],
            pass_fds=(to_child, from_child),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(profile)},
            start_new_session=True,
        )
        os.close(to_child)
        os.close(from_child)
        self._buffer = b""
        self._number = 0
        self.session = ""
        self.events: list[dict[str, Any]] = []
        """What the page did meanwhile: requests, errors, messages."""
        try:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for room in ("Page", "Runtime", "Network", "Log"):
                self.call(f"{room}.enable")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        os.close(self._write)
        os.close(self._read)
        os.killpg(self.process.pid, 9)
        self.process.wait()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers to one call."""
        self._number += 1
        call: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            call["sessionId"] = self.session
        os.write(self._write, json.dumps(call).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, page: Path, anchor: str = "") -> None:
        """Load a page, until all of it is there."""
        self.call("Page.navigate", url="about:blank")
        self._wait_for("about:blank")
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri() + anchor)
        self._wait_for(page.as_uri() + anchor)

    def _wait_for(self, url: str) -> None:
        until = time.monotonic() + 60
        while self.say("document.readyState + ' ' + location.href") not in (f"complete {url}", f"complete {url}#"):
            assert time.monotonic() < until, "the page did not load"
            time.sleep(0.02)

    def say(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """Press and release one key."""
        codes = {"Enter": 13, "Escape": 27, "Backspace": 8, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "PageDown": 34}
        code = codes.get(key, ord(key.upper()[0]))
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      **({"text": text} if text and kind == "keyDown" else {}))  # fmt: skip

    def click(self, selector: str) -> None:
        """Click on the first element that a selector finds, near its top."""
        box = self.say(f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
                       " return [b.x + Math.min(b.width / 2, 12), b.y + Math.min(b.height / 2, 7)]; })()")  # fmt: skip
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def problems(self) -> list[dict[str, Any]]:
        """Errors of scripts, and what the page's own policy has stopped."""
        wrong = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
        return [event for event in self.events if event.get("method") in wrong]

    def requests(self) -> list[str]:
        """Addresses that were asked for."""
        asked = [event["params"] for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        return [one["request"]["url"] for one in asked]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], 60)
            chunk = os.read(self._read, 1 << 20) if ready else b""
            assert chunk, "the browser has gone"
            self._buffer += chunk
        message, self._buffer = self._buffer.split(b"\0", 1)
        answer: dict[str, Any] = json.loads(message)
        return answer
