// A call of an entry point of a resource DLL's function table, with its arguments and what it
// answers: made by the engine, which knows no more of it than that it is a Call.
//
// Everything is the call's own, since the DLL may read and write it when whoever asked for the call
// has long gone: a control call's output until the call has ended.
#pragma once

#include <cstdint>
#include <vector>

#include "duplicate.hpp"
#include "engine_objects.hpp"
#include "library.hpp"
#include "resapi_cy/resapi.h"

namespace resapi_cy {

// UTF-16 with its NUL, as bytes; nothing: NULL.
using WideBytes = std::vector<char>;

inline LPCWSTR wide_text(const WideBytes& bytes) noexcept {
    return bytes.empty() ? nullptr : reinterpret_cast<LPCWSTR>(bytes.data());
}

struct EntryPointCall final : Call {
    EntryPointCall(EntryPoint what, PolledResource* whose) noexcept : Call(what, whose) {}
    ~EntryPointCall() override { drop(duplicate); }

    std::uint32_t make() noexcept override;

    CLRES_FUNCTION_TABLE table{};
    WideBytes text;  // Open's resource, Offline's destination, a type control's and Startup's type
    std::vector<BYTE> input;
    HKEY key = nullptr;  // Open's: the resource's in the cluster database
    DWORD flags = 0;
    DWORD control_code = 0;
    INT64 context = 0;
    HANDLE user = nullptr;  // a token: the AsUser forms
    PQUORUM_RESOURCE_LOST quorum_resource_lost = nullptr;

    // StartupEx, or Startup.
    PSTARTUP_EX_ROUTINE startup_ex = nullptr;
    PSTARTUP_ROUTINE startup = nullptr;
    DWORD lowest = 0, highest = 0;
    PCLRES_CALLBACK_FUNCTION_TABLE callbacks = nullptr;
    PSET_RESOURCE_STATUS_ROUTINE set_resource_status = nullptr;

    // What was answered, beside the code.
    PCLRES_FUNCTION_TABLE functions = nullptr;
    HANDLE event = nullptr;  // that Online has set, with:
    Duplicate duplicate;     // whoever takes it leaves none
    std::vector<BYTE> output;
    DWORD returned = 0;
    BOOL pending = FALSE;  // the DLL ends the control call later

  private:
    bool is_version_1() const noexcept { return table.Version == CLRES_VERSION_V1_00; }
    RESID resid() const noexcept {
        // Relaxed: the engine's mutex has been taken since it was stored.
        return resource->resid.load(std::memory_order_relaxed);
    }
    PBYTE data() noexcept { return input.empty() ? nullptr : input.data(); }
    DWORD size() const noexcept { return static_cast<DWORD>(input.size()); }

