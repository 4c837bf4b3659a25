"""Stripe's HTTP API on loopback, as far as payouts use it: state, idempotency, faults.

Tests pull its strings directly (`enable_account`, `pay`, `pay_out`, ...); whatever
changes emits an event into `events`, which a test delivers when and how it likes.
"""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

KEY = "sk_test_fake_of_stripe"
SECRET = "whsec_fake_of_stripe"
Json = dict[str, Any]


class Refused(Exception):
    """An error as Stripe answers it; `is_kept` under the idempotency key."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        kind: str = "invalid_request_error",
        **more: Any,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "message": code, **more}}
        self.is_kept = status in (400, 402, 500) and kind != "idempotency_error"


@dataclass
class Fault:
    """What goes wrong with the next requests of a kind: `times` of them.

    `what`: a status (400, 409, 429, 500, 503: nothing is done), ``500 after``, ``reset
    before``, ``reset after``, ``hang before`` or ``hang after`` (longer than anybody
    waits).
    """

    method: str
    path: str
    what: str
    times: int = 1


@dataclass
class FakeStripe:
    """One account of Stripe's, with its connected accounts."""

    url: str = ""
    accounts: dict[str, Json] = field(default_factory=dict)
    customers: dict[str, Json] = field(default_factory=dict)
    intents: dict[str, Json] = field(default_factory=dict)
    transfers: dict[str, Json] = field(default_factory=dict)
    bank_payouts: dict[str, list[str]] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    asked: list[tuple[str, str, Json, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    balance: dict[str, int] | None = None  # None: always enough
    hang_seconds: float = 2.0
    refuse_transfers: str = ""
    refuse_key: bool = False
    keys: dict[str, tuple[str, int, Json] | tuple[str, None, None]] = field(
        default_factory=dict
    )
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    before_write: Callable[[str], None] = lambda _path: None

    def fail(self, method: str, path: str, what: str | int, times: int = 1) -> None:
        """Let the next requests whose path begins so go wrong."""
        self.faults.append(Fault(method, path, str(what), times))

    def forget_keys(self) -> None:
        """A day has passed."""
        self.keys.clear()

    def count(self, method: str, path: str) -> int:
        """How often that was asked."""
        return sum(m == method and p.startswith(path) for m, p, _, _ in self.asked)

    # What happens at Stripe without us

    def enable_account(self, account_id: str, *, enabled: bool = True) -> None:
        account = self.accounts[account_id]
        account["details_submitted"] = True
        account["payouts_enabled"] = enabled
        account["capabilities"] = {"transfers": "active" if enabled else "inactive"}
        due = [] if enabled else ["individual.verification.document"]
        account["requirements"] = {"currently_due": due, "disabled_reason": None}
        self.emit("account.updated", account, account=account_id)

    def close_account(self, account_id: str) -> None:
        del self.accounts[account_id]

    def pay(self, intent_id: str, what: str = "succeeded") -> None:
        """The brand pays: succeeded, processing, failed or canceled."""
        with self.lock:
            intent = self.intents[intent_id]
            error, status = None, what
            if what == "failed":
                error, status = {"message": "declined"}, "requires_payment_method"
            intent["last_payment_error"], intent["status"] = error, status
            if what == "succeeded":
                self._receive(intent)
            name = "payment_failed" if what == "failed" else what
            self.emit(f"payment_intent.{name}", intent)

    def _receive(self, intent: Json) -> None:
        intent["amount_received"] = intent["amount"]
        intent["latest_charge"] = f"ch_{next(self.numbers)}"
        intent["payment_method"] = intent["payment_method"] or "pm_card"
        if self.balance is not None:
            self.balance[intent["currency"]] = (
                self.balance.get(intent["currency"], 0) + intent["amount"]
            )

    def refund(self, intent_id: str, amount: int) -> None:
        intent = self.intents[intent_id]
        charge = self._charge(intent)
        intent["refunded"] = intent.get("refunded", 0) + amount
        charge["amount_refunded"] = intent["refunded"]
        self.emit("charge.refunded", charge)

    def dispute(self, intent_id: str, status: str, dispute_id: str = "dp_1") -> None:
        intent = self.intents[intent_id]
        closed = status in ("won", "lost")
        dispute = {
            "id": dispute_id,
            "object": "dispute",
            "amount": intent["amount"],
            "currency": intent["currency"],
            "charge": intent["latest_charge"],
            "payment_intent": intent_id,
            "status": status,
        }
        self.emit(f"charge.dispute.{'closed' if closed else 'created'}", dispute)

    def _charge(self, intent: Json) -> Json:
        return {
            "id": intent["latest_charge"],
            "object": "charge",
            "amount": intent["amount"],
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": intent["metadata"],
        }

    def pay_out(self, account_id: str, *, failed: bool = False) -> str:
        """All that is on a connected account goes to its bank, which may refuse."""
        payout_id = f"po_{next(self.numbers)}"
        mine = [
            one["destination_payment"]
            for one in self.transfers.values()
            if one["destination"] == account_id and not one["reversed"]
        ]
        self.bank_payouts[payout_id] = mine
        payout = {
            "id": payout_id,
            "object": "payout",
            "status": "failed" if failed else "paid",
            "failure_message": "account closed" if failed else None,
        }
        name = "payout.failed" if failed else "payout.paid"
        self.emit(name, payout, account=account_id)
        return payout_id

    def emit(self, kind: str, subject: Json, *, account: str = "") -> Json:
        event = {
            "id": f"evt_{next(self.numbers)}",
            "object": "event",
            "type": kind,
            "created": int(time.time()),
            "data": {"object": json.loads(json.dumps(subject))},
            **({"account": account} if account else {}),
        }
        self.events.append(event)
        return event

    def reverse(self, transfer_id: str, amount: int | None = None) -> None:
        """Somebody takes a transfer back in the dashboard."""
        with self.lock:
            self._reverse(transfer_id, amount)

    # What is asked over HTTP

    def answer(
        self, method: str, path: str, form: Json, key: str
    ) -> tuple[int, Json] | None:
        """Status and body; None to cut the connection."""
        self.asked.append((method, path, form, key))
        fault = self._fault(method, path)
        if fault in ("400", "409", "429", "500", "503"):
            kind = "idempotency_error" if fault == "409" else "api_error"
            code = {"409": "idempotency_key_in_use", "429": "rate_limit"}.get(fault, "")
            return int(fault), Refused(int(fault), code, kind=kind).body
        if fault.endswith("before"):
            return self._cut(fault)
        status, body = self._once(method, path, form, key)
        if fault == "500 after":
            return 500, Refused(500, "", kind="api_error").body
        return self._cut(fault) if fault.endswith("after") else (status, body)

    def _cut(self, fault: str) -> None:
        if fault.startswith("hang"):
            time.sleep(self.hang_seconds)

    def _fault(self, method: str, path: str) -> str:
        with self.lock:
            for fault in self.faults:
                if fault.method == method and path.startswith(fault.path):
                    fault.times -= 1
                    if not fault.times:
                        self.faults.remove(fault)
                    return fault.what
        return ""

    def _once(self, method: str, path: str, form: Json, key: str) -> tuple[int, Json]:
        """By the idempotency key: the same answer to the same, a refusal to others."""
        if method == "GET" or not key:
            return self._do(method, path, form)
        told = json.dumps([path, form], sort_keys=True)
        with self.lock:
            kept = self.keys.get(key)
            if kept is None:
                self.keys[key] = (told, None, None)
        if kept is not None:
            return self._kept(kept, told)
        self.before_write(path)
        try:
            status, body = self._do(method, path, form)
        except BaseException:
            del self.keys[key]
            raise
        if status < 400 or status in (400, 402):
            self.keys[key] = (told, status, json.loads(json.dumps(body)))
        else:
            del self.keys[key]
        return status, body

    def _kept(
        self, kept: tuple[str, int | None, Json | None], told: str
    ) -> tuple[int, Json]:
        before, status, body = kept
        kind = "idempotency_error"
        if before != told:
            return 400, Refused(400, "", kind=kind).body
        if status is None or body is None:
            return 409, Refused(409, "idempotency_key_in_use", kind=kind).body
        return status, body

    def _do(self, method: str, path: str, form: Json) -> tuple[int, Json]:
        parts = path.removeprefix("/v1/").split("/")
        name = "_".join([method.lower(), parts[0], *parts[2:]])
        if len(parts) == 2:
            name = f"{method.lower()}_one_of_{parts[0]}"
        found = getattr(self, f"on_{name}", None)
        if found is None:
            return 404, Refused(404, "resource_missing").body
        try:
            with self.lock:
                return 200, found(form, *parts[1:2])
        except Refused as refused:
            return refused.status, refused.body

    def on_post_accounts(self, form: Json) -> Json:
        account_id = f"acct_{next(self.numbers)}"
        self.accounts[account_id] = {
            "id": account_id,
            "object": "account",
            "type": form["type"],
            "country": form["country"],
            "details_submitted": False,
            "payouts_enabled": False,
            "capabilities": {"transfers": "inactive"},
            "requirements": {"currently_due": ["external_account"]},
            "metadata": form.get("metadata", {}),
        }
        return self.accounts[account_id]

    def on_post_account_links(self, form: Json) -> Json:
        if form["account"] not in self.accounts:
            raise Refused(400, "resource_missing")
        number, until = next(self.numbers), int(time.time()) + 300
        url = f"https://connect.stripe.example/setup/{number}"
        return {"object": "account_link", "url": url, "expires_at": until}

    def on_post_customers(self, form: Json) -> Json:
        made = {"id": f"cus_{next(self.numbers)}", "object": "customer", **form}
        self.customers[made["id"]] = made
        return made

    def on_post_payment_intents(self, form: Json) -> Json:
        if form.get("payment_method") == "pm_used_up":
            raise Refused(400, "payment_method_unactivated")
        number = next(self.numbers)
        intent = {
            "id": f"pi_{number}",
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "amount_received": 0,
            "currency": form["currency"],
            "client_secret": f"pi_{number}_secret_{number}",
            "created": int(time.time()),
            "customer": form.get("customer"),
            "last_payment_error": None,
            "latest_charge": None,
            "metadata": form.get("metadata", {}),
            "payment_method": form.get("payment_method"),
            "setup_future_usage": form.get("setup_future_usage"),
            "status": "requires_payment_method",
        }
        self.intents[intent["id"]] = intent
        if form.get("confirm") == "true":
            if intent["payment_method"] == "pm_declined":
                intent["last_payment_error"] = {"message": "Your card was declined."}
                raise Refused(
                    402, "card_declined", kind="card_error", payment_intent=intent
                )
            intent["status"] = "succeeded"
            self._receive(intent)
            self.emit("payment_intent.succeeded", intent)
        return intent

    def on_get_payment_intents(self, form: Json) -> Json:
        mine = [i for i in self.intents.values() if i["customer"] == form["customer"]]
        return listed(mine[::-1])

    def on_post_transfers(self, form: Json) -> Json:
        amount, currency = int(form["amount"]), form["currency"]
        account = self.accounts.get(form["destination"])
        if account is None:
            raise Refused(400, "account_invalid")
        if self.refuse_transfers:
            raise Refused(400, self.refuse_transfers)
        if account["capabilities"]["transfers"] != "active":
            raise Refused(400, "insufficient_capabilities_for_transfer")
        if self.balance is not None:
            if self.balance.get(currency, 0) < amount:
                raise Refused(400, "balance_insufficient")
            self.balance[currency] -= amount
        number = next(self.numbers)
        transfer = {
            "id": f"tr_{number}",
            "object": "transfer",
            "amount": amount,
            "amount_reversed": 0,
            "created": int(time.time()),
            "currency": currency,
            "destination": form["destination"],
            "destination_payment": f"py_{number}",
            "metadata": form.get("metadata", {}),
            "reversed": False,
            "transfer_group": form.get("transfer_group"),
        }
        self.transfers[transfer["id"]] = transfer
        self.emit("transfer.created", transfer)
        return transfer

    def on_get_transfers(self, form: Json) -> Json:
        group = form.get("transfer_group")
        found = [t for t in self.transfers.values() if t["transfer_group"] == group]
        return listed(found[::-1])

    def on_get_one_of_transfers(self, form: Json, transfer_id: str) -> Json:
        return self.transfers[transfer_id]

    def on_post_transfers_reversals(self, form: Json, transfer_id: str) -> Json:
        return self._reverse(transfer_id, None)

    def _reverse(self, transfer_id: str, amount: int | None) -> Json:
        transfer = self.transfers[transfer_id]
        left = transfer["amount"] - transfer["amount_reversed"]
        if not left or transfer["destination"] not in self.accounts:
            raise Refused(400, "balance_insufficient")
        transfer["amount_reversed"] += left if amount is None else amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        self.emit("transfer.reversed", transfer)
        return {"id": f"trr_{next(self.numbers)}", "object": "transfer_reversal"}

    def on_get_balance(self, form: Json) -> Json:
        have = self.balance or {}
        rows = [{"amount": n, "currency": c} for c, n in have.items()]
        return {"object": "balance", "available": rows, "pending": []}

    def on_get_balance_transactions(self, form: Json) -> Json:
        payments = self.bank_payouts[form["payout"]]
        rows = [
            {"id": f"txn_{one}", "object": "balance_transaction", "source": one}
            for one in payments
        ]
        return listed(rows)


def listed(rows: list[Json]) -> Json:
    return {"object": "list", "data": rows, "has_more": False, "url": "/v1/x"}


def nested(pairs: list[tuple[str, str]]) -> Json:
    """``metadata[a]=b`` and ``types[0]=c`` as objects; lists keep their numbers."""
    found: Json = {}
    for name, value in pairs:
        names = name.replace("]", "").split("[")
        place = found
        for one in names[:-1]:
            place = place.setdefault(one, {})
        place[names[-1]] = value
    return found


def signed(
    event: Json, secret: str = SECRET, at: int | None = None
) -> tuple[str, Json]:
    """A delivery of the event: its body and its headers."""
    body = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(body, secret, at)
    return body, {"Stripe-Signature": header, "Content-Type": "application/json"}


@contextmanager
def stripe_server(fake: FakeStripe | None = None) -> Iterator[FakeStripe]:
    """The fake behind a real server, for as long as the test."""
    fake = fake or FakeStripe()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            split = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            told = self.rfile.read(length).decode() or split.query
            shown = self.headers.get("Authorization")
            if shown != f"Bearer {KEY}" or fake.refuse_key:
                answer = (401, Refused(401, "", kind="invalid_request_error").body)
            else:
                form = nested(parse_qsl(told, keep_blank_values=True))
                key = self.headers.get("Idempotency-Key") or ""
                answer = fake.answer(self.command, split.path, form, key)
            if answer is None:
                self.close_connection = True
                return
            status, value = answer
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # whoever asked does not wait any more

    with Quiet(("127.0.0.1", 0), Handler) as listening:
        fake.url = f"http://127.0.0.1:{listening.server_port}"
        threading.Thread(
            target=listening.serve_forever, args=(0.01,), daemon=True
        ).start()
        try:
            yield fake
        finally:
            listening.shutdown()
