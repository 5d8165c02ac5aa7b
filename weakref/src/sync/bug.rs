//! The mistakes that models put in on purpose.

#[cfg(any(loom, shuttle))]
use core::cell::Cell;

/// A mistake the models put in on purpose; outside a model none is ever present.
///
/// Each must make a model fail, else the model is blind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// No mistake.
    None,
    /// An upgrade that revives a zero adds no implicit weak unit.
    NoHandOver,
    /// The decrement of the strong half does not release.
    RelaxedStrongRelease,
    /// The close does not set CLOSED.
    NoClose,
    /// The close does not acquire.
    RelaxedClose,
    /// Who finds itself alone after its last strong decrement does not acquire.
    RelaxedLast,
    /// The decrement of the weak half does not release.
    RelaxedWeakRelease,
    /// Who gave the last weak unit back does not acquire.
    RelaxedFree,
    /// The test for uniqueness does not acquire.
    RelaxedUnique,
    /// An upgrade does not acquire.
    RelaxedUpgrade,
    /// Publication of a cyclic object keeps the units that strayed, where it must set one.
    PublishAdds,
    /// Publication does not release.
    RelaxedPublish,
    /// A registration does not say that the list is in use.
    NotListed,
    /// The list is changed without its lock.
    NoLock,
    /// Who consumes a finalizer gives its weak unit back when the list is unlocked.
    UnitAfterUnlock,
    /// A registration is ended without its lock although others have handles.
    UnwatchesShared,
    /// A notice that was never counted is taken off those that are.
    HeldUncounts,
    /// A notice that was not counted while it was kept back is not counted when it is pushed.
    HeldNeverCounted,
    /// Who closes believes that it locked a free list, and did not.
    ClosesUnlocked,
    /// Who closes takes a list that another has locked for its own.
    ClosesIntoLock,
    /// The lock is given back without a Release.
    RelaxedUnlock,
    /// The lock is given back without a word to those who wait.
    NoWake,
    /// A canceller that came too late believes that it was in time.
    LateCancelUnlinks,
    /// A node is freed by whichever owner leaves first.
    NodeFreedTwice,
    /// An owner leaves a node without a Release.
    RelaxedLeave,
    /// The end of a finalizer's handle does not release.
    RelaxedHeld,
    /// The test for uniqueness does not ask whether a finalizer has handles.
    HeldNotCounted,
    /// Who consumed a finalizer gives its weak unit back before it unlinks the node.
    UnitBeforeUnlink,
    /// A finalizer's action is taken without the state being claimed.
    NoClaim,
    /// The exit phase adds its share after it left the state's lock.
    ShareAfterUnlock,
    /// Whether finalizers are inert is asked after one was claimed.
    AskedAfterClaim,
    /// The exit phase makes finalizers inert after it left the rolls' locks.
    InertUnlocked,
    /// Once the exit phase is closed to what other threads make, it is closed to what was there too.
    ClosedToAll,
    /// A finalizer that was struck off for good is enrolled.
    AdmitsGone,
    /// A finalizer is told to run at exit without a word to whoever consumes it.
    EnrolsUntold,
    /// A peek reads the state and upgrades without excluding the consumer.
    UnguardedPeek,
    /// A notice is pushed after the slot was unlocked.
    PushOutsideLock,
    /// A death counts its notice after it has pushed it.
    CountedAfterPush,
    /// A death says for a moment that nothing is left of a registration which it is about to push.
    TakenForAMoment,
    /// Who drains a notice looks whether it was withdrawn, and then stores.
    DrainLooks,
    /// Who drains a notice reads its token after the exchange, when the berth may be gone.
    TokenAfterDrain,
    /// Who withdraws a notice looks whether it was drained, and then stores.
    WithdrawalLooks,
    /// Who withdraws a notice leaves the shape in the token before the exchange.
    ShapeBeforeExchange,
    /// Who withdraws a notice counts it before the exchange.
    CountedBeforeExchange,
    /// A withdrawn notice is drained without waiting for who withdrew it.
    WithdrawnUnlocked,
    /// A notice is drained without a Release.
    RelaxedDrain,
    /// Who finds its notice drained does not acquire.
    RelaxedDrained,
    /// A notice is pushed with a store, although others push too.
    PushOverwrites,
    /// A withdrawn registration gives its unit back although the notice still stands.
    UnitNotMoved,
    /// A graveyard goes without asking whether registrations are left.
    GraveNotCounted,
    /// A registration that ended in time is counted without a Release.
    RelaxedWithdrawal,
    /// A death that finds a shard flagged only looks.
    LookBeforeFlag,
    /// A writer leaves a shard without looking for what is pending.
    PendingForgotten,
    /// A shard is left without a Release.
    RelaxedShard,
    /// A shard is left without a word to those who wait.
    NoWakeOfShard,
    /// Who buries does not come back for the next.
    BuriesOne,
    /// A burial takes the rows of a hash out, whoever they are of.
    AnyOfHash,
    /// A shard is changed by what was found in it before others entered something.
    AnyEdition,
    /// A weak key is entered beside an equal one that came since it was looked for, or in a place that is gone.
    AnyCompared,
    /// A weak key is replaced by an equal one although it has died since it was found.
    DeadReplaced,
    /// The dead are taken off those that stand in a shard, though none was dead: they are looked at a second time.
    CountedAgain,
    /// What was found under a key is taken out although another stands there now.
    AnyValue,
    /// A construction's value is not kept for those who wait for it.
    LandingNotKept,
    /// A construction fails without a word to those who wait for it.
    FailureNotTold,
    /// The tasks that wait for a construction are not woken at its end.
    TasksNotWoken,
    /// An insertion in the place of a construction does not end it.
    NotOvertaken,
    /// An insertion in the place of a construction buries the dead before it wakes the tasks that wait for the end.
    SettlesBeforeWaking,
    /// A value that enters the strong tier is kept, whether its row still stands or not.
    KeptUnseen,
    /// What is taken out of a container stays in its strong tier.
    NotLetGo,
    /// A use is noted in the strong tier after its shard was left.
    NotedLate,
    /// The lock of a list is taken without an Acquire.
    RelaxedLock,
    /// The lock of a list is taken without an Acquire by who waited for it.
    RelaxedLockOfWaiter,
    /// A graveyard's stack is taken without an Acquire.
    RelaxedTake,
    /// A notice is pushed without a Release.
    RelaxedPush,
    /// A graveyard is left by its owner without a Release.
    RelaxedAbandon,
    /// Who frees a graveyard does not acquire.
    RelaxedGraveEnd,
    /// A shard is entered by a writer, or by who waited, without an Acquire.
    RelaxedEnter,
    /// A death takes or flags a shard without an Acquire.
    SettleReleases,
    /// A death takes or flags a shard without a Release.
    SettleAcquires,
    /// A reader enters a shard without an Acquire.
    RelaxedAddition,
    /// A reader that found somebody in its way, or that leaves several shards, does not do what was left to its units.
    StepsBackBlindly,
    /// A reader that leaves several shards buries in one before it wakes who waits for another.
    BuriesBeforeWaking,
    /// A reader leaves a shard without a Release.
    RelaxedReader,
    /// A writer leaves a shard without an Acquire.
    WriterReleases,
    /// A writer leaves a shard without a Release.
    WriterAcquires,
    /// Who has buried leaves a shard without an Acquire.
    BurierReleases,
    /// Who has buried leaves a shard without a Release.
    BurierAcquires,
    /// Who buries takes the shard again without an Acquire.
    RelaxedBurial,
    /// A death enters a free shard to bury without an Acquire.
    RelaxedBury,
    /// A death reads the token of what it keeps back without an Acquire, and who withdraws it writes there without a
    /// Release.
    RelaxedShape,
    /// The owner of a graveyard is told of a death while the slot is locked.
    ToldLocked,
    /// The owner of a graveyard is told of a death while nothing holds it.
    OwnerNotHeld,
    /// A death whose entry was buried leaves the graveyard, which does not count it any more.
    BuriedLeaves,
    /// Who asks whether a finalizer has handles does not acquire.
    RelaxedIsHeld,
    /// A death looks whether a finalizer that nobody holds is live before it strikes it off.
    LookBeforeStrike,
    /// The last owner of a callback does not acquire.
    RelaxedLastOfCallback,
    /// The last owner of a finalizer does not acquire.
    RelaxedLastOfFinalizer,
}

