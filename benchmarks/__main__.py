"""`python -m benchmarks [NAME ...]`: run the benchmarks of these names, or all.

Each prints ratios against a peer or a limit measured in the same run.
"""

import importlib
import sys

NAMES = ("redirect",)


def main(names: list[str]) -> int:
    """Run them one after another; 2 for a name there is none of."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}")
        return 2
    for name in names or NAMES:
        print(f"== {name}", flush=True)
        sys.argv = [name]  # each reads its own options
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
