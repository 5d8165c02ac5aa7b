//! Whole operations on several threads at once, for Miri's many seeds and the sanitizers. The models in `tests/model` explore
//! every order of a few steps.

mod handles;
mod maps;
mod rows;
mod shards;
mod shared;

use std::sync::{Barrier, mpsc};
use std::thread;

use weakref::Strong;

use crate::support::object::Object;

/// Runs each part on a thread of its own, all started together.
fn race<const N: usize>(parts: [Box<dyn FnOnce() + Send + '_>; N]) {
    let barrier = &Barrier::new(N);
    thread::scope(|scope| {
        for part in parts {
            scope.spawn(move || {
                // Miri schedules at random as it is, and a barrier would narrow its choice.
                if !cfg!(miri) {
                    barrier.wait();
                }
                part();
            });
        }
    });
}

/// Runs `body` with a way to have handles dropped on another thread.
fn with_undertaker(body: impl FnOnce(&dyn Fn(Strong<Object>))) {
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<Strong<Object>>(64);
        scope.spawn(move || receiver.into_iter().for_each(drop));
        body(&|object| sender.send(object).unwrap());
    });
}
