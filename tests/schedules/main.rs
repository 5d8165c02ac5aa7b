//! Schedules of whole containers: three and four threads, several keys, every kind of call, under the schedulers of
//! the crate `shuttle`, and an exact account at the end. The models explore every order of few steps, these some of many;
//! every atomic operation is sequentially consistent here, so that orderings are left to the models.
//!
//! `RUSTFLAGS="--cfg shuttle" cargo test --release -p weakref-tests --test schedules`
//!
//! How a scenario is run, and which mistakes it must find, is in [`explore`].
#![cfg(shuttle)]

#[macro_use]
mod explore;
mod members;

mod constructions;
mod histories;
mod interner;
mod key_map;
mod pair_map;
mod re_entrancy;
mod set;
mod strong_tier;
mod tasks;
mod teardown;
mod value_map;
