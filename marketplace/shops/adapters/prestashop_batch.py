"""What came in one body of PrestaShop, by kind, in whichever form it was written.

Batches of ps_eventbus (``[{action, collection, properties}]``), answers of the webservice
(``{"order": {…}}``, ``{"orders": […]}``), and objects side by side under those names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from marketplace.shops.adapters.reading import Record, identity, record, records, text

# Singular and plural, as the webservice, its XML and ps_eventbus call them.
KINDS: Mapping[str, str] = {
    "order": "orders",
    "orders": "orders",
    "order_detail": "order_details",
    "order_details": "order_details",
    "order_cart_rule": "order_cart_rules",
    "order_cart_rules": "order_cart_rules",
    "cart_rule": "cart_rules",
    "cart_rules": "cart_rules",
    "order_carrier": "order_carriers",
    "order_carriers": "order_carriers",
    "order_slip": "order_slips",
    "order_slips": "order_slips",
    "customer": "customers",
    "customers": "customers",
    "currency": "currencies",
    "currencies": "currencies",
}
# What ps_eventbus calls an object's own number; the webservice says `id`.
NUMBERS: Mapping[str, str] = {
    "orders": "id_order",
    "cart_rules": "id_cart_rule",
    "currencies": "id_currency",
    "customers": "id_customer",
}
WRAPPERS = ("fetched", "data", "payload", "prestashop")
TOTALS = frozenset({"total_paid", "total_paid_tax_incl", "total_paid_tax_excl"})
_DEEPEST = 5
_MOST_NAMED = 50


@dataclass(slots=True)
class Batch:
    """The objects of a body. `orders`: those with amounts. `names`: the kinds in it, also
    those that nobody reads.
    """

    kinds: dict[str, list[Record]] = field(default_factory=dict)
    orders: list[Record] = field(default_factory=list)
    deleted: list[Record] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    _by_order: dict[tuple[str, str], list[Record]] = field(default_factory=dict)
    _by_number: dict[tuple[str, str], Record] = field(default_factory=dict)

    def named_only(self) -> list[str]:
        """The numbers of orders that came without amounts, or only with vouchers."""
        found = [id_of(one, "id_order") for one in self.of("orders")]
        found += [identity(one.get("id_order")) for one in self.of("order_cart_rules")]
        numbers = [n for n in found if n and n.isascii() and n.isdigit()]
        return list(dict.fromkeys(numbers))[:_MOST_NAMED]

    def of(self, kind: str) -> list[Record]:
        """All objects of a kind."""
        return self.kinds.get(kind, [])

    def about(self, kind: str, order_id: str | None) -> list[Record]:
        """The objects of a kind that belong to an order."""
        return self._by_order.get((kind, order_id or ""), [])

    def one(self, kind: str, number: object) -> Record:
        """The object of a kind with that number, or an empty one."""
        return self._by_number.get((kind, identity(number) or ""), {})

    def sort_out(self) -> None:
        """Note which orders have amounts, and what belongs to whom: once, at the end."""
        self.orders = [one for one in self.of("orders") if one.keys() & TOTALS]
        for kind, found in self.kinds.items():
            for one in found:
                number = id_of(one, NUMBERS.get(kind, "id")) or ""
                self._by_number.setdefault((kind, number), one)
                if kind.startswith("order_"):
                    of = identity(one.get("id_order")) or ""
                    self._by_order.setdefault((kind, of), []).append(one)

    def add(self, kind: str, found: Iterable[Record]) -> None:
        """Note objects of a kind, by whichever name, and those within orders."""
        self.names.setdefault(text(kind, 40))
        for one in found if kind in KINDS else ():
            self.kinds.setdefault(KINDS[kind], []).append(one)
            if KINDS[kind] == "orders":
                self._add_within(one)

    def _add_within(self, order: Record) -> None:
        number = id_of(order, "id_order")
        for name, value in order.items():
            if KINDS.get(name, "orders") == "orders":
                continue
            for one in _objects(value):
                self.kinds.setdefault(KINDS[name], []).append(one)
                if name.startswith("order_"):
                    one.setdefault("id_order", number)


def id_of(one: Record, name: str) -> str | None:
    """An object's number: ps_eventbus repeats its kind in the name, the API does not."""
    return identity(one.get(name)) or identity(one.get("id"))


def gather(body: object) -> Batch:
    """Everything in the body, by kind."""
    batch = Batch()
    _gather(body, batch, 0)
    orders = batch.of("orders")
    if len(orders) == 1:  # a module need not repeat whose lines and slips these are
        number = id_of(orders[0], "id_order")
        for kind, found in batch.kinds.items():
            if kind.startswith("order_"):
                for one in found:
                    one.setdefault("id_order", number)
    batch.sort_out()
    return batch


def _gather(body: object, batch: Batch, depth: int) -> None:
    if depth > _DEEPEST:
        return
    if isinstance(body, list):
        for item in records(body):
            _gather(item, batch, depth + 1)
        return
    subject = record(body)
    if isinstance(subject.get("collection"), str):
        _gather_message(subject, batch)
        return
    if subject.keys() & TOTALS:
        batch.add("order", [subject])
        return
    for name, value in subject.items():
        if name in KINDS and isinstance(value, dict | list):
            _gather_kind(name, value, batch, depth)
        elif name in WRAPPERS:
            _gather(value, batch, depth + 1)


def _gather_message(message: Record, batch: Batch) -> None:
    """One message of ps_eventbus."""
    kind = message["collection"].strip().lower().replace("-", "_")
    properties = record(message.get("properties")) or record(message.get("data"))
    if message.get("action") in ("delete", "deleted"):
        batch.names.setdefault(text(kind, 40))
        if kind == "orders":
            batch.deleted.append({**message, **properties})
        return
    batch.add(kind, [properties])


def _gather_kind(name: str, value: object, batch: Batch, depth: int) -> None:
    """Objects under their name; XML turned into JSON has the singular once more."""
    if isinstance(value, dict) and value.keys() & KINDS.keys() and "id" not in value:
        _gather(value, batch, depth + 1)
        return
    batch.add(name, _objects(value))


def _objects(value: object) -> list[Record]:
    return records(value if isinstance(value, list) else [value])
