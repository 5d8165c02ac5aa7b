//! Finalizers: actions on an object that run once, at its death, when called, or at exit, and that
//! cannot own the object.
//!
//! A finalizer is a node of the weak list. Its state is guarded by a lock of its own, so that one
//! of death, call, detach and exit claims it; who claims it unlinks it, and then gives its weak
//! unit back.
//!
//! F1: while the state is live, the node's weak unit holds the block: a peek, under the state's
//! lock, may touch it.
//! F2: the action is taken by whoever claimed it.
//! F3: the node is freed when the list's share, each handle's, each action's and the exit phase's
//! are given up.
//! F4: while the state is live, the list's share is not given up: a death gives it up after a claim
//! of its own, won or lost, and everybody else after a claim that was won. So who finds the state
//! live, under its lock, may add a share there, and needs none before. After the unlock it may not:
//! whoever loses the next claim lets go at once, and its share may be the last.
//!
//! Who holds what when no handle remains:
//!
//! | place | the claimer's share is | a loser may let go at once of | model |
//! |---|---|---|---|
//! | `fire`, a step of a death | the list's, which the death took with the list | the list's share | `exit_races::claim_races_death` |
//! | [`Finalizer::call`] | its handle's, for as long as the call borrows it | the handle | `finalizer_races::call_races_death` |
//! | [`Finalizer::detach`] | added under the state's lock, and the [`Action`]'s; its strong unit too | the handle | `finalizer_races::detach_races_death` |
//! | `Duty::claim`, the exit phase | added under the state's lock (F4); before, the roll's lock keeps the node enrolled (X1) | nothing: it had no share | `exit_races::claim_races_death` |
//! | `settle`, of all but the death | the claimer's, and the list's if it unlinked the node | | `finalizer_races::call_races_detach_and_death` |
//! | `exit::strike` | the claimer's; the roll's lock excludes the phase's look | | `exit_races::call_races_phase` |
//! | `exit::enrol`, `admit` | the new handle's, which the caller of `finalize` has | | `exit_races::registration_races_phase` |
//! | `exit::readmit`, of [`Finalizer::set_at_exit`] | its handle's | | `exit_races::set_at_exit_races_phase` |

use core::alloc::Layout;
use core::any::{TypeId, type_name};
use core::cell::UnsafeCell;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::construct::Construction;
use crate::exit::{self, Duty, Enrolled};
use crate::finalizer_safe::FinalizerSafe;
use crate::id::{ObjectId, ShortName};
use crate::list::{Action as ListAction, Locked, Node};
use crate::raw;
use crate::referenceable::{MaybeSend, WeakReferenceable};
use crate::slot::{Shape, Slot, SyncSlot};
use crate::strong::Strong;
use crate::sync::{self, Bug, Guarded, Lock, Size, order, seeded};
use crate::unraisable::{Source, report};

/// Registers an action that runs once, when the object of `object` dies, when the process exits, or
/// when it is [called](Finalizer::call), whichever is first.
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
/// Panics if `make` does. Aborts the process when the object has 2²⁸ weak references.
///
/// # Complexity
///
/// O(1), and one allocation.
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
/// Panics if `make` does. Aborts the process when the object has 2²⁸ weak references.
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
/// `action` is a plain function, and its arguments own no [`Strong`], directly or inside anything:
/// that is what [`FinalizerSafe`] says. Several arguments go as a tuple. A determined user is left with
/// what no type tells: a cell behind a `&'static` reference that gets a handle later, and a thread
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
/// Aborts the process when the object has 2²⁸ weak references.
///
/// # Complexity
///
/// O(1), and one allocation.
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
/// Aborts the process when the object has 2²⁸ weak references.
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
        // SAFETY: it is its header.
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
    // SAFETY: the object is alive or under construction, on behalf of the caller's handle.
    let counts = &unsafe { raw::at(header) }.counts;
    let table = const { &Typed::<T, F, R>::TABLE };
    let base = Base {
        node: Node::action(header, &table.list),
        owners: Size::new(2),
        held: Size::new(1),
        lock: Lock::new(),
        state: Guarded::new(State {
            live: true,
            at_exit,
        }),
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
    // SAFETY: from a box; the handle's share is ours.
    let enrolled = unsafe { &(*base).enrolled };
    // Before anybody can find the node.
    exit::assign::<T::Slot>(enrolled, base.cast());
    counts.retain_listed();
    // SAFETY: alive or under construction, as above.
    let locked = unsafe { Locked::new(header) };
    // SAFETY: a new node, whose weak unit was just added.
    unsafe { locked.push(base.cast()) };
    drop(locked);
    // SAFETY: ours, and struck off by whoever consumes it.
    unsafe { exit::enrol::<T::Slot>(enrolled) };
    // SAFETY: from a box.
    let base = unsafe { NonNull::new_unchecked(base) };
    Finalizer {
        base,
        handle,
        call: call::<T::Slot, R>,
        slot: PhantomData,
    }
}

