"""A callback in cffi's API mode: `extern "Python"`."""

from __future__ import annotations

from typing import Any

from benchmarks.building import load
from benchmarks.peers import TERMINATE
from benchmarks.peers.cffi_callback import make_handle_of, make_report

module: Any = load("cffi_api_module")
module.ffi.def_extern(name="report", error=TERMINATE)(make_report(module.ffi))

address = int(module.ffi.cast("uintptr_t", module.lib.report))
handle_of = make_handle_of(module.ffi)
