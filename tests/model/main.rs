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
//! | R1 | `upgrade_races_last_drop::weak_first` | NoHandOver, NoClose, RelaxedStrongRelease, RelaxedClose, RelaxedWeakRelease, RelaxedFree, RelaxedLast | all | 580 / 2235 / 1400 / 154735 |
//! | | `::strong_first` | the same but RelaxedClose | all | 749 / 2943 / 1787 / 200677 |
//! | | `::separate` | the same | all | 580 / 2235 / 1400 / 154735 |
//! | R2 | `block_vanishes_between_steps::colocated` | NoHandOver, NoClose, RelaxedWeakRelease | 5 | 767 / 1858 / 849 / 43152 |
//! | | `::separate` | the same | 5 | 767 / 1858 / 849 / 43152 |
//! | R3 | `revivers_race_last_drop::opposite_orders` | NoHandOver, NoClose, RelaxedStrongRelease, RelaxedClose, RelaxedWeakRelease | 3 | 5649 / 40774 / 2120 / 706493 |
//! | R4 | `last_droppers_race_upgrade::two_and_one` | RelaxedStrongRelease, NoHandOver | 3 | 424 / 1342 / 413 / 6241 |
//! | R5 | `downgrade_races_other_drop::then_upgrades` | NoClose, NoHandOver, RelaxedStrongRelease, RelaxedLast, RelaxedWeakRelease | 4 | 179 / 670 / 260 / 4677 |
//! | R6 | `upgrade_races_uniqueness::get_mut` | RelaxedUnique, RelaxedStrongRelease | all | 1259 / 2235 / 2507 / 283071 |
//! | | `::try_unwrap` | NoClose, RelaxedUnique, RelaxedStrongRelease | all | 138 / 45 / 110 / 926 |
//! | R7 | `strong_drop_races_uniqueness::get_mut` | RelaxedUnique, RelaxedStrongRelease, RelaxedLast | all | 24 / 11 / 9 / 22 |
//! | | `::try_unwrap` | RelaxedClose, RelaxedStrongRelease | all | 24 / 24 / 16 / 62 |
//! | R8 | `weak_drop_races_closer::colocated` | RelaxedWeakRelease, RelaxedFree, RelaxedLast | all | 74 / 229 / 105 / 1127 |
//! | | `::separate` | the same | all | 74 / 229 / 105 / 1127 |
//! | R9 | `publication_races_upgrade::two_attempts` | PublishAdds, RelaxedPublish, RelaxedUpgrade | 4 | 950 / 4172 / 1029 / 47738 |
//! | R10 | `into_inner_races_into_inner::two_and_an_upgrade` | NoClose, RelaxedStrongRelease, NoHandOver | 3 | 424 / 1342 / 413 / 6241 |
//! | | `::two` | RelaxedStrongRelease, RelaxedLast | all | 4 / 4 / 4 / 4 |
//! | R12 | `leaving_close::revived` | NoHandOver, RelaxedWeakRelease | all | 330 / 1222 / 930 / 87831 |
//! | | `::revived_strong_first` | NoHandOver, RelaxedClose | all | 392 / 1398 / 1044 / 89123 |
//! | | `::revived_separate` | NoHandOver | all | 330 / 1222 / 930 / 87831 |
//! | | `::registered` | NotListed | 3 | 145 / 205 / 108 / 3047 |
//! | | `::last_weak_goes` | RelaxedWeakRelease, RelaxedClose | all | 20 / 30 / 30 / 127 |
//! | | `::last_weak_goes_separate` | RelaxedClose | all | 20 / 30 / 30 / 127 |
//! | | `::revived_twice` | NoHandOver, RelaxedClose | 2 | 457 / 1715 / 184 / 27666 |
//! | R14 | `register_races_death::one_registers` | RelaxedStrongRelease | all | 18 / 18 / 16 / 31 |
//! | | `::both_register` | NoLock, RelaxedLock, RelaxedUnlock | 3 | 116 / 116 / 90 / 206 |
//! | | `::container_registers` | PushOutsideLock | 3 | 535 / 576 / 303 / 2684 |
//! | R15 | `cancel_races_fire::from_outside` | NoLock, LateCancelUnlinks, NodeFreedTwice, RelaxedLeave, RelaxedLastOfCallback | all | 180 / 2281 / 2184 / 23055 |
//! | | `::from_inside` | LateCancelUnlinks, NodeFreedTwice | all | 4 / 4 / 4 / 4 |
//! | R16 | `cancel_races_list_take::oldest` | NoLock, LateCancelUnlinks | all | 180 / 527 / 2104 / 8447 |
//! | | `::middle` | the same | all | 180 / 527 / 2104 / 8447 |
//! | | `::newest` | the same | all | 180 / 2228 / 5501 / 40973 |
//! | R17, I8 | `finalizer_races::call_races_death` | NoClaim, LateCancelUnlinks, RelaxedLeave, RelaxedLastOfFinalizer, NodeFreedTwice | 4 | 741 / 3154 / 1091 / 10612 |
//! | | `::call_races_call` | NoClaim | all | 44 / 44 / 44 / 44 |
//! | | `::detach_races_death` | UnguardedPeek | 4 | 312 / 815 / 367 / 6222 |
//! | | `::call_races_detach_and_death` | NoClaim | 3 | 7418 / 11766 / 6720 / 31560 |
//! | | `::peek_races_call` | UnguardedPeek | all | 827 / 1163 / 743 / 1583 |
//! | | `::uniqueness_races_call` | HeldNotCounted | all | 437 / 45 / 2217 / 34887 |
//! | | `::uniqueness_races_exit` | UnitBeforeUnlink | all | 45 / 45 / 1080 / 4161 |
//! | F1 | `peek_races_death::death` | UnguardedPeek | 4 | 346 / 917 / 433 / 8509 |
//! | | `::call_and_death` | the same | 3 | 8221 / 31317 / 9101 / 90821 |
//! | I8 | `finalizer_races_uniqueness::peek_and_drop` | RelaxedHeld, HeldNotCounted | all | 80 / 14 / 32 / 401 |
//! | | `::found_through_another_handle` | RelaxedIsHeld, HeldNotCounted | 3 | 313 / 403 / 322 / 2023 |
//! | | `::exit_and_upgrade` | UnitBeforeUnlink | 2 | 2799 / 6818 / 772 / 40529 |
//! | R18 | `callback_drops_its_container::with_everything_in_it` | UnitNotMoved, NodeFreedTwice, LateCancelUnlinks, RelaxedWeakRelease | 4 | 133 / 1271 / 515 / 11387 |
//! | owner | `deaths_race_drain::passive_with_two_objects` | PushOverwrites | 3 | 946 / 62 / 282 / 1776 |
//! | | `::passive_with_a_removal` | PushOutsideLock, UnitNotMoved, NoLock | 3 | 5543 / 6850 / 2944 / 54105 |
//! | owner | `removal_races_death::inline` | PushOutsideLock, UnitNotMoved, NoLock, RelaxedUnlock | 6 | 687 / 3482 / 4880 / 60155 |
//! | | `::second_container` | UnitNotMoved, NoLock | 6 | 687 / 7547 / 4276 / 72515 |
//! | | `::carried_by_a_callback` | the same | 6 | 1369 / 3831 / 10048 / 133370 |
//! | R29 | `drain_races_death::inline` | UnitNotMoved, CountedAfterPush, RelaxedTake, RelaxedPush, TakenForAMoment, PushOutsideLock | 3 | 452 / 475 / 378 / 4087 |
//! | | `::of_a_node` | UnitNotMoved, CountedAfterPush, RelaxedTake, RelaxedPush | 3 | 452 / 874 / 279 / 4325 |
//! | | `::of_both` | UnitNotMoved, TakenForAMoment | 3 | 1094 / 2817 / 1125 / 18864 |
//! | R29 | `withdrawal_races_drain::of_one` | UnitNotMoved, DrainLooks, TokenAfterDrain, WithdrawalLooks, ShapeBeforeExchange, CountedBeforeExchange, WithdrawnUnlocked, RelaxedDrain, RelaxedDrained | all | 77 / 97 / 242 / 1619 |
//! | | `::of_a_node` | the same | all | 77 / 97 / 242 / 1619 |
//! | | `::dead_before` | UnitNotMoved, NoLock | 4 | 470 / 772 / 919 / 9844 |
//! | | `::dying_meanwhile` | UnitNotMoved, NoLock, PushOutsideLock | 3 | 2166 / 1065 / 1343 / 16559 |
//! | owner | `graveyard_drop_races_end::removal` | RelaxedWithdrawal, RelaxedAbandon, RelaxedGraveEnd, GraveNotCounted | all | 4 / 4 / 4 / 4 |
//! | | `::death` | GraveNotCounted | 4 | 622 / 1019 / 1271 / 9886 |
//! | owner | `waking::two_objects` | PushOverwrites | 2 | 185 / 268 / 117 / 584 |
//! | | `::one_object_twice` | UnitNotMoved, NoLock | 3 | 1014 / 4810 / 863 / 18480 |
//! | | `::owner_goes` | UnitNotMoved, GraveNotCounted | 3 | 945 / 3225 / 971 / 26591 |
//! | | `::removal` | UnitNotMoved, NoLock | 3 | 628 / 1895 / 705 / 10980 |
//! | R19 | `container_drop_races_death::values_die` | UnitNotMoved, GraveNotCounted | 3 | 944 / 3235 / 972 / 26663 |
//! | | `::both_sides_die` | UnitNotMoved, GraveNotCounted | 1 | 104 / 2693 / 44 / 5595 |
//! | | `::both_sides_die_of_one_that_stays` | UnitNotMoved | 2 | 962 / 3859 / 715 / 18016 |
//! | R20 | `shard_lock::a_notice_and_a_reader` | RelaxedShard, RelaxedEnter, SettleReleases, SettleAcquires, RelaxedAddition, RelaxedReader, WriterAcquires, BurierAcquires | 3 | 975 / 1092 / 331 / 4655 |
//! | | `::a_notice_and_a_writer` | PendingForgotten, RelaxedShard, WriterReleases | 3 | 537 / 175 / 180 / 1055 |
//! | | `::word_two_notices_and_a_reader` | LookBeforeFlag | 2 | 4082 / 4082 / 323 / 7023 |
//! | | `::word_two_notices_and_a_writer` | LookBeforeFlag, PendingForgotten, BuriesOne | 2 | 3557 / 3557 / 448 / 10230 |
//! | | `::word_a_notice_and_two_readers` | RelaxedShard | 3 | 20023 / 20023 / 3060 / 75138 |
//! | | `::word_a_notice_a_writer_and_a_reader` | StepsBackBlindly | 2 | 5033 / 5033 / 354 / 13248 |
//! | | `::word_notices_in_two_shards_read_at_a_time` | StepsBackBlindly | 2 | 714 / 714 / 212 / 1808 |
//! | | `::word_writers_and_a_reader_wait` | NoWakeOfShard, RelaxedShard | 2 | 4126 / 4126 / 306 / 9405 |
//! | | `::a_reader_reads_again_while_a_writer_waits` | NoWakeOfShard | 5 | 629 / 629 / 129 / 1640 |
//! | | `::word_what_is_buried_uses_the_shard` | BuriesOne, RelaxedBurial | 2 | 2065 / 2065 / 364 / 14433 |
//! | | `::word_what_is_buried_in_one_waits_for_a_writer_of_another` | BuriesBeforeWaking | 3 | 77 / 77 / 32 / 134 |
//! | R21 | `stale_removal_races_insertion::equal_key` | AnyOfHash | 3 | 1972 / 12316 / 2155 / 74863 |
//! | | `::length` | CountedAgain | 3 | 4458 / 30253 / 2843 / 163759 |
//! | | `::equal_hash` | PendingForgotten | 3 | 500 / 485 / 244 / 1862 |
//! | | `::equal_member` | AnyOfHash | 3 | 356 / 778 / 259 / 4618 |
//! | | `::equal_key_comes_of_a_death` | DeadReplaced | 2 | 1642 / 5458 / 418 / 24142 |
//! | R22 | `interner_races_death::two_ask_for_what_dies` | AnyCompared, AnyOfHash | 2 | 516 / 4709 / 192 / 15251 |
//! | | `::two_ask_for_what_is_not_there` | AnyCompared | 4 | 1238 / 1238 / 591 / 5427 |
//! | R23 | `constructions_race::both_ask` | AnyEdition | 3 | 12178 / 29075 / 1713 / 155093 |
//! | | `::its_maker_drops_it` | LandingNotKept | 3 | 617 / 617 / 267 / 687 |
//! | | `::its_maker_fails` | FailureNotTold | 3 | 5231 / 5231 / 870 / 18467 |
//! | | `::another_is_put_in` | NotOvertaken | 3 | 6256 / 18178 / 879 / 83005 |
//! | R24 | `iteration_races_death::live_stay_and_dead_go` | RelaxedShard | 3 | 1121 / 2091 / 629 / 13414 |
//! | | `::retain_spares_what_came` | AnyValue, AnyEdition | 1 | 224 / 431 / 14 / 1127 |
//! | | `::drain` | UnitNotMoved, RelaxedShard | 3 | 1444 / 15120 / 1798 / 102488 |
//! | R25 | `growth_races_death::notice` | PendingForgotten, RelaxedShard | 3 | 114 / 114 / 72 / 484 |
//! | | `::removal` | AnyEdition | 3 | 207 / 207 / 81 / 802 |
//! | R26 | `exit_races::claim_races_death` | ShareAfterUnlock, AskedAfterClaim, NoClaim | 4 | 1187 / 3981 / 1606 / 13256 |
//! | | `::claim_races_call_and_death` | ShareAfterUnlock, AskedAfterClaim | 2 | 685 / 1759 / 441 / 3207 |
//! | exit | `exit_races::call_races_phase` | AskedAfterClaim | all | 330 / 330 / 323 / 618 |
//! | | `::detach_races_phase` | NoClaim | all | 330 / 330 / 323 / 618 |
//! | | `::set_at_exit_races_phase` | InertUnlocked | 6 | 1147 / 1147 / 1084 / 1755 |
//! | | `::told_races_death` | AdmitsGone, EnrolsUntold | all | 92 / 92 / 239 / 239 |
//! | | `::told_races_phase` | InertUnlocked | 6 | 197 / 197 / 188 / 363 |
//! | | `::closing_races_set_at_exit` | ClosedToAll | 3 | 916 / 1419 / 705 / 2231 |
//! | | `::closing_races_first_telling` | the same | 3 | 358 / 565 / 270 / 913 |
//! | | `::registration_races_phase` | InertUnlocked | 3 | 503 / 794 / 479 / 2350 |
//! | R27 | `losers_let_go::forget_races_fire` | NodeFreedTwice, RelaxedLeave | all | 7 / 13 / 18 / 35 |
//! | | `::two_phases_and_a_death` | ShareAfterUnlock, AskedAfterClaim | 2 | 359 / 891 / 337 / 1649 |
//! | | `::a_cancel_a_call_and_a_death` | NoClaim, LateCancelUnlinks, NodeFreedTwice | 2 | 804 / 2794 / 514 / 7987 |
//! | | `::a_drain_a_withdrawal_and_a_death` | UnitNotMoved, GraveNotCounted | 3 | 6622 / 2103 / 2617 / 41019 |
//! | R30 | `burials::beside_a_reader` | RelaxedBury, RelaxedReader, WriterAcquires | 3 | 378 / 733 / 323 / 3525 |
//! | | `::beside_a_writer` | PendingForgotten, RelaxedBury, WriterAcquires | 3 | 139 / 197 / 156 / 982 |
//! | | `::of_two` | BuriesOne, RelaxedBury | 2 | 109 / 241 / 87 / 475 |
//! | | `::of_what_is_removed` | RelaxedShape, UnitNotMoved | 3 | 1611 / 4954 / 1376 / 31120 |
//! | | `::of_one_that_stands_twice` | ToldLocked | 2 | 4 / 4 / 4 / 4 |
//! | | `::owner_goes` | OwnerNotHeld, GraveNotCounted, BuriedLeaves | 3 | 944 / 3235 / 972 / 26663 |
//! | R33 | `use_races_eviction::eviction` | RelaxedShard | 2 | 399 / 287 / 93 / 1134 |
//! | | `::removal` | NotedLate, NotLetGo | 2 | 153 / 189 / 86 / 429 |
//! | | `::entering` | KeptUnseen, NotLetGo | 3 | 2349 / 5596 / 856 / 21218 |
//! | lock | `waiters_park::three` | NoWake, RelaxedUnlock, NoLock | 3 | 12060 / 12060 / 2995 / 20492 |
//! | | `::entries_and_callbacks` | the same, RelaxedLockOfWaiter | 2 | 6312 / 15547 / 619 / 23237 |
#![cfg(loom)]

#[macro_use]
mod explore;
mod cells;
mod members;
mod owners;

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

mod burials;
mod callback_drops_its_container;
mod cancel_races_fire;
mod cancel_races_list_take;
mod deaths_race_drain;
mod drain_races_death;
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
mod use_races_eviction;
