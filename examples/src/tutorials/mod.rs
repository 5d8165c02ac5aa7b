//! The programs of the tutorials on Python's `weakref`, one to one. `tutorials NAME` runs one; the page `weakref::guide::tutorials`
//! has each line beside the original's.

mod containers;
mod finalizers;
mod observers;
mod proxies;
mod references;

use std::fmt;

use weakref::WeakReferenceable;

/// A program's name, what it shows, and the program.
pub type Program = (&'static str, &'static str, fn());

/// All of them.
#[rustfmt::skip]
pub const PROGRAMS: &[Program] = &[
    ("ref", "a weak reference", references::reference),
    ("ref-callback", "a weak reference with a callback", references::callback),
    ("ref-extended", "a reference with annotations that counts its uses", references::extended),
    ("finalize", "a finalizer", finalizers::finalize),
    ("finalize-atexit-1", "a finalizer that runs at exit", finalizers::at_exit),
    ("finalize-atexit-0", "one that does not", finalizers::not_at_exit),
    ("finalize-kenny", "\"You killed Kenny!\"", finalizers::kenny),
    ("finalize-calls", "a finalizer that is called, detached, alive", finalizers::calls),
    ("tempdir", "a temporary directory, removed in three ways", finalizers::temporary_directories),
    ("proxy", "a proxy, and a dead one", proxies::proxy),
    ("weak-method", "a method with a weak receiver", proxies::weak_method),
    ("dict", "a cache that owns its values", containers::strong_dictionary),
    ("value-dict", "one that does not", containers::value_dictionary),
    ("key-dict", "data about objects", containers::key_dictionary),
    ("cache", "a cache of images", containers::cache),
    ("report-cache", "a cache of reports", containers::report_cache),
    ("data-sets", "a manager of data sets", containers::data_sets),
    ("id-registry", "objects by their ids", containers::id_registry),
    ("weak-set", "a set of listeners", observers::listeners),
    ("observers", "a subject and its observers", observers::subject),
];

/// Says when it is dropped.
#[derive(WeakReferenceable)]
struct ExpensiveObject {
    name: &'static str,
}

impl fmt::Display for ExpensiveObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExpensiveObject({})", self.name)
    }
}

impl Drop for ExpensiveObject {
    fn drop(&mut self) {
        println!("(Deleting {self})");
    }
}
