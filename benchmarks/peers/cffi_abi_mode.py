"""A callback in cffi's ABI mode: `ffi.callback`."""

from __future__ import annotations

from typing import Any

from cffi import FFI

from benchmarks.peers import TERMINATE
from benchmarks.peers.cffi_callback import STRUCTURE, make_handle_of, make_report

ffi: Any = FFI()
ffi.cdef(STRUCTURE.replace("...;", "uint32_t WaitHint;"))
report = ffi.callback(
    "uint32_t(void*, RESOURCE_STATUS_EX*)", error=TERMINATE, python_callable=make_report(ffi)
)

address = int(ffi.cast("uintptr_t", report))
handle_of = make_handle_of(ffi)
