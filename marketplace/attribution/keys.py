"""What reading evidence needs of the instance's keys and a brand's."""

from dataclasses import dataclass

from marketplace.keys import Keyring
from marketplace.tracking.codec import ClickCodec


@dataclass(frozen=True, slots=True)
class Keys:
    """What reading evidence needs: click ids are signed, shoppers hashed per brand, the
    accounts of influencers sealed.
    """

    codec: ClickCodec
    customer_key: bytes
    keyring: Keyring
