"""The same orders credited by several models, side by side, for reports. Pure.

Who is paid is decided in `rules`, by one winner. Here every model divides every order
(or all of them together, Markov) over what was touched; amounts add up to the cent.
"""

import enum
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from marketplace.attribution.markov import removal_effects
from marketplace.attribution.paths import Key, Path, in_order
from marketplace.attribution.shapley import shares
from marketplace.attribution.weights import HALF_LIFE, weights
from marketplace.campaigns.rules import AttributionModel
from marketplace.money import split

PARTS: Final = 10**18  # of one order, in which models divide it
_DIGITS: Final = 6  # after the point, where a number of orders is shown
_FINE: Final = 10**12


class ReportModel(enum.StrEnum):
    """By what a report divides orders: the rules, and the two that learn from data."""

    LAST = "last"
    FIRST = "first"
    LINEAR = "linear"
    TIME_DECAY = "time_decay"
    POSITION = "position"
    POSITION_W = "position_w"
    MARKOV = "markov"
    SHAPLEY = "shapley"


@dataclass(frozen=True, slots=True)
class ModelOutcome:
    """What each key is credited with: `parts` of orders (10⁻¹⁸), and an `amount`.

    `removal`: of Markov, the part of all orders that is lost without the key.
    """

    parts: Mapping[Key, int]
    amounts: Mapping[Key, int]
    removal: Mapping[Key, float] | None = None
    estimated: bool = False

    def conversions(self) -> dict[Key, Decimal]:
        """Orders with six decimals, which add up as the parts do."""
        keys = in_order(key for key, parts in self.parts.items() if parts)
        if not keys:
            return {}
        all_of_them = sum(self.parts.values()) * 10**_DIGITS // PARTS
        rounded = split(all_of_them, [self.parts[key] for key in keys])
        return {
            key: Decimal(part).scaleb(-_DIGITS)
            for key, part in zip(keys, rounded, strict=True)
        }


def compare(
    paths: Sequence[Path],
    models: Iterable[ReportModel],
    *,
    half_life: timedelta = HALF_LIFE,
    chain_order: int = 1,
) -> dict[ReportModel, ModelOutcome]:
    """What each of these models makes of the paths.

    `half_life`: of time decay; `chain_order`: of Markov. TooManyStates where Markov
    cannot be solved.
    """
    return {
        model: _by_markov(paths, chain_order)
        if model is ReportModel.MARKOV
        else _by_shapley(paths)
        if model is ReportModel.SHAPLEY
        else _by_rule(paths, AttributionModel(model.value), half_life)
        for model in models
    }


def _by_rule(
    paths: Iterable[Path], model: AttributionModel, half_life: timedelta
) -> ModelOutcome:
    ledger = _Ledger()
    for path in paths:
        if path.conversions and path.touches:
            per_key = _per_key(path, model, half_life)
            ledger.divide(path.conversions, path.amount, per_key)
    return ModelOutcome(ledger.parts, ledger.amounts)


def _per_key(
    path: Path, model: AttributionModel, half_life: timedelta
) -> Mapping[Key, int]:
    if len(set(path.touches)) == 1:
        return {path.touches[0]: 1}
    found = weights(model, path.times, half_life=half_life, lead=path.lead)
    per_key: Counter[Key] = Counter()
    for key, weight in zip(path.touches, found, strict=True):
        per_key[key] += weight
    return per_key


def _by_shapley(paths: Sequence[Path]) -> ModelOutcome:
    found = shares(paths)
    ledger = _Ledger()
    for path in paths:
        if path.conversions and path.touches:
            own = found.weights[frozenset(path.touches)]
            ledger.divide(path.conversions, path.amount, own)
    return ModelOutcome(ledger.parts, ledger.amounts, estimated=found.estimated)


def _by_markov(paths: Sequence[Path], chain_order: int) -> ModelOutcome:
    """All orders together in proportion to the removal effects, and so their worth.

    The effects are rounded before they divide money, so that no machine's arithmetic
    moves a cent.
    """
    effects = removal_effects(paths, order=chain_order).effects
    won = [path for path in paths if path.touches and path.conversions]
    ledger = _Ledger()
    if won:
        conversions = sum(path.conversions for path in won)
        amount = sum(path.amount for path in won)
        found = {key: round(effects[key] * _FINE) for key in in_order(effects)}
        ledger.divide(conversions, amount, found)
    return ModelOutcome(ledger.parts, ledger.amounts, removal=effects)


class _Ledger:
    """Sums per key of what was divided."""

    def __init__(self) -> None:
        self.parts: Counter[Key] = Counter()
        self.amounts: Counter[Key] = Counter()

    def divide(self, conversions: int, amount: int, per_key: Mapping[Key, int]) -> None:
        """Orders and what they are worth over these keys, in these proportions."""
        keys = [key for key, weight in per_key.items() if weight]
        if len(keys) == 1:
            self.parts[keys[0]] += conversions * PARTS
            self.amounts[keys[0]] += amount
            return
        proportions = [per_key[key] for key in keys]
        self._add(self.parts, keys, split(conversions * PARTS, proportions))
        self._add(self.amounts, keys, split(amount, proportions))

    def _add(
        self, to: Counter[Key], keys: Collection[Key], shares: Collection[int]
    ) -> None:
        for key, share in zip(keys, shares, strict=True):
            to[key] += share
