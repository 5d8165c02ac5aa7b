//! Finalizers: actions on an object that run once, at its death, when called, or at exit, and that
//! cannot own the object.
//!
//! A finalizer is a node of the weak list. Its state is one word, so that one of death, call, detach
//! and exit claims it (`state.rs`); who claims it unlinks it, and then gives its weak unit back.
//!
//! F1: while the state is live, the node's weak unit holds the block: a peek, which locks the state, may
//! touch it.
//! F2: the action is taken by whoever claimed it.
//! F3: the node is freed when the list's share, each handle's, each action's and the exit phase's
//! are given up.
//! F4: while the state is live, the list's share is not given up: a death gives it up after a claim
//! of its own, won or lost, and everybody else after a claim that was won. So who finds the state
//! live, and locks it, may add a share there, and needs none before. After the unlock it may not:
//! whoever loses the next claim lets go at once, and its share may be the last.
//! F5: a death that finds the list's share to be the only one claims by striking the finalizer off, without an
//! exchange of the state (`Base::claim_at_death`).
//! F6: who finds its share to be the only one frees the node without a subtraction (`leave`).
//!
//! Who holds what when no handle remains:
//!
//! | place | the claimer's share is | a loser may let go at once of | model |
//! |---|---|---|---|
//! | `fire`, a step of a death | the list's, which the death took with the list | the list's share, or nothing (F5) | `exit_races::claim_races_death` |
//! | [`Finalizer::call`] | its handle's, for as long as the call borrows it | the handle | `finalizer_races::call_races_death` |
//! | [`Finalizer::detach`] | added while the state is locked, and the [`Action`]'s; its strong unit too | the handle | `finalizer_races::detach_races_death` |
//! | `Duty::claim`, the exit phase | added while the state is locked (F4); before, the roll's lock keeps the node enrolled (X1) | nothing: it had no share | `exit_races::claim_races_death` |
//! | `settle`, of all but the death | the claimer's, and the list's if it unlinked the node | | `finalizer_races::call_races_detach_and_death` |
//! | `exit::strike` | the claimer's; the roll's lock excludes the phase's look | | `exit_races::call_races_phase` |
//! | `exit::enrol`, of `register` | the new handle's, which the caller of `finalize` has | | `exit_races::registration_races_phase` |
//! | `exit::enrol`, of [`Finalizer::set_at_exit`] | its handle's | | `exit_races::set_at_exit_races_phase`, `told_races_death` |

mod action;
mod find;
mod handle;
mod node;
mod state;

use core::alloc::Layout;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::construct::Construction;
use crate::exit::{self, Duty, Enrolled};
use crate::finalizer_safe::FinalizerSafe;
use crate::list::{Locked, Node};
use crate::raw;
use crate::referenceable::{MaybeSend, WeakReferenceable};
use crate::slot::Shape;
use crate::strong::Strong;
use crate::sync::Size;
use node::{Base, NEW, Typed, call};
use state::State;

pub use action::{Action, Detached};
pub use find::FinalizerKey;
pub use handle::Finalizer;
#[cfg(all(test, not(any(loom, shuttle))))]
pub(crate) use node::HANDLE;

impl<T: ?Sized + WeakReferenceable, R> FinalizerSafe for Finalizer<T, R> {}

/// Registers an action that runs once, when the object of `object` dies, when the process exits, or
/// when it is [called](Finalizer::call), whichever is first: `finalize(&object, |object| { copy; move || action })`.
///
/// An action with values that you have at hand is [`finalize_with`]: where `make` uses a variable of the code around
/// it, the compiler says "expected fn pointer, found closure", and what is meant is
/// `finalize_with(&image, |(prefix, id)| …, (prefix, image.id))`.
///
/// `make` is given the object and returns the action. It is a plain function, so it cannot capture
/// a handle of the object, and what it returns cannot borrow from the object: copy what the action
/// needs.
///
/// Nobody can own the object by mistake, but whoever is determined to can, and then it never dies:
/// by upgrading a weak reference that the object stores, to itself or to one of its owners; through
/// a shared cell of the object, such as an `Arc<Mutex<…>>`, that gets a handle later; and by a handle
/// that `make` finds in a `static` or a thread local.
///
/// The returned handle may be dropped; that changes nothing. Callbacks and finalizers of one death
/// run newest first, after the value was dropped. Panics then go to the
/// [unraisable hook](crate::set_unraisable_hook).
///
/// # Examples
///
/// ```
/// use std::fs;
/// use std::path::PathBuf;
/// use weakref::{finalize, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Scratch {
///     path: PathBuf,
/// }
///
/// let path = std::env::temp_dir().join(format!("weakref-doc-{}", std::process::id()));
/// fs::write(&path, "scratch")?;
/// let scratch = Strong::new(Scratch { path: path.clone() });
/// finalize(&scratch, |scratch| {
///     let path = scratch.path.clone();
///     move || fs::remove_file(path)
/// });
/// drop(scratch);
/// assert!(!path.exists());
/// # std::io::Result::Ok(())
/// ```
///
/// An action that captures its object does not compile:
///
/// ```compile_fail
/// # use weakref::{finalize, Strong, WeakReferenceable};
/// # #[derive(WeakReferenceable)]
/// # struct Scratch;
/// let scratch = Strong::new(Scratch);
/// let same = scratch.clone();
/// finalize(&scratch, |_| move || drop(same));
/// ```
///
/// # Panics
///
/// Panics if `make` does. Aborts the process when the object has 2²⁶ weak references.
///
/// # Complexity
///
/// O(1), and one allocation.
#[cfg_attr(feature = "leak-trace", track_caller)]
pub fn finalize<T, F, R>(object: &Strong<T>, make: fn(&T) -> F) -> Finalizer<T, R>
where
    T: ?Sized + WeakReferenceable,
    F: FnOnce() -> R + MaybeSend<T::Slot> + 'static,
    R: 'static,
{
    register(object.handle(), object.layout(), make(object), None, true)
}

