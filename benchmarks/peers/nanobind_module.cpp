// A callback with nanobind's gil_scoped_acquire; the handle is the object itself.
#include <nanobind/nanobind.h>

#include <cstdint>

#include "resapi_cy/resapi.h"

namespace nb = nanobind;

static DWORD __stdcall report(RESOURCE_HANDLE handle, PRESOURCE_STATUS_EX status) {
    nb::gil_scoped_acquire gil;
    try {
        const nb::handle resource(reinterpret_cast<PyObject*>(handle));
        resource.attr("status") =
            nb::make_tuple(static_cast<int>(status->ResourceState), status->CheckPoint,
                           reinterpret_cast<std::uintptr_t>(status->EventHandle),
                           status->ApplicationSpecificErrorCode, status->Flags);
        return nb::cast<bool>(resource.attr("terminated")) ? ResourceExitStateTerminate
                                                           : ResourceExitStateContinue;
    } catch (nb::python_error& error) {
        error.discard_as_unraisable("report");
        return ResourceExitStateTerminate;
    }
}

NB_MODULE(nanobind_module, module) {
    module.attr("address") = reinterpret_cast<std::uintptr_t>(&report);
    module.def("handle_of", [](nb::object resource) {
        return reinterpret_cast<std::uintptr_t>(resource.ptr());
    });
}
