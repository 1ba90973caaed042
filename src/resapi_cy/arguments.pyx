"""Python values on their way to native code, and timeouts: what does not fit is an error that names
the argument and its range."""

from libc.stdint cimport int32_t, uint32_t, uint64_t

from resapi_cy.core cimport Status

from operator import index


cpdef uint64_t unsigned(str name, object value, object bits, object least=0) except? 0:
    """An integer of so many bits."""
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}") from None
    if not least <= number < 1 << bits:
        raise ValueError(f"{name} must be from {least} to 2**{bits} - 1, not {number}")
    return number


cpdef bytes data_argument(object data):
    """The argument ``data``, as its bytes are now."""
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(
            f"data must be bytes, a bytearray or a memoryview, not {type(data).__name__}"
        )
    return bytes(data)


cpdef str text_argument(str name, object text):
    """Text that native code reads up to its NUL."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError(f"{name} can't hold a NUL character, which would end it: {text!r}")
    return text


cpdef object check_timeout(object timeout):
    """Raises if that is not how long a call may wait."""
    try:
        fits = timeout is None or timeout >= 0
    except TypeError:
        raise TypeError(
            "timeout must be a number of seconds, or None to wait for ever, not "
            f"{type(timeout).__name__}"
        ) from None
    if not fits:
        raise ValueError(f"timeout must be at least 0, or None to wait for ever, not {timeout}")


cdef int no_more(str name, tuple more, dict wrong) except -1:
    """Raises if a class was given what it does not take: Cython's own words would name a
    function of its own.

    Args:
        name: the class, and in parentheses what it takes.
    """
    if wrong:
        raise TypeError(f"{name}: it takes no {', '.join(map(str, wrong))}")
    if more:
        raise TypeError(f"{name}: {len(more)} values too many")
    return 0


cdef Status status_argument(
    object state, object checkpoint, object error_code, object flags, object event_handle
) except *:
    cdef Status status
    try:
        number = index(state)
    except TypeError:
        raise TypeError(
            f"state must be a ResourceState or an integer, not {type(state).__name__}"
        ) from None
    if not -(2**31) <= number < 2**31:
        raise ValueError(f"state must fit 32 bits, as CLUSTER_RESOURCE_STATE does, not {number}")
    status.state = <int32_t> number
    status.checkpoint = <uint32_t> unsigned("checkpoint", checkpoint, 32)
    status.error_code = <uint32_t> unsigned("error_code", error_code, 32)
    status.flags = <uint32_t> unsigned("flags", flags, 32)
    status.event_handle = unsigned("event_handle", event_handle, 64)
    return status