/// As [`finalize`], in code that is generic over the slot: what is `Send` may be run for every object.
///
/// ```
/// use std::sync::Mutex;
/// use weakref::{LocalObject, Strong, WeakReferenceable, finalize_send};
///
/// static GONE: Mutex<Vec<String>> = Mutex::new(Vec::new());
///
/// trait Named: WeakReferenceable {
///     fn name(&self) -> String;
/// }
///
/// fn keep_the_name<T: Named>(object: &Strong<T>) {
///     finalize_send(object, |object| {
///         let name = object.name();
///         move || GONE.lock().unwrap().push(name)
///     });
/// }
///
/// impl Named for LocalObject<u32> {
///     fn name(&self) -> String {
///         self.0.to_string()
///     }
/// }
///
/// let object = Strong::new(LocalObject(3));
/// keep_the_name(&object);
/// drop(object);
/// assert_eq!(*GONE.lock().unwrap(), ["3"]);
/// ```
///
/// # Panics
///
/// Panics if `make` does. Aborts the process when the object has 2²⁶ weak references.
#[cfg_attr(feature = "leak-trace", track_caller)]
pub fn finalize_send<T, F, R>(object: &Strong<T>, make: fn(&T) -> F) -> Finalizer<T, R>
where
    T: ?Sized + WeakReferenceable,
    F: FnOnce() -> R + Send + 'static,
    R: 'static,
{
    register(object.handle(), object.layout(), make(object), None, true)
}

