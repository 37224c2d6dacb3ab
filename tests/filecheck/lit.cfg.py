"""lit configuration: ``lit tests/filecheck``. tests/test_filecheck.py runs the same files in one process, which is faster."""

import os
import sys
import tempfile

import lit.formats

config.name = "pullback"  # noqa: F821  lit defines `config`
config.test_format = lit.formats.ShTest(execute_external=False)  # noqa: F821
config.suffixes = [".mlir"]  # noqa: F821
config.test_source_root = os.path.dirname(__file__)  # noqa: F821
config.test_exec_root = os.path.join(tempfile.gettempdir(), "pullback-lit")  # noqa: F821  keeps lit's own files out of the tree
config.environment["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])  # noqa: F821
config.substitutions.append(("%pullback", f"{sys.executable} -m pullback.tools.cli"))  # noqa: F821
