// LogEvent, the one callback that Cython can't write: it takes its inserts as variadic arguments.
#pragma once

#include <cstdarg>
#include <cstdint>

#include "format_message.hpp"
#include "resapi_cy/resapi.h"
#include "status_board.hpp"

namespace resapi_cy {

// Where LogEvent records; set before anybody can know the callback's address.
inline StatusBoard* log_board = nullptr;

// PLOG_EVENT_ROUTINE. Any thread. NULL as the handle: the text is about a resource type.
inline VOID __stdcall log_event(RESOURCE_HANDLE handle, LOG_LEVEL level, LPCWSTR format, ...) {
    va_list inserts;
    va_start(inserts, format);
    const Text text = expand_message(format, &inserts);
    va_end(inserts);

    Event event;
    event.kind = EventKind::log_message;
    event.numbers[0] = static_cast<std::uint32_t>(level);
    event.blocks[0].data = text.units;
    event.blocks[0].bytes = text.length * static_cast<std::uint32_t>(sizeof(char16_t));
    if (handle == nullptr) {
        log_board->broadcast(event);
    } else {
        log_board->post(reinterpret_cast<std::uintptr_t>(handle), CellKind::resource, event);
    }
}

}  // namespace resapi_cy