#[derive(Clone, Copy, Debug)]
struct State {
    /// Nobody has consumed it.
    live: bool,
    at_exit: bool,
}

/// A finalizer whose types are forgotten, but for its slot.
#[repr(C)]
struct Base<S: Slot> {
    node: Node<S>,
    /// Shares (F3).
    owners: S::Size,
    /// [`Finalizer`] handles.
    held: S::Size,
    lock: S::Lock,
    state: Guarded<State>,
    /// The value's, for whoever gives the weak unit back.
    shape: Shape,
    name: Option<&'static str>,
    table: &'static Table<S>,
    enrolled: Enrolled,
}

struct Table<S: Slot> {
    list: ListAction<S>,
    /// Takes the action, runs it, and writes its result to the second.
    run: unsafe fn(*mut Base<S>, *mut ()),
    /// The same, with the result dropped.
    run_only: unsafe fn(*mut Base<S>),
    /// Takes the action and drops it.
    discard: unsafe fn(*mut Base<S>),
    free: unsafe fn(*mut Base<S>),
    result: fn() -> TypeId,
    type_name: fn() -> &'static str,
}

impl<S: Slot> Table<S> {
    /// What a death does with the action that it claims next: asked before the claim, since who
    /// claims before finalizers become inert runs what it claimed.
    fn consume(&self) -> unsafe fn(*mut Base<S>) {
        if Base::<S>::is_inert() {
            self.discard
        } else {
            self.run_only
        }
    }
}

#[repr(C)]
struct Typed<T: ?Sized + WeakReferenceable, F, R> {
    base: Base<T::Slot>,
    /// Taken by whoever claimed it (F2).
    action: UnsafeCell<MaybeUninit<F>>,
    referent: PhantomData<fn(&T)>,
    result: PhantomData<fn() -> R>,
}

impl<T: ?Sized + WeakReferenceable, F: FnOnce() -> R + 'static, R: 'static> Typed<T, F, R> {
    const TABLE: Table<T::Slot> = Table {
        list: ListAction {
            fire: fire::<T::Slot>,
            leave: |node| {
                // SAFETY: the caller's share.
                unsafe { leave::<T::Slot>(node.cast()) };
            },
            cancel: |_| unreachable!("weakref: a finalizer is detached, not cancelled"),
            is_held: |node| {
                // SAFETY: linked, hence valid.
                let held = unsafe { &(*node.cast::<Base<T::Slot>>()).held };
                // Acquire: pairs with the Release of a handle's end.
                held.load(order(Acquire, Bug::RelaxedIsHeld)) != 0 && !seeded(Bug::HeldNotCounted)
            },
            is_finalizer: true,
        },
        run: |base, result| {
            // SAFETY: the caller claimed it.
            let action = unsafe { Self::take(base) };
            let value = action();
            // SAFETY: the caller's place for an `R`.
            unsafe { result.cast::<R>().write(value) };
        },
        run_only: |base| {
            // SAFETY: the caller claimed it.
            let action = unsafe { Self::take(base) };
            drop(action());
        },
        discard: |base| {
            // SAFETY: the caller claimed it.
            drop(unsafe { Self::take(base) });
        },
        free: |base| {
            // SAFETY: the last share.
            unsafe { sync::free(base.cast::<Self>()) };
        },
        result: TypeId::of::<R>,
        type_name: type_name::<T>,
    };

