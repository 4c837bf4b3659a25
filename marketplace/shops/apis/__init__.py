"""The APIs of shop platforms: one file each, and what they share."""

from marketplace.shops.apis.shop_client import CodesApi, ShopApi

# Platform → how its orders are read; those of CODES can also be given discount codes.
APIS: dict[str, ShopApi] = {}
CODES: dict[str, CodesApi] = {}

__all__ = ["APIS", "CODES", "CodesApi", "ShopApi"]
