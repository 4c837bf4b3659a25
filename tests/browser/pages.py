"""What tests in a browser share: the tag of the script, the click path, complaints."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketplace.shops.models import Shop

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# What a person's browser calls itself: a headless one is set aside.
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)


@dataclass
class ClickPath:
    """The click path at `url`; `lines`: what it has written down so far."""

    url: str
    lines: Callable[[], list[dict[str, Any]]]

    def beacons(self, kind: str = "") -> list[dict[str, Any]]:
        """The beacons among them."""
        return [
            line
            for line in self.lines()
            if "beacon" in line and kind in ("", line["kind"])
        ]


def tag(click_path: ClickPath, shop: Shop, **attributes: str) -> str:
    """The script tag, after the stub that keeps calls until it has loaded."""
    told = "".join(f' data-{name}="{text}"' for name, text in attributes.items())
    return (
        "<script>window.marketplace=window.marketplace||function()"
        "{(marketplace.q=marketplace.q||[]).push(arguments)}</script>"
        f'<script async src="{click_path.url}/t.js" data-shop="{shop.id}"{told}></script>'
    )


def listen(page: Any, complaints: list[str]) -> None:
    """Note what the page complains of."""
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on(
        "console",
        lambda message: (
            complaints.append(f"console: {message.text}")
            if message.type in ("error", "warning")
            else None
        ),
    )
