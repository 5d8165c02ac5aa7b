//! Models.
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
mod withdrawal_races_drain;
