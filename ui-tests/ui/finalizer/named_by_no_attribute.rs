#![deny(dead_code)]

use weakref::{Strong, WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = flush)]
pub struct File {
    pub name: String,
}

impl File {
    #[finalizer]
    pub fn flush(&self) -> impl FnOnce() {
        let name = self.name.clone();
        move || drop(name)
    }

    #[finalizer]
    pub fn close(&self) -> impl FnOnce() {
        let name = self.name.clone();
        move || drop(name)
    }

    #[finalizer]
    #[allow(dead_code, reason = "that is the case")]
    pub fn may_be_named_by_nobody(&self) -> impl FnOnce() {
        || {}
    }
}

fn main() {
    drop(Strong::new(File {
        name: String::new(),
    }));
}
