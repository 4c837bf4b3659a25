"""One adapter per shop platform."""

from marketplace.shops.adapters.base import Adapter

ADAPTERS: dict[str, Adapter] = {}

__all__ = ["ADAPTERS"]
