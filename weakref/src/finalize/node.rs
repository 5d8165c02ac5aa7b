//! A finalizer as a node of the weak list: who claims it, who runs it, who frees it. The lemmas F1 to
//! F4 stand in `finalize`.

use core::any::{TypeId, type_name};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::state::{Seen, State};
use crate::death;
use crate::events::{Began, By};
use crate::exit::{self, Duty, Enrolled};
use crate::list::{Action as ListAction, Locked, Node};
use crate::raw;
use crate::referenceable::WeakReferenceable;
use crate::slot::{Shape, Slot};
use crate::sync::{self, Bug, Size, order, seeded};
use crate::unraisable::{Source, report};

/// What a handle's share counts as. The others are two at most: the list's, and that of the one claim that adds a
/// share, whether the exit phase's or an [`Action`](super::Action)'s. So it is held while the count is no less than this.
pub(crate) const HANDLE: usize = 4;
/// What any other share counts as.
const OTHER: usize = 1;

/// The shares of a new finalizer: the list's and the first handle's.
pub(super) const NEW: usize = OTHER + HANDLE;

/// A finalizer whose types are forgotten, but for its slot.
#[repr(C)]
pub(super) struct Base<S: Slot> {
    pub(super) node: Node<S>,
    /// Shares (F3): [`HANDLE`] for each handle, one for the list and one for who claimed it without a handle's.
    pub(super) owners: S::Size,
    pub(super) state: State<S::Word>,
    /// The value's, for whoever gives the weak unit back.
    pub(super) shape: Shape,
    pub(super) name: Option<&'static str>,
    pub(super) table: &'static Table<S>,
    pub(super) enrolled: Enrolled,
}

pub(super) struct Table<S: Slot> {
    pub(super) list: ListAction<S>,
    /// Takes the action, runs it, and writes its result to the second.
    ///
    /// # Safety
    ///
    /// 1. The finalizer is of the table's type. The caller claimed it, has a share, and takes the action once (F2).
    /// 2. The second is a place for the result.
    run: unsafe fn(*mut Base<S>, *mut ()),
    /// The same, with the result dropped.
    ///
    /// # Safety
    ///
    /// 1. As `run`'s 1.
    run_only: unsafe fn(*mut Base<S>),
    /// Takes the action and drops it.
    ///
    /// # Safety
    ///
    /// 1. As `run`'s 1.
    pub(super) discard: unsafe fn(*mut Base<S>),
    /// # Safety
    ///
    /// 1. The finalizer is of the table's type, was made by a box, and no share of it is left.
    free: unsafe fn(*mut Base<S>),
    pub(super) result: fn() -> TypeId,
    type_name: fn() -> &'static str,
}

/// How an action is consumed, and since when, if it is told that it ran.
type Consume<S> = (unsafe fn(*mut Base<S>), Began);

impl<S: Slot> Table<S> {
    /// What a death does with the action that it claims next: asked before the claim, since who
    /// claims before finalizers become inert runs what it claimed.
    fn consume(&self) -> Consume<S> {
        if Base::<S>::is_inert() {
            (self.discard, Began::UNTOLD)
        } else {
            (self.run_only, Began::code())
        }
    }
}

#[repr(C)]
pub(super) struct Typed<T: ?Sized + WeakReferenceable, F, R> {
    pub(super) base: Base<T::Slot>,
    /// Taken by whoever claimed it (F2).
    pub(super) action: UnsafeCell<MaybeUninit<F>>,
    pub(super) referent: PhantomData<fn(&T)>,
    pub(super) result: PhantomData<fn() -> R>,
}

