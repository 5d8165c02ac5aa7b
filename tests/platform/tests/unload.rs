//! What holds when the library is unloaded: its exit handler, its fork handler and its thread locals' destructors never
//! run when their code is gone.
#![cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]

use std::ffi::{CString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::mpsc::channel;

// Of libc, which std links.
unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlclose(library: *mut c_void) -> c_int;
    fn fork() -> c_int;
    fn waitpid(process: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn _exit(status: c_int) -> !;
}

const NOW: c_int = 2;
const ONLY_IF_LOADED: c_int = 4;

static RUN: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(what: u32) {
    RUN.fetch_add(what, Ordering::Relaxed);
}

/// Where the objects are that the library left.
static KEPT: [AtomicPtr<c_void>; 8] = [const { AtomicPtr::new(null_mut()) }; 8];

extern "C" fn keep(object: *const c_void) {
    let free = KEPT
        .iter()
        .find(|place| place.load(Ordering::Relaxed).is_null());
    let free = free.expect("two objects each of the four times");
    free.store(object.cast_mut(), Ordering::Relaxed);
}

fn has_run() -> u32 {
    RUN.load(Ordering::Relaxed)
}

type Leave = unsafe extern "C" fn(extern "C" fn(u32), extern "C" fn(*const c_void));

/// A loaded library.
struct Library(*mut c_void);

// SAFETY: what `dlopen` returns may be used on any thread.
unsafe impl Send for Library {}

impl Library {
    fn open(flags: c_int) -> Option<Self> {
        let mut path = std::env::current_exe().expect("this binary");
        path.set_file_name("libweakref_platform_tests.so");
        let path = CString::new(path.as_os_str().as_bytes()).expect("a path");
        // SAFETY: a path; what runs when it is loaded is std's.
        let library = unsafe { dlopen(path.as_ptr(), NOW | flags) };
        (!library.is_null()).then(|| Self(library))
    }

    /// Has the library register finalizers, on this thread.
    fn leave_finalizers(&self) {
        // SAFETY: loaded, and a name.
        let function = unsafe { dlsym(self.0, c"leave_finalizers".as_ptr()) };
        assert!(!function.is_null());
        // SAFETY: that is the type of what has this name.
        let leave = unsafe { std::mem::transmute::<*mut c_void, Leave>(function) };
        // SAFETY: (1), (2) both are this program's.
        unsafe { leave(count, keep) };
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: opened once, closed once.
        assert_eq!(unsafe { dlclose(self.0) }, 0);
    }
}

fn is_loaded() -> bool {
    Library::open(ONLY_IF_LOADED).is_some()
}

/// A fork calls what was registered for forks.
fn fork_and_exit() {
    // SAFETY: the child does nothing but exit.
    let child = unsafe { fork() };
    if child == 0 {
        // SAFETY: as above.
        unsafe { _exit(0) };
    }
    let mut status = -1;
    // SAFETY: a place for the status.
    assert_eq!(unsafe { waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child died of a handler whose code is gone");
}

/// One test, since a library is loaded once for the whole process.
#[test]
fn nothing_of_an_unloaded_library_is_called() {
    for round in 1..=3 {
        let library = Library::open(0).expect("cargo has built it");
        let library = std::thread::spawn(move || {
            library.leave_finalizers();
            library
        });
        let library = library.join().expect("it does not panic");
        // The thread has ended: its local finalizer ran.
        assert_eq!(has_run(), round * 101 - 1);
        fork_and_exit();
        drop(library);
        assert!(
            !is_loaded(),
            "the last handle is closed, no thread needs it"
        );
        // The exit handler ran as the library was unloaded.
        assert_eq!(has_run(), round * 101);
        fork_and_exit();
    }
    RUN.store(0, Ordering::Relaxed);

    // A thread that has locals of the library keeps it loaded until it ends.
    let library = Library::open(0).expect("cargo has built it");
    let (closed, has_closed) = channel();
    let thread = std::thread::spawn(move || {
        library.leave_finalizers();
        drop(library);
        closed.send(()).expect("the test waits");
        assert!(is_loaded());
        assert_eq!(has_run(), 0);
    });
    has_closed.recv().expect("it sends");
    thread.join().expect("its destructors are there to be run");
    assert_eq!(has_run(), 100);
    // Whoever closes it next unloads it.
    drop(Library::open(0).expect("cargo has built it"));
    assert!(!is_loaded());
    assert_eq!(has_run(), 101);
    fork_and_exit();
}
