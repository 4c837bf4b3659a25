"""Taking out of a raw body, before it is stored, what nobody here may ever have.

Some shops post whole objects of their database: hashed passwords, tokens, addresses that
log somebody in, card numbers. No adapter reads any of that. The rest stays as it came,
byte for byte; a body without such a key is not touched at all.
"""

import re
from functools import lru_cache
from itertools import accumulate

# Ends of names, in lower case; `cvv_result_code` and `discount_codes` do not end so.
ENDS = (
    *("password", "passwd", "pwd", "password_hash", "passwordhash", "password_digest"),
    *("user_pass", "encrypted_password", "salt"),
    *("token", "token_hash", "secret", "nonce", "otp", "session_hash", "session_id"),
    *("sessionid", "cookie", "cookies", "authorization", "deeplinkcode"),
    *("api_key", "apikey", "api-key", "secret_key", "secretkey", "private_key"),
    *("privatekey", "access_key", "accesskey", "consumer_key", "form_key", "order_key"),
    "secure_key",
    *("protect_code", "order_status_url", "authenticate_url", "payment_url"),
    *("web_processing_url", "hosted_invoice_url", "receipt_url", "credentials"),
    *("card_number", "cardnumber", "card_bin", "cc_number", "cc_number_enc", "cc_cid"),
    *("cvv", "cvv2", "cvc", "cc_cid_enc", "iban", "account_number", "routing_number"),
)
_ENDS = tuple(end.encode() for end in ENDS)
_LONGEST = 32  # of an end
_BACKSLASH = 92
_BLANK = b" \t\r\n"
_SPACED = re.compile(rb'(?<!\\)"[ \t\r\n]+:')
_SPACES = (b'" ', b'"\t', b'"\r', b'"\n')
_TEXT = re.compile(rb'[ \t\r\n]*"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_STEP = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_PLAIN = re.compile(rb"[ \t\r\n]*([\[{]|[^\s,\]}\":]+)")
_COMMA = re.compile(rb"[ \t\r\n]*,")


def without_secrets(body: bytes) -> bytes:
    """A JSON body without secrets, wherever they are nested; keys, order and numbers of
    the rest as they were. What is no JSON comes back as it is, or nearly.
    """
    # A JSON parser would be slower, and would have to write every number anew.
    tight = body
    if any(space in body for space in _SPACES):
        tight = _SPACED.sub(b'":', body)
    parts = tight.split(b'":')  # each but the last ends with the name of a member
    names = [part[-_LONGEST:].rpartition(b'"')[2] for part in parts]
    secrets = set(filter(_is_secret, set(names)))
    if not secrets:
        return body
    ends = accumulate(len(part) + len(b'":') for part in parts[:-1])
    values = [at for at, name in zip(ends, names, strict=False) if name in secrets]
    return _without(tight, values) or body


def _without(body: bytes, values: list[int]) -> bytes | None:
    """The body without the members whose values begin there; null if it is no JSON."""
    kept, done = bytearray(), 0
    for at in values:
        if at < done:
            continue  # within what is gone already
        start = body.rfind(b'"', 0, at - len(b'":'))
        while start > 0 and body[start - 1] == _BACKSLASH:  # within the name
            start = body.rfind(b'"', 0, start)
        end = _end_of_value(body, at)
        if end is None or start < done:
            return None
        kept += body[done:start]
        done = _after(body, end, kept)
    return bytes(kept + body[done:])


def _after(body: bytes, end: int, kept: bytearray) -> int:
    """Where the rest goes on after a member of an object, with one comma less."""
    comma = _COMMA.match(body, end)
    if comma is not None:
        return comma.end()
    bare = len(kept)  # the last of its object: the comma before it goes
    while bare and kept[bare - 1] in _BLANK:
        bare -= 1
    if kept[bare - 1 : bare] == b",":
        del kept[bare - 1 :]
    return end


@lru_cache(maxsize=8192)
def _is_secret(name: bytes) -> bool:
    return name.lower().endswith(_ENDS)


def _end_of_value(body: bytes, start: int) -> int | None:
    """Where the JSON value ends that begins there; null if it does not."""
    found = _TEXT.match(body, start) or _PLAIN.match(body, start)
    if found is None:
        return None
    nested = body[found.end() - 1] in b"[{"
    return _end_of_nested(body, found.end() - 1) if nested else found.end()


def _end_of_nested(body: bytes, start: int) -> int | None:
    depth = 0
    for step in _STEP.finditer(body, start):
        if step[0] in (b"{", b"["):
            depth += 1
        elif step[0] in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                return step.end()
    return None