    /// # Safety
    ///
    /// 1. The caller claimed the finalizer, and takes the action once (F2).
    unsafe fn take(base: *mut Base<T::Slot>) -> F {
        // SAFETY: (1): of this type, and the caller has a share.
        let action = unsafe { &(*base.cast::<Self>()).action };
        // SAFETY: (1).
        unsafe { action.get().cast::<F>().read() }
    }
}

impl<S: Slot> Base<S> {
    /// Changes the state, or looks at it, and does nothing else meanwhile.
    fn with_state<Q>(&self, f: impl FnOnce(&mut State) -> Q) -> Q {
        self.lock.lock();
        // SAFETY: locked.
        let mut state = unsafe { self.state.get() };
        let result = f(&mut state);
        // SAFETY: locked.
        unsafe { self.state.set(state) };
        self.lock.unlock();
        result
    }

    fn is_live(&self) -> bool {
        self.with_state(|state| state.live)
    }

    /// True for one caller only, who then consumes the finalizer.
    fn claim(&self) -> bool {
        self.with_state(|state| {
            let live = state.live;
            state.live = false;
            live || seeded(Bug::NoClaim)
        })
    }

    /// Adds a share. Relaxed: the caller has one, or found the state live under its lock (F4), and
    /// whoever gives the list's up locks it later.
    fn share(&self) {
        self.owners.retain(Relaxed);
    }

    fn is_inert() -> bool {
        exit::is_inert::<S>()
    }
}

/// Takes a claimed finalizer out of the lists and gives its weak unit back.
///
/// # Safety
///
/// 1. The caller claimed it and has a share.
unsafe fn settle<S: Slot>(base: *mut Base<S>) {
    // SAFETY: (1).
    let this = unsafe { &*base };
    exit::strike::<S>(&this.enrolled);
    let header = this.node.header;
    if seeded(Bug::UnitBeforeUnlink) {
        // SAFETY: not at all: that is the mistake.
        unsafe { raw::release_weak_erased(header, this.shape) };
    }
    // SAFETY: (1): the node's weak unit, which is now ours, holds the block.
    let locked = unsafe { Locked::new(header) };
    // SAFETY: (1): pushed when it was made, and unlinked by its claimer only.
    let unlinked = unsafe { locked.unlink(base.cast()) };
    drop(locked);
    if !seeded(Bug::UnitBeforeUnlink) {
        // SAFETY: (1), and of this shape.
        unsafe { raw::release_weak_erased(header, this.shape) };
    }
    if unlinked {
        // SAFETY: the list's share.
        unsafe { leave(base) };
    }
}

/// Gives a share up.
///
/// # Safety
///
/// 1. The share is the caller's.
unsafe fn leave<S: Slot>(base: *mut Base<S>) {
    // SAFETY: (1).
    let this = unsafe { &*base };
    let free = this.table.free;
    // Release: pairs with the Acquire of the last owner.
    let last = this.owners.fetch_sub(1, order(Release, Bug::RelaxedLeave)) == 1;
    if last || seeded(Bug::NodeFreedTwice) {
        this.owners
            .load(order(Acquire, Bug::RelaxedLastOfFinalizer));
        // SAFETY: the last share.
        unsafe { free(base) };
    }
}

/// As the list's `fire`: a step of the object's death.
///
/// # Safety
///
/// 1. `node` is a finalizer's, was taken with its list, and is fired once. The list's share is the
///    caller's, and given up; the caller has a weak unit of the object.
unsafe fn fire<S: Slot>(node: *mut Node<S>) {
    let base: *mut Base<S> = node.cast();
    // SAFETY: (1): the list's share keeps it.
    let this = unsafe { &*base };
    let mut consume = this.table.consume();
    if this.claim() {
        if seeded(Bug::AskedAfterClaim) {
            consume = this.table.consume();
        }
        exit::strike::<S>(&this.enrolled);
        // SAFETY: claimed, so that the node's weak unit is ours, and of this shape; (1): the dying
        // thread's own unit still holds the block.
        unsafe { raw::release_weak_erased(this.node.header, this.shape) };
        // SAFETY: claimed, and the list's share keeps it; `consume` is of its table.
        unsafe { consume_caught(base, consume, Source::Finalizer) };
    }
    // SAFETY: (1): the list's share ends here.
    unsafe { leave(base) };
}