impl<T: ?Sized + WeakReferenceable, F: FnOnce() -> R + 'static, R: 'static> Typed<T, F, R> {
    pub(super) const TABLE: Table<T::Slot> = Table {
        list: ListAction {
            fire: fire::<T::Slot>,
            leave: |node| {
                // SAFETY: 1, the share is the caller's, who gives it up (`leave`, 2).
                unsafe { leave::<T::Slot>(node.cast()) };
            },
            cancel: |_| unreachable!("weakref: a finalizer is detached, not cancelled"),
            is_held: |node| {
                // SAFETY: it is linked, and its list is locked (`is_held`, 2), so that it is not freed.
                let owners = unsafe { &(*node.cast::<Base<T::Slot>>()).owners };
                // Acquire: pairs with the Release of a handle's end.
                let shares = owners.load(order(Acquire, Bug::RelaxedIsHeld));
                shares >= HANDLE && !seeded(Bug::HeldNotCounted)
            },
            is_finalizer: true,
        },
        run: |base, result| {
            // SAFETY: 1, of this type, claimed by the caller, who takes the action once (`run`, 1).
            let action = unsafe { Self::take(base) };
            let value = action();
            // SAFETY: the caller's place for an `R`, to which the action's result is moved (`run`, 2).
            unsafe { result.cast::<R>().write(value) };
        },
        run_only: |base| {
            // SAFETY: 1, of this type, claimed by the caller, who takes the action once (`run_only`, 1).
            let action = unsafe { Self::take(base) };
            drop(action());
        },
        discard: |base| {
            // SAFETY: 1, of this type, claimed by the caller, who takes the action once (`discard`, 1).
            drop(unsafe { Self::take(base) });
        },
        free: |base| {
            // SAFETY: 1, of this type, made by a box, and nobody has a share any more (`free`, 1).
            unsafe { sync::free(base.cast::<Self>()) };
        },
        result: TypeId::of::<R>,
        type_name: type_name::<T>,
    };

    /// # Safety
    ///
    /// 1. The finalizer is of this type. The caller claimed it, has a share, and takes the action once (F2).
    unsafe fn take(base: *mut Base<T::Slot>) -> F {
        // SAFETY: of this type, and the caller's share keeps it (1).
        let action = unsafe { &(*base.cast::<Self>()).action };
        // SAFETY: initialised when it was made, and moved out once, by the one who claimed it (1).
        unsafe { action.get().cast::<F>().read() }
    }
}

impl<S: Slot> Base<S> {
    #[inline]
    pub(super) fn is_live(&self) -> bool {
        self.state.look().is_live()
    }

    /// Adds a handle's share. Relaxed: the caller has a share, or the list's under the slot's lock. It aborts at its
    /// limit: handles that are forgotten raise it, and a uniqueness test believes it.
    #[inline]
    pub(super) fn retain_handle(&self) {
        self.owners.retain_many(HANDLE, Relaxed);
    }

    /// Adds a claim's share. Relaxed: the caller has one, or found the state live under its lock (F4), and
    /// whoever gives the list's up looks at the state later.
    pub(super) fn share(&self) {
        self.owners.retain_many(OTHER, Relaxed);
    }

    /// Ends a handle.
    ///
    /// # Safety
    ///
    /// 1. The handle's share is the caller's, and given up.
    #[inline]
    pub(super) unsafe fn leave_handle(base: *mut Self) {
        // Release: pairs with the Acquire of the last owner, and of a test for uniqueness.
        let release = order(order(Release, Bug::RelaxedHeld), Bug::RelaxedLeave);
        // SAFETY: 1, a handle's share, which is the caller's (1).
        unsafe { subtract(base, HANDLE, release) };
    }

    /// Whether the caller's share, which is no handle's, is the only one. A hint.
    #[inline]
    fn is_last(&self) -> bool {
        // Acquire: pairs with the Release of every other owner.
        let owners = self
            .owners
            .hint(order(Acquire, Bug::RelaxedLastOfFinalizer));
        owners == Some(OTHER)
    }

    /// Claims it for a death, which has taken it with its list; strikes it off.
    ///
    /// F5: where the list's share is the only one, no handle is left, and none comes, since they are made of others or
    /// of what is linked. So nobody tells it to run at exit any more, and nobody but the phase may consume it, by
    /// a look under the lock of the roll, if it was enrolled at all. Once it is struck off, that was before or never
    /// comes: if it is live then, it is the caller's, and there is nobody to whom the state must say so.
    fn claim_at_death(&self) -> bool {
        if self.is_last() {
            let before = self.state.look();
            if before.is_enrolled() {
                exit::strike::<S>(&self.enrolled);
            }
            let after = if seeded(Bug::LookBeforeStrike) {
                before
            } else {
                self.state.look()
            };
            return after.is_live();
        }
        let claimed = self.state.claim();
        if claimed.is_some_and(Seen::is_enrolled) {
            exit::strike::<S>(&self.enrolled);
        }
        claimed.is_some()
    }

