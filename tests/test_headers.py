"""The C headers compile on their own, in C and C++, and hold the binary interface together."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
INCLUDE = ROOT / "include"
HEADERS = [
    "winbase.h",
    "cluster_names.h",
    "clusapi.h",
    "resapi.h",
    "resutils.h",
    "clus_worker.h",
    "abi.h",
]
ONLY_64_BIT = "resapi-cy is for 64-bit builds only, as the Failover Cluster Resource API is"

GNU_FLAGS = {
    "C11": ["-std=c11", "-x", "c"],
    "C++17": ["-std=c++17", "-x", "c++"],
}
MSVC_FLAGS = {
    "C11": ["/std:c11", "/TC"],
    "C++17": ["/std:c++17", "/TP", "/EHsc"],
}


@dataclass(frozen=True)
class Compiler:
    """A command that checks one source file, given as its last argument."""

    command: list[str]
    environment: dict[str, str]
    targets_windows: bool
    is_msvc: bool = False

    def run(self, source: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *options, str(source)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def check(self, source: Path, *options: str) -> None:
        result = self.run(source, *options)
        assert result.returncode == 0, result.stdout + result.stderr

    def refuse(self, source: Path, sentence: str, *options: str) -> str:
        result = self.run(source, *options)
        output = result.stdout + result.stderr
        assert result.returncode != 0, "compiled, although it should not"
        assert sentence in output
        return output


def gnu(command: list[str], language: str, *, targets_windows: bool) -> Compiler:
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
    flags = [*GNU_FLAGS[language], *warnings, "-fsyntax-only", f"-I{INCLUDE}"]
    return Compiler([*command, *flags], dict(os.environ), targets_windows)


def system_compiler(language: str) -> Compiler:
    """What builds extension modules on this system."""
    if sys.platform == "win32":
        return msvc(language)
    variable, fallback = ("CC", "cc") if language == "C11" else ("CXX", "c++")
    chosen = os.environ.get(variable) or sysconfig.get_config_var(variable) or ""
    for candidate in (chosen, fallback):
        command = shlex.split(candidate)
        if command and shutil.which(command[0]):
            return gnu(command, language, targets_windows=False)
    pytest.skip(f"no {language} compiler: neither ${variable} nor {fallback} can be run")


def msvc(language: str) -> Compiler:
    """Microsoft's compiler, where setuptools finds it."""
    ccompiler = pytest.importorskip("setuptools._distutils.ccompiler", reason="needs setuptools")
    compiler = ccompiler.new_compiler(compiler="msvc")
    try:
        compiler.initialize()
    except Exception as error:  # a class of its own in each version of setuptools
        pytest.skip(f"no Microsoft compiler: {error}")
    flags = ["/nologo", "/Zs", "/W4", "/WX", "/external:anglebrackets", "/external:W0", "/utf-8"]
    includes = [f"/I{path}" for path in [INCLUDE, *compiler.include_dirs]]
    environment = {**os.environ, "PATH": compiler._paths}
    command = [compiler.cc, *flags, *MSVC_FLAGS[language], *includes]
    return Compiler(command, environment, targets_windows=True, is_msvc=True)


def mingw_compiler(language: str) -> Compiler:
    name = "x86_64-w64-mingw32-" + ("gcc" if language == "C11" else "g++")
    for candidate in (f"{name}-posix", name):
        if shutil.which(candidate):
            return gnu([candidate], language, targets_windows=True)
    pytest.skip(f"no mingw-w64 compiler: {name} is not on the path")


def arm64_compiler(language: str) -> Compiler:
    name = "aarch64-linux-gnu-" + ("gcc" if language == "C11" else "g++")
    if not shutil.which(name):
        pytest.skip(f"no compiler for ARM64: {name} is not on the path")
    return gnu([name], language, targets_windows=False)


