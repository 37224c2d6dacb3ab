"""The base of all errors that pullback reports to its user."""

from __future__ import annotations

from .ir import UNKNOWN, Loc


class PullbackError(Exception):
    """Something that the user can act on, with the place in their source where there is one.

    `exit_code` is what the command line exits with: 1 an error in the program, 2 wrong usage, 3 the compiler or the device
    failed, 4 an artifact that is damaged or does not run on this machine, 5 a numeric check failed.
    """

    exit_code = 1

    def __init__(self, message: str, loc: Loc = UNKNOWN):
        self.loc = loc
        super().__init__(f"{loc}: {message}" if loc.file else message)
