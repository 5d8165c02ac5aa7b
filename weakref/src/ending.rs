//! Ends that panic: what is dropped on the way out of a call, or one after the other.
//!
//! A payload, a key, a waker, what a closure captured: each is dropped by calling user code, which may panic. What is
//! owed then is paid all the same:
//!
//! | place | what is still owed | who pays |
//! |---|---|---|
//! | a caught payload that was reported (`report`) | nothing; the payload's own drop may panic, and that one's too | `discard`, in a bounded number of steps, which forgets the last |
//! | the hook of reports, a last handle of it | nothing | `report`, which catches it last |
//! | the value of a death | its memory, callbacks, finalizers, wakes, the weak unit | `catch_unwind` around the drop; resumed after step 7, or reported while the thread panics |
//! | a callback's or a finalizer's action that a death runs, its captures and its result included | the rest of the list | `catch_unwind` around the call that consumes it; reported |
//! | the closure of a callback that is cancelled | nothing: its node is freed before | the caller |
//! | an action that is detached and dropped, or run | its share of the node | the guard `Share` |
//! | the value of an abandoned construction | as a death's | as a death's |
//! | a buried row of a shared container | the rest of the burial, the lock | `bury_all`, unlocked, row by row; the first resumes at the end, the rest are reported |
//! | rows of a container that is dropped, cleared or drained | the other rows | [`Panics`], row by row |
//! | what is buried in one shard of a call over all of them | the other shards | `Panics`, shard by shard |
//! | a row that a call replaces or removes | nothing: it is out of the table, and the new one is in | the caller, who drops it before its result is returned |
//! | what a call was given and did not use: a key, a constructor, a condition, the `init` of a cell, what a macro cannot forward to the dead | its result | [`drop_first`] |
//! | candidates that a comparison has given up by their last owner | the result of the search | [`drop_first`] |
//! | the last handle of a referent that a call kept alive while it ran a closure on it, cloned or serialized it, or what a macro forwards to it | the result | [`drop_first`] |
//! | the entries of a container that are made strong to be serialized | the format's result, the other entries | `drop_first`, of a `Several` |
//! | what a closure of `weak!` upgraded | its result | nobody: it is leaked, as that macro's docs say |
//! | wakers of tasks that wait for one construction, and what they throw | the wakers that come after | [`Panics`]; the first resumes at the end, the rest are reported |
//! | a value that its construction was too late with | those who wait on a thread | `Flight::end` tells them before |
//! | a waker that another replaces, or that its task takes back | nothing: it is out, and the lock is free | the caller |
//! | the row of a failed construction | those who wait for it | the guard `Failed`, before the row is dropped |
//! | handles that the strong tier lets go | what the call had to put in order, and its result | the call, which drops them last but before it returns |
//! | what a call of a shared container owns when the panic of a buried row goes out through it: a key that is not entered yet, a row that it took out | nothing | nobody: it is dropped in the unwinding, and a second panic there aborts, as the containers' docs say |
//!
//! The allocator is user code too, where it traces or profiles: it may drop handles, make them, ask cells, and use any
//! container but the shared one that calls it, in the middle of any call; it may go on with a coroutine, whose calls then
//! return. So it is not called while what that would need is locked or borrowed, and what it may have ended is looked for anew:
//!
//! | what takes memory, or gives it back | |
//! |---|---|
//! | nodes of callbacks, finalizers and registrations | made before the list is locked, freed when it is unlocked |
//! | `Strong::finalizers`, `registered`, `weak_refs` | room is made unlocked, and looked at again |
//! | the queue of deaths | grows while nobody has it, and what it was goes then too; without one by then, the death is performed |
//! | what is owed to the outermost read | its memory is there before that read is looked for |
//! | the guard of a thread's finalizers, on systems without `__cxa_thread_atexit_impl` | asked for before a finalizer is looked at |
//! | the locks of the rolls, on systems where std puts them in boxes | each is taken once before several are |
//! | the table of a thread's references, and what came back to it (`SendWeak`) | the same; each reference is dropped by itself |
//! | what a `WeakCell` refers to | the old reference is dropped unlocked |
//! | the rolls of a forked child | made unlocked, and published in one step |
//! | the hook of reports | made before its lock is taken, dropped after |
//! | tables, waits and flights of shared containers | there: `weakref_containers::shared` |
//!
//! While the thread panics already, a second panic must not leave a `Drop`: what would resume is reported instead.