/// Runs or drops the action of a claimed finalizer, whose table says how. Never unwinds.
///
/// # Safety
///
/// 1. The caller claimed it and has a share. `consume` is of its table, `run_only` or `discard`.
unsafe fn consume_caught<S: Slot>(
    base: *mut Base<S>,
    consume: unsafe fn(*mut Base<S>),
    source: Source,
) {
    // SAFETY: (1).
    let type_name = unsafe { &*base }.table.type_name;
    // SAFETY: (1): claimed, and taken here only.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { consume(base) })) {
        report(source, type_name(), payload);
    }
}

/// Runs a claimed finalizer for its result.
///
/// # Safety
///
/// 1. The caller claimed it and has a share; its action returns an `R`.
unsafe fn call<S: Slot, R>(base: *mut Base<S>) -> R {
    // SAFETY: (1).
    let run = unsafe { &*base }.table.run;
    let mut result = MaybeUninit::<R>::uninit();
    // SAFETY: (1).
    unsafe { run(base, result.as_mut_ptr().cast()) };
    // SAFETY: written by `run`, which has returned.
    unsafe { result.assume_init() }
}

/// As [`call`], for any result.
///
/// # Safety
///
/// 1. The caller claimed it and has a share.
unsafe fn call_only<S: Slot>(base: *mut Base<S>) {
    // SAFETY: (1): the share keeps it.
    let run = unsafe { &*base }.table.run_only;
    // SAFETY: (1): claimed, and its action is taken here only.
    unsafe { run(base) };
}

impl Duty {
    const fn of<S: Slot>() -> Self {
        Self {
            is_live: |finalizer| {
                // SAFETY: (1): of this slot, and not freed.
                unsafe { &*finalizer.cast::<Base<S>>() }.is_live()
            },
            is_due: |finalizer| {
                // SAFETY: (1): of this slot, and not freed.
                let this = unsafe { &*finalizer.cast::<Base<S>>() };
                this.with_state(|state| state.live && state.at_exit)
            },
            claim: |finalizer| {
                // SAFETY: (1): of this slot, and not freed.
                let this = unsafe { &*finalizer.cast::<Base<S>>() };
                let late = seeded(Bug::ShareAfterUnlock);
                let claimed = this.with_state(|state| {
                    let claimed = state.at_exit && core::mem::replace(&mut state.live, false);
                    if claimed && !late {
                        this.share();
                    }
                    claimed
                });
                if claimed && late {
                    this.share();
                }
                claimed
            },
            run: |finalizer| {
                let base = finalizer.cast::<Base<S>>().cast_mut();
                // SAFETY: (1): claimed, with a share.
                unsafe { settle(base) };
                // SAFETY: (1): the share keeps it.
                let run = unsafe { &*base }.table.run_only;
                // SAFETY: (1): claimed, with a share; `run` is of its table.
                unsafe { consume_caught(base, run, Source::ExitFinalizer) };
                // SAFETY: (1): the share ends here.
                unsafe { leave(base) };
            },
            type_name: |finalizer| {
                // SAFETY: (1): of this slot, and not freed.
                (unsafe { &*finalizer.cast::<Base<S>>() }.table.type_name)()
            },
        }
    }
}

/// Names a finalizer that a type declares, for [`Finalizer::of`]. `#[finalizer]` makes one, a
/// constant in capitals beside the method. An example is at [`Finalizer::of`].
pub struct FinalizerKey<T: ?Sized, R> {
    name: &'static str,
    referent: PhantomData<fn(&T)>,
    result: PhantomData<fn() -> R>,
}

impl<T: ?Sized, R> FinalizerKey<T, R> {
    /// Makes the key of the finalizer `name`.
    #[doc(hidden)]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            referent: PhantomData,
            result: PhantomData,
        }
    }
}

