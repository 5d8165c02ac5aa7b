//! The bytes of the script that runs on this thread, and the panics of its user code.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Once;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static NEXT: Cell<usize> = const { Cell::new(0) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Scripts inside scripts.
const DEEPEST: u32 = 5;

pub fn begin(script: &[u8]) {
    BYTES.with_borrow_mut(|bytes| {
        bytes.clear();
        bytes.extend_from_slice(script);
    });
    NEXT.set(0);
    DEPTH.set(0);
}

/// The next byte, or none at the end of the script.
pub fn next() -> Option<u8> {
    let at = NEXT.get();
    let byte = BYTES.with_borrow(|bytes| bytes.get(at).copied())?;
    NEXT.set(at + 1);
    Some(byte)
}

/// The next byte, or 0.
pub fn byte() -> u8 {
    next().unwrap_or(0)
}

/// Leaves nothing of the script, so that what ends it is run without any user code of its choice.
pub fn end() {
    NEXT.set(usize::MAX);
}

/// How many scripts this one is inside of.
pub fn depth() -> u32 {
    DEPTH.get()
}

/// Goes on with the script inside user code, unless that is too deep already.
pub fn nested(body: impl FnOnce()) {
    struct Up;
    impl Drop for Up {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() - 1);
        }
    }

    if DEPTH.get() < DEEPEST {
        DEPTH.set(DEPTH.get() + 1);
        let _up = Up;
        body();
    }
}

/// The payload of a panic of user code.
struct Blast;

/// Panics as user code does, without a message.
pub fn blast() -> ! {
    resume_unwind(Box::new(Blast))
}

pub fn is_blast(payload: &(dyn Any + Send)) -> bool {
    payload.is::<Blast>()
}

/// Runs `body` and says whether it came to its end; a panic that is not of user code's making is a finding.
pub fn guarded<R>(body: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => Some(result),
        Err(payload) if is_expected(&*payload) => None,
        Err(payload) => resume_unwind(payload),
    }
}

/// Lets panics that the crate keeps in pass without a word, unless they are not of user code's making.
pub fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        weakref::set_unraisable_hook(|panic| assert!(is_expected(panic.payload()), "{panic}"));
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !is_expected(panic.payload()) {
                report(panic);
            }
        }));
    });
}

/// Whether a panic is of user code's making, or what a shared container says to code that calls it from where
/// it may not.
pub fn is_expected(payload: &(dyn Any + Send)) -> bool {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    let refusals = [
        "weakref: a shared container ",
        "weakref: a constructor waits for itself",
    ];
    is_blast(payload)
        || text.is_some_and(|text| refusals.iter().any(|refusal| text.starts_with(refusal)))
}