def windows_arm64_compiler(language: str) -> Compiler:
    """clang, with the headers of mingw-w64, which are the same for every processor."""
    mingw = mingw_compiler(language)
    name = "clang" if language == "C11" else "clang++"
    if not shutil.which(name):
        pytest.skip(f"no compiler for Windows on ARM64: {name} is not on the path")
    searched = subprocess.run(
        [*mingw.command, "-v", os.devnull], capture_output=True, text=True, check=False
    ).stderr
    found = re.search(r"search starts here:\n(.*)End of search list", searched, re.DOTALL)
    assert found, searched
    folders = [str(Path(folder).resolve()) for folder in found[1].split()]
    # clang has the headers that belong to a compiler itself.
    folders = [f for f in folders if not re.search(r"/gcc/.*/include(-fixed)?$", f)]
    options = [option for folder in folders for option in ("-isystem", folder)]
    command = [name, "--target=aarch64-w64-windows-gnu", *options]
    return gnu(command, language, targets_windows=True)


@pytest.fixture(params=list(GNU_FLAGS))
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


COMPILERS = {
    "system": system_compiler,
    "mingw": mingw_compiler,
    "arm64": arm64_compiler,
    "windows-arm64": windows_arm64_compiler,
}


@pytest.fixture(params=list(COMPILERS))
def compiler(request: pytest.FixtureRequest, language: str) -> Compiler:
    return COMPILERS[request.param](language)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "source.c"


@pytest.mark.parametrize("header", HEADERS)
def test_each_header_compiles_alone(compiler: Compiler, source: Path, header: str) -> None:
    source.write_text(f'#include "resapi_cy/{header}"\nint main(void) {{ return 0; }}\n')
    compiler.check(source)


SOURCES = ROOT / "tests" / "headers"


@pytest.mark.parametrize("name", ["resource_dll.c", "function_tables.c", "windows_functions.c"])
def test_a_resource_dll_compiles_as_the_documents_write_it(compiler: Compiler, name: str) -> None:
    compiler.check(SOURCES / name)


# A property table's names are LPWSTR, as documented; Microsoft's compiler takes a literal for one.
LITERALS_AS_LPWSTR = "-Wno-write-strings"


def test_a_dll_with_private_properties_compiles_as_written_for_windows(compiler: Compiler) -> None:
    options = [] if compiler.is_msvc else [LITERALS_AS_LPWSTR]
    if not compiler.targets_windows:
        options.append("-fshort-wchar")
    compiler.check(SOURCES / "property_dll.c", *options)


def test_a_dll_with_private_properties_compiles_with_utf_16_literals(compiler: Compiler) -> None:
    if compiler.targets_windows:
        pytest.skip('a WCHAR literal is L"..." on Windows')
    options = [LITERALS_AS_LPWSTR, "-DPROPERTY_DLL_TEXT(literal)=u##literal"]
    compiler.check(SOURCES / "property_dll.c", *options)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has its own")
@pytest.mark.parametrize("width", [[], ["-fshort-wchar"]], ids=["u", "L"])
@pytest.mark.parametrize("name", ["function_tables", "windows_functions"])
def test_what_the_headers_define_works(
    language: str, name: str, width: list[str], tmp_path: Path
) -> None:
    compiler = system_compiler(language)
    command = [option for option in compiler.command if option != "-fsyntax-only"]
    program = tmp_path / name
    source = str(SOURCES / f"{name}.c")
    subprocess.run([*command, *width, source, "-pthread", "-o", str(program)], check=True)
    line = subprocess.run([str(program)], check=False).returncode
    assert line == 0, f"{name}.c, line {line} or 256 more"


def test_workers_of_its_own_serve_on_windows_too(compiler: Compiler) -> None:
    if compiler.is_msvc:
        pytest.skip("Microsoft's compiler takes the SDK's header, which declares resutils.dll's")
    compiler.check(SOURCES / "resource_dll.c", "-DRESAPI_CY_OWN_WORKERS=1")


def test_workers_of_its_own_do_not_go_with_the_sdk(compiler: Compiler, source: Path) -> None:
    source.write_text('#include "resapi_cy/clusapi.h"\n')
    if compiler.run(source, "-DRESAPI_CY_SDK_HEADERS=1").returncode:
        pytest.skip("no SDK that this compiler can read")
    source.write_text('#include "resapi_cy/resapi.h"\n')
    options = ["-DRESAPI_CY_SDK_HEADERS=1", "-DRESAPI_CY_OWN_WORKERS=1"]
    compiler.refuse(source, "define RESAPI_CY_SDK_HEADERS as 0", *options)


