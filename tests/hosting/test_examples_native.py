"""The example resource DLLs build as their sources say, without a warning."""

from __future__ import annotations

import ctypes
import hashlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy.cluster.surroundings import bring

EXAMPLES = native.REPOSITORY / "examples"
EXPORTS = {
    "process": ["StartupEx"],
    "storage": ["StartupEx"],
    "faulty": ["StartupEx", "FaultyRelease"],
    "heartbeat": ["StartupEx"],
}
# What it needs of Windows' libraries, however the workers are made; elsewhere its text is L"...".
CLUSTERED = {"heartbeat": ["-lclusapi", "-lresutils"]}
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
MINGW = "x86_64-w64-mingw32-gcc"
WORKERS = {"resutils": ["-lresutils"], "own": ["-DRESAPI_CY_OWN_WORKERS=1"]}

needs_compiler = pytest.mark.skipif(not native.compiler("c"), reason="no gcc or clang")
needs_mingw = pytest.mark.skipif(not shutil.which(MINGW), reason=f"no {MINGW}")


def source(name: str) -> Path:
    return EXAMPLES / name / f"{name}.c"


def build(name: str, target: Path, *options: str) -> Path:
    """The DLL for this system, which needs no more of Windows than Wine has."""
    if native.WINDOWS:
        system, libraries = ["-DRESAPI_CY_OWN_WORKERS=1"], ["-lws2_32", *CLUSTERED.get(name, [])]
    else:
        system, libraries = ["-fPIC", "-pthread"], []
        if name in CLUSTERED:
            system.append("-fshort-wchar")
            if sys.platform == "darwin":
                system += ["-undefined", "dynamic_lookup"]
    command = [*native.compiler("c"), "-std=c11", "-O2", "-shared", *system, *options]
    include = f"-I{ra.get_include()}"
    target = target.with_suffix(native.LIBRARY_SUFFIX)
    native.run([*command, include, str(source(name)), "-o", str(target), *libraries])
    return target


@needs_compiler
@pytest.mark.parametrize("name", EXPORTS)
def test_it_compiles_without_a_warning(name: str, tmp_path: Path) -> None:
    build(name, tmp_path / name, *WARNINGS)


@needs_mingw
@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("name", EXPORTS)
def test_it_compiles_for_windows_without_a_warning(name: str, workers: str, tmp_path: Path) -> None:
    options = ["-std=c11", "-O2", "-shared", *WARNINGS, f"-I{ra.get_include()}"]
    output = ["-o", str(tmp_path / f"{name}.dll")]
    libraries = [*WORKERS[workers], *CLUSTERED.get(name, []), "-lws2_32"]
    native.run([MINGW, *options, str(source(name)), *output, *libraries])


@needs_compiler
@pytest.mark.parametrize("name", EXPORTS)
def test_it_exports_what_a_monitor_looks_up(name: str, tmp_path: Path) -> None:
    bring()
    library = ctypes.CDLL(str(build(name, tmp_path / name)))
    assert all(hasattr(library, export) for export in EXPORTS[name])
    assert not hasattr(library, "Online")


@pytest.mark.parametrize("compiler", ["cc", MINGW])
@pytest.mark.parametrize("name", EXPORTS)
def test_the_command_at_its_top_builds_it(name: str, compiler: str, tmp_path: Path) -> None:
    if sys.platform == "win32" or not shutil.which(compiler):
        pytest.skip(f"no {compiler} on this system's path")
    # The command goes on in the next line where that begins with an option.
    text = source(name).read_text(encoding="utf-8")
    found = re.search(rf"({re.escape(compiler)} -std.*(?:\n \* +-.*)*)", text)
    assert found is not None
    command = found[1].replace("\n *", " ").replace("$INCLUDE", ra.get_include())
    words = shlex.split(command)
    target = tmp_path / words[words.index("-o") + 1]
    words[words.index("-o") + 1] = str(target)
    done = subprocess.run(
        words, cwd=EXAMPLES / name, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert target.stat().st_size > 0


@needs_compiler
def test_sha256_is_the_known_one(tmp_path: Path) -> None:
    wrapper = tmp_path / "sha256.c"
    wrapper.write_text(
        '#include "sha256.h"\n'
        "#ifdef _WIN32\n__declspec(dllexport)\n#endif\n"
        "void digest(const char* data, size_t size, size_t piece, unsigned char* out) {\n"
        "    SHA256 hash;\n"
        "    sha256_init(&hash);\n"
        "    for (; size > piece; data += piece, size -= piece) {\n"
        "        sha256_update(&hash, data, piece);\n"
        "    }\n"
        "    sha256_update(&hash, data, size);\n"
        "    sha256_final(&hash, out);\n"
        "}\n"
    )
    include = [str(EXAMPLES / "common")]
    library = ctypes.CDLL(str(native.compile_library([wrapper], tmp_path / "sha256", include)))
    pointer, size = ctypes.c_char_p, ctypes.c_size_t
    library.digest.argtypes = (pointer, size, size, pointer)
    library.digest.restype = None

    def digest(data: bytes, piece: int) -> str:
        out = ctypes.create_string_buffer(32)
        library.digest(data, len(data), piece, out)
        return out.raw.hex()

    # FIPS 180-4's examples, and the lengths about which the padding turns.
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest(b"abc", 64) == known
    for length in [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 100_001]:
        data = bytes(i * 7 % 251 for i in range(length))
        for piece in (61, 64, 4096):
            assert digest(data, piece) == hashlib.sha256(data).hexdigest()
