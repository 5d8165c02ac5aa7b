//! Models of the protocol: one module per race, at most three threads each, run on the crate's own
//! types built with `--cfg loom`. How a scenario is explored, and in which ways, is in [`explore`].
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p weakref-tests --test model`
//!
//! Each row was last measured in the quick form: the preemptions that are explored, and the
//! executions in the ways `Plain` / `LoadFirst` / `ReadModifyWrite` / `Shadowed`. A scenario checks
//! its numbers, and that each mistake in its row makes it fail. *F1* and *I8* are invariants of the
//! finalizers and of uniqueness; *owner*: who owns a registration; *exit*: the end of the exit phase;
//! *lock*: that of a weak list.
//! Which model fails when one operation's ordering is weakened: `.ci/orderings` writes the table.
//!
//! | race | scenario | mistakes it finds | preemptions | executions |
//! |---|---|---|---|---|
//! | R1 | `upgrade_races_last_drop::weak_first` | NoHandOver, NoClose, RelaxedStrongRelease, RelaxedClose, RelaxedWeakRelease, RelaxedFree, RelaxedLast, RelaxedUnique | all | 580 / 108 / 76 / 658 |
//! | | `::strong_first` | the same | all | 749 / 304 / 209 / 4720 |
//! | | `::separate` | the same | all | 580 / 108 / 76 / 658 |
//! | R2 | `block_vanishes_between_steps::colocated` | NoHandOver, NoClose, RelaxedWeakRelease | 5 | 767 / 1553 / 318 / 11364 |
//! | | `::separate` | the same | 5 | 767 / 1553 / 318 / 11364 |
//! | R3 | `revivers_race_last_drop::opposite_orders` | NoHandOver, NoClose, RelaxedStrongRelease, RelaxedClose, RelaxedWeakRelease | 3 | 5649 / 5721 / 1070 / 25790 |
//! | R4 | `last_droppers_race_upgrade::two_and_one` | RelaxedStrongRelease, RelaxedClose, NoHandOver | 3 | 424 / 3046 / 579 / 12904 |
//! | R5 | `downgrade_races_other_drop::then_upgrades` | NoClose, NoHandOver, RelaxedStrongRelease, RelaxedClose, RelaxedLast, RelaxedWeakRelease | all | 1271 / 10369 / 2490 / 501358 |
//! | R6 | `upgrade_races_uniqueness::get_mut` | RelaxedUnique, RelaxedStrongRelease | all | 1259 / 296 / 171 / 3663 |
//! | | `::try_unwrap` | NoClose, RelaxedUnique, RelaxedStrongRelease | all | 138 / 155 / 71 / 1427 |
//! | R7 | `strong_drop_races_uniqueness::get_mut` | RelaxedUnique, RelaxedStrongRelease, RelaxedLast | all | 24 / 7 / 30 / 68 |
//! | R8 | `weak_drop_races_closer::colocated` | RelaxedWeakRelease, RelaxedFree, RelaxedLast, RelaxedUnique | all | 74 / 60 / 50 / 240 |
//! | | `::separate` | the same | all | 74 / 60 / 50 / 240 |
//! | R9 | `publication_races_upgrade::two_attempts` | PublishAdds, RelaxedPublish, RelaxedUpgrade | 4 | 950 / 1449 / 614 / 9148 |
//! | R10 | `into_inner_races_into_inner::two_and_an_upgrade` | NoClose, RelaxedStrongRelease, RelaxedClose, NoHandOver | 3 | 424 / 3046 / 579 / 12904 |
//! | | `::two` | RelaxedStrongRelease, RelaxedLast | all | 4 / 7 / 14 / 27 |
//! | R14 | `register_races_death::one_registers` | RelaxedStrongRelease | all | 9 / 30 / 30 / 127 |
//! | | `::both_register` | NoLock, RelaxedLock, RelaxedUnlock | 3 | 50 / 122 / 82 / 211 |
//! | | `::container_registers` | PushOutsideLock | 3 | 506 / 855 / 297 / 6462 |
//! | R15 | `cancel_races_fire::from_outside` | NoLock, LateCancelUnlinks, NodeFreedTwice, RelaxedLeave, RelaxedLastOfCallback | all | 180 / 990 / 1436 / 10601 |
//! | | `::from_inside` | LateCancelUnlinks, NodeFreedTwice | all | 4 / 7 / 14 / 27 |
//! | R16 | `cancel_races_list_take::oldest` | NoLock, LateCancelUnlinks | all | 180 / 318 / 932 / 2962 |
//! | | `::middle` | the same | all | 180 / 318 / 932 / 2962 |
//! | | `::newest` | the same | all | 180 / 1210 / 2206 / 13481 |
//! | R17, I8 | `finalizer_races::call_races_death` | NoClaim, LateCancelUnlinks, RelaxedLeave, RelaxedLastOfFinalizer, NodeFreedTwice | all | 4030 / 8059 / 13260 / 139002 |
//! | | `::call_races_call` | NoClaim | all | 44 / 44 / 44 / 44 |
//! | | `::detach_races_death` | UnguardedPeek | all | 1454 / 447 / 415 / 3608 |
//! | | `::call_races_detach_and_death` | NoClaim | 3 | 7418 / 7447 / 5462 / 13544 |
//! | | `::peek_races_call` | UnguardedPeek | all | 827 / 1331 / 2507 / 8627 |
//! | | `::uniqueness_races_call` | HeldNotCounted | all | 437 / 839 / 2217 / 48591 |
//! | | `::uniqueness_races_exit` | UnitBeforeUnlink | all | 45 / 45 / 1080 / 4161 |
//! | F1 | `peek_races_death::death` | UnguardedPeek | all | 3356 / 300 / 266 / 860 |
//! | | `::call_and_death` | the same | 3 | 8221 / 35051 / 6963 / 105782 |
//! | I8 | `finalizer_races_uniqueness::peek_and_drop` | RelaxedHeld, HeldNotCounted | all | 80 / 80 / 41 / 764 |
//! | | `::found_through_another_handle` | RelaxedIsHeld, HeldNotCounted | 3 | 313 / 305 / 421 / 2122 |
//! | | `::exit_and_upgrade` | UnitBeforeUnlink | 2 | 2799 / 10800 / 670 / 41785 |
//! | R18 | `callback_drops_its_container::with_everything_in_it` | UnitNotMoved, NodeFreedTwice, LateCancelUnlinks, RelaxedWeakRelease | all | 228 / 1149 / 3821 / 247532 |
//! | owner | `deaths_race_drain::passive_with_two_objects` | PushOverwrites | 3 | 1063 / 62 / 415 / 1619 |
//! | | `::passive_with_a_removal` | PushOutsideLock, UnitNotMoved, NoLock | 3 | 6217 / 2139 / 2297 / 15473 |
//! | owner | `removal_races_death::inline` | PushOutsideLock, UnitNotMoved, NoLock, RelaxedUnlock | all | 826 / 974 / 6210 / 43484 |
//! | | `::second_container` | UnitNotMoved, NoLock | all | 826 / 1194 / 4500 / 32052 |
//! | | `::carried_by_a_callback` | the same | all | 1908 / 579 / 10845 / 61154 |
//! | owner | `withdrawal_races_drain::dead_before` | UnitNotMoved, NoLock | all | 2942 / 2942 / 4732 / 4936 |
//! | | `::dying_meanwhile` | UnitNotMoved, NoLock, PushOutsideLock | 3 | 1695 / 372 / 806 / 3423 |
//! | owner | `graveyard_drop_races_end::removal` | RelaxedWithdrawal, RelaxedAbandon, RelaxedGraveEnd, GraveNotCounted | all | 4 / 4 / 4 / 4 |
//! | | `::death` | GraveNotCounted | all | 1672 / 906 / 10606 / 74345 |
//! | owner | `waking::two_objects` | PushOverwrites | 2 | 245 / 532 / 132 / 989 |
//! | | `::one_object_twice` | UnitNotMoved, NoLock | 3 | 963 / 940 / 590 / 3096 |
//! | | `::owner_goes` | UnitNotMoved, GraveNotCounted | 3 | 1163 / 652 / 387 / 2246 |
//! | | `::removal` | UnitNotMoved, NoLock | 3 | 321 / 333 / 277 / 1140 |
//! | R19 | `container_drop_races_death::values_die` | UnitNotMoved, GraveNotCounted | 3 | 1163 / 652 / 387 / 2246 |
//! | | `::both_sides_die` | UnitNotMoved, GraveNotCounted | 1 | 161 / 546 / 39 / 1171 |
//! | | `::both_sides_die_of_one_that_stays` | UnitNotMoved | 2 | 1346 / 1776 / 446 / 5801 |
//! | R20 | `shard_lock::a_notice_and_a_reader` | RelaxedShard, RelaxedEnter, SettleReleases, SettleAcquires, ReaderReleases, ReaderAcquires, WriterAcquires, BurierAcquires | 3 | 672 / 1153 / 410 / 5991 |
//! | | `::a_notice_and_a_writer` | PendingForgotten, RelaxedShard, WriterReleases | 3 | 537 / 233 / 188 / 1286 |
//! | | `::word_two_notices_and_a_reader` | LookBeforeFlag | 2 | 3427 / 3427 / 408 / 8316 |
//! | | `::word_two_notices_and_a_writer` | LookBeforeFlag, PendingForgotten, BuriesOne | 2 | 3397 / 3397 / 408 / 8280 |
//! | | `::word_a_notice_and_two_readers` | RelaxedShard | 2 | 2613 / 2613 / 334 / 9107 |
//! | | `::word_writers_and_a_reader_wait` | NoWakeOfShard, RelaxedShard | 2 | 2786 / 2786 / 338 / 9554 |
//! | | `::a_reader_reads_again_while_a_writer_waits` | NoWakeOfShard | 3 | 247 / 247 / 130 / 1137 |
//! | | `::word_what_is_buried_uses_the_shard` | BuriesOne, RelaxedBurial | 2 | 2065 / 2065 / 364 / 14433 |
//! | R21 | `stale_removal_races_insertion::equal_key` | AnyOfHash | 3 | 2437 / 2755 / 1029 / 13708 |
//! | | `::equal_hash` | PendingForgotten | 3 | 1566 / 1185 / 312 / 6864 |
//! | | `::equal_member` | AnyOfHash | 3 | 513 / 581 / 279 / 2912 |
//! | | `::equal_key_comes_of_a_death` | DeadReplaced | 2 | 1867 / 3923 / 366 / 45135 |
//! | R22 | `interner_races_death::two_ask_for_what_dies` | AnyCompared, AnyOfHash | 2 | 17353 / 10587 / 263 / 44932 |
//! | | `::two_ask_for_what_is_not_there` | AnyCompared | 2 | 2763 / 2829 / 216 / 20162 |
//! | R23 | `constructions_race::both_ask` | AnyEdition | 2 | 873 / 1131 / 215 / 6410 |
//! | | `::its_maker_drops_it` | LandingNotKept | 3 | 580 / 1483 / 596 / 3613 |
//! | | `::its_maker_fails` | FailureNotTold | 3 | 220 / 220 / 175 / 406 |
//! | | `::another_is_put_in` | NotOvertaken | 3 | 659 / 1624 / 520 / 11753 |
//! | R24 | `iteration_races_death::live_stay_and_dead_go` | RelaxedShard | 3 | 4385 / 5839 / 635 / 27714 |
//! | | `::retain_spares_what_came` | AnyValue, AnyEdition | 1 | 271 / 401 / 17 / 1103 |
//! | | `::drain` | UnitNotMoved, RelaxedShard | 3 | 1123 / 1417 / 644 / 4938 |
//! | R25 | `growth_races_death::notice` | PendingForgotten, RelaxedShard | 3 | 127 / 91 / 70 / 516 |
//! | | `::removal` | AnyEdition | 3 | 96 / 96 / 102 / 685 |
//! | R26 | `exit_races::claim_races_death` | ShareAfterUnlock, AskedAfterClaim, NoClaim | 4 | 1187 / 1958 / 1246 / 6583 |
//! | | `::claim_races_call_and_death` | ShareAfterUnlock, AskedAfterClaim | 2 | 685 / 928 / 416 / 1764 |
//! | exit | `exit_races::call_races_phase` | AskedAfterClaim | all | 330 / 330 / 323 / 618 |
//! | | `::detach_races_phase` | NoClaim | all | 330 / 330 / 323 / 618 |
//! | | `::set_at_exit_races_phase` | InertUnlocked | 6 | 1207 / 1207 / 1144 / 1880 |
//! | | `::registration_races_phase` | InertUnlocked | 3 | 503 / 765 / 528 / 2511 |
//! | R27 | `losers_let_go::forget_races_fire` | NodeFreedTwice, RelaxedLeave | all | 7 / 13 / 9 / 17 |
//! | | `::two_phases_and_a_death` | ShareAfterUnlock, AskedAfterClaim | 2 | 359 / 479 / 314 / 909 |
//! | | `::a_cancel_a_call_and_a_death` | NoClaim, LateCancelUnlinks, NodeFreedTwice | 2 | 804 / 1643 / 434 / 3868 |
//! | | `::a_drain_a_withdrawal_and_a_death` | UnitNotMoved, GraveNotCounted | 3 | 5163 / 762 / 1657 / 7732 |
//! | lock | `waiters_park::three` | NoWake, RelaxedUnlock, NoLock | 3 | 1878 / 3970 / 2304 / 5180 |
//! | | `::entries_and_callbacks` | the same, RelaxedLockOfWaiter | 2 | 725 / 3800 / 607 / 6239 |
#![cfg(loom)]

#[macro_use]
mod explore;
mod cells;
mod members;

mod block_vanishes_between_steps;
mod downgrade_races_other_drop;
mod into_inner_races_into_inner;
mod last_droppers_race_upgrade;
mod leaving_close;
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
mod exit_races;
mod finalizer_races;
mod finalizer_races_uniqueness;
mod graveyard_drop_races_end;
mod losers_let_go;
mod peek_races_death;
mod register_races_death;
mod removal_races_death;
mod waiters_park;
mod waking;
mod withdrawal_races_drain;

mod constructions_race;
mod container_drop_races_death;
mod growth_races_death;
mod interner_races_death;
mod iteration_races_death;
mod stale_removal_races_insertion;