def sdk_headers(folder: Path, changes: dict[str, str]) -> Path:
    """A folder with a clusapi.h and a resapi.h in place of the SDK's: ours, changed."""
    folder.mkdir()
    for name in ("clusapi.h", "resapi.h", "resutils.h"):
        text = (INCLUDE / "resapi_cy" / name).read_text()
        text = text.replace(f"RESAPI_CY_{name[:-2].upper()}_H", f"STANDS_FOR_{name[:-2].upper()}_H")
        text = text.replace("#if RESAPI_CY_SDK_HEADERS", "#if 0")
        text = text.replace("#if !RESAPI_CY_SDK_HEADERS", "#if 1")
        text = text.replace('#include "resutils.h"', "#include <resutils.h>")
        text = re.sub(r'#include "(\w+\.h)"', r'#include "resapi_cy/\1"', text)
        for before, after in changes.items():
            text = re.sub(before, after, text)
        (folder / name).write_text(text)
    return folder


def test_what_every_sdk_has_is_asserted_of_its_headers_too(
    compiler: Compiler, source: Path, tmp_path: Path
) -> None:
    if compiler.is_msvc:
        pytest.skip("Microsoft's compiler takes the SDK's own header")
    source.write_text('#include "resapi_cy/abi.h"\n')
    older = sdk_headers(tmp_path / "older", {r"\bCLCTL_GET_FQDN\b": "CLCTL_OF_ANOTHER_NAME"})
    options = ["-DRESAPI_CY_SDK_HEADERS=1", "-DRESAPI_CY_OWN_WORKERS=0"]
    compiler.check(source, *options, f"-I{older}")
    wrong = sdk_headers(tmp_path / "wrong", {r"\bCLCTL_GET_NAME = ": "CLCTL_GET_NAME = 1 + "})
    compiler.refuse(source, "CLCTL_GET_NAME is 0x29", *options, f"-I{wrong}")


def test_text_literals_are_wide_characters(compiler: Compiler, source: Path) -> None:
    prefix = "L" if compiler.targets_windows else "u"
    source.write_text(
        '#include "resapi_cy/winbase.h"\n'
        f'static LPCWSTR text(void) {{ return {prefix}"Error: %1!u!.\\n"; }}\n'
        "int main(void) { return text()[0] == 0; }\n"
    )
    compiler.check(source)


def test_text_is_written_as_for_windows_where_wchar_t_is_short(
    compiler: Compiler, source: Path
) -> None:
    source.write_text(
        '#include "resapi_cy/winbase.h"\n'
        'static LPCWSTR text(void) { return L"Error: %1!u!.\\n"; }\n'
        "int main(void) { return lstrlenW(text()) == 0; }\n"
    )
    compiler.check(source, *([] if compiler.is_msvc else ["-fshort-wchar"]))


# Claims that are wrong, and what they are refused with.
WRONG_CLAIMS = {
    "RESAPI_CY_SIZE(RESOURCE_STATUS_EX, 24)": "RESOURCE_STATUS_EX is 24 bytes",
    "RESAPI_CY_FIELD(RESOURCE_STATUS_EX, EventHandle, 16)": (
        "RESOURCE_STATUS_EX.EventHandle stands at offset 16"
    ),
    "RESAPI_CY_SLOT(CLRES_CALLBACK_FUNCTION_TABLE, SetResourceStatusEx, 2)": (
        "CLRES_CALLBACK_FUNCTION_TABLE.SetResourceStatusEx is function 2"
    ),
    "RESAPI_CY_VALUE(ClusterResourceFailed, 3)": "ClusterResourceFailed is 3",
    "RESAPI_CY_VALUE(CLUSRESDLL_STATUS_DUMP_NOW, 0)": "CLUSRESDLL_STATUS_DUMP_NOW is 0",
    "RESAPI_CY_SIGNATURE(PCANCEL_ROUTINE, DWORD, (RESID))": (
        "PCANCEL_ROUTINE points to DWORD(RESID)"
    ),
    "RESAPI_CY_SIZE(CLUSPROP_DWORD, 8)": "CLUSPROP_DWORD is 8 bytes",
    "RESAPI_CY_FIELD(CLUSPROP_DWORD, dw, 4)": "CLUSPROP_DWORD.dw stands at offset 4",
    "RESAPI_CY_FUNCTION(CloseCluster, BOOL, (HNODE))": "CloseCluster is BOOL(HNODE)",
}


