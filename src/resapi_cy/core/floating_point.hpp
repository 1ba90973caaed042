// How a thread computes: the rounding, which exceptions trap, whether tiny numbers become zero. A
// resource DLL may change it in a thread that is not its own, and leave it so; Python's own code
// would round otherwise from then on, or end in a trap.
#pragma once

#if defined(__x86_64__) || defined(_M_X64)
#define RESAPI_CY_HAS_MXCSR 1
#include <xmmintrin.h>
#else
#include <cfenv>
#endif

namespace resapi_cy {

// As it is in this thread when the object is made, until `put_back()` in the same thread.
class FloatingPoint {
  public:
#if defined(RESAPI_CY_HAS_MXCSR)
    // Looked at, and written only if it differs: a few cycles, where fegetenv and fesetenv take
    // hundreds.
    FloatingPoint() noexcept : mxcsr_(_mm_getcsr()), x87_(x87()) {}

    void put_back() const noexcept {
        const unsigned int now = _mm_getcsr();
        if (((now ^ mxcsr_) & CONTROL) != 0) _mm_setcsr((mxcsr_ & CONTROL) | (now & ~CONTROL));
        if (x87() != x87_) set_x87();
    }

  private:
    // All but the six flags that say what has happened: those trap nobody.
    static constexpr unsigned int CONTROL = 0xFFC0;
#if defined(__GNUC__)
    static unsigned short x87() noexcept {
        unsigned short control;
        __asm__ volatile("fnstcw %0" : "=m"(control));
        return control;
    }
    void set_x87() const noexcept {
        // An exception that waits to trap would do so in fldcw.
        __asm__ volatile("fnclex\n\tfldcw %0" : : "m"(x87_));
    }
#else
    // Microsoft's compiler neither uses it nor can read it.
    static unsigned short x87() noexcept {
        return 0;
    }
    void set_x87() const noexcept {}
#endif

    unsigned int mxcsr_;
    unsigned short x87_;
#else
    FloatingPoint() noexcept {
        std::fegetenv(&environment_);
    }

    void put_back() const noexcept {
        std::fesetenv(&environment_);
    }

  private:
    std::fenv_t environment_;
#endif
};

}  // namespace resapi_cy
