"""Chromium without a screen, as Debian packages it, and what a page does in it."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.support.ui import WebDriverWait

PROGRAMS = ("chromium", "chromedriver")
_SECONDS = 20.0
_LOCAL = ("file:", "data:", "about:", "chrome:", "chrome-search:", "devtools:")
_METRICS: dict[str, object] = {"deviceScaleFactor": 1, "mobile": False}
_WORDS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
)


def missing_browser(environment: Mapping[str, str]) -> list[str]:
    """Return what is not on the PATH of the programs that are needed."""
    return [name for name in PROGRAMS if shutil.which(name, path=environment.get("PATH")) is None]


@dataclass(frozen=True)
class Browser:
    """One window, used by one test after the other."""

    driver: Chrome

    def open(self, path: Path, *, script: bool = True, width: int = 1280) -> None:
        """Show a file, with everything forgotten that the window said before."""
        self.tell("Emulation.setScriptExecutionDisabled", value=not script)
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=900, **_METRICS)
        self.complaints()
        self.requests()
        self.driver.get(path.as_uri())

    def tell(self, command: str, **words: object) -> Any:
        """Say something in the DevTools protocol, and return the answer."""
        return self.driver.execute_cdp_cmd(command, words)

    def ask(self, script: str, *words: object) -> Any:
        """Run a function's body in the page and return what it returns."""
        return self.driver.execute_script(script, *words)

    def ask_later(self, script: str) -> Any:
        """Run a function's body in the page; it answers by calling ``done``."""
        return self.driver.execute_async_script(f"const done = arguments[arguments.length - 1]; {script}")

    def until(self, script: str) -> None:
        """Wait until an expression is true in the page."""
        WebDriverWait(self.driver, _SECONDS, 0.02).until(lambda _: self.ask(f"return {script}"))

    def seen(self) -> str:
        """Return the text that is laid out, which needs no script."""
        # What is out of sight is not laid out, so the window is made as high as any page of a test.
        self.tell("Emulation.setDeviceMetricsOverride", width=1280, height=60_000, **_METRICS)
        shot = self.tell("DOMSnapshot.captureSnapshot", computedStyles=[])
        texts = (text for document in shot["documents"] for text in document["layout"]["text"] if text >= 0)
        return "\n".join(shot["strings"][text] for text in texts)

    def complaints(self) -> list[str]:
        """Return what stands in the console since the last time."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def requests(self) -> list[str]:
        """Return every address that was asked for since the last time and is not on this machine."""
        entries = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        sent = [json.loads(entry["message"])["message"] for entry in entries]
        asked = [one["params"] for one in sent if one["method"] == "Network.requestWillBeSent"]
        addresses = [one["request"]["url"] for one in asked]
        return [address for address in addresses if not address.startswith(_LOCAL)]


@contextmanager
def running_browser(environment: Mapping[str, str], profile: Path) -> Iterator[Browser]:
    """Start Chromium, and end it."""
    chromium, driver = (shutil.which(name, path=environment.get("PATH")) for name in PROGRAMS)
    assert chromium is not None
    assert driver is not None
    options = ChromeOptions()
    options.binary_location = chromium
    for word in (*_WORDS, f"--user-data-dir={profile}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    window = Chrome(options=options, service=ChromeService(driver))
    try:
        window.set_script_timeout(_SECONDS)
        yield Browser(window)
    finally:
        window.quit()
