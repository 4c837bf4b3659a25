"""Domains of e-mail addresses: thrown away after use, or shared by millions. Pure."""

from functools import lru_cache
from typing import Final

from disposable_email_domains import blocklist

from marketplace.orders.versions import hashed_domain

_ENOUGH = 24  # hex digits of a hash that tell ten thousand domains apart
# Where anybody has a mailbox: sharing one of these says nothing.
FREE: Final = frozenset(
    """
    aol.com bluewin.ch caiway.nl chello.nl email.com fastmail.com fastmail.fm free.fr
    freenet.de freeler.nl gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com
    hccnet.nl hetnet.nl home.nl hotmail.be hotmail.co.uk hotmail.com hotmail.de
    hotmail.es hotmail.fr hotmail.it hotmail.nl hushmail.com icloud.com inbox.com
    kabelfoon.nl kpnmail.nl kpnplanet.nl laposte.net libero.it live.be live.co.uk
    live.com live.de live.fr live.nl mac.com mail.com mail.de mail.ru mailbox.org
    me.com msn.com onsbrabantnet.nl onsnet.nu orange.fr outlook.be outlook.com
    outlook.de outlook.fr planet.nl pm.me posteo.de proton.me protonmail.ch
    protonmail.com qq.com quicknet.nl scarlet.be sfr.fr sky.com skynet.be solcon.nl
    t-online.de telenet.be telfort.nl tele2.nl tutanota.com tuta.com upcmail.nl
    versatel.nl virgilio.it wanadoo.fr wanadoo.nl web.de wxs.nl xs4all.nl
    yahoo.co.uk yahoo.com yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru
    ymail.com zeelandnet.nl ziggo.nl zoho.com 163.com 126.com btinternet.com
    comcast.net verizon.net privaterelay.appleid.com relay.firefox.com mozmail.com
    """.split()
)


def domain_of(email: str) -> str:
    """The domain of a normalised address."""
    return email.rpartition("@")[2]


def disposable_domain(domain_hash: str, customer_key: bytes) -> str | None:
    """The domain of mail to throw away with that hash under a brand's key, if any is."""
    return _disposable(customer_key).get(domain_hash[:_ENOUGH])


@lru_cache(maxsize=16)  # a megabyte and some 20 ms a brand
def _disposable(customer_key: bytes) -> dict[str, str]:
    hashes = ((hashed_domain(each, customer_key), each) for each in blocklist)
    return {digest[:_ENOUGH]: each for digest, each in hashes if digest}


def is_of_domain(domain_hash: str, email: str, customer_key: bytes) -> bool:
    """Whether that is the domain of this address, and not one anybody has mail at."""
    domain = domain_of(email)
    return domain not in FREE and domain_hash == hashed_domain(domain, customer_key)
