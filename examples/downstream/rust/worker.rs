//! A worker library in Rust, without a crate: see ../README.md.

use std::{ffi::c_void, ptr::null_mut, thread};

const ONLINE: i32 = 2;
const ONLINE_PENDING: i32 = 129;
const TERMINATE: u32 = 1;

/// RESOURCE_STATUS_EX
#[repr(C)]
pub struct Status {
    resource_state: i32,
    check_point: u32,
    event_handle: *mut c_void,
    application_specific_error_code: u32,
    flags: u32,
    wait_hint: u32,
}

/// PSET_RESOURCE_STATUS_ROUTINE_EX
type Report = unsafe extern "system" fn(handle: usize, status: *const Status) -> u32;

fn bring_online(report: Report, handle: usize, steps: u32) -> u32 {
    let mut status = Status {
        resource_state: ONLINE_PENDING,
        check_point: 0,
        event_handle: null_mut(),
        application_specific_error_code: 0,
        flags: 0,
        wait_hint: 0,
    };
    while status.check_point < steps {
        // a step of the work
        status.check_point += 1;
        // The callback may be called from any thread, and reads the status before it returns.
        if unsafe { report(handle, &status) } == TERMINATE {
            return TERMINATE;
        }
    }
    status.resource_state = ONLINE;
    status.check_point += 1;
    unsafe { report(handle, &status) }
}

pub type Worker = thread::JoinHandle<u32>;

#[no_mangle]
pub extern "C" fn worker_start(report: Report, handle: usize, steps: u32) -> *mut Worker {
    Box::into_raw(Box::new(thread::spawn(move || bring_online(report, handle, steps))))
}

/// # Safety
/// The worker is one of worker_start's, and is joined once.
#[no_mangle]
pub unsafe extern "C" fn worker_join(worker: *mut Worker) -> u32 {
    Box::from_raw(worker).join().unwrap_or(TERMINATE)
}
