"""`python -m marketplace.cli`: how the server starts its children."""

from marketplace.cli import main

main()
