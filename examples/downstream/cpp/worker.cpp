// A worker library in C++: see ../README.md.

#include <resapi_cy/abi.h>  // resapi.h, with its sizes and values asserted for this compiler

#include <thread>

struct Worker {
    DWORD answer = ResourceExitStateContinue;
    std::thread thread;

    void bring_online(PSET_RESOURCE_STATUS_ROUTINE_EX report, RESOURCE_HANDLE handle, DWORD steps) {
        RESOURCE_STATUS_EX status{};
        status.ResourceState = ClusterResourceOnlinePending;
        while (status.CheckPoint < steps) {
            // a step of the work
            ++status.CheckPoint;
            answer = report(handle, &status);
            if (answer == ResourceExitStateTerminate) return;
        }
        status.ResourceState = ClusterResourceOnline;
        ++status.CheckPoint;
        answer = report(handle, &status);
    }
};

extern "C" Worker* worker_start(PSET_RESOURCE_STATUS_ROUTINE_EX report, RESOURCE_HANDLE handle,
                                DWORD steps) {
    auto* worker = new Worker;
    worker->thread = std::thread(&Worker::bring_online, worker, report, handle, steps);
    return worker;
}

extern "C" DWORD worker_join(Worker* worker) {
    worker->thread.join();
    const DWORD answer = worker->answer;
    delete worker;
    return answer;
}
