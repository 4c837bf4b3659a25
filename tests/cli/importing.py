"""What tests of `marketplace import` share: the command, and a shop to import into."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from factories import (
    KEYRING,
    make_application,
    make_brand,
    make_campaign,
    make_code,
    make_influencer,
    make_shop,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.cli import main
from marketplace.config import Settings
from marketplace.jobs.runner import run_once
from marketplace.orders import Order
from marketplace.shops import Shop, ShopPlatform

assert KEYRING  # the settings of tests have the same key


@dataclass
class Importing:
    """A shop of a brand with the code ANNA, and a folder for files."""

    session: Session
    settings: Settings
    shop: Shop
    folder: Path

    def file(self, content: str | bytes, name: str = "file.csv") -> Path:
        path = self.folder / name
        raw = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(raw)
        return path

    def run(self, kind: str, file: Path, *more: str) -> Result:
        result = CliRunner().invoke(
            main, ["import", kind, str(file), "--shop", self.shop.id, *more]
        )
        odd = result.exception
        assert odd is None or isinstance(odd, SystemExit), result.exc_info
        return result

    def errors(self, name: str = "file.csv.errors.csv") -> list[tuple[int, str]]:
        with (self.folder / name).open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        return [(int(row["row"]), row["reason"]) for row in rows]

    def work(self) -> None:
        self.session.commit()
        run_once("process_webhooks", self.settings)
        run_once("settle_orders", self.settings)
        self.session.expire_all()

    def orders(self) -> dict[str, Order]:
        found = self.session.scalars(select(Order))
        return {order.external_id: order for order in found}


def make_importing(
    session: Session,
    settings: Settings,
    folder: Path,
    platform: ShopPlatform = ShopPlatform.GENERIC,
    **shop: Any,
) -> Importing:
    brand = make_brand(session)
    campaign = make_campaign(session, brand)
    make_code(
        session, make_application(session, campaign, make_influencer(session)), "ANNA"
    )
    made = make_shop(session, brand, platform=platform, **shop)
    session.commit()
    return Importing(session, settings, made, folder)