def test_a_wrong_claim_is_refused(compiler: Compiler, source: Path) -> None:
    """All in one source, where each is an error of its own."""
    lines = "".join(f"{claim};\n" for claim in WRONG_CLAIMS)
    source.write_text(f'#include "resapi_cy/abi.h"\n{lines}')
    output = compiler.refuse(source, "")
    errors = [line for line in output.splitlines() if "error" in line]
    for claim, message in WRONG_CLAIMS.items():
        if compiler.is_msvc and claim.startswith("RESAPI_CY_FUNCTION"):
            continue  # it takes the SDK's header, whose functions are not asserted
        assert any(message in error for error in errors), f"{claim}\n{output}"


def test_a_callback_moved_in_the_header_is_refused(
    compiler: Compiler, source: Path, tmp_path: Path
) -> None:
    if compiler.is_msvc:
        pytest.skip("Microsoft's compiler takes the SDK's header, which is not ours to change")
    copy = tmp_path / "resapi_cy"
    shutil.copytree(INCLUDE / "resapi_cy", copy)
    header = (copy / "resapi.h").read_text()
    first, moved = "    PLOG_EVENT_ROUTINE LogEvent;\n", "    PREQUEST_DUMP_ROUTINE RequestDump;\n"
    assert header.count(first) == header.count(moved) == 1
    (copy / "resapi.h").write_text(header.replace(moved, "").replace(first, moved + first))
    source.write_text('#include "resapi_cy/abi.h"\n')
    compiler.refuse(source, "CLRES_CALLBACK_FUNCTION_TABLE.RequestDump is function 14")


@pytest.mark.skipif(sys.platform == "win32", reason="asks a GNU-style preprocessor")
def test_a_32_bit_build_stops_with_one_sentence(compiler: Compiler, source: Path) -> None:
    source.touch()
    if compiler.run(source, "-m32", "-E", "-nostdinc").returncode:
        pytest.skip("the compiler makes no 32-bit code")
    source.write_text('#include "resapi_cy/winbase.h"\n')
    # It comes before any other header is read, so no 32-bit C library need be installed.
    output = compiler.refuse(source, ONLY_64_BIT, "-m32", "-E", "-nostdinc")
    first_error = next(line for line in output.splitlines() if "error:" in line)
    assert ONLY_64_BIT in first_error


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("#define LOG_WARNING 4", "Include <syslog.h> in another source file"),
        ("#define _RESAPI_", "Include <resapi.h> or resapi_cy/resapi.h, not both"),
        ("#define _CLUSTER_API_", "Include <clusapi.h> or resapi_cy/clusapi.h, not both"),
    ],
)
def test_a_header_that_cannot_go_along_is_named(
    compiler: Compiler, source: Path, before: str, sentence: str
) -> None:
    if compiler.is_msvc:
        pytest.skip("Microsoft's compiler takes the SDK's header, which these guard against")
    source.write_text(f'{before}\n#include "resapi_cy/resapi.h"\n')
    compiler.refuse(source, sentence)


# Macros that declare something, or are statements.
FOR_C_ALONE = r"CLRES_V\d_FUNCTION_TABLE|CLUSPROP_\w+_DECLARE"


def declared_in_c(header: str) -> list[str]:
    """The names that a header declares off Windows, in order."""
    text = re.sub(r"/\*.*?\*/", "", (INCLUDE / "resapi_cy" / header).read_text(), flags=re.DOTALL)
    text = text[text.rindex("#ifdef __cplusplus\nextern") if "extern" in text else 0 :]
    patterns = [
        r"^typedef \w+\(__stdcall\* (\w+)\)",  # a function type
        r"^\w+ WINAPI (\w+)\(",  # a function
        r"^typedef (?:struct|union|enum) (\w+)(?: RESAPI_CY_BASE\([^)]*\))? {",
        r"^typedef [\w ]+\*? (\w+);",  # another name for a type
        r"^ +(\w+) =",  # an enumerator
        rf"^#define (?!RESAPI_CY_|{FOR_C_ALONE})(\w+)\b.* .+$",  # a constant
    ]
    found = re.finditer("|".join(patterns), text, flags=re.MULTILINE)
    return [name for match in found for name in match.groups() if name]


