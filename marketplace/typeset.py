"""Sets one document with Typst: run as a script by `typesetting`, never imported.

Template, text and date come as JSON on standard input, the PDF goes to standard output.
"""

import json
import sys
from datetime import UTC, datetime

import typst


def main() -> None:
    """Compile what standard input says."""
    told = json.load(sys.stdin)
    made = typst.Compiler(font_paths=typst.Fonts()).compile(
        input=told["template"].encode(),
        sys_inputs={"page": json.dumps(told["page"])},
        format="pdf",
        timestamp=datetime.fromisoformat(told["on"]).replace(tzinfo=UTC),
    )
    assert isinstance(made, bytes)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
