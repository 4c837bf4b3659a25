"""`python -m benchmarks [NAME ...] [OPTION ...]`: run those of these names, or all.

Each prints ratios against a peer or a limit measured in the same run.
"""

import importlib
import sys
from itertools import takewhile

NAMES = (
    "redirect",
    "clicks",
    "agents",
    "webhooks",
    "outage",
    "attribution",
    "forecast",
    "sentiment",
    "comments",
    "reports",
    "visible",
)


def main(arguments: list[str]) -> int:
    """Run them one after another, with these options; 2 for a name there is none of."""
    names = list(takewhile(lambda each: not each.startswith("-"), arguments))
    options = arguments[len(names) :]
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}")
        return 2
    for name in names or NAMES:
        print(f"== {name}", flush=True)
        sys.argv = [name, *options]  # each reads its own
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
