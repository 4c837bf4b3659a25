"""Shops' own APIs, played by a real HTTP server in a thread: small, strict, spiteful.

Each checks who asks, answers in pages and keeps what is made in it. `moods` are taken
one per request: a status to answer with instead, "hang", or "lost": it is done, but the
connection breaks before the answer.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

Answered = tuple[int, Any, dict[str, str]]


class FakeShop:
    """What the three have in common; `asked`: method and path of every request."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.moods: list[int | str] = []
        self.asked: list[str] = []
        self.address = ""
        self.lock = threading.Lock()
        self.closing = threading.Event()

    def knows(self, headers: dict[str, str]) -> bool:
        raise NotImplementedError

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> Answered:
        raise NotImplementedError


class FakeWoo(FakeShop):
    """WooCommerce 10: only published coupons are found; `date_expires_gmt` is ignored."""

    key, secret, per_page = "ck_1", "cs_1", 100

    def __init__(self) -> None:
        super().__init__()
        self.coupons: dict[int, dict[str, Any]] = {}

    def knows(self, headers: dict[str, str]) -> bool:
        pair = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return headers.get("authorization") == f"Basic {pair}"

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> Answered:
        path = path.removeprefix("/wp-json/wc/v3")
        if path == "/orders":
            return self._orders(query)
        if path == "/coupons" and method == "GET":
            code = query["code"].lower()
            found = [one for one in self.coupons.values() if one["code"] == code]
            return 200, found, {}
        if path == "/coupons":
            code = body["code"].lower()
            if any(one["code"] == code for one in self.coupons.values()):
                why = {"code": "woocommerce_rest_coupon_code_already_exists"}
                return 400, why, {}
            coupon = {**body, "id": len(self.coupons) + 1, "code": code}
            self.coupons[coupon["id"]] = coupon
            return 201, coupon, {}
        coupon = self.coupons.get(int(path.rpartition("/")[2]))
        if coupon is None:
            return 400, {"code": "woocommerce_rest_shop_coupon_invalid_id"}, {}
        coupon.update({k: v for k, v in body.items() if k != "date_expires_gmt"})
        return 200, coupon, {}

    def _orders(self, query: dict[str, str]) -> Answered:
        trashed = query.get("status") == "trash"
        found = [
            order
            for order in self.orders.values()
            if (order["status"] == "trash") == trashed
            and query.get("modified_after", "") < order["date_modified_gmt"]
            and order["date_modified_gmt"] < query.get("modified_before", "9")
        ]
        found.sort(key=lambda order: (order["date_modified_gmt"], order["id"]))
        size = min(int(query["per_page"]), self.per_page)
        start = (int(query.get("page", "1")) - 1) * size
        pages = -(-len(found) // size)
        return 200, found[start : start + size], {"X-WP-TotalPages": str(pages)}


class FakeShopify(FakeShop):
    """Tokens for client credentials, orders behind `page_info`, codes by GraphQL."""

    per_page = 250

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, dict[str, Any]] = {}
        self.scopes = {"read_orders", "write_discounts"}

    def knows(self, headers: dict[str, str]) -> bool:
        return headers.get("x-shopify-access-token") in ("tok_1", "shpat_1")

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> Answered:
        if path == "/admin/api/2026-07/orders.json":
            return self._orders(query)
        assert path == "/admin/api/2026-07/graphql.json", path
        if "write_discounts" not in self.scopes:
            code = {"code": "ACCESS_DENIED"}
            return 200, {"errors": [{"message": "no", "extensions": code}]}, {}
        return 200, {"data": self._graphql(body["query"], body["variables"])}, {}

    def token(self, body: Any) -> Answered:
        if (body["client_id"], body["client_secret"]) != ("id_1", "shpss_1"):
            return 400, {"error": "invalid_client"}, {}
        return 200, {"access_token": "tok_1", "expires_in": 86399}, {}

    def _orders(self, query: dict[str, str]) -> Answered:
        if "page_info" in query:
            assert set(query) == {"page_info", "limit"}, "cannot be passed with it"
            place = json.loads(base64.urlsafe_b64decode(query["page_info"]))
        else:
            place = {"min": query.get("updated_at_min", ""), "last": 0,
                     "max": query.get("updated_at_max", "9")}  # fmt: skip
        found = sorted(
            (
                order
                for order in self.orders.values()
                if place["min"] <= order["updated_at"] <= place["max"]
                and order["id"] > place["last"]
            ),
            key=lambda order: order["id"],
        )
        size = min(int(query["limit"]), self.per_page)
        page, headers = found[:size], {}
        if len(found) > size:
            further = json.dumps({**place, "last": page[-1]["id"]}).encode()
            info = base64.urlsafe_b64encode(further).decode()
            said = urlencode({"limit": size, "page_info": info})
            headers["Link"] = f'<https://elsewhere.example/x?{said}>; rel="next"'
        return 200, {"orders": page}, headers

    def _graphql(self, query: str, said: dict[str, Any]) -> dict[str, Any]:
        by_id = {code["id"]: code for code in self.codes.values()}
        if "codeDiscountNodeByCode" in query:
            found = self.codes.get(said["code"].lower())
            node = found and {"id": found["id"], "codeDiscount": found}
            return {"codeDiscountNodeByCode": node}
        if "codeDiscountNode(" in query:
            return {"codeDiscountNode": by_id.get(said["id"])}
        errors: list[dict[str, Any]] = []
        name = next(
            verb
            for verb in ("BasicCreate", "BasicUpdate", "Deactivate")
            if f"discountCode{verb}" in query
        )
        if name == "BasicCreate":
            wish = said["wish"]
            code = wish["code"].lower()
            if code in self.codes:
                errors = [{"code": "TAKEN", "message": "Code must be unique."}]
            else:
                number = 100 + len(self.codes)
                gid = f"gid://shopify/DiscountCodeNode/{number}"
                self.codes[code] = {**wish, "id": gid, "ended": False}
                by_id[gid] = self.codes[code]
        elif said["id"] not in by_id:
            errors = [{"code": "INVALID", "message": "Discount does not exist."}]
        elif name == "BasicUpdate":
            by_id[said["id"]].update(said["wish"], ended=False)
        else:
            by_id[said["id"]]["ended"] = True
        node = None if errors else {"id": said.get("id") or list(by_id)[-1]}
        return {f"discountCode{name}": {"codeDiscountNode": node, "userErrors": errors}}


