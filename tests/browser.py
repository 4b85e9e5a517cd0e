"""Opens pages in headless Chromium, at the width of a phone, a tablet or a desktop.

The tests drive Chromium with its DevTools protocol over two pipes, which needs no other package.
A window cannot be narrower than 500 px; an emulated screen can.
"""

import base64
import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HEIGHT = 900
_TIMEOUT_S = 60
# Chromium reads from file descriptor 3 and writes to 4.
_LAUNCHER = """
import os, sys
for theirs, chromiums in zip([os.dup(int(each)) for each in sys.argv[1:3]], (3, 4)):
    os.dup2(theirs, chromiums)
    os.set_inheritable(chromiums, True)
os.execv(sys.argv[3], sys.argv[3:])
"""
# Finds elements that overflow the page or their box. A table may scroll if its first column stays.
_FIND_CUT_OFF = """
(() => {
  const cut = [];
  const tell = (one, why) => {
    const text = (one.getAttribute("aria-label") || one.textContent).trim().slice(0, 40);
    cut.push(`${one.localName} "${text}": ${why}`);
  };
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth)
    tell(page, `${page.scrollWidth} px wide, the screen ${page.clientWidth}`);
  for (const one of document.body.querySelectorAll("*:not(svg *)")) {
    const scrolls = getComputedStyle(one).overflowX === "auto";
    if (one.clientWidth && one.scrollWidth > one.clientWidth + 1 && !scrolls)
      tell(one, `its content is ${one.scrollWidth} px wide, its box ${one.clientWidth}`);
    const right = one.getBoundingClientRect().right;
    if (right > page.clientWidth + 1 && !one.parentElement.closest(".scroll"))
      tell(one, `ends at ${right} px of ${page.clientWidth}`);
  }
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth <= box.clientWidth) continue;
    box.scrollLeft = box.scrollWidth;
    for (const one of box.querySelectorAll("tbody th"))
      if (one.getBoundingClientRect().left < box.getBoundingClientRect().left)
        tell(one, "scrolls out of sight");
    box.scrollLeft = 0;
  }
  for (const one of document.querySelectorAll("svg text")) {
    const [text, svg] = [one, one.closest("svg")].map((each) => each.getBoundingClientRect());
    if (text.left < svg.left - 1 || text.right > svg.right + 1) tell(one, "ends outside its plot");
  }
  return cut;
})()
"""


@dataclass(frozen=True)
class View:
    """A page as Chromium rendered it.

    Attributes:
      width: the width of the page in CSS pixels.
      cut_off: the elements that do not fit, with the reason.
      complaints: the messages in the browser's console.
      html: the document after its scripts ran.
    """

    width: int
    cut_off: list[str]
    complaints: list[str]
    html: str


class Browser:
    """A Chromium process with one tab. Use it as a context manager."""

    def __init__(self, command: str, profile: Path):
        self._command = [
            command,
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"),
        ]
        self._asked = 0
        self._events: list[dict[str, Any]] = []
        self._session = ""
        self._received = b""

    def __enter__(self) -> "Browser":
        (theirs_in, self._write), (self._read, theirs_out) = os.pipe(), os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCHER, str(theirs_in), str(theirs_out), *self._command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs_in, theirs_out),
        )
        os.close(theirs_in)
        os.close(theirs_out)
        tabs = self._ask("Target.getTargets")["targetInfos"]
        (tab, *_) = (one["targetId"] for one in tabs if one["type"] == "page")
        attached = self._ask("Target.attachToTarget", targetId=tab, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._ask(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        # Chromium exits when its pipe closes.
        os.close(self._write)
        try:
            self._process.wait(_TIMEOUT_S)
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._read)

    def open(self, page: Path, *, width: int = 1280) -> View:
        """Opens a page on a screen `width` CSS pixels wide and measures it."""
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": _HEIGHT, "deviceScaleFactor": 1, "mobile": False},
        )
        self._events.clear()
        self._ask("Page.navigate", url=page.as_uri())
        while not any(one["method"] == "Page.loadEventFired" for one in self._events):
            self._receive()
        return View(
            width=self.evaluate("document.documentElement.clientWidth"),
            cut_off=self.evaluate(_FIND_CUT_OFF),
            html=self.evaluate("document.documentElement.outerHTML"),
            complaints=[
                json.dumps(one["params"])
                for one in self._events
                if one["method"]
                in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
            ],
        )

    def screenshot(self, out: Path) -> None:
        """Writes the full open page as a PNG file, to look at."""
        shot = self._ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        out.write_bytes(base64.b64decode(shot["data"]))

    def evaluate(self, expression: str) -> Any:
        """Returns the value of a JavaScript expression on the open page."""
        found = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._asked:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._read], [], [], _TIMEOUT_S)
            assert ready, f"Chromium did not answer within {_TIMEOUT_S} s"
            part = os.read(self._read, 1 << 16)
            assert part, "Chromium has ended"
            self._received += part
        first, _, self._received = self._received.partition(b"\0")
        message = json.loads(first)
        if "method" in message:
            self._events.append(message)
        return dict(message)
