"""POST /webhooks/stripe-connect: Stripe's events, verified and stored before the answer."""

import json
from typing import Any

from flask import Response, jsonify, request

from marketplace import clock
from marketplace.api.frame import Resource, begin, public, settings
from marketplace.api.problems import problem
from marketplace.payouts import connect_inbox
from marketplace.payouts.stated import NotUnderstood, read_event

blp = Resource(
    "connect_webhooks",
    description="What Stripe says of payouts",
    url_prefix="/webhooks",
)


@blp.route("/stripe-connect", methods=["POST"])
@public(raw=True)
@blp.doc(responses={200: {"description": "Stored; a repeat is answered the same way."}})
def receive_connect_event() -> Response:
    """Take in an event of Stripe's, about our account or a connected one.

    401 for a bad signature, 400 for what is not JSON, 503 when it could not be stored.
    """
    body = request.get_data()
    signature = request.headers.get("Stripe-Signature")
    connect_inbox.verify(body, signature, settings().stripe_connect_secrets)
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return problem(400, "The body is not JSON.")
    try:
        event = read_event(told)
    except NotUnderstood as error:
        return jsonify({"status": "ignored", "reason": str(error)})
    is_new = connect_inbox.receive(
        begin(), event, body, keyring=settings().keyring, now=clock.now()
    )
    return jsonify({"id": event.id, "status": "received", "duplicate": not is_new})
