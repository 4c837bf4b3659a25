"""Raw rows of clicks and orders by the million, made by the database; for `reports`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from benchmarks.report_world import DAYS, FIRST, INFLUENCERS, World
from marketplace.attribution.models import Attribution
from marketplace.commissions.models import Commission
from marketplace.commissions.rules import EntryKind, EntryStatus
from marketplace.orders import Order, OrderStatus
from marketplace.orm import Model
from marketplace.tracking.traffic_models import Click

LARGE = ("clicks", "orders", "attributions", "commissions")


def series(session: Session, model: type[Model], number: int, **told: str) -> None:
    """As many raw rows, each column an expression over `n` of generate_series.

    Columns not told have the model's own defaults.
    """
    table = model.__table__
    assert isinstance(table, Table)
    columns = {**told}
    for column in table.columns:
        default = column.default
        if column.name in columns or column.nullable or column.server_default:
            continue
        plain = getattr(default, "arg", None)
        if callable(plain):
            plain = plain(None)
        columns[column.name] = {"[]": "'[]'", "{}": "'{}'"}.get(
            repr(plain), repr(plain)
        )
    names, values = (
        ", ".join(f'"{each}"' for each in columns),
        ", ".join(columns.values()),
    )
    session.execute(
        text(
            f'INSERT INTO "{table.name}" ({names}) SELECT {values}'
            f" FROM generate_series(0, {number - 1}) AS n"
        )
    )


def happen(world: World, clicks: int, orders: int) -> None:
    """Every click, order, decision and ledger entry as a row of its own."""
    links = _array(link.id for link in world.links)
    contracts = _array(world.contracts)
    who, day = f"1 + n % {INFLUENCERS}", f"(n / {INFLUENCERS}) % {DAYS}"
    told = {
        "day_on": f"DATE '{world.days[0]}' + ({day})::int",
        "at": f"TIMESTAMPTZ '{FIRST}' + ({day}) * INTERVAL '1 day'"
        f" + (n % 40000) * INTERVAL '1 second'",
        "link": f"({links})[{who}]",
        "contract": f"({contracts})[{who}]",
    }
    common = {"brand_id": f"'{world.brand.id}'", "shop_id": f"'{world.shop.id}'"}
    order_id = f"'ord_{world.name}' || n"
    series(
        world.session,
        Click,
        clicks,
        id=f"'{world.name}' || lpad(n::text, 12, '0')",
        day_on=told["day_on"],
        at=told["at"],
        link_id=told["link"],
        visitor="md5((n / 2)::text)",
        evidence='\'{"agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1)"}\'',
    )
    series(
        world.session,
        Order,
        orders,
        **common,
        id=order_id,
        external_id="n::text",
        status=f"'{OrderStatus.PAID.value}'",
        placed_at=told["at"],
        updated_at=told["at"],
        created_at=told["at"],
        was_paid="true",
        currency="'EUR'",
        total_amount="12100",
        base_amount="10000",
        net_amount="10000",
    )
    series(
        world.session,
        Attribution,
        orders,
        **common,
        order_id=order_id,
        campaign_id=f"'{world.campaign.id}'",
        application_id=told["contract"],
        link_id=told["link"],
        decided_at=told["at"],
        day_on=told["day_on"],
        click_used="true",
        base_amount="10000",
        net_amount="10000",
        goods_cost_amount="6000",
    )
    series(
        world.session,
        Commission,
        orders,
        **common,
        id=f"'com_{world.name}' || n",
        campaign_id=f"'{world.campaign.id}'",
        application_id=told["contract"],
        influencer_id="''",
        order_id=order_id,
        link_id=told["link"],
        kind=f"'{EntryKind.EARNING.value}'",
        status=f"'{EntryStatus.HELD.value}'",
        amount="1000",
        currency="'EUR'",
        day_on=told["day_on"],
        created_at=told["at"],
        matures_at=told["at"],
    )


def _array(ids: Iterable[str | None]) -> str:
    quoted = ",".join(f"'{each}'" for each in ids)
    return f"ARRAY[{quoted}]"


@contextmanager
def without_indexes(session: Session) -> Iterator[None]:
    """The large tables meanwhile without what is no key; made again in one go."""
    found = session.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes JOIN pg_class"
            " ON pg_class.relname = indexname JOIN pg_index ON indexrelid = pg_class.oid"
            " WHERE tablename = ANY(:tables) AND NOT indisunique"
        ),
        {"tables": list(LARGE)},
    ).all()
    for name, _ in found:
        session.execute(text(f'DROP INDEX "{name}"'))
    yield
    session.execute(text("SET maintenance_work_mem = '512MB'"))
    for _, made in found:
        session.execute(text(made.replace(" ON ONLY ", " ON ")))