def declared_for_cython(pxd: str) -> list[str]:
    """The names that a .pxd declares, in order, without the fields of its structures."""
    text = (ROOT / "src" / "resapi_cy" / pxd).read_text()
    text = text[text.index("cdef extern") :]
    text = re.sub(r"(    ctypedef (?:struct|union) \w+:\n)(?:        .*\n)+", r"\1", text)
    patterns = [
        r"^    ctypedef (?:enum|struct|union) (\w+):",
        r"^    ctypedef \w+ \(__stdcall \*(\w+)\)",
        r"^    ctypedef [\w ]+?\*?(\w+)$",
        r"^    const [\w ]+?\*?(\w+)$",
        r"^    \w+ (?:__stdcall )?(\w+)\(",
        r"^        (\w+)$",
    ]
    found = re.finditer("|".join(patterns), text, flags=re.MULTILINE)
    return [name for match in found for name in match.groups() if name]


def in_header(name: str, pattern: str) -> list[str]:
    """What a pattern finds in a header without its comments, in order."""
    text = re.sub(r"/\*.*?\*/", "", (INCLUDE / "resapi_cy" / name).read_text(), flags=re.DOTALL)
    return [found[found.lastindex or 0] for found in re.finditer(pattern, text, flags=re.MULTILINE)]


def test_every_constant_of_clusapi_is_asserted() -> None:
    constants = in_header("clusapi.h", r"^ +(\w+) =|^#define (?!RESAPI_CY_)(\w+) .+$")
    asserted = in_header("abi.h", r"^RESAPI_CY_(?:NEW_)?VALUE\((\w+), -?\w+\);$")
    assert len(constants) > 800
    assert constants == [name for name in asserted if name in constants]


def test_every_name_is_text_of_the_cluster_database(compiler: Compiler, source: Path) -> None:
    if compiler.is_msvc:
        pytest.skip("Microsoft's compiler takes the SDK's header, which may be older than a name")
    names = in_header("cluster_names.h", r"^#define (CL\w+) ")
    assert len(names) > 250
    listed = ",\n".join(names)
    source.write_text(
        '#include "resapi_cy/clusapi.h"\n'
        f"static const LPCWSTR names[] = {{{listed}}};\n"
        "int main(void) { return names[0] == NULL; }\n"
    )
    compiler.check(source)


@pytest.mark.parametrize(("header", "least"), [("clusapi.h", 150), ("resutils.h", 80)])
def test_every_function_is_asserted(header: str, least: int) -> None:
    functions = in_header(header, r"^\w+ WINAPI (\w+)\(")
    asserted = in_header("abi.h", r"^RESAPI_CY_FUNCTION\((\w+),")
    assert len(functions) > least
    assert functions == [name for name in asserted if name in functions]


@pytest.mark.parametrize("header", ["clusapi.h", "resutils.h"])
def test_every_structure_is_asserted(header: str) -> None:
    structures = in_header(
        header, r"^typedef (?:struct|union) (\w+)(?: RESAPI_CY_BASE\([^)]*\))? {"
    )
    asserted = in_header("abi.h", r"^RESAPI_CY_SIZE\((\w+), \d+\);$")
    assert structures
    assert structures == [name for name in asserted if name in structures]


@pytest.mark.parametrize(
    ("pxd", "headers"),
    [("clusapi.pxd", ["clusapi.h"]), ("resapi.pxd", ["resapi.h", "resutils.h"])],
)
def test_the_pxd_mirrors_the_header_name_by_name(pxd: str, headers: list[str]) -> None:
    declared = [name for header in headers for name in declared_in_c(header)]
    assert declared_for_cython(pxd) == declared
