"""Discount codes in Shopify, by its GraphQL Admin API.

Sources: shopify.dev, `discountCodeBasicCreate`, `discountCodeBasicUpdate`,
`discountCodeDeactivate`, `codeDiscountNodeByCode`.
"""

import re
from collections.abc import Mapping
from typing import Any

from marketplace.clock import format_time
from marketplace.money import to_decimal
from marketplace.shops.adapters.reading import record, records, text
from marketplace.shops.apis.shop_client import (
    ApiFailure,
    CodeRefused,
    CodeWish,
    ShopClient,
    read_answer,
)

API = "/admin/api/2026-07"
_PASSING = ("THROTTLED", "INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE")
_WAIT_SECONDS = 10.0  # the bucket of query costs fills up again meanwhile
_GID = re.compile(r"gid://shopify/DiscountCodeNode/[0-9]{1,20}", re.ASCII)

FIND = """query find($code: String!) {
  codeDiscountNodeByCode(code: $code) {
    id codeDiscount { ... on DiscountCodeBasic { title status endsAt } }
  }
}"""
LOOK = "query look($id: ID!) { codeDiscountNode(id: $id) { id } }"
CREATE = """mutation make($wish: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $wish) {
    codeDiscountNode { id } userErrors { field code message }
  }
}"""
UPDATE = """mutation change($id: ID!, $wish: DiscountCodeBasicInput!) {
  discountCodeBasicUpdate(id: $id, basicCodeDiscount: $wish) {
    codeDiscountNode { id } userErrors { field code message }
  }
}"""
END = """mutation end($id: ID!) {
  discountCodeDeactivate(id: $id) {
    codeDiscountNode { id } userErrors { field code message }
  }
}"""


def create_code(client: ShopClient, wish: CodeWish) -> str:
    """A discount code for everybody; ours is brought to what is wished for."""
    found = _found(client, wish)
    if found is None:
        made = _ask(client, CREATE, {"wish": _wished(wish)})
        errors = _errors(made, "discountCodeBasicCreate")
        if not errors:
            return _id_of(record(made.get("discountCodeBasicCreate")))
        if all(error.get("code") != "TAKEN" for error in errors):
            raise _refused(errors)
        found = _found(client, wish)
    if found is None:
        raise ApiFailure(f"the shop says that the code {wish.code} is taken")
    variables = {"id": found, "wish": {"endsAt": _ends(wish)}}
    changed = _ask(client, UPDATE, variables)
    if errors := _errors(changed, "discountCodeBasicUpdate"):
        raise _refused(errors)
    return found


def end_code(client: ShopClient, external_id: str) -> None:
    """Deactivate it; one that was deleted has ended."""
    ended = _ask(client, END, {"id": external_id})
    errors = _errors(ended, "discountCodeDeactivate")
    if errors and _ask(client, LOOK, {"id": external_id}).get("codeDiscountNode"):
        raise _refused(errors)


def _found(client: ShopClient, wish: CodeWish) -> str | None:
    """Our code so worded, if there is one; ApiFailure if somebody else made it."""
    found = _ask(client, FIND, {"code": wish.code}).get("codeDiscountNodeByCode")
    if not isinstance(found, dict):
        return None
    if record(found.get("codeDiscount")).get("title") != wish.title:
        why = f"the shop has a discount code {wish.code} that was not made here"
        raise CodeRefused(why)
    return _id_of({"codeDiscountNode": found})


def _wished(wish: CodeWish) -> dict[str, Any]:
    value: dict[str, Any] = {"percentage": (wish.rate_bps or 0) / 10_000}
    if wish.amount is not None:
        amount = format(to_decimal(wish.amount, wish.currency), "f")
        value = {"discountAmount": {"amount": amount, "appliesOnEachItem": False}}
    return {
        "title": wish.title,
        "code": wish.code,
        "startsAt": format_time(wish.starts_at),
        "endsAt": _ends(wish),
        "context": {"all": "ALL"},
        "customerGets": {"value": value, "items": {"all": True}},
    }


def _ends(wish: CodeWish) -> str | None:
    return format_time(wish.ends_at) if wish.ends_at else None


def _ask(
    client: ShopClient, query: str, variables: Mapping[str, Any]
) -> dict[str, Any]:
    """The data of an answer; ApiFailure for an error, which comes with status 200."""
    body = {"query": query, "variables": dict(variables)}
    answer = record(read_answer(client.call("POST", f"{API}/graphql.json", json=body)))
    errors = records(answer.get("errors"))
    if errors or not isinstance(answer.get("data"), dict):
        code = text(record((errors or [{}])[0].get("extensions")).get("code"), 40)
        said = "; ".join(text(error.get("message")) for error in errors)
        raise ApiFailure(
            f"Shopify answered {code or 'no data'}: {said}"[:300],
            is_lasting=bool(errors) and code not in _PASSING,
            retry_after=_WAIT_SECONDS if code == "THROTTLED" else None,
        )
    return record(answer["data"])


def _errors(answer: Mapping[str, Any], mutation: str) -> list[dict[str, Any]]:
    return records(record(answer.get(mutation)).get("userErrors"))


def _refused(errors: list[dict[str, Any]]) -> CodeRefused:
    said = "; ".join(text(error.get("message")) for error in errors)
    return CodeRefused(f"Shopify refuses the code: {said}"[:300])


def _id_of(answer: Mapping[str, Any]) -> str:
    found = text(record(answer.get("codeDiscountNode")).get("id"))
    if not _GID.fullmatch(found):
        raise ApiFailure("Shopify did not say which code it is")
    return found