    pub(super) fn is_inert() -> bool {
        exit::is_inert::<S>()
    }

    /// Says that the action ran. The caller has a share, and runs user code where it calls this.
    #[inline]
    pub(super) fn tell(&self, began: Began, by: By) {
        began.finalizer_ran(self.table.type_name, self.node.header.cast(), self.name, by);
    }
}

/// Takes a claimed finalizer out of the lists and gives its weak unit back.
///
/// # Safety
///
/// 1. The caller claimed it and has a share. The state that it claimed says whether it is enrolled.
pub(super) unsafe fn settle<S: Slot>(base: *mut Base<S>, enrolled: bool) {
    // SAFETY: the caller's share keeps it (1).
    let this = unsafe { &*base };
    if enrolled {
        exit::strike::<S>(&this.enrolled);
    }
    let header = this.node.header;
    if seeded(Bug::UnitBeforeUnlink) {
        // SAFETY: 1 does not hold, since the node is linked still: that is the mistake; 2, its own shape.
        unsafe { raw::release_weak_erased(header, this.shape) };
    }
    // SAFETY: 1, the node's weak unit, which is the claimer's (1), holds the object's block.
    let locked = unsafe { Locked::new(header) };
    // SAFETY: 1, pushed when it was made, and unlinked by its claimer only, whose share keeps it (1).
    let unlinked = unsafe { locked.unlink(base.cast()) };
    if seeded(Bug::UnitBeforeUnlink) {
        drop(locked);
    } else if seeded(Bug::UnitAfterUnlock) {
        drop(locked);
        // SAFETY: 1, the node's weak unit is the claimer's (1), and if it is the last the object is dead; 2, the shape
        // is that of the value for which it was made.
        unsafe { raw::release_weak_erased(header, this.shape) };
    } else {
        // In one step, so that nobody who locks counts a unit that no node has: a handle that is the only one is seen to
        // be that.
        // SAFETY: 1, the node's weak unit is the claimer's (1), and if it is the last the object is dead; 2, the shape
        // is that of the value for which it was made.
        unsafe { death::unlock_and_release_erased(locked, header, this.shape) };
    }
    if unlinked {
        // SAFETY: 1, whoever unlinks the node has the list's share.
        unsafe { leave(base) };
    }
}

/// Gives a share up that is no handle's.
///
/// F6: who finds its share to be the only one has the finalizer alone, for good, and needs no subtraction: shares are
/// added by who has one, or for what is live or linked, and then the list has one.
///
/// # Safety
///
/// 1. The share is the caller's.
#[inline]
pub(super) unsafe fn leave<S: Slot>(base: *mut Base<S>) {
    // SAFETY: the caller's share keeps it (1).
    let this = unsafe { &*base };
    if this.is_last() {
        // SAFETY: 1, of its own table; made by a box in `register`, and the only share is given up.
        unsafe { (this.table.free)(base) };
    } else {
        // SAFETY: 1, it counts as this, and is the caller's (1).
        unsafe { subtract(base, OTHER, order(Release, Bug::RelaxedLeave)) };
    }
}

