"""Where the tests run."""

from __future__ import annotations

import ctypes
import sys

if sys.platform == "win32":
    # Windows has no such function; Wine has, for programs to tell.
    under_wine = hasattr(ctypes.windll.ntdll, "wine_get_version")
else:
    under_wine = False
