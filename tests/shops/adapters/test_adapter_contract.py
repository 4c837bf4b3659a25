"""What every adapter owes, whatever the platform: proved over all of them at once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_orders import BODIES
from sample_times import AT
from storable import assert_storable

from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import (
    Delivery,
    Ignored,
    NotAuthentic,
    NotReadable,
    OrderState,
    OrderStatus,
    ShopFacts,
)
from marketplace.shops.adapters.signatures import sign
from marketplace.shops.rules import ShopPlatform

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = ShopFacts("shop.example", "EUR", "Europe/Amsterdam")

PLATFORMS = sorted(BODIES)
quick = settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def signed(platform: str, body: bytes, secret: str, topic: str = "") -> Delivery:
    """A delivery as that platform would make it."""
    headers = sign(platform, body, secret, delivery_id="msg_1", at=NOW, topic=topic)
    return Delivery({k.lower(): v for k, v in headers.items()}, body, NOW)


def delivery(platform: str) -> tuple[Delivery, str]:
    topic, body = BODIES[platform]
    secret = ADAPTERS[platform].new_secret()
    return signed(platform, json.dumps(body).encode(), secret, topic), secret


def test_there_is_an_adapter_for_every_platform_and_no_other() -> None:
    assert set(ADAPTERS) == {platform.value for platform in ShopPlatform}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_right_secret_passes_among_others_and_a_wrong_one_does_not(
    platform: str,
) -> None:
    adapter, (sent, secret) = ADAPTERS[platform], delivery(platform)
    adapter.authenticate(sent, [adapter.new_secret(), secret])
    for secrets in ([adapter.new_secret()], [], [""], ["whsec_"], [secret[:-3]]):
        with pytest.raises(NotAuthentic):
            adapter.authenticate(sent, secrets)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_one_changed_byte_of_the_body_is_noticed(platform: str) -> None:
    adapter, (sent, secret) = ADAPTERS[platform], delivery(platform)
    for changed in (sent.body + b" ", sent.body[1:], b""):
        with pytest.raises(NotAuthentic):
            adapter.authenticate(replace(sent, body=changed), [secret])


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("secret", ["", " ", "whsec_", "whpk_", "é", "\udc80", None, 7])
def test_a_useless_secret_lets_nothing_in(platform: str, secret: Any) -> None:
    sent, _ = delivery(platform)
    with pytest.raises(NotAuthentic):
        ADAPTERS[platform].authenticate(sent, [secret])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_body_signed_with_an_empty_key_is_refused(platform: str) -> None:
    """An attacker can compute what an empty secret would sign."""
    if platform in ("generic", "squarespace", "magento", "prestashop"):
        return  # cannot even be signed: `sign` refuses
    topic, body = BODIES[platform]
    sent = signed(platform, json.dumps(body).encode(), "", topic)
    with pytest.raises(NotAuthentic):
        ADAPTERS[platform].authenticate(sent, ["", " "])


@pytest.mark.parametrize("platform", PLATFORMS)
@quick
@given(data=st.data())
def test_mutated_headers_are_refused_and_nothing_else(
    platform: str, data: st.DataObject
) -> None:
    adapter, (sent, secret) = ADAPTERS[platform], delivery(platform)
    names = [n for n in sent.headers if "sig" in n or "hmac" in n or "timestamp" in n]
    name = data.draw(st.sampled_from(names))
    value = data.draw(
        st.one_of(
            st.text(st.characters(), max_size=80),
            st.sampled_from(
                ["v1", "v1,a,b", "t=1_000,v1=a", "t=,v1=", "v1,", "=", ","]
            ),
            st.sampled_from([f"{sent.headers[name]},{sent.headers[name]}", "é", ""]),
        )
    )
    if value.strip() == sent.headers[name]:
        return
    if platform == "mollie" and value == f"{sent.headers[name]},{sent.headers[name]}":
        return  # two signatures, while its secret is exchanged
    headers = {**sent.headers, name: value}
    with pytest.raises(NotAuthentic):
        adapter.authenticate(replace(sent, headers=headers), [secret])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_missing_headers_are_refused(platform: str) -> None:
    adapter, (sent, secret) = ADAPTERS[platform], delivery(platform)
    with pytest.raises(NotAuthentic):
        adapter.authenticate(replace(sent, headers={}), [secret])


@pytest.mark.parametrize(
    "platform",
    ["stripe", "generic", "bigcommerce", "shopware", "magento", "prestashop"],
)
@pytest.mark.parametrize("offset", [-301, 301])
def test_a_signature_too_old_or_from_the_future_is_refused(
    platform: str, offset: int
) -> None:
    adapter, (sent, secret) = ADAPTERS[platform], delivery(platform)
    adapter.authenticate(
        replace(sent, received_at=NOW + timedelta(seconds=offset - offset // 300)),
        [secret],
    )
    late = replace(sent, received_at=NOW + timedelta(seconds=offset))
    with pytest.raises(NotAuthentic):
        adapter.authenticate(late, [secret])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_repeat_has_the_same_key_and_another_delivery_another(platform: str) -> None:
    adapter, (sent, _) = ADAPTERS[platform], delivery(platform)
    again = replace(sent, received_at=NOW + timedelta(days=3))
    assert adapter.delivery_key(again) == adapter.delivery_key(sent)
    body = BODIES[platform][1] | {"id": "evt_2"}
    if platform == "shopware":
        body |= {"source": {"eventId": "msg_2"}}
    secret = adapter.new_secret()
    other = signed(platform, json.dumps(body).encode(), secret, "orders/create")
    other = replace(
        other,
        headers={
            name: value.replace("msg_1", "msg_2")
            for name, value in other.headers.items()
        },
    )
    assert adapter.delivery_key(other) != adapter.delivery_key(sent)


@pytest.mark.parametrize("platform", PLATFORMS)
@quick
@given(
    value=st.text(max_size=400),
    body=st.one_of(st.binary(max_size=60), st.just(b'{"id": "\\ud800\\u0000"}')),
)
def test_keys_and_topics_fit_their_columns_whatever_comes(
    platform: str, value: str, body: bytes
) -> None:
    names = (
        "x-shopify-webhook-id",
        "x-shopify-event-id",
        "x-shopify-topic",
        "x-wc-webhook-delivery-id",
        "x-wc-webhook-topic",
        "webhook-id",
        "x-event",
        "x-shopware-event-id",
    )
    adapter = ADAPTERS[platform]
    for headers in ({}, dict.fromkeys(names, value), {names[1]: value}):
        sent = Delivery(headers, body, NOW)
        key, topic = adapter.delivery_key(sent), adapter.topic(sent)
        assert 0 < len(key) <= 200
        assert key.isascii()
        assert len(topic) <= 100
        (key + topic).encode()
        assert "\x00" not in topic


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_same_order_reads_the_same_from_every_platform(platform: str) -> None:
    sent, _ = delivery(platform)
    events = ADAPTERS[platform].read(sent, SHOP)
    assert not isinstance(events, Ignored)
    (order,) = events
    assert isinstance(order, OrderState)
    assert order.status is OrderStatus.PAID
    assert (order.currency, order.base_amount, order.total_amount) == (
        "EUR",
        10000,
        10500,
    )
    assert order.codes == ("ANNA10",)
    assert order.click_ids == ("c" * 40,)
    assert order.customer.email == "eva@example.com"
    assert order.placed_at == order.updated_at == datetime.fromisoformat(AT)
    if platform not in ("stripe", "magento", "prestashop"):  # they tell refunds apart
        assert order.refunds is not None
        only_a_sum = platform == "squarespace"
        refund_id = "refundedTotal" if only_a_sum else "9"
        told = [(r.external_id, r.amount) for r in order.refunds]
        assert told == [(refund_id, 5000)]


atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**18, 10**400, -1, 0, 2**63]),
    st.decimals(allow_nan=False, allow_infinity=False).map(float),
    st.text(st.characters(), max_size=12),
    st.sampled_from(
        ["\x00", "\ud800", "1e400", "NaN", "12.345", "-5.00", "9" * 30, "x" * 5000]
    ),
    st.sampled_from(["9999-12-31T23:59:59-14:00", "0001-01-01", "{{now}}", "JPY"]),
    st.sampled_from([{"mkt_click": ["a" * 33]}, [[[[[[[["a"]]]]]]]], {"id": {}}]),
)
any_json = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.text(max_size=8),
                st.sampled_from(["id", "type", "data", "object", "order", "refunds"]),
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("platform", PLATFORMS)
@quick
@given(value=any_json)
def test_any_json_is_read_or_ignored(platform: str, value: Any) -> None:
    for headers in ({}, {"x-shopify-topic": "orders/paid"}):
        sent = Delivery(headers, as_bytes(value), NOW)
        try:
            assert_storable(ADAPTERS[platform].read(sent, SHOP))
        except NotReadable:
            # Only the float infinities of json.dumps are no JSON here.
            assert b"Infinity" in sent.body


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"webhook_id=12",
        b'{"id": 1,}',
        b'{"id": NaN}',
        b'{"id": -Infinity}',
        b'{"name": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"[" * 200_000,
    ],
)
def test_what_is_not_json_is_not_readable(platform: str, body: bytes) -> None:
    with pytest.raises(NotReadable):
        ADAPTERS[platform].read(Delivery({}, body, NOW), SHOP)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'"x"', b"1e999", b"[{}]"])
def test_json_that_is_no_order_is_ignored_with_a_reason(
    platform: str, body: bytes
) -> None:
    answer = ADAPTERS[platform].read(Delivery({}, body, NOW), SHOP)
    assert isinstance(answer, Ignored)
    assert answer.reason


def test_a_number_with_a_huge_exponent_costs_nothing() -> None:
    body = b'{"id": 1, "status": "processing", "total": 1e999999999, "currency": "EUR"}'
    answer = ADAPTERS["woocommerce"].read(Delivery({}, body, NOW), SHOP)
    assert isinstance(answer, Ignored)
    assert "total" in answer.reason
