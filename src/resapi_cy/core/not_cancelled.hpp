// A native thread may have been asked to end itself by pthread_cancel, and does so at the next call
// of the system that allows it: close, write, a sleep. That can't leave a function that is
// noexcept, and would end the process. So such calls are made with this, and the thread ends once
// the callback has returned.
//
// Any thread, on paths that call the system anyway.
#pragma once

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace resapi_cy {

// From here to the end of its scope. Windows has no such requests.
class NotCancelled {
  public:
#if defined(_WIN32)
    NotCancelled() noexcept {}
    ~NotCancelled() {}
#else
    NotCancelled() noexcept {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_);
    }
    ~NotCancelled() {
        pthread_setcancelstate(before_, &before_);
    }
#endif
    NotCancelled(const NotCancelled&) = delete;
    NotCancelled& operator=(const NotCancelled&) = delete;

#if !defined(_WIN32)
  private:
    int before_ = 0;
#endif
};

}  // namespace resapi_cy