/// Registers `action` with its arguments, as Python's `finalize(obj, func, *args)`: it runs once,
/// when the object dies, when the process exits, or when it is called.
///
/// `action` is a plain function, `fn(A) -> R`, written so that the types of its arguments are inferred from `args`. The
/// arguments own no [`Strong`], directly or inside anything: that is what [`FinalizerSafe`] says; for a type of another
/// crate that owns none, [`AssertFinalizerSafe`](crate::AssertFinalizerSafe) does. Several arguments go as a tuple. A
/// determined user is left with what no type tells: a cell behind a `&'static` reference that gets a handle later, and a thread
/// that owns the object while it waits for an argument to be dropped. Then the object never dies.
///
/// The object may be the [`Construction`] of [`Strong::new_cyclic`], so that it can store the
/// handle of its own finalizer.
///
/// # Examples
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use weakref::{finalize_with, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Session(u32);
///
/// let log = Arc::new(Mutex::new(Vec::new()));
/// let session = Strong::new(Session(7));
/// finalize_with(&session, |(log, id)| log.lock().unwrap().push(id), (Arc::clone(&log), session.0));
/// drop(session);
/// assert_eq!(*log.lock().unwrap(), [7]);
/// ```
///
/// An argument that owns the object does not compile:
///
/// ```compile_fail
/// # use weakref::{finalize_with, Strong, WeakReferenceable};
/// # #[derive(WeakReferenceable)]
/// # struct Session;
/// let session = Strong::new(Session);
/// finalize_with(&session, |all| drop(all), vec![session.clone()]);
/// ```
///
/// # Panics
///
/// Aborts the process when the object has 2²⁶ weak references.
///
/// # Complexity
///
/// O(1), and one allocation.
#[cfg_attr(feature = "leak-trace", track_caller)]
pub fn finalize_with<O, A, R>(
    object: &O,
    action: fn(<A as Itself>::Type) -> R,
    args: A,
) -> Finalizer<O::Referent, R>
where
    O: Finalizable,
    A: FinalizerSafe + MaybeSend<<O::Referent as WeakReferenceable>::Slot> + 'static,
    R: 'static,
{
    let (handle, layout) = (object.handle(), object.layout());
    register(handle, layout, move || action(args), None, true)
}

/// As [`finalize_with`], in code that is generic over the slot: what is `Send` may be run for every
/// object.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use weakref::{LocalObject, Strong, WeakReferenceable, finalize_with_send};
///
/// fn note<T: WeakReferenceable>(object: &Strong<T>, log: &Arc<Mutex<Vec<u32>>>, number: u32) {
///     let args = (Arc::clone(log), number);
///     finalize_with_send(object, |(log, number)| log.lock().unwrap().push(number), args);
/// }
///
/// let log = Arc::default();
/// let object = Strong::new(LocalObject("local"));
/// note(&object, &log, 7);
/// drop(object);
/// assert_eq!(*log.lock().unwrap(), [7]);
/// ```
///
/// # Panics
///
/// Aborts the process when the object has 2²⁶ weak references.
#[cfg_attr(feature = "leak-trace", track_caller)]
pub fn finalize_with_send<O, A, R>(
    object: &O,
    action: fn(<A as Itself>::Type) -> R,
    args: A,
) -> Finalizer<O::Referent, R>
where
    O: Finalizable,
    A: FinalizerSafe + Send + 'static,
    R: 'static,
{
    let (handle, layout) = (object.handle(), object.layout());
    register(handle, layout, move || action(args), None, true)
}

/// `A` by a name that does not mention it, so that only `args` does in [`finalize_with`], and the
/// compiler shows a mistake there.
#[expect(unnameable_types, reason = "nobody needs to name it")]
pub trait Itself: Sized {
    /// This type.
    type Type;
}

impl<T> Itself for T {
    type Type = T;
}

/// Attaches a finalizer that a type declares, while an object is built.
pub(crate) fn attach<T, F, R>(
    construction: &Construction<T>,
    key: FinalizerKey<T, R>,
    at_exit: bool,
    action: F,
) where
    T: ?Sized + WeakReferenceable,
    F: FnOnce() -> R + 'static,
    R: 'static,
{
    drop(register(
        construction.handle(),
        construction.layout(),
        action,
        Some(key.name),
        at_exit,
    ));
}

mod sealed {
    #[expect(unnameable_types, reason = "seals `Finalizable`")]
    /// Gives the handle pointer of an object that is alive or under construction, and its value's layout.
    pub trait Handle<T: ?Sized> {
        fn handle(&self) -> core::ptr::NonNull<T>;
        fn layout(&self) -> core::alloc::Layout;
    }
}

use sealed::Handle as _;

/// What [`finalize_with`] takes: a [`Strong`], or a [`Construction`]. Sealed.
pub trait Finalizable: sealed::Handle<Self::Referent> {
    /// The type of the object.
    type Referent: ?Sized + WeakReferenceable;
}

impl<T: ?Sized + WeakReferenceable> sealed::Handle<T> for Strong<T> {
    fn handle(&self) -> NonNull<T> {
        // SAFETY: 1, it is the header of the object at this value.
        unsafe { raw::handle_of(self.value(), self.header()) }
    }

    fn layout(&self) -> Layout {
        Layout::for_value(&**self)
    }
}

impl<T: ?Sized + WeakReferenceable> Finalizable for Strong<T> {
    type Referent = T;
}

impl<T: ?Sized + WeakReferenceable> sealed::Handle<T> for Construction<T> {
    fn handle(&self) -> NonNull<T> {
        self.weak().handle()
    }

    fn layout(&self) -> Layout {
        Self::layout(self)
    }
}

impl<T: ?Sized + WeakReferenceable> Finalizable for Construction<T> {
    type Referent = T;
}

/// Makes, links and enrols a finalizer.
#[cfg_attr(feature = "leak-trace", track_caller)]
fn register<T, F, R>(
    handle: NonNull<T>,
    layout: Layout,
    action: F,
    name: Option<&'static str>,
    at_exit: bool,
) -> Finalizer<T, R>
where
    T: ?Sized + WeakReferenceable,
    F: FnOnce() -> R + 'static,
    R: 'static,
{
    let header = raw::header(handle);
    let table = const { &Typed::<T, F, R>::TABLE };
    let base = Base {
        node: Node::action(header, &table.list),
        owners: Size::new(NEW),
        state: State::new(at_exit),
        shape: Shape::new(layout),
        name,
        table,
        enrolled: Enrolled::new(const { &Duty::of::<T::Slot>() }),
    };
    let action = UnsafeCell::new(MaybeUninit::new(action));
    let typed = Box::new(Typed::<T, F, R> {
        base,
        action,
        referent: PhantomData,
        result: PhantomData,
    });
    let base: *mut Base<T::Slot> = Box::into_raw(typed).cast();
    // SAFETY: it came from a box, and the handle's share, which is ours, keeps it.
    let enrolled = unsafe { &(*base).enrolled };
    // Before anybody can find the node.
    exit::assign::<T::Slot>(enrolled, base.cast(), at_exit);
    // SAFETY: 1, the handle or the construction that the caller borrows has a unit of the block.
    let locked = unsafe { Locked::enlist(header) };
    // SAFETY: 1, alive or under construction, since the caller borrows what says so; 2, a new node, whose weak unit
    // was just added, with a share for the list; 3, it begins a value of the type that its table was made for.
    unsafe { locked.push(base.cast()) };
    drop(locked);
    if at_exit {
        // SAFETY: 1, it was just assigned, and the handle's share is ours; 2, its state says so from its start.
        unsafe { exit::enrol::<T::Slot>(enrolled) };
    }
    // SAFETY: from a box.
    let base = unsafe { NonNull::new_unchecked(base) };
    Finalizer {
        base,
        handle,
        call: call::<T::Slot, R>,
        slot: PhantomData,
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
