//! Models of the protocol: one module per race, at most three threads each, run on the crate's own
//! types built with `--cfg loom`. How a scenario is explored, and in which ways, is in [`explore`].
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p weakref-tests --test model`
//!
//! Each row was last measured in the quick form: the preemptions that are explored, and the
//! executions in the ways `Plain` / `LoadFirst` / `ReadModifyWrite` / `Shadowed`. A scenario checks
//! its numbers, and that each mistake in its row makes it fail. A race is said by the name of its
//! file, and in the file's first lines. *F1* is the lemma of `weakref/src/finalize.rs`; *I8*: a unique
//! reference is given beside finalizers without handles, and never beside one with a handle; *owner*:
//! who owns a registration; *exit*: the end of the exit phase; *lock*: that of a weak list.
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
//! | R6 | `upgrade_races_uniqueness::get_mut` | RelaxedUnique, RelaxedStrongRelease | all | 2078 / 2235 / 2507 / 283071 |
//! | | `::try_unwrap` | NoClose, RelaxedUnique, RelaxedStrongRelease | all | 138 / 45 / 110 / 926 |
//! | R7 | `strong_drop_races_uniqueness::get_mut` | RelaxedUnique, RelaxedStrongRelease, RelaxedLast | all | 44 / 11 / 9 / 22 |
//! | | `::try_unwrap` | RelaxedClose, RelaxedStrongRelease | all | 24 / 24 / 16 / 62 |
//! | R8 | `weak_drop_races_closer::colocated` | RelaxedWeakRelease, RelaxedFree, RelaxedLast | all | 74 / 229 / 105 / 1127 |
//! | | `::separate` | the same | all | 74 / 229 / 105 / 1127 |
//! | R9 | `publication_races_upgrade::two_attempts` | PublishAdds, RelaxedPublish, RelaxedUpgrade | 4 | 950 / 4172 / 1029 / 47738 |
//! | R10 | `into_inner_races_into_inner::two_and_an_upgrade` | NoClose, RelaxedStrongRelease, NoHandOver | 3 | 424 / 1342 / 413 / 6241 |
//! | | `::two` | RelaxedStrongRelease, RelaxedLast | all | 4 / 4 / 4 / 4 |
//! | R12 | `leaving_close::revived` | NoHandOver, RelaxedWeakRelease | all | 330 / 1222 / 930 / 87831 |
//! | | `::revived_strong_first` | NoHandOver, RelaxedClose | all | 392 / 1398 / 1044 / 89123 |
//! | | `::revived_separate` | NoHandOver | all | 330 / 1222 / 930 / 87831 |
//! | | `::registered` | NotListed | 3 | 228 / 323 / 135 / 5125 |
//! | | `::last_weak_goes` | RelaxedWeakRelease, RelaxedClose | all | 20 / 30 / 30 / 127 |
//! | | `::last_weak_goes_separate` | RelaxedClose | all | 20 / 30 / 30 / 127 |
//! | | `::revived_twice` | NoHandOver, RelaxedClose | 2 | 457 / 1715 / 184 / 27666 |
//! | R14 | `register_races_death::one_registers` | RelaxedStrongRelease | all | 25 / 25 / 25 / 25 |
//! | | `::both_register` | NoLock, RelaxedLock, RelaxedUnlock | 3 | 91 / 91 / 60 / 118 |
//! | | `::container_registers` | PushOutsideLock | 3 | 844 / 534 / 386 / 3749 |
//! | R15 | `cancel_races_fire::from_outside` | NoLock, ClosesUnlocked, ClosesIntoLock, LateCancelUnlinks, NodeFreedTwice, RelaxedLeave, RelaxedLastOfCallback | 7 | 3186 / 25014 / 11261 / 352794 |
//! | | `::from_inside` | LateCancelUnlinks, NodeFreedTwice | all | 4 / 4 / 4 / 4 |
//! | R16 | `cancel_races_list_take::oldest` | NoLock, ClosesUnlocked, ClosesIntoLock, LateCancelUnlinks | 6 | 2186 / 13702 / 6120 / 141625 |
//! | | `::middle` | the same | 6 | 2186 / 13702 / 6120 / 141625 |
//! | | `::newest` | the same | 6 | 2186 / 13702 / 6120 / 141625 |
//! | R17, I8 | `finalizer_races::call_races_death` | NoClaim, LateCancelUnlinks, RelaxedLeave, RelaxedLastOfFinalizer, NodeFreedTwice | 5 | 4168 / 13641 / 4210 / 75530 |
//! | | `::call_races_call` | NoClaim | all | 150 / 367 / 280 / 3524 |
//! | | `::detach_races_death` | UnguardedPeek | 4 | 1206 / 5761 / 971 / 42101 |
//! | | `::call_races_detach_and_death` | NoClaim | 3 | 34858 / 262986 / 13848 / 962860 |
//! | | `::peek_races_call` | UnguardedPeek, NoWake | all | 1903 / 3487 / 2428 / 23381 |
//! | | `::uniqueness_races_call` | HeldNotCounted | all | 7607 / 2506 / 3237 / 196753 |
//! | | `::uniqueness_races_exit` | UnitBeforeUnlink | all | 2399 / 2399 / 876 / 63094 |
//! | F1 | `peek_races_death::death` | UnguardedPeek, RelaxedLock, RelaxedUnlock | 4 | 1006 / 6382 / 1057 / 52269 |
//! | | `::call_and_death` | UnguardedPeek | 3 | 40626 / 398621 / 13883 / 1844384 |
//! | I8 | `finalizer_races_uniqueness::peek_and_drop` | RelaxedHeld, HeldNotCounted | all | 319 / 833 / 487 / 7163 |
//! | | `::alone_beside_the_phase` | UnitAfterUnlock | all | 2399 / 2399 / 876 / 63094 |
//! | | `::found_through_another_handle` | RelaxedIsHeld, HeldNotCounted | 3 | 3423 / 15150 / 565 / 77761 |
//! | | `::exit_and_upgrade` | UnitBeforeUnlink | 2 | 8124 / 152689 / 1258 / 688444 |
//! | R18 | `callback_drops_its_container::with_everything_in_it` | UnitNotMoved, NodeFreedTwice, LateCancelUnlinks, RelaxedWeakRelease | 4 | 217 / 13482 / 2004 / 92171 |
//! | owner | `deaths_race_drain::passive_with_two_objects` | PushOverwrites | 3 | 1114 / 62 / 346 / 6676 |
//! | | `::passive_with_a_removal` | PushOutsideLock, UnitNotMoved, NoLock | 3 | 6978 / 6439 / 2537 / 44689 |
//! | owner | `removal_races_death::inline` | PushOutsideLock, UnitNotMoved, NoLock, RelaxedUnlock | 6 | 4216 / 6269 / 5680 / 97837 |
//! | | `::second_container` | UnitNotMoved, NoLock | 6 | 4216 / 13814 / 5002 / 125411 |
//! | | `::carried_by_a_callback` | the same | 5 | 4127 / 9571 / 6842 / 381190 |
//! | R29 | `drain_races_death::inline` | UnitNotMoved, CountedAfterPush, RelaxedTake, RelaxedPush, TakenForAMoment, PushOutsideLock | 3 | 734 / 444 / 336 / 3499 |
//! | | `::of_a_node` | UnitNotMoved, CountedAfterPush, RelaxedTake, RelaxedPush | 3 | 734 / 885 / 291 / 3912 |
//! | | `::of_both` | UnitNotMoved, TakenForAMoment | 3 | 2502 / 3922 / 1014 / 18083 |
//! | R29 | `withdrawal_races_drain::of_one` | UnitNotMoved, DrainLooks, TokenAfterDrain, WithdrawalLooks, ShapeBeforeExchange, CountedBeforeExchange, WithdrawnUnlocked, RelaxedDrain, RelaxedDrained | all | 319 / 369 / 728 / 12111 |
//! | | `::of_a_node` | the same | all | 319 / 369 / 728 / 12111 |
//! | | `::dead_before` | UnitNotMoved, NoLock | 4 | 3853 / 4780 / 1501 / 86851 |
//! | | `::dying_meanwhile` | UnitNotMoved, NoLock, PushOutsideLock | 3 | 4363 / 1653 / 1260 / 20362 |
//! | owner | `graveyard_drop_races_end::removal` | RelaxedWithdrawal, RelaxedAbandon, RelaxedGraveEnd, GraveNotCounted | all | 4 / 4 / 4 / 4 |
//! | | `::death` | GraveNotCounted | 4 | 2033 / 1193 / 1194 / 12521 |
//! | owner | `waking::two_objects` | PushOverwrites | 2 | 555 / 1001 / 142 / 1970 |
//! | | `::one_object_twice` | UnitNotMoved, NoLock | 3 | 13289 / 23198 / 1128 / 110188 |
//! | | `::owner_goes` | UnitNotMoved, GraveNotCounted | 3 | 2811 / 6704 / 994 / 58056 |
//! | | `::removal` | UnitNotMoved, NoLock | 3 | 2472 / 4206 / 763 / 26976 |
//! | R35 | `unwatch_races_handles::upgrade` | UnwatchesShared, RelaxedUnique | 3 | 1445 / 1448 / 445 / 31691 |
//! | | `::callback` | the same | 3 | 12864 / 11714 / 1781 / 95259 |
//! | | `::another_entry` | the same | 3 | 10355 / 3097 / 473 / 15303 |
//! | R19 | `container_drop_races_death::values_die` | UnitNotMoved, GraveNotCounted | 3 | 2810 / 6714 / 995 / 58128 |
//! | | `::both_sides_die` | UnitNotMoved, GraveNotCounted | 1 | 396 / 4484 / 39 / 8468 |
//! | | `::both_sides_die_of_one_that_stays` | UnitNotMoved | 2 | 2611 / 8215 / 630 / 36259 |
//! | R20 | `shard_lock::a_notice_and_a_reader` | RelaxedShard, RelaxedEnter, SettleReleases, SettleAcquires, RelaxedAddition, RelaxedReader, WriterAcquires, BurierAcquires | 3 | 1869 / 6016 / 645 / 19717 |
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
//! | R21 | `stale_removal_races_insertion::equal_key` | AnyOfHash | 3 | 3363 / 56968 / 2249 / 292133 |
//! | | `::length` | CountedAgain | 3 | 6307 / 138849 / 2897 / 674281 |
//! | | `::equal_hash` | PendingForgotten | 3 | 521 / 485 / 244 / 1862 |
//! | | `::equal_member` | AnyOfHash | 3 | 1187 / 7354 / 424 / 35049 |
//! | | `::equal_key_comes_of_a_death` | DeadReplaced | 2 | 2315 / 13123 / 434 / 53369 |
//! | R22 | `interner_races_death::two_ask_for_what_dies` | AnyCompared, AnyOfHash | 2 | 704 / 243588 / 216 / 710659 |
//! | | `::two_ask_for_what_is_not_there` | AnyCompared | 4 | 1238 / 1238 / 591 / 5427 |
//! | R23 | `constructions_race::both_ask` | AnyEdition | 3 | 12178 / 29075 / 1713 / 155093 |
//! | | `::its_maker_drops_it` | LandingNotKept | 3 | 617 / 617 / 267 / 687 |
//! | | `::its_maker_fails` | FailureNotTold | 3 | 5231 / 5231 / 870 / 18467 |
//! | | `::another_is_put_in` | NotOvertaken | 3 | 7123 / 14590 / 975 / 61993 |
//! | R23 | `overtaking_races_death::insertion` | SettlesBeforeWaking | 3 | 14318 / 7036 / 732 / 36714 |
//! | R24 | `iteration_races_death::live_stay_and_dead_go` | RelaxedShard | 3 | 4876 / 10496 / 789 / 37164 |
//! | | `::retain_spares_what_came` | AnyValue, AnyEdition | 1 | 224 / 431 / 14 / 1199 |
//! | | `::drain` | UnitNotMoved, RelaxedShard | 3 | 8033 / 167960 / 2717 / 982639 |
//! | R25 | `growth_races_death::notice` | PendingForgotten, RelaxedShard | 3 | 123 / 114 / 72 / 484 |
//! | | `::removal` | AnyEdition | 3 | 207 / 207 / 81 / 802 |
//! | R26 | `exit_races::claim_races_death` | ShareAfterUnlock, AskedAfterClaim, NoClaim, LookBeforeStrike | 4 | 5405 / 33673 / 4835 / 134844 |
//! | | `::claim_races_call_and_death` | ShareAfterUnlock, AskedAfterClaim | 2 | 2327 / 11215 / 844 / 24585 |
//! | exit | `exit_races::call_races_phase` | AskedAfterClaim | all | 3612 / 11929 / 8493 / 269058 |
//! | | `::detach_races_phase` | NoClaim | all | 4176 / 12493 / 9015 / 272034 |
//! | | `::set_at_exit_races_phase` | InertUnlocked | 6 | 5323 / 10225 / 3171 / 79638 |
//! | | `::told_races_death` | AdmitsGone, EnrolsUntold | all | 792 / 1938 / 2597 / 61412 |
//! | | `::told_races_phase` | InertUnlocked | 6 | 327 / 783 / 224 / 6374 |
//! | | `::closing_races_set_at_exit` | ClosedToAll | 3 | 1162 / 1627 / 766 / 3105 |
//! | | `::closing_races_first_telling` | the same | 3 | 453 / 616 / 270 / 1187 |
//! | | `::registration_races_phase` | InertUnlocked | 4 | 4099 / 5347 / 1693 / 17446 |
//! | R27 | `losers_let_go::forget_races_fire` | NodeFreedTwice, RelaxedLeave | all | 7 / 16 / 70 / 244 |
//! | | `::two_phases_and_a_death` | ShareAfterUnlock, AskedAfterClaim | 2 | 809 / 2345 / 538 / 5101 |
//! | | `::a_cancel_a_call_and_a_death` | NoClaim, LateCancelUnlinks, NodeFreedTwice | 2 | 2348 / 10164 / 828 / 25532 |
//! | | `::a_drain_a_withdrawal_and_a_death` | UnitNotMoved, GraveNotCounted | 3 | 12478 / 2922 / 2393 / 48246 |
//! | owner | `plain_leaves::of_one` | RelaxedUnlock, RelaxedFree, RelaxedWeakRelease, NoLock, NoWake, ClosesUnlocked, ClosesIntoLock, UnitNotMoved | 4 | 2979 / 6610 / 2087 / 52958 |
//! | | `::of_a_separate_one` | NoLock | 3 | 2992 / 9028 / 789 / 43635 |
//! | | `::beside_a_cancel` | RelaxedUnlock, RelaxedFree, NoLock, NoWake | 5 | 1977 / 7669 / 2935 / 50127 |
//! | R30 | `burials::beside_a_reader` | RelaxedBury, RelaxedReader, WriterAcquires | 3 | 770 / 2737 / 496 / 12951 |
//! | | `::beside_a_writer` | PendingForgotten, RelaxedBury, WriterAcquires | 3 | 139 / 197 / 156 / 982 |
//! | | `::of_two` | BuriesOne, RelaxedBury | 2 | 109 / 241 / 87 / 475 |
//! | | `::of_what_is_removed` | RelaxedShape, UnitNotMoved | 3 | 5253 / 10322 / 1455 / 64365 |
//! | | `::of_one_that_stands_twice` | ToldLocked | 2 | 4 / 4 / 4 / 4 |
//! | | `::owner_goes` | OwnerNotHeld, GraveNotCounted, BuriedLeaves | 3 | 2810 / 6714 / 995 / 58128 |
//! | | `::of_a_plain_one_beside_a_writer` | PendingForgotten, HeldUncounts, HeldNeverCounted | 3 | 139 / 197 / 156 / 982 |
//! | | `::of_a_plain_one_that_is_removed` | RelaxedShape, UnitNotMoved, HeldUncounts | 3 | 5172 / 10146 / 1434 / 63235 |
//! | | `::of_a_plain_one_whose_owner_goes` | OwnerNotHeld, GraveNotCounted, BuriedLeaves | 3 | 2807 / 6682 / 988 / 57937 |
//! | R33 | `use_races_eviction::eviction` | RelaxedShard | 4 | 350 / 350 / 166 / 1723 |
//! | | `::eviction_of_what_another_refers_to` | UnwatchesShared | 2 | 494 / 502 / 134 / 2181 |
//! | | `::removal` | NotedLate, NotLetGo | 2 | 153 / 189 / 86 / 429 |
//! | | `::entering` | KeptUnseen, NotLetGo | 3 | 2841 / 5434 / 1003 / 18917 |
//! | lock | `waiters_park::three` | NoWake, RelaxedUnlock, NoLock | 3 | 8966 / 8966 / 2879 / 11586 |
//! | | `::entries_and_callbacks` | the same, RelaxedLockOfWaiter | 2 | 4409 / 4943 / 703 / 8197 |
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
mod unwatch_races_handles;
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
mod plain_leaves;
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
mod overtaking_races_death;
mod stale_removal_races_insertion;
mod use_races_eviction;