/// The mistakes that weaken the ordering of one operation, with where it stands and what it is.
#[cfg(loom)]
pub const ORDERINGS: &[(Bug, &str, &str)] = &[
    (Bug::RelaxedUpgrade, "count.rs upgrade", "add, Acquire"),
    (
        Bug::RelaxedStrongRelease,
        "count.rs release_strong",
        "subtraction, Release",
    ),
    (
        Bug::RelaxedUnique,
        "count.rs release_strong, is_unique",
        "load, Acquire",
    ),
    (
        Bug::RelaxedLast,
        "count.rs release_strong",
        "load after the last unit, Acquire",
    ),
    (Bug::RelaxedClose, "count.rs close", "exchange, Acquire"),
    (
        Bug::RelaxedWeakRelease,
        "count.rs release_weak",
        "subtraction, Release",
    ),
    (
        Bug::RelaxedFree,
        "count.rs release_weak",
        "load after the last unit, Acquire",
    ),
    (Bug::RelaxedPublish, "count.rs publish", "exchange, Release"),
    (Bug::RelaxedLock, "sync/lock.rs lock", "exchange, Acquire"),
    (
        Bug::RelaxedLockOfWaiter,
        "sync/lock.rs lock_slow",
        "exchange, Acquire",
    ),
    (
        Bug::RelaxedUnlock,
        "sync/lock.rs unlock",
        "exchange, Release",
    ),
    (Bug::RelaxedTake, "list/grave.rs take", "swap, Acquire"),
    (Bug::RelaxedPush, "list/grave.rs push", "exchange, Release"),
    (Bug::RelaxedDrain, "list/node.rs drain", "exchange, Release"),
    (
        Bug::RelaxedDrained,
        "list/node.rs is_drained, withdraw",
        "load and failed exchange, Acquire",
    ),
    (
        Bug::RelaxedWithdrawal,
        "list/grave.rs leave",
        "add, Release",
    ),
    (
        Bug::RelaxedAbandon,
        "list/grave.rs abandon",
        "subtraction, Release",
    ),
    (Bug::RelaxedGraveEnd, "list/grave.rs end", "load, Acquire"),
    (Bug::RelaxedEnter, "shard.rs try_enter", "exchange, Acquire"),
    (
        Bug::SettleReleases,
        "shard.rs settle",
        "exchange, AcqRel to Release",
    ),
    (
        Bug::SettleAcquires,
        "shard.rs settle",
        "exchange, AcqRel to Acquire",
    ),
    (
        Bug::RelaxedAddition,
        "shard.rs enter_shared",
        "add, Acquire",
    ),
    (
        Bug::RelaxedReader,
        "shard.rs leave_shared",
        "subtraction, Release",
    ),
    (
        Bug::WriterReleases,
        "shard.rs unlock",
        "exchange, AcqRel to Release",
    ),
    (
        Bug::WriterAcquires,
        "shard.rs unlock",
        "exchange, AcqRel to Acquire",
    ),
    (
        Bug::BurierReleases,
        "shard.rs unlock_pending",
        "exchange, AcqRel to Release",
    ),
    (
        Bug::BurierAcquires,
        "shard.rs unlock_pending",
        "exchange, AcqRel to Acquire",
    ),
    (Bug::RelaxedBury, "shard/bury.rs bury", "exchange, Acquire"),
    (
        Bug::RelaxedShape,
        "list/node.rs token_if_fired, withdraw",
        "load, Acquire, and store, Release",
    ),
    (
        Bug::RelaxedBurial,
        "shard.rs lock_pending",
        "exchange, Acquire",
    ),
    (
        Bug::RelaxedLeave,
        "callback.rs, finalize/node.rs leave",
        "subtraction, Release",
    ),
    (
        Bug::RelaxedLastOfCallback,
        "callback.rs leave",
        "load, Acquire",
    ),
    (
        Bug::RelaxedLastOfFinalizer,
        "finalize/node.rs leave",
        "load, Acquire",
    ),
    (
        Bug::RelaxedHeld,
        "finalize/node.rs leave_handle",
        "subtraction, Release",
    ),
    (
        Bug::RelaxedIsHeld,
        "finalize/node.rs is_held",
        "load, Acquire",
    ),
];

#[cfg(any(loom, shuttle))]
std::thread_local! {
    static CHOSEN: Cell<Bug> = const { Cell::new(Bug::None) };
}

/// Chooses the mistake of the following models of this thread: a model's threads are one thread.
#[cfg(any(loom, shuttle))]
pub fn choose(bug: Bug) {
    CHOSEN.set(bug);
}

/// Whether `bug` was put in. Constant outside a model.
#[inline(always)]
pub fn seeded(bug: Bug) -> bool {
    #[cfg(any(loom, shuttle))]
    return CHOSEN.get() == bug;
    #[cfg(not(any(loom, shuttle)))]
    {
        let _ = bug;
        false
    }
}
