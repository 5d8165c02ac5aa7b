//! Recipes: one file each, for what people look for most. `cookbook NAME` runs one.

mod connections;
mod documents;
mod event_bus;
mod file_watchers;
mod handlers;
mod interned_struct;
mod keyed_locks;
mod keyed_locks_async;
mod memoizer;
mod object_pool;
mod single_flight;
mod tasks;

/// A recipe's name, what it shows, and the program.
pub type Recipe = (&'static str, &'static str, fn());

/// All of them.
pub const RECIPES: &[Recipe] = &[
    (
        "keyed-locks",
        "one mutex per user, gone when nobody holds it",
        keyed_locks::run,
    ),
    (
        "keyed-locks-async",
        "the same for tasks",
        keyed_locks_async::run,
    ),
    (
        "event-bus",
        "listeners on several threads that come and go while they are told",
        event_bus::run,
    ),
    (
        "handlers",
        "methods of different objects and signatures in one list",
        handlers::run,
    ),
    (
        "interned-struct",
        "names that are compared by address",
        interned_struct::run,
    ),
    (
        "memoizer",
        "results that go with what they were computed from",
        memoizer::run,
    ),
    (
        "file-watchers",
        "one watch per path for all who want it",
        file_watchers::run,
    ),
    (
        "documents",
        "open documents, and what was computed about each",
        documents::run,
    ),
    (
        "object-pool",
        "buffers that go back by themselves",
        object_pool::run,
    ),
    (
        "connections",
        "a registry that says goodbye at exit",
        connections::run,
    ),
    (
        "single-flight",
        "tasks that wait for one download, and its cancellation",
        single_flight::run,
    ),
];
