//! Every shape of type that owns no object.

use std::marker::PhantomData;
use std::rc::{Rc, Weak};

use weakref::{AssertFinalizerSafe, FinalizerSafe, Strong, WeakRef, WeakReferenceable};

#[derive(WeakReferenceable)]
struct File;

#[derive(FinalizerSafe)]
struct Unit;

#[derive(FinalizerSafe)]
struct Everything {
    target: WeakRef<File>,
    asserted: AssertFinalizerSafe<Strong<File>>,
    of_type: PhantomData<Strong<File>>,
    by_pointer: *const Strong<File>,
    shared: Rc<[Unit]>,
    weak: Weak<Strong<File>>,
    forever: &'static str,
    make: fn() -> Strong<File>,
}

#[derive(FinalizerSafe)]
enum Tree<T, const N: usize> {
    Leaf,
    One(T),
    Many { children: Vec<Self>, more: [T; N] },
}

#[derive(FinalizerSafe)]
struct Tail<T: ?Sized> {
    length: usize,
    tail: T,
}

#[derive(FinalizerSafe)]
#[weakref(crate = weakref)]
struct Borrowing<'a>(&'a str);

#[derive(FinalizerSafe, WeakReferenceable)]
#[weakref(local)]
struct Both(u8);

trait Job: FinalizerSafe {}

fn is_safe<T: ?Sized + FinalizerSafe>() {}

#[test]
fn are_safe() {
    is_safe::<Everything>();
    is_safe::<Tree<Box<dyn Job>, 3>>();
    is_safe::<Tail<[u8]>>();
    is_safe::<Tail<dyn Job>>();
    is_safe::<Borrowing<'static>>();
    is_safe::<Both>();
}