impl<T: ?Sized, R> Clone for FinalizerKey<T, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized, R> Copy for FinalizerKey<T, R> {}

impl<T: ?Sized, R> fmt::Debug for FinalizerKey<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FinalizerKey").field(&self.name).finish()
    }
}

/// The handle of a finalizer. Dropping it changes nothing; clones are handles of the same one, and
/// handles are equal when they are.
///
/// `R` is what the action returns. The handles of [`Strong::finalizers`] have forgotten it.
///
/// # Examples
///
/// ```
/// use weakref::{finalize_with, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Session;
///
/// let session = Strong::new(Session);
/// let finalizer = finalize_with(&session, |(a, b)| a + b, (1, 2));
/// assert!(finalizer.is_alive());
/// assert_eq!(finalizer.call(), Some(3));
/// assert_eq!(finalizer.call(), None);
/// assert!(!finalizer.is_alive());
/// ```
pub struct Finalizer<T: ?Sized + WeakReferenceable, R = ()> {
    /// A share and a `held` are the handle's.
    base: NonNull<Base<T::Slot>>,
    /// The object's handle; its block may be gone when the finalizer is not live.
    handle: NonNull<T>,
    call: unsafe fn(*mut Base<T::Slot>) -> R,
    /// Invariant: a subtype's slot may differ.
    slot: PhantomData<T::Slot>,
}

// SAFETY: as for `WeakRef`; the action is `Send` (`MaybeSend`) and taken by one thread; its result
// stays on the thread that called. Asserted in tests/it/markers.rs.
unsafe impl<T: ?Sized + WeakReferenceable<Slot = SyncSlot> + Send + Sync, R> Send
    for Finalizer<T, R>
{
}
// SAFETY: as above; all methods take `&self`.
unsafe impl<T: ?Sized + WeakReferenceable<Slot = SyncSlot> + Send + Sync, R> Sync
    for Finalizer<T, R>
{
}
impl<T: ?Sized + WeakReferenceable, R> Unpin for Finalizer<T, R> {}
impl<T: ?Sized + WeakReferenceable + RefUnwindSafe, R> UnwindSafe for Finalizer<T, R> {}
impl<T: ?Sized + WeakReferenceable + RefUnwindSafe, R> RefUnwindSafe for Finalizer<T, R> {}

impl<T: ?Sized + WeakReferenceable, R> Finalizer<T, R> {
    /// The handle of a finalizer that the type declares with `#[finalizer]`; `None` once it was
    /// consumed.
    ///
    /// ```
    /// use weakref::{Finalizer, Strong, WeakReferenceable, finalizer};
    ///
    /// #[derive(WeakReferenceable)]
    /// #[weakref(finalizer = close)]
    /// struct Session(u32);
    ///
    /// impl Session {
    ///     #[finalizer]
    ///     fn close(&self) -> impl FnOnce() -> u32 {
    ///         let id = self.0;
    ///         move || id
    ///     }
    /// }
    ///
    /// let session = Strong::new(Session(7));
    /// let close = Finalizer::of(&session, Session::CLOSE).unwrap();
    /// assert_eq!(close.call(), Some(7));
    /// assert!(Finalizer::of(&session, Session::CLOSE).is_none());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(callbacks and finalizers of the object).
    pub fn of(object: &Strong<T>, key: FinalizerKey<T, R>) -> Option<Self>
    where
        R: 'static,
    {
        let mut found = None;
        each_finalizer(object, |base| {
            // SAFETY: linked, hence valid.
            let this = unsafe { base.as_ref() };
            if found.is_none()
                && this.name == Some(key.name)
                && (this.table.result)() == TypeId::of::<R>()
            {
                found = Some(base);
                retain(this);
            }
        });
        let base = found?;
        let this = Self {
            base,
            handle: object.handle(),
            call: call::<T::Slot, R>,
            slot: PhantomData,
        };
        this.is_alive().then_some(this)
    }

    fn base(&self) -> &Base<T::Slot> {
        // SAFETY: the handle's share.
        unsafe { self.base.as_ref() }
    }

