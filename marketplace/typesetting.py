"""Setting a page with Typst: a template of ours, and text as data that is never markup.

One package without others, with fonts that have every letter of the Union's alphabets.
"""

import json
import subprocess
import sys
from datetime import date
from importlib.resources import as_file, files
from typing import Any

LONGEST_SECONDS = 60


def typeset(template: str, page: dict[str, Any], *, on: date) -> bytes:
    """A PDF of that template, which reads its `page` as JSON; the same bytes each time.

    In a process of its own: Typst keeps what memory it once took, hundreds of megabytes
    for thousands of lines, and a server would never see them again.
    """
    told = {"template": template, "page": page, "on": on.isoformat()}
    with as_file(files("marketplace").joinpath("typeset.py")) as script:
        made = subprocess.run(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-I", str(script)],
            input=json.dumps(told).encode(),
            stdout=subprocess.PIPE,
            timeout=LONGEST_SECONDS,
            check=True,
        )
    return made.stdout
