"""What strangers and broken shops send, for every platform there is an adapter for.

A new platform is covered by itself: by its deliveries of `deliveries.py`, its bodies of
the corpus where that is, and JSON that is of no platform.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from corpus.rows import NOW, SHOP
from deliveries import deliveries
from sample_orders import BODIES

from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import Delivery, NotAuthentic
from marketplace.shops.adapters.signatures import sign

PLATFORMS = sorted(ADAPTERS)
CLICK = "c" * 40
# Longer bodies of the corpus only cost time here.
_LONGEST = 10_000
ODD: list[Any] = [
    None, True, False, 0, -1, 10**18, 10**400, -(10**400), 2**63, 0.001, 1e300, 1.5,
    "", " ", "x", "\x00", "\ud800", "é", "-1.00", "1e5", "1e400", "NaN", "Infinity",
    "1_000", "٣", "12.345", "9" * 40, "x" * 5000, "0", "null", "JPY", "jpy", "XXX",
    "9999-12-31T23:59:59-14:00", "0001-01-01", "2026-02-30", "{{now}}", "0000-00-00",
    "refunded", "paid", "cancelled", "../../etc", "https://169.254.169.254/", "1;--",
    [], {}, [[]], [None], ["a"], {"id": []}, {"0": {"id": 1}}, {"": ""},
    [{"id": {}, "amount": [], "key": [], "name": {}, "value": None, "type": []}],
    {"mkt_click": [CLICK, {"mkt_click": CLICK}]}, [[[[[[[[[["a"]]]]]]]]]],
]  # fmt: skip
# Texts that json.dumps would not write, put where the body has this word.
PLACE = "put-it-here"
RAW = [
    b"NaN", b"-Infinity", b"1e999999999", b"-1E-999", b"0.1e+5", b"9" * 5000, b"-0",
    b"1." + b"3" * 60, b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xed\xa0\x80"', b'"\xff"',
    b'"\\u0000"', b"[" * 400 + b"]" * 400, b'{"a":' * 400 + b"1" + b"}" * 400,
    b'{"id": 1, "id": 2}', b"tru", b"01", b"'x'", b'"' + b"\xf0\x9f\x8d\x8b" * 2000 + b'"',
]  # fmt: skip
WHOLE = [
    b"", b"{}", b"[]", b"null", b'"x"', b"0", b"{", b"webhook_id=12", b"id=tr_1",
    b"\xef\xbb\xbf{}", b"\x00", b"[" * 100_000, b"<order/>", b"[{}]", b"\xff\xfe{\x00}",
]  # fmt: skip


@dataclass(frozen=True)
class Original:
    """A body as a shop would send it, under its topic, or answer it when `asked`."""

    topic: str
    body: bytes
    asked: bool = False


@cache
def originals(platform: str, payloads: Path | None = None) -> list[Original]:
    """What the platform's shops say, else JSON that no shop says."""
    topic, body = BODIES.get(platform, ("order.paid", {"id": 1, "total": "1.00"}))
    found = [Original(topic, json.dumps(body).encode())]
    found += [
        Original(one.topic, json.dumps(one.body).encode(), one.asked_at is not None)
        for one in deliveries(CLICK)
        if one.platform == platform
    ]
    for path in sorted(payloads.glob(f"{platform}/*.json")) if payloads else []:
        if path.stat().st_size <= _LONGEST:
            found.append(Original(topic, path.read_bytes()))
    return found


def signed(platform: str, sent: Original, secret: str, at: datetime = NOW) -> Delivery:
    """A delivery as that platform would make it."""
    headers = sign(
        platform, sent.body, secret, delivery_id="msg_1", at=at, topic=sent.topic
    )
    return Delivery({k.lower(): v for k, v in headers.items()}, sent.body, at)


def proof(platform: str, true: Delivery, secret: str) -> list[str]:
    """The headers without which nothing says that the shop sent it."""
    return [
        name
        for name in true.headers
        if not passes(platform, without(true, name), secret)
    ]


def without(true: Delivery, name: str) -> Delivery:
    headers = {key: value for key, value in true.headers.items() if key != name}
    return replace(true, headers=headers)


def passes(platform: str, sent: Delivery, secret: str) -> bool:
    """Whether it is taken for genuine; anything but NotAuthentic is a fault."""
    try:
        ADAPTERS[platform].authenticate(sent, [secret])
    except NotAuthentic:
        return False
    return True