/// `release` is Release, but for a mistake in a model.
///
/// # Safety
///
/// 1. A share that counts as this is the caller's, and given up.
#[inline]
unsafe fn subtract<S: Slot>(base: *mut Base<S>, share: usize, release: Ordering) {
    // SAFETY: the caller's share keeps it up to the decrement (1).
    let this = unsafe { &*base };
    let free = this.table.free;
    // Pairs with the Acquire of the last owner.
    let last = this.owners.fetch_sub(share, release) == share;
    if last || seeded(Bug::NodeFreedTwice) {
        this.owners
            .load(order(Acquire, Bug::RelaxedLastOfFinalizer));
        // SAFETY: 1, of its own table; made by a box in `register`, and the last share was given up.
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
    // SAFETY: a finalizer's, and the list's share, which is the caller's (1), keeps it.
    let this = unsafe { &*base };
    let mut consume = this.table.consume();
    if this.claim_at_death() {
        if seeded(Bug::AskedAfterClaim) {
            consume = this.table.consume();
        }
        // SAFETY: 1, claimed, so that the node's weak unit is ours, and the object is dead; 2, the shape is that of
        // the value for which it was made. The dying thread's own unit still holds the block (1).
        unsafe { raw::release_weak_erased(this.node.header, this.shape) };
        // SAFETY: 1, claimed, and the list's share keeps it (1); `consume` is of its table.
        unsafe { consume_caught(base, consume, Source::Finalizer, By::Death) };
    }
    // SAFETY: 1, the list's share ends here (1).
    unsafe { leave(base) };
}

/// Runs or drops the action of a claimed finalizer, whose table says how. Never unwinds.
///
/// # Safety
///
/// 1. The caller claimed it and has a share. `consume` is of its table, `run_only` or `discard`.
unsafe fn consume_caught<S: Slot>(
    base: *mut Base<S>,
    (consume, began): Consume<S>,
    source: Source,
    by: By,
) {
    // SAFETY: the caller's share keeps it (1).
    let this = unsafe { &*base };
    let type_name = this.table.type_name;
    // SAFETY: of its table, and the action was claimed by the caller and is taken here only (1).
    match catch_unwind(AssertUnwindSafe(|| unsafe { consume(base) })) {
        Ok(()) => this.tell(began, by),
        Err(payload) => report(source, type_name(), payload),
    }
}

/// Runs a claimed finalizer for its result.
///
/// # Safety
///
/// 1. The caller claimed it and has a share; its action returns an `R`.
pub(super) unsafe fn call<S: Slot, R>(base: *mut Base<S>) -> R {
    // SAFETY: the caller's share keeps it (1).
    let run = unsafe { &*base }.table.run;
    let mut result = MaybeUninit::<R>::uninit();
    // SAFETY: 1, of its own table; the caller claimed it and has a share (1), and the action is taken here only;
    // 2, a place for an `R`, which is what the action returns (1).
    unsafe { run(base, result.as_mut_ptr().cast()) };
    // SAFETY: 1, it was written by `run`, which has returned.
    unsafe { result.assume_init() }
}

/// As [`call`], for any result.
///
/// # Safety
///
/// 1. The caller claimed it and has a share.
pub(super) unsafe fn call_only<S: Slot>(base: *mut Base<S>) {
    // SAFETY: the caller's share keeps it (1).
    let run = unsafe { &*base }.table.run_only;
    // SAFETY: 1, of its own table; claimed by the caller (1), and the action is taken here only.
    unsafe { run(base) };
}

impl Duty {
    pub(super) const fn of<S: Slot>() -> Self {
        Self {
            is_due: |finalizer| {
                // SAFETY: of this slot, and not freed during the call (`Duty`, 1).
                let this = unsafe { &*finalizer.cast::<Base<S>>() };
                this.state.look().is_due()
            },
            claim: |finalizer| {
                // SAFETY: of this slot, and not freed during the call (`Duty`, 1).
                let this = unsafe { &*finalizer.cast::<Base<S>>() };
                let late = seeded(Bug::ShareAfterUnlock);
                let claimed = this.state.if_live(|seen| {
                    let is_due = seen.is_due();
                    if is_due && !late {
                        this.share();
                    }
                    (is_due, is_due)
                });
                let claimed = claimed.unwrap_or_default();
                if claimed && late {
                    this.share();
                }
                claimed
            },
            run: |finalizer| {
                let base = finalizer.cast::<Base<S>>().cast_mut();
                // SAFETY: 1, claimed from a roll, so that it is enrolled, with a share (`run`, 1).
                unsafe { settle(base, true) };
                // SAFETY: the share of the claim keeps it (`run`, 1).
                let run = (unsafe { &*base }.table.run_only, Began::code());
                // SAFETY: 1, claimed, with a share (`run`, 1); what is called is of its table.
                unsafe { consume_caught(base, run, Source::ExitFinalizer, By::Exit) };
                // SAFETY: 1, the share of the claim ends here.
                unsafe { leave(base) };
            },
            type_name: |finalizer| {
                // SAFETY: of this slot, and not freed during the call (`Duty`, 1).
                (unsafe { &*finalizer.cast::<Base<S>>() }.table.type_name)()
            },
        }
    }
}
