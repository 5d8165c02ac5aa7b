//! Models of the protocol: one module per race, at most three threads each, run on the crate's own
//! types built with `--cfg loom`. How a scenario is explored, and in which ways, is in [`explore`].
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p weakref-tests --test model`
//!
//! Each row was last measured in the quick form: the preemptions that are explored, and the
//! executions in the ways `Plain` / `LoadFirst` / `ReadModifyWrite` / `Shadowed`. A scenario checks
//! its numbers, and that each mistake in its row makes it fail. *F1* and *I8* are invariants of the
//! finalizers and of uniqueness; *owner*: who owns a registration; *lock*: that of a weak list.
//!
//! | race | scenario | mistakes it finds | preemptions | executions |
//! |---|---|---|---|---|
//! | R1 | `upgrade_races_last_drop::weak_first` | NoHandOver, NoClose, RelaxedStrongRelease, RelaxedClose, RelaxedWeakRelease, RelaxedFree, RelaxedLast, RelaxedUnique | all | 71 / 265 / 280 / 1048 |
//! | | `::strong_first` | the same | all | 93 / 309 / 358 / 1172 |
//! | | `::separate` | the same | all | 71 / 265 / 280 / 1048 |
//! | R2 | `block_vanishes_between_steps::colocated` | NoHandOver, NoClose, RelaxedWeakRelease | all | 200 / 714 / 1492 / 32373 |
//! | | `::separate` | the same | all | 200 / 714 / 1492 / 32373 |
//! | R3 | `revivers_race_last_drop::opposite_orders` | NoHandOver, NoClose, RelaxedStrongRelease, RelaxedClose, RelaxedWeakRelease | 3 | 674 / 13019 / 1459 / 35240 |
//! | R4 | `last_droppers_race_upgrade::two_and_one` | RelaxedStrongRelease, RelaxedClose, NoHandOver | 3 | 192 / 1514 / 633 / 5807 |
//! | R5 | `downgrade_races_other_drop::then_upgrades` | NoClose, NoHandOver, RelaxedStrongRelease, RelaxedClose, RelaxedLast, RelaxedWeakRelease | all | 190 / 2156 / 1932 / 25529 |
//! | R6 | `upgrade_races_uniqueness::get_mut` | RelaxedUnique, RelaxedStrongRelease | all | 288 / 265 / 513 / 2676 |
//! | | `::try_unwrap` | NoClose, RelaxedUnique, RelaxedStrongRelease | all | 138 / 32 / 100 / 925 |
//! | R7 | `strong_drop_races_uniqueness::get_mut` | RelaxedUnique, RelaxedStrongRelease, RelaxedLast | all | 24 / 7 / 30 / 68 |
//! | R8 | `weak_drop_races_closer::colocated` | RelaxedWeakRelease, RelaxedFree, RelaxedLast, RelaxedUnique | all | 70 / 70 / 55 / 216 |
//! | | `::separate` | the same | all | 70 / 70 / 55 / 216 |
//! | R9 | `publication_races_upgrade::two_attempts` | PublishAdds, RelaxedPublish, RelaxedUpgrade | 4 | 318 / 1797 / 609 / 7627 |
//! | R10 | `into_inner_races_into_inner::two_and_an_upgrade` | NoClose, RelaxedStrongRelease, RelaxedClose, NoHandOver | 3 | 192 / 1514 / 633 / 5807 |
//! | | `::two` | RelaxedStrongRelease, RelaxedLast | all | 4 / 7 / 14 / 27 |
//! | R14 | `register_races_death::one_registers` | RelaxedStrongRelease | all | 9 / 30 / 30 / 127 |
//! | | `::both_register` | NoLock, RelaxedUnlock | 3 | 50 / 122 / 82 / 211 |
//! | | `::container_registers` | PushOutsideLock | 3 | 497 / 423 / 269 / 3008 |
//! | R15 | `cancel_races_fire::from_outside` | NoLock, LateCancelUnlinks, NodeFreedTwice, RelaxedLeave | all | 136 / 690 / 935 / 3552 |
//! | | `::from_inside` | LateCancelUnlinks, NodeFreedTwice | all | 4 / 7 / 14 / 27 |
//! | R16 | `cancel_races_list_take::oldest` | NoLock, LateCancelUnlinks | all | 136 / 178 / 595 / 826 |
//! | | `::middle` | the same | all | 136 / 178 / 595 / 826 |
//! | | `::newest` | the same | all | 136 / 844 / 1561 / 4399 |
//! | R17, I8 | `finalizer_races::call_races_death` | NoClaim, LateCancelUnlinks, RelaxedLeave, NodeFreedTwice | all | 4018 / 8559 / 13251 / 101232 |
//! | | `::call_races_call` | NoClaim | all | 44 / 44 / 44 / 44 |
//! | | `::detach_races_death` | UnguardedPeek | all | 339 / 1061 / 1364 / 5933 |
//! | | `::call_races_detach_and_death` | NoClaim | 3 | 5733 / 9029 / 6340 / 15490 |
//! | | `::peek_races_call` | UnguardedPeek | all | 827 / 995 / 1951 / 6671 |
//! | | `::uniqueness_races_call` | HeldNotCounted | all | 437 / 45 / 1700 / 25424 |
//! | | `::uniqueness_races_exit` | UnitBeforeUnlink | all | 95 / 95 / 1044 / 3985 |
//! | F1 | `peek_races_death::death` | UnguardedPeek | all | 475 / 1324 / 1734 / 6860 |
//! | | `::call_and_death` | the same | 3 | 7297 / 21561 / 9380 / 60758 |
//! | I8 | `finalizer_races_uniqueness::peek_and_drop` | RelaxedHeld, HeldNotCounted | all | 80 / 14 / 52 / 598 |
//! | | `::found_through_another_handle` | HeldNotCounted | 3 | 257 / 270 / 488 / 2177 |
//! | | `::exit_and_upgrade` | UnitBeforeUnlink | 2 | 1944 / 3795 / 665 / 13624 |
//! | R18 | `callback_drops_its_container::with_everything_in_it` | UnitNotMoved, NodeFreedTwice, LateCancelUnlinks, RelaxedWeakRelease | all | 206 / 239 / 140 / 382 |
//! | owner | `deaths_race_drain::passive_with_two_objects` | PushOverwrites | 3 | 1063 / 62 / 411 / 3005 |
//! | | `::passive_with_a_removal` | PushOutsideLock, UnitNotMoved, NoLock | 3 | 6010 / 1666 / 2238 / 12957 |
//! | owner | `removal_races_death::inline` | PushOutsideLock, UnitNotMoved, NoLock, RelaxedUnlock | all | 748 / 690 / 5151 / 22438 |
//! | | `::second_container` | UnitNotMoved, NoLock | all | 748 / 844 / 3611 / 14667 |
//! | | `::carried_by_a_callback` | the same | all | 1815 / 300 / 4717 / 19535 |
//! | owner | `withdrawal_races_drain::dead_before` | UnitNotMoved, NoLock | all | 2942 / 2942 / 4644 / 4848 |
//! | | `::dying_meanwhile` | UnitNotMoved, NoLock, PushOutsideLock | 3 | 1660 / 391 / 820 / 2986 |
//! | owner | `graveyard_drop_races_end::removal` | RelaxedWithdrawal, GraveNotCounted | all | 6 / 6 / 4 / 15 |
//! | | `::death` | GraveNotCounted | all | 1560 / 654 / 9855 / 41624 |
//! | lock | `waiters_park::three` | NoWake, RelaxedUnlock, NoLock | 3 | 1878 / 3970 / 2304 / 5180 |
//! | | `::entries_and_callbacks` | the same | 2 | 725 / 1584 / 543 / 2682 |
#![cfg(loom)]

#[macro_use]
mod explore;
mod cells;

mod block_vanishes_between_steps;
mod downgrade_races_other_drop;
mod into_inner_races_into_inner;
mod last_droppers_race_upgrade;
mod publication_races_upgrade;
mod revivers_race_last_drop;
mod shard_lock;
mod strong_drop_races_uniqueness;
mod upgrade_races_last_drop;
mod upgrade_races_uniqueness;
mod weak_drop_races_closer;

mod callback_drops_its_container;
mod cancel_races_fire;
mod cancel_races_list_take;
mod deaths_race_drain;
mod finalizer_races;
mod finalizer_races_uniqueness;
mod graveyard_drop_races_end;
mod peek_races_death;
mod register_races_death;
mod removal_races_death;
mod waiters_park;
mod waking;
mod withdrawal_races_drain;