    std::uint32_t make_startup() noexcept;
    std::uint32_t make_open() noexcept;
    std::uint32_t make_online() noexcept;
    std::uint32_t make_control(bool of_type) noexcept;
};

inline std::uint32_t EntryPointCall::make() noexcept {
    switch (entry_point) {
        case EntryPoint::startup:
            return make_startup();
        case EntryPoint::open:
            return make_open();
        case EntryPoint::close:
            table.V1Functions.Close(resid());
            return ERROR_SUCCESS;
        case EntryPoint::online:
            return make_online();
        case EntryPoint::offline:
            if (is_version_1()) return table.V1Functions.Offline(resid());
            return table.V2Functions.Offline(resid(), wide_text(text), flags, data(), size(), 0);
        case EntryPoint::terminate:
            table.V1Functions.Terminate(resid());
            return ERROR_SUCCESS;
        case EntryPoint::looks_alive:
            return table.V1Functions.LooksAlive(resid()) != FALSE;
        case EntryPoint::is_alive:
            return table.V1Functions.IsAlive(resid()) != FALSE;
        case EntryPoint::arbitrate:
            if (table.V1Functions.Arbitrate == nullptr) return ERROR_CALL_NOT_IMPLEMENTED;
            return table.V1Functions.Arbitrate(resid(), quorum_resource_lost);
        case EntryPoint::release:
            if (table.V1Functions.Release == nullptr) return ERROR_CALL_NOT_IMPLEMENTED;
            return table.V1Functions.Release(resid());
        case EntryPoint::cancel:
            if (is_version_1() || table.V2Functions.Cancel == nullptr) {
                return ERROR_CALL_NOT_IMPLEMENTED;
            }
            return table.V2Functions.Cancel(resid(), 0);
        case EntryPoint::control:
            return make_control(false);
        case EntryPoint::type_control:
            return make_control(true);
        case EntryPoint::none:
            break;
    }
    return ERROR_CALL_NOT_IMPLEMENTED;
}

inline std::uint32_t EntryPointCall::make_startup() noexcept {
    const LPCWSTR type = wide_text(text);
    if (startup_ex != nullptr) return startup_ex(type, lowest, highest, callbacks, &functions);
    return startup(type, lowest, highest, set_resource_status, callbacks->LogEvent, &functions);
}

// The code is what the DLL has set by SetLastError, if there is no RESID.
inline std::uint32_t EntryPointCall::make_online() noexcept {
    const DWORD answered =
        is_version_1() ? table.V1Functions.Online(resid(), &event)
                       : table.V2Functions.Online(resid(), &event, flags, data(), size(), 0);
    // At once: the DLL may close its own.
    if (event != nullptr) duplicate = duplicate_handle(reinterpret_cast<std::uintptr_t>(event));
    return answered;
}

inline std::uint32_t EntryPointCall::make_open() noexcept {
    const auto handle = reinterpret_cast<RESOURCE_HANDLE>(resource->handle);
    clear_last_error();
    const RESID opened = is_version_1()
                             ? table.V1Functions.Open(wide_text(text), key, handle)
                             : table.V2Functions.Open(wide_text(text), key, handle, flags);
    const DWORD error = last_error();
    // Relaxed: see resid().
    resource->resid.store(opened, std::memory_order_relaxed);
    return opened == nullptr ? error : ERROR_SUCCESS;
}

inline std::uint32_t EntryPointCall::make_control(bool of_type) noexcept {
    const RESID target = of_type ? nullptr : resid();
    const LPCWSTR type = wide_text(text);
    PVOID out = output.empty() ? nullptr : output.data();
    const auto room = static_cast<DWORD>(output.size());
    if (user != nullptr) {
        if (table.Version < CLRES_VERSION_V4_00) return ERROR_CALL_NOT_IMPLEMENTED;
        const CLRES_V4_FUNCTIONS& functions_4 = table.V4Functions;
        if (of_type) {
            if (functions_4.BeginResourceTypeControlAsUser == nullptr) {
                return ERROR_CALL_NOT_IMPLEMENTED;
            }
            return functions_4.BeginResourceTypeControlAsUser(
                type, user, control_code, data(), size(), out, room, &returned, context, &pending);
        }
        if (functions_4.BeginResourceControlAsUser == nullptr) return ERROR_CALL_NOT_IMPLEMENTED;
        return functions_4.BeginResourceControlAsUser(target, user, control_code, data(), size(),
                                                      out, room, &returned, context, &pending);
    }
    // The same slots in every version. Without them, every code is left to the monitor.
    if (of_type ? table.V1Functions.ResourceTypeControl == nullptr
                : table.V1Functions.ResourceControl == nullptr) {
        return ERROR_INVALID_FUNCTION;
    }
    if (table.Version < CLRES_VERSION_V3_00) {
        if (of_type) {
            return table.V1Functions.ResourceTypeControl(type, control_code, data(), size(), out,
                                                         room, &returned);
        }
        return table.V1Functions.ResourceControl(target, control_code, data(), size(), out, room,
                                                 &returned);
    }
    if (of_type) {
        return table.V3Functions.BeginResourceTypeControl(type, control_code, data(), size(), out,
                                                          room, &returned, context, &pending);
    }
    return table.V3Functions.BeginResourceControl(target, control_code, data(), size(), out, room,
                                                  &returned, context, &pending);
}

// What the engine calls of a resource by itself.
inline void set_routines(PolledResource& resource, const CLRES_FUNCTION_TABLE& table) noexcept {
    resource.looks_alive_routine = table.V1Functions.LooksAlive;
    resource.is_alive_routine = table.V1Functions.IsAlive;
    resource.terminate_routine = table.V1Functions.Terminate;
}

}  // namespace resapi_cy