    /// Runs the action now and returns its result; `None` if it ran already, is running, was
    /// detached, or finalizers are inert, after the exit phase.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, |n| n + 1, 1);
    /// assert_eq!(finalizer.call(), Some(2));
    /// assert_eq!(finalizer.call(), None);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the action does; it is consumed all the same.
    pub fn call(&self) -> Option<R> {
        let asked_late = seeded(Bug::AskedAfterClaim);
        // Before the claim: an inert one waits for its death, which drops the action.
        if !asked_late && Base::<T::Slot>::is_inert() || !self.base().claim() {
            return None;
        }
        let base = self.base.as_ptr();
        // SAFETY: claimed.
        unsafe { settle(base) };
        if asked_late && Base::<T::Slot>::is_inert() {
            // SAFETY: claimed.
            unsafe { (self.base().table.discard)(base) };
            return None;
        }
        // SAFETY: claimed, and made for this result.
        Some(unsafe { (self.call)(base) })
    }

    /// Whether the action is still to run: false inside the action, and after the exit phase.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, drop, ());
    /// assert!(finalizer.is_alive());
    /// drop(session);
    /// assert!(!finalizer.is_alive());
    /// ```
    pub fn is_alive(&self) -> bool {
        self.base().is_live() && !Base::<T::Slot>::is_inert()
    }

    /// The object, if the finalizer and the object are alive.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, drop, ());
    /// assert!(Strong::ptr_eq(&finalizer.peek().unwrap(), &session));
    /// drop(session);
    /// assert!(finalizer.peek().is_none());
    /// ```
    pub fn peek(&self) -> Option<Strong<T>> {
        if Base::<T::Slot>::is_inert() {
            return None;
        }
        if seeded(Bug::UnguardedPeek) {
            // SAFETY: not at all: that is the mistake.
            return self.base().is_live().then(|| unsafe { self.upgrade() })?;
        }
        // SAFETY: live, under the state's lock (F1).
        self.base()
            .with_state(|state| state.live.then(|| unsafe { self.upgrade() })?)
    }

    /// # Safety
    ///
    /// 1. The block is not freed.
    unsafe fn upgrade(&self) -> Option<Strong<T>> {
        // SAFETY: (1).
        let separate = unsafe { raw::at(raw::header(self.handle)) }
            .counts
            .upgrade()?;
        // SAFETY: a strong unit was added.
        let value = unsafe { raw::value_of(self.handle, separate) };
        // SAFETY: as above.
        Some(unsafe { Strong::from_value(value) })
    }

    /// Disarms the finalizer and returns the object and the action; `None` if either is gone, the
    /// object is still under construction, or the exit phase is over.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, |n| n + 1, 1);
    /// let (same, action) = finalizer.detach().unwrap();
    /// assert!(Strong::ptr_eq(&same, &session));
    /// assert!(!finalizer.is_alive());
    /// assert_eq!(action.run(), 2);
    /// ```
    pub fn detach(&self) -> Option<(Strong<T>, Action<T, R>)> {
        if Base::<T::Slot>::is_inert() {
            return None;
        }
        if seeded(Bug::UnguardedPeek) && self.is_alive() {
            // SAFETY: not at all: that is the mistake.
            drop(unsafe { self.upgrade() });
        }
        let strong = self.base().with_state(|state| {
            // SAFETY: live, under the state's lock (F1).
            let strong = state.live.then(|| unsafe { self.upgrade() })??;
            state.live = seeded(Bug::NoClaim);
            self.base().share();
            Some(strong)
        })?;
        let action = Action {
            base: self.base,
            call: self.call,
            slot: PhantomData,
        };
        // SAFETY: claimed.
        unsafe { settle(self.base.as_ptr()) };
        Some((strong, action))
    }

    /// Whether it runs at exit: false once consumed.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, drop, ());
    /// assert!(finalizer.at_exit());
    /// finalizer.call();
    /// assert!(!finalizer.at_exit());
    /// ```
    pub fn at_exit(&self) -> bool {
        self.base().with_state(|state| state.live && state.at_exit)
    }

