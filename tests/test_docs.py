"""What the documents promise, where it can be asked."""

import re
from datetime import UTC, datetime
from pathlib import Path

import marketplace.config
import marketplace.platform_keys
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import Delivery, OrderState, ShopFacts
from marketplace.shops.rules import ShopPlatform

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def test_the_webhook_in_the_guide_is_read_as_the_order_it_says() -> None:
    guide = (DOCS / "integrating-a-webshop.md").read_text()
    (body,) = re.findall(r"^    \{\n(?:    .*\n)+", guide, re.MULTILINE)
    delivery = Delivery({}, body.encode(), datetime.now(UTC))
    facts = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")
    (event,) = ADAPTERS[ShopPlatform.GENERIC].read(delivery, facts)
    assert isinstance(event, OrderState)
    assert (event.total_amount, event.base_amount) == (4995, 4500 - 781)
    assert event.codes == ("ANNA15",)
    assert event.lines[0].unit_cost_amount == 1450


def test_every_setting_is_in_the_table_of_settings() -> None:
    modules = (marketplace.config, marketplace.platform_keys)
    source = "".join(Path(each.__file__).read_text() for each in modules)
    read = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+|INSTANCE)"', source))
    told = set(
        re.findall(r"^\| `([A-Z_]+)` \|", (DOCS / "deploy.md").read_text(), re.M)
    )
    assert told == read


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_decisions_are_short_and_numbered_without_gaps() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers == list(range(1, len(pages) + 1))
    for page in pages:
        lines = page.read_text().splitlines()
        assert len(lines) <= 40, page.name
        assert lines[0].startswith(f"# {int(page.name[:4])}. "), page.name
        words = {"**Context.**", "**Decision.**", "**Consequences.**"}
        assert words <= {line.split(" ")[0] for line in lines if line}, page.name
