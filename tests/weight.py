"""What a browser fetches for a page when it has kept nothing from before."""

import re
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.hands import sign_in

# Pictures of lessons and of the work are what people come for; they are weighed apart.
PICTURE = re.compile(r"^/media/|^/static/[^/]+/img/courses/")


class Weight(NamedTuple):
    """Bytes on the wire, headers included, as they are sent (gzip)."""

    requests: int
    size: int
    pictures: int
    pictures_size: int
    workspace: bool


class Scale:
    """Weighs pages in a Playwright page whose cache is empty."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.addresses: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self.devtools = devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.requestWillBeSent", self._asked)
        devtools.on("Network.requestServedFromCache", lambda event: self.addresses.pop(event["requestId"], None))
        devtools.on("Network.responseReceived", self._answered)
        devtools.on("Network.loadingFinished", lambda event: self._came(event["requestId"], event["encodedDataLength"]))
        devtools.on("Network.loadingFailed", lambda event: self._came(event["requestId"], 0))

    def sign_in(self, name: str) -> None:
        sign_in(self.page, name)
        self.page.wait_for_load_state("networkidle")

    def weigh(self, address: str) -> Weight:
        self.page.goto("about:blank")
        self.devtools.send("Network.clearBrowserCache")
        self.addresses, self.sizes = {}, {}
        self.page.goto(address, wait_until="load")
        deadline = time.monotonic() + 10
        while self.addresses.keys() - self.sizes.keys() and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        pictures = {request for request, path in self.addresses.items() if PICTURE.match(path)}
        rest = self.addresses.keys() - pictures
        return Weight(
            len(rest),
            sum(self.sizes.get(request, 0) for request in rest),
            len(pictures),
            sum(self.sizes.get(request, 0) for request in pictures),
            bool(self.page.locator("[data-workspace]").count()),
        )

    def _asked(self, event: dict[str, Any]) -> None:
        request, address = event["requestId"], event["request"]["url"]
        if address.startswith("http"):
            if "redirectResponse" in event:
                self._came(f"{request} redirected", event["redirectResponse"]["encodedDataLength"])
                self.addresses[f"{request} redirected"] = ""
            self.addresses[request] = urlsplit(address).path

    def _answered(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            self.addresses.pop(event["requestId"], None)

    def _came(self, request: str, size: int) -> None:
        self.sizes[request] = int(size)
