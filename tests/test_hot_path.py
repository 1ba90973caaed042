"""What a keepalive and a termination check are made of, in the extension that is installed."""

from __future__ import annotations

import ctypes
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy import trampoline

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads the ELF module with objdump"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="reads x86-64 instructions"),
    pytest.mark.skipif(not shutil.which("objdump"), reason="no objdump: it comes with binutils"),
]


class Address(ctypes.Structure):
    _fields_ = (
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("symbol", ctypes.c_char_p),
        ("symbol_address", ctypes.c_void_p),
    )


def instructions(address: int) -> list[str]:
    """The function at this address, as objdump shows it: up to where only padding follows."""
    where = Address()
    assert ctypes.CDLL(None).dladdr(ctypes.c_void_p(address), ctypes.byref(where))
    assert Path(where.file.decode()).name == Path(trampoline.__file__).name
    start = address - where.base
    listing = subprocess.run(
        [
            *["objdump", "--disassemble", "--no-show-raw-insn"],
            *[f"--start-address={start:#x}", f"--stop-address={start + 0x400:#x}"],
            where.file.decode(),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = re.findall(r"^\s*([0-9a-f]+):\s+(.*?)\s*$", listing, flags=re.MULTILINE)
    assert int(lines[0][0], 16) == start
    return [f"{line[0]} {line[1]}" for line in lines]


def common_path(address: int) -> list[str]:
    """The instructions from the entry to the first `ret`, every conditional jump not taken: the
    compiler lays the common case out that way, and the test shows that it ends in a return."""
    path = []
    for line in instructions(address):
        path.append(line)
        operation = line.split()[1]
        if operation.startswith("ret"):
            return path
        assert operation != "jmp", f"the common path jumps away: {line}"
    raise AssertionError("no return found")


def check_is_bare(path: list[str]) -> None:
    for line in path:
        operation = line.split()[1]
        assert operation not in ("call", "lock", "syscall", "mfence"), line
        # xchg with memory is locked without saying so.
        assert not re.match(r"[0-9a-f]+ xchg .*\(", line), line


def test_a_keepalive_calls_nothing_and_locks_nothing() -> None:
    path = common_path(ra.callbacks.set_resource_status_ex)
    check_is_bare(path)
    stores = [line for line in path if re.search(r" mov\S* +\S+,\S*\(%r(?!sp)", line)]
    assert len(stores) == 1, stores  # the checkpoint
    assert len(path) < 60


def test_a_keepalive_reads_each_field_as_it_was_written() -> None:
    """One vector load of two fields would wait for the caller's two stores to leave the core's
    store buffer: that is longer than all the rest of a keepalive takes."""
    assert "%xmm" not in "\n".join(common_path(ra.callbacks.set_resource_status_ex))


def test_the_test_knows_a_call_when_it_sees_one() -> None:
    """The same reading finds the calls and the locks of the callbacks that have them."""
    whole = "\n".join(instructions(ra.callbacks.set_resource_status_ex))
    assert re.search(r"\b(call|jmp)\b", whole)
    with pytest.raises(AssertionError):
        check_is_bare(common_path(ra.callbacks.log_event))


@pytest.mark.skipif(not shutil.which("valgrind"), reason="no valgrind to count instructions")
def test_a_keepalive_runs_a_few_dozen_instructions(library_path: Path, tmp_path: Path) -> None:
    """Counted by callgrind: the worker's loop, its call and the callback together."""
    program = f"""
import ctypes, sys
sys.path.insert(0, {str(native.TESTS / "helpers")!r})
import native, resapi_cy as ra
library = native.declare(ctypes.CDLL({str(library_path)!r}))
monitor = ra.ResourceMonitor()
handle = monitor.open("r").handle
native.Worker(library, handle, int(sys.argv[1]), 10**9).join()
"""
    counts = []
    for reports in (1_000, 101_000):
        out = tmp_path / f"callgrind.{reports}"
        subprocess.run(
            [
                *["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"],
                *[sys.executable, "-c", program, str(reports)],
            ],
            check=True,
            capture_output=True,
            timeout=300,
        )
        counts.append(int(re.search(r"^summary: (\d+)", out.read_text(), re.MULTILINE)[1]))
    assert 40 * 100_000 < counts[1] - counts[0] < 110 * 100_000
