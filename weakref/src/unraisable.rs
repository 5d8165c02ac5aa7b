//! Where panics go that nobody can catch: those of callbacks and finalizers that a death runs.

use core::any::Any;
use core::fmt;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use crate::events;

/// A panic's payload.
pub(crate) type Payload = Box<dyn Any + Send>;

/// What panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The `Drop` of an object, while its thread was panicking already or another object's panic
    /// was on its way out.
    Drop,
    /// A callback.
    Callback,
    /// A finalizer that a death ran.
    Finalizer,
    /// A finalizer that the exit of the process ran.
    ExitFinalizer,
    /// The owner of a [waking graveyard](crate::watch::Graveyard::waking), such as a shared container,
    /// when a death woke it: a key's or a value's `Drop`.
    Burial,
    /// The waker of a task that waits in a shared container, after another's panic.
    Waker,
    /// A subscriber of the crate `tracing`, at an event of the feature of this name.
    Subscriber,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drop => "drop",
            Self::Callback => "callback",
            Self::Finalizer => "finalizer",
            Self::ExitFinalizer => "exit finalizer",
            Self::Burial => "burial",
            Self::Waker => "waker",
            Self::Subscriber => "subscriber",
        })
    }
}

/// A panic that nobody can catch, as the hook sees it: an example is at [`set_unraisable_hook`].
pub struct Unraisable<'a> {
    source: Source,
    type_name: &'static str,
    payload: &'a (dyn Any + Send),
}

impl Unraisable<'_> {
    /// What panicked.
    pub fn source(&self) -> Source {
        self.source
    }

    /// The name of the referent's type, as [`core::any::type_name`] gives it.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The panic's payload.
    pub fn payload(&self) -> &(dyn Any + Send) {
        self.payload
    }

    /// The panic's message, if its payload is text.
    pub fn message(&self) -> Option<&str> {
        if let Some(text) = self.payload.downcast_ref::<&'static str>() {
            return Some(text);
        }
        self.payload.downcast_ref::<String>().map(String::as_str)
    }
}

impl fmt::Display for Unraisable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panic in the {} of a {}", self.source, self.type_name)?;
        match self.message() {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Unraisable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unraisable")
            .field("source", &self.source)
            .field("type_name", &self.type_name)
            .field("message", &self.message())
            .finish_non_exhaustive()
    }
}

/// The hook: called on the thread that panicked, after the panic was caught.
pub type UnraisableHook = dyn Fn(&Unraisable<'_>) + Send + Sync;

static HOOK: RwLock<Option<Arc<UnraisableHook>>> = RwLock::new(None);

/// Sets what is called with every panic that nobody can catch: in a callback, in a finalizer that
/// a death or the exit ran, and in a `Drop` while the thread is panicking already.
///
/// Without a hook a line goes to stderr. A panic of the hook itself is swallowed. The panic hook of std runs before it, as at
/// every panic: what that prints is not kept back.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc::channel;
/// use weakref::{set_unraisable_hook, take_unraisable_hook, Strong, WeakRef, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Job;
///
/// let (sender, reports) = channel();
/// set_unraisable_hook(move |report| sender.send(report.message().map(str::to_owned)).unwrap());
/// let job = Strong::new(Job);
/// let _callback = WeakRef::with_callback(&job, |_| panic!("no such listener"));
/// drop(job);
/// assert_eq!(reports.recv().unwrap().as_deref(), Some("no such listener"));
/// take_unraisable_hook();
/// ```
pub fn set_unraisable_hook(hook: impl Fn(&Unraisable<'_>) + Send + Sync + 'static) {
    replace(Some(Arc::new(hook)));
}

/// Removes the hook and returns it; panics go to stderr again.
///
/// # Examples
///
/// ```
/// assert!(weakref::take_unraisable_hook().is_none());
/// weakref::set_unraisable_hook(|_| ());
/// assert!(weakref::take_unraisable_hook().is_some());
/// ```
pub fn take_unraisable_hook() -> Option<Arc<UnraisableHook>> {
    replace(None)
}

fn replace(hook: Option<Arc<UnraisableHook>>) -> Option<Arc<UnraisableHook>> {
    let mut place = HOOK.write().unwrap_or_else(PoisonError::into_inner);
    core::mem::replace(&mut place, hook)
}

/// Hands a caught panic to the hook. Never unwinds.
#[cold]
pub(crate) fn report(source: Source, type_name: &'static str, payload: Payload) {
    let hook = HOOK.read().unwrap_or_else(PoisonError::into_inner).clone();
    let report = Unraisable {
        source,
        type_name,
        payload: &*payload,
    };
    events::panicked(&report);
    let reported = catch_unwind(AssertUnwindSafe(|| match &hook {
        Some(hook) => hook(&report),
        None => drop(writeln!(std::io::stderr(), "weakref: {report}")),
    }));
    if let Err(second) = reported {
        discard(second);
    }
    discard(payload);
    if let Err(third) = catch_unwind(AssertUnwindSafe(|| drop(hook))) {
        // This was the last handle of a hook, and its drop panicked: there is no hook left to tell.
        discard(third);
    }
}

/// Drops a payload whose drop may panic, with a payload whose drop may panic, and so on.
fn discard(payload: Payload) {
    let mut next = Some(payload);
    for _ in 0..8 {
        let Some(payload) = next.take() else { return };
        next = catch_unwind(AssertUnwindSafe(|| drop(payload))).err();
    }
    core::mem::forget(next);
}

#[cfg(all(test, not(loom)))]
mod tests {
    use core::cell::Cell;
    use core::mem::forget;
    use std::panic::{catch_unwind, panic_any};

    use super::{Source, discard, report, set_unraisable_hook, take_unraisable_hook};

    struct Bomb<P: FnMut()>(P);

    impl<P: FnMut()> Drop for Bomb<P> {
        fn drop(&mut self) {
            (self.0)();
        }
    }

    #[test]
    fn a_hook_whose_end_panics_with_a_payload_whose_end_panics_is_survived() {
        let bomb = Bomb(|| panic_any(Bomb(|| panic!("the end of a payload"))));
        set_unraisable_hook(move |_| {
            let _captured = &bomb;
            // `report` has the last handle now.
            drop(take_unraisable_hook());
        });
        report(Source::Callback, "T", Box::new(0));
        assert!(take_unraisable_hook().is_none());
    }

    thread_local! {
        static ENDS: Cell<u32> = const { Cell::new(0) };
    }

    /// Its end panics with another one.
    struct Endless;

    impl Drop for Endless {
        fn drop(&mut self) {
            ENDS.set(ENDS.get() + 1);
            panic_any(Self);
        }
    }

    #[test]
    fn a_payload_whose_end_panics_without_end_is_survived() {
        let thrown = catch_unwind(|| discard(Box::new(Endless)));
        assert_eq!((ENDS.get(), thrown.map_err(forget)), (8, Ok(())));
    }
}