    /// Sets whether it runs at exit. Nothing happens once it is consumed. During the exit phase it
    /// takes effect too. Where no exit phase comes by itself, as on `wasm32-unknown-unknown`, it counts
    /// for [`run_exit_finalizers`](crate::run_exit_finalizers).
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, drop, ());
    /// assert!(finalizer.at_exit());
    /// finalizer.set_at_exit(false);
    /// assert!(!finalizer.at_exit());
    /// ```
    pub fn set_at_exit(&self, at_exit: bool) {
        self.base().with_state(|state| state.at_exit = at_exit);
        if at_exit {
            // SAFETY: enrolled when it was made; the handle's share is held.
            unsafe { exit::readmit::<T::Slot>(&self.base().enrolled) };
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
impl<T: ?Sized + WeakReferenceable, R> Finalizer<T, R> {
    /// As if it had so many shares.
    pub(crate) fn pretend_shares(&self, shares: usize) {
        let owners = &self.base().owners;
        owners.wrapping_add(shares - owners.load(Relaxed), Relaxed);
    }

    /// As if it had so many handles.
    pub(crate) fn pretend_handles(&self, handles: usize) {
        let held = &self.base().held;
        held.wrapping_add(handles - held.load(Relaxed), Relaxed);
    }
}

fn retain<S: Slot>(base: &Base<S>) {
    // Relaxed: the caller has a share, or the list's under the slot's lock. Each aborts at its limit:
    // handles that are forgotten raise both, and a uniqueness test believes the one.
    base.held.retain(Relaxed);
    base.owners.retain(Relaxed);
}

/// Calls `visit` with each linked finalizer, newest first, under the slot's lock.
fn each_finalizer<T: ?Sized + WeakReferenceable>(
    object: &Strong<T>,
    mut visit: impl FnMut(NonNull<Base<T::Slot>>),
) {
    // SAFETY: our strong unit holds the block.
    unsafe { Locked::new(object.header()) }.each_action(|node, action| {
        if action.is_finalizer {
            visit(node.cast());
        }
    });
}

impl<T: ?Sized + WeakReferenceable> Strong<T> {
    /// Handles of the live finalizers of the object, newest first.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// finalize_with(&session, drop, ());
    /// assert_eq!(Strong::finalizers(&session).len(), 1);
    /// Strong::finalizers(&session)[0].call();
    /// assert!(Strong::finalizers(&session).is_empty());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(callbacks and finalizers of the object).
    pub fn finalizers(this: &Self) -> Vec<Finalizer<T>> {
        let mut bases = Vec::new();
        loop {
            let mut count = 0;
            each_finalizer(this, |_| count += 1);
            // Nothing is allocated under the lock; another thread may add some before it is taken
            // again.
            bases.reserve(count);
            let room = bases.capacity();
            let mut missed = false;
            each_finalizer(this, |base| {
                if bases.len() == room {
                    missed = true;
                    return;
                }
                // SAFETY: linked, hence valid.
                retain(unsafe { base.as_ref() });
                bases.push(base);
            });
            let handle = this.handle();
            let finalizers: Vec<_> = bases
                .drain(..)
                .map(|base| Finalizer {
                    base,
                    handle,
                    call: call_only,
                    slot: PhantomData,
                })
                .collect();
            if !missed {
                return finalizers.into_iter().filter(Finalizer::is_alive).collect();
            }
        }
    }
}

impl<T: ?Sized + WeakReferenceable, R> Drop for Finalizer<T, R> {
    fn drop(&mut self) {
        // Release: pairs with the Acquire of a test for uniqueness.
        let held = &self.base().held;
        held.fetch_sub(1, order(Release, Bug::RelaxedHeld));
        // SAFETY: the handle's share.
        unsafe { leave(self.base.as_ptr()) };
    }
}

impl<T: ?Sized + WeakReferenceable, R> Clone for Finalizer<T, R> {
    fn clone(&self) -> Self {
        retain(self.base());
        Self {
            base: self.base,
            handle: self.handle,
            call: self.call,
            slot: PhantomData,
        }
    }
}

impl<T: ?Sized + WeakReferenceable, R> PartialEq for Finalizer<T, R> {
    /// Whether both are handles of one finalizer.
    fn eq(&self, other: &Self) -> bool {
        self.base == other.base
    }
}

impl<T: ?Sized + WeakReferenceable, R> Eq for Finalizer<T, R> {}

impl<T: ?Sized + WeakReferenceable, R> Hash for Finalizer<T, R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.base.hash(state);
    }
}

