"""``python -m pullback`` is the command ``pullback``."""

from pullback.tools.cli import main

main(prog_name="pullback")