#![forbid(unsafe_code)]

use core::any::type_name;
use core::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::unraisable::{Payload, Source, report};

/// Drops `ended`, and returns `result`.
///
/// If the drop panics, `result` is dropped too. Without it, a result that is in its place already when a local's drop
/// panics at the end of a function would be leaked: the compiler does not drop it.
///
/// # Examples
///
/// ```
/// use std::panic::catch_unwind;
/// use std::sync::Arc;
/// use weakref::watch::drop_first;
///
/// struct Unwilling;
///
/// impl Drop for Unwilling {
///     fn drop(&mut self) {
///         panic!("never");
///     }
/// }
///
/// let found = Arc::new(7);
/// let given = Arc::clone(&found);
/// assert!(catch_unwind(move || drop_first(Unwilling, given)).is_err());
/// assert_eq!(Arc::strong_count(&found), 1);
/// ```
#[inline(always)]
pub fn drop_first<D, R>(ended: D, result: R) -> R {
    drop(ended);
    result
}

/// Runs pieces of user code one after the other, whatever each of them throws.
///
/// The first panic goes on at the [end](Self::resume), the others go to the
/// [hook](crate::set_unraisable_hook), and so does the first while the thread is panicking already.
///
/// # Examples
///
/// ```
/// use std::panic::{AssertUnwindSafe, catch_unwind};
/// use weakref::Source;
/// use weakref::watch::Panics;
///
/// let mut done = 0;
/// let mut panics = Panics::of::<str>(Source::Drop);
/// panics.run(|| panic!("the first"));
/// panics.run(|| done += 1);
/// assert_eq!(done, 1);
/// let thrown = catch_unwind(AssertUnwindSafe(|| panics.resume())).unwrap_err();
/// assert_eq!(thrown.downcast_ref(), Some(&"the first"));
/// ```
#[must_use = "the first panic goes on with `resume`"]
pub struct Panics {
    source: Source,
    type_name: fn() -> &'static str,
    first: Option<Payload>,
}

impl Panics {
    /// None yet. Those that go to the hook are told as of this source and type.
    pub fn of<T: ?Sized>(source: Source) -> Self {
        Self {
            source,
            type_name: type_name::<T>,
            first: None,
        }
    }

    /// Runs `code`, and says whether it returned.
    pub fn run(&mut self, code: impl FnOnce()) -> bool {
        match catch_unwind(AssertUnwindSafe(code)) {
            Ok(()) => true,
            Err(payload) if self.first.is_none() => {
                self.first = Some(payload);
                false
            }
            Err(payload) => {
                report(self.source, (self.type_name)(), payload);
                false
            }
        }
    }

    /// Drops all that is left in `items`, each by itself.
    pub fn drop_each<I>(&mut self, items: &mut impl Iterator<Item = I>) {
        while !self.run(|| items.for_each(drop)) {}
    }

    /// Lets the first panic go on, if there was one.
    pub fn resume(mut self) {
        match self.first.take() {
            None => {}
            Some(payload) if std::thread::panicking() => {
                report(self.source, (self.type_name)(), payload);
            }
            Some(payload) => resume_unwind(payload),
        }
    }
}

impl Drop for Panics {
    /// Without [`resume`](Self::resume) the first panic is reported like the others.
    fn drop(&mut self) {
        if let Some(payload) = self.first.take() {
            report(self.source, (self.type_name)(), payload);
        }
    }
}

impl fmt::Debug for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panics")
            .field("source", &self.source)
            .field("any", &self.first.is_some())
            .finish_non_exhaustive()
    }
}