def forged(chance: Random, true: Delivery, names: list[str]) -> Delivery:
    """The same with its proof or its body changed in one place or two."""
    headers, body = dict(true.headers), true.body
    for _ in range(chance.choice((1, 1, 2))):
        if chance.random() < 0.25:
            body = _other_body(chance, body)
            continue
        name = chance.choice(names)
        value = _other_value(chance, headers.get(name, ""), true.headers)
        if value is None:
            headers.pop(name, None)
        else:
            headers[name] = value
    return replace(true, headers=headers, body=body)


def may_pass(forgery: Delivery, true: Delivery, names: list[str]) -> bool:
    """Whether the true proof is still in there, whole, over the true body."""
    return forgery.body == true.body and all(
        _holds(forgery.headers.get(name, ""), true.headers[name]) for name in names
    )


_HEX = re.compile(r"(sha256=)?[0-9a-f]+")


def _holds(value: str, true: str) -> bool:
    """Hex may be written in capitals; base64 may not."""
    if _HEX.fullmatch(true):
        return true.removeprefix("sha256=") in value.lower()
    return true in value


def _other_body(chance: Random, body: bytes) -> bytes:
    place = chance.randrange(len(body) or 1)
    return chance.choice((
        b"", body + b" ", b"\n" + body, body[:-1], body[1:], body[:place], body * 2,
        body[:place] + bytes([chance.randrange(256)]) + body[place + 1:],
        b"\xef\xbb\xbf" + body, body.swapcase(), b"{}",
    ))  # fmt: skip


def _other_value(chance: Random, value: str, headers: Mapping[str, str]) -> str | None:
    """Another value for a header; null: no header."""
    place = chance.randrange(len(value) or 1)
    letter = chance.choice("aA0+/=,;:. v1t_-é\x7f٣")
    return chance.choice((
        None, "", " ", value[:place], value[place:], value[::-1], value.swapcase(),
        value[:place] + letter + value[place + 1:],
        value[:place] + letter + value[place:],
        value + letter, letter + value, f"{value},{value}", f"{value}, {value}",
        "".join(chance.choice(ODD_LETTERS) for _ in range(chance.randrange(90))),
        chance.choice(ODD_VALUES), chance.choice(list(headers.values())),
        value.rstrip("="), value + "=", value * 200,
    ))  # fmt: skip


ODD_LETTERS = [*map(chr, range(256)), "\u0663", "\ud800", "\U0001f34b"]
ODD_VALUES = [
    "v1", "v1,", "v1,a,b", "v1a,AAAA", "v2,x", "t=1_000,v1=a", "t=,v1=", "t=0,v1=0",
    "=", ",", "sha256=", "sha256=é", "null", "0", "-1", "9" * 30, "1e9", "٣" * 10,
    "a" * 5000, "AAAA", "é", "\ud800",
]  # fmt: skip


def broken(chance: Random, sent: Original) -> Original:
    """The same body with its types swapped, keys dropped, or worse; perhaps no JSON."""
    draw = chance.random()
    if draw < 0.05:
        return replace(sent, body=chance.choice(WHOLE))
    value = json.loads(sent.body)
    for _ in range(chance.choice((1, 1, 2, 3))):
        value = _changed(chance, value)
    raw = json.dumps(value).encode()
    if draw < 0.35:
        value = _changed(chance, value, PLACE)
        text = chance.choice(RAW)
        raw = json.dumps(value).encode().replace(f'"{PLACE}"'.encode(), text, 1)
    topics = (sent.topic,) * 8 + ("", "orders/paid", "order.x", "é" * 60, "\x00")
    return replace(sent, topic=chance.choice(topics), body=raw)


def _changed(chance: Random, value: Any, wanted: Any = None) -> Any:
    """One place of it replaced, dropped, repeated, or wrapped up."""
    holder, key, node = None, None, value
    while isinstance(node, dict | list) and node and chance.random() > 0.12:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        holder, key = node, chance.choice(keys)
        node = node[key]
    if holder is None:
        return value if wanted is None else [value, wanted]
    if wanted is not None:
        holder[key] = wanted
        return value
    draw = chance.random()
    if draw < 0.2:
        del holder[key]
    elif draw < 0.3:
        holder[key] = chance.choice(([node], {"value": node}, [node, node], str(node)))
    else:
        holder[key] = json.loads(json.dumps(chance.choice(ODD)))
    return value


def read(platform: str, sent: Original) -> Any:
    """What the adapter makes of it; NotReadable if it is no JSON."""
    secret = ADAPTERS[platform].new_secret()
    delivery = signed(platform, sent, secret)
    return ADAPTERS[platform].read(replace(delivery, is_fetched=sent.asked), SHOP)