class FakeStripe(FakeShop):
    """Events newest first; codes unique among the active; answers kept by their key."""

    def __init__(self) -> None:
        super().__init__()
        self.coupons: dict[str, dict[str, str]] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, Answered] = {}

    def knows(self, headers: dict[str, str]) -> bool:
        return headers.get("authorization") == "Bearer rk_1"

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: Any
    ) -> Answered:
        key = headers.get("idempotency-key")
        if key in self.kept:
            return self.kept[key]
        answered = self._answer(method, path.removeprefix("/v1"), query, body)
        if key:
            self.kept[key] = answered
        return answered

    def _answer(
        self, method: str, path: str, query: dict[str, str], body: Any
    ) -> Answered:
        if path == "/events":
            return self._events(query)
        if path.startswith("/coupons/"):
            found = self.coupons.get(path.rpartition("/")[2])
            return (200, found, {}) if found else (404, {"error": {}}, {})
        if path == "/coupons":
            assert float(body.get("percent_off", body.get("amount_off"))) > 0
            self.coupons[body["id"]] = body
            return 200, body, {}
        if path == "/promotion_codes" and method == "GET":
            found = [one for one in self.codes.values()
                     if one["code"].lower() == query["code"].lower()]  # fmt: skip
            return 200, {"data": found[::-1], "has_more": False}, {}
        if path == "/promotion_codes":
            assert body["promotion[coupon]"] in self.coupons
            if self._active(body["code"]):
                return 400, {"error": {"message": "already exists"}}, {}
            made = {
                "id": f"promo_{len(self.codes) + 1}",
                "code": body["code"],
                "active": True,
                "expires_at": int(body["expires_at"]) if "expires_at" in body else None,
                "metadata": {"marketplace": body["metadata[marketplace]"]},
            }
            self.codes[made["id"]] = made
            return 200, made, {}
        changed = self.codes[path.rpartition("/")[2]]
        changed["active"] = body["active"] == "true"
        return 200, changed, {}

    def _active(self, code: str) -> bool:
        return any(
            one["active"] and one["code"].lower() == code.lower()
            for one in self.codes.values()
        )

    def _events(self, query: dict[str, str]) -> Answered:
        types = {value for name, value in query.items() if name.startswith("types")}
        assert len(types) <= 20
        found = [
            event
            for event in sorted(self.orders.values(), key=lambda e: -e["created"])
            if int(query.get("created[gte]", 0)) <= event["created"]
            and event["created"] < int(query.get("created[lt]", 10**12))
            and (not types or event["type"] in types)
        ]
        ids = [event["id"] for event in found]
        last = query.get("starting_after")
        start = ids.index(last) + 1 if last else 0
        size = int(query["limit"])
        more = len(found) > start + size
        return 200, {"data": found[start : start + size], "has_more": more}, {}


class Requests(BaseHTTPRequestHandler):
    """Hands requests to the server's shop, in the mood it is in."""

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        shop: FakeShop = self.server.shop  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with shop.lock:
            shop.asked.append(f"{self.command} {self.path}")
            mood = shop.moods.pop(0) if shop.moods else 200
        if mood == "hang":
            shop.closing.wait(30)
        elif isinstance(mood, int) and mood != 200:
            self.send(mood, {"error": "no"}, {"Retry-After": "120"})
        else:
            answered = self.answered(shop, raw)
            if mood != "lost":
                self.send(*answered)

    do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

    def answered(self, shop: FakeShop, raw: bytes) -> Answered:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = {name: v[-1] for name, v in parse_qs(parts.query).items()}
        is_json = headers.get("content-type", "").startswith("application/json")
        body = json.loads(raw) if raw and is_json else form(raw)
        with shop.lock:
            if isinstance(shop, FakeShopify) and parts.path.endswith("_token"):
                return shop.token(body)
            if not shop.knows(headers):
                return 401, {"error": "who?"}, {}
            return shop.answer(self.command, parts.path, query, body, headers)

    def send(self, status: int, body: Any, headers: dict[str, str]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


def form(raw: bytes) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(raw.decode()).items()}


@contextmanager
def served(shop: FakeShop) -> Iterator[FakeShop]:
    """The shop's API at `shop.address`, on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    server.daemon_threads = True
    server.shop = shop  # type: ignore[attr-defined]
    shop.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield shop
    finally:
        shop.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
