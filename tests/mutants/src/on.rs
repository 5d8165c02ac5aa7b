//! Which mutant is on: the number in the environment, or none. Written next to the crate's modules.
//!
//! Read before `main`, and without an allocation: allocators are counted in tests. Which ones a process comes to is noted
//! in a file of a byte each that it maps, since it may end in any way.

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};

static ON: AtomicUsize = AtomicUsize::new(0);
static REACHED: AtomicPtr<u8> = AtomicPtr::new(null_mut());
const NOTE: usize = usize::MAX;

#[inline]
pub fn on(number: usize) -> bool {
    let on = ON.load(Relaxed);
    if on == NOTE {
        note(number);
    }
    on == number
}

#[cold]
fn note(number: usize) {
    unsafe { REACHED.load(Relaxed).add(number).write(1) };
}

unsafe extern "C" {
    fn getenv(name: *const c_char) -> *const c_char;
    fn strtoul(text: *const c_char, end: *mut *mut c_char, base: c_int) -> usize;
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn mmap(at: *mut c_void, length: usize, protection: c_int, flags: c_int, file: c_int, offset: i64) -> *mut c_void;
    fn abort() -> !;
}

#[used]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start;

extern "C" fn start() {
    unsafe {
        let number = getenv(c"MUTANT".as_ptr());
        if !number.is_null() {
            ON.store(strtoul(number, null_mut(), 10), Relaxed);
        }
        let path = getenv(c"MUTANTS_REACHED".as_ptr());
        if !path.is_null() {
            const READ_WRITE: c_int = 2;
            const READ_AND_WRITE: c_int = 3;
            const SHARED: c_int = 1;
            let at = mmap(null_mut(), MUTANTS + 1, READ_AND_WRITE, SHARED, open(path, READ_WRITE), 0);
            if at as isize == -1 {
                abort();
            }
            REACHED.store(at.cast(), Relaxed);
            ON.store(NOTE, Relaxed);
        }
    }
}
