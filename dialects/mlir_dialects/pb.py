"""OpView classes of the pb dialect (array maths), one for each operation of the table."""

from .. import table as _table  # noqa: F401  fills the op table
from ._opviews import define_dialect

globals().update(define_dialect("pb"))