impl<T: ?Sized + WeakReferenceable, R> fmt::Debug for Finalizer<T, R> {
    /// `<Finalizer at 0x…; for Image at 0x…>` or `<Finalizer at 0x…; dead>`. Runs no user code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.base.as_ptr();
        if self.is_alive() {
            let type_name = ShortName(type_name::<T>());
            let id = ObjectId::of(self.handle.as_ptr().cast::<()>());
            write!(f, "<Finalizer at {at:p}; for {type_name} with {id:?}>")
        } else {
            write!(f, "<Finalizer at {at:p}; dead>")
        }
    }
}

/// The action of a finalizer that was [detached](Finalizer::detach). Dropping it drops the action.
///
/// # Examples
///
/// ```
/// use weakref::{finalize_with, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Session;
///
/// let session = Strong::new(Session);
/// let finalizer = finalize_with(&session, |n| n + 1, 1);
/// let (same, action) = finalizer.detach().unwrap();
/// drop((session, same)); // runs nothing
/// assert_eq!(action.run(), 2);
/// ```
#[must_use = "dropping it drops the action without running it"]
pub struct Action<T: ?Sized + WeakReferenceable, R> {
    /// Claimed, and a share is ours.
    base: NonNull<Base<T::Slot>>,
    call: unsafe fn(*mut Base<T::Slot>) -> R,
    slot: PhantomData<T::Slot>,
}

// SAFETY: the action is `Send` (`MaybeSend`), and it is all that can be reached.
unsafe impl<T: ?Sized + WeakReferenceable<Slot = SyncSlot>, R> Send for Action<T, R> {}
impl<T: ?Sized + WeakReferenceable, R> Unpin for Action<T, R> {}

impl<T: ?Sized + WeakReferenceable, R> Action<T, R> {
    /// Runs the action.
    ///
    /// # Panics
    ///
    /// Panics if the action does.
    pub fn run(self) -> R {
        let this = ManuallyDrop::new(self);
        let share = Share(this.base);
        // SAFETY: claimed, and made for this result.
        let result = unsafe { (this.call)(this.base.as_ptr()) };
        drop(share);
        result
    }
}

impl<T: ?Sized + WeakReferenceable, R> Drop for Action<T, R> {
    fn drop(&mut self) {
        let share = Share(self.base);
        // SAFETY: our share.
        let discard = unsafe { self.base.as_ref() }.table.discard;
        // SAFETY: claimed, and never run.
        unsafe { discard(self.base.as_ptr()) };
        drop(share);
    }
}

/// An action's share, given up whether the action returns or panics.
struct Share<S: Slot>(NonNull<Base<S>>);

impl<S: Slot> Drop for Share<S> {
    fn drop(&mut self) {
        // SAFETY: the share is ours.
        unsafe { leave(self.0.as_ptr()) };
    }
}

impl<T: ?Sized + WeakReferenceable, R> fmt::Debug for Action<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action").finish_non_exhaustive()
    }
}

/// What `#[finalizer]` asks of the action that its method returns: nothing of the object may be
/// borrowed by it, and another thread may run it.
///
/// The lifetime is a supertrait, so that an `impl FnOnce() + Detached<S>` that captures the borrow
/// of `self` is still known to be `'static`; [`MaybeSend`] is one, so that nobody else can implement it.
#[diagnostic::on_unimplemented(
    message = "the action of a finalizer must be `Send`, because any thread may be the last to hold the object",
    label = "captures something that is not `Send`",
    note = "capture only `Send` data, or give the type `#[weakref(local)]` so that it stays on one thread"
)]
pub trait Detached<S: Slot>: MaybeSend<S> + 'static {}

#[diagnostic::do_not_recommend]
impl<F: MaybeSend<S> + 'static, S: Slot> Detached<S> for F {}
