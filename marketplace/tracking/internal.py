"""Who follows a link while logged in: the value of the cookie `mkt_user`. Pure.

It says which user it was made for and nothing else, opens nothing, and whoever steals
one can only have their own clicks set aside.
"""

import hmac
import re
from typing import Final

from marketplace.keys import Keyring

COOKIE: Final = "mkt_user"
LONGEST: Final = 120  # characters of a value
_PURPOSE = "internal-visit:1"
_VALUE = re.compile(r"(usr_[A-Za-z0-9]{1,36})\.([0-9a-f]{64})", re.ASCII)


def mint(keyring: Keyring, user_id: str) -> str:
    """The cookie's value for a user: ``<user_id>.<mac>``, at most 120 characters."""
    return f"{user_id}.{keyring.digest(_PURPOSE, user_id)}"


def read(keyring: Keyring, value: object) -> str | None:
    """The user a value was made for; None for anything not made here."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    found = _VALUE.fullmatch(value)
    if found is None:
        return None
    user_id, mac = found.groups()
    genuine = hmac.compare_digest(keyring.digest(_PURPOSE, user_id), mac)
    return user_id if genuine else None
