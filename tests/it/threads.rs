//! Whole operations on several threads at once, for Miri's many seeds and the sanitizers. The models in `tests/model` explore
//! every order of a few steps.

mod handles;
mod maps;
mod rows;
mod shards;
mod shared;
