// A callback with pybind11's gil_scoped_acquire; the handle is the object itself.
#include <pybind11/pybind11.h>

#include <cstdint>

#include "resapi_cy/resapi.h"

namespace py = pybind11;

static DWORD __stdcall report(RESOURCE_HANDLE handle, PRESOURCE_STATUS_EX status) {
    py::gil_scoped_acquire gil;
    try {
        const py::handle resource(reinterpret_cast<PyObject*>(handle));
        resource.attr("status") =
            py::make_tuple(static_cast<int>(status->ResourceState), status->CheckPoint,
                           reinterpret_cast<std::uintptr_t>(status->EventHandle),
                           status->ApplicationSpecificErrorCode, status->Flags);
        return resource.attr("terminated").cast<bool>() ? ResourceExitStateTerminate
                                                        : ResourceExitStateContinue;
    } catch (py::error_already_set& error) {
        error.discard_as_unraisable("report");
        return ResourceExitStateTerminate;
    }
}

PYBIND11_MODULE(pybind11_module, module, py::mod_gil_not_used()) {
    module.attr("address") = reinterpret_cast<std::uintptr_t>(&report);
    module.def("handle_of", [](py::object resource) {
        return reinterpret_cast<std::uintptr_t>(resource.ptr());
    });
}
