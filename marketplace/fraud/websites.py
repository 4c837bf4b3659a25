"""Websites that hand out codes to everybody, and hosts of paid results. Pure."""

from collections.abc import Collection
from typing import Final

# Where people look for a code once they are about to pay.
COUPON_SITES: Final = frozenset(
    """
    acties.nl actiecode.nl actiepagina.nl aanbiedingencodes.nl bespaarcode.nl
    cashbackxl.nl code-promo.fr codepromo.fr coupert.com couponbirds.com
    couponcabin.com couponfollow.com coupons.com coupons.de couponarmy.nl
    dealabs.com dealspotr.com discountcode.nl discountcodes.com flipit.com
    gutscheine.de gutscheinpony.de gutscheinsammler.de hotukdeals.com iamstudent.de
    igraal.com joinhoney.com kortingscode.nl kortingscodes.nl kortingcode.nl
    kortingsbonnen.nl knoji.com ma-reduc.com mydealz.de myvouchercodes.co.uk
    offers.com pepper.com pepper.pl poulpeo.com promocodes.com promotiecode.nl
    promodescuentos.com radins.com rakuten.com rakuten.co.uk retailmenot.com
    savings.com scoupy.nl shoop.de shoop.fr simplycodes.com slickdeals.net
    sparwelt.de topcashback.co.uk topcashback.com vouchercloud.com vouchercodes.co.uk
    voucherbox.co.uk wethrift.com widilo.fr capitaloneshopping.com quidco.com
    studentkorting.nl wikibuy.com
    """.split()
)
# What a search engine's paid result passes through.
AD_HOSTS: Final = frozenset(
    """
    googleadservices.com doubleclick.net googlesyndication.com bingads.com
    ads.microsoft.com ads.google.com
    """.split()
)


def listed(host: str, hosts: Collection[str]) -> bool:
    """Whether a host is one of these or below one of them."""
    labels = host.lower().strip(".").split(".")
    return any(".".join(labels[n:]) in hosts for n in range(len(labels) - 1))


def spelled(hosts: Collection[str]) -> list[str]:
    """These hosts as browsers name them, for looking them up."""
    return sorted({*hosts, *(f"www.{host}" for host in hosts)})
