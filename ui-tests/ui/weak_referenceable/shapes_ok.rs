//! Every shape of type that can be weak-referenceable, several of them close to one that cannot.

use std::any::TypeId;
use std::fmt::Debug;
use std::marker::PhantomData;

use weakref::{LocalSlot, SyncSlot, WeakReferenceable};

fn slot<T: ?Sized + WeakReferenceable, S: 'static>() -> bool {
    TypeId::of::<T::Slot>() == TypeId::of::<S>()
}

#[derive(WeakReferenceable)]
struct Unit;

#[derive(WeakReferenceable)]
struct Tuple(u8, String);

#[derive(WeakReferenceable)]
#[weakref(local)]
enum Enum<T> {
    Nothing,
    One(T),
    Two { left: T, right: T },
}

#[derive(WeakReferenceable)]
enum Never {}

#[derive(WeakReferenceable)]
struct Bounded<T: Debug + Clone, U = u8>
where
    U: Default,
    Option<T>: PartialEq,
{
    first: T,
    second: U,
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Grid<T, const WIDTH: usize, const HEIGHT: usize = 2>([[T; WIDTH]; HEIGHT]);

#[derive(WeakReferenceable)]
struct Tail<T: ?Sized> {
    length: usize,
    tail: T,
}

#[derive(WeakReferenceable)]
struct Bytes {
    length: usize,
    bytes: [u8],
}

#[derive(WeakReferenceable)]
struct Associated<I: Iterator>(Vec<I::Item>);

#[derive(WeakReferenceable)]
struct Ranked<F>(F)
where
    F: for<'a> Fn(&'a str) -> &'a str;

#[derive(WeakReferenceable)]
#[weakref(crate = weakref)]
#[weakref(local)]
struct TwoAttributes(PhantomData<&'static str>);

#[derive(WeakReferenceable)]
struct OfItself<T: PartialEq<Self>>(PhantomData<T>);

macro_rules! declare {
    ($name:ident, $of:ty) => {
        #[derive(WeakReferenceable)]
        #[weakref(crate = weakref)]
        struct $name($of);
    };
}
declare!(Declared, Vec<u8>);

#[test]
fn have_the_slot_they_ask_for() {
    assert!(slot::<Unit, SyncSlot>());
    assert!(slot::<Tuple, SyncSlot>());
    assert!(slot::<Enum<String>, LocalSlot>());
    assert!(slot::<Never, SyncSlot>());
    assert!(slot::<Bounded<u8>, SyncSlot>());
    assert!(slot::<Grid<u8, 3>, LocalSlot>());
    assert!(slot::<Tail<[u8]>, SyncSlot>());
    assert!(slot::<Tail<dyn Debug>, SyncSlot>());
    assert!(slot::<Tail<u8>, SyncSlot>());
    assert!(slot::<Bytes, SyncSlot>());
    assert!(slot::<Associated<std::vec::IntoIter<u8>>, SyncSlot>());
    assert!(slot::<Ranked<fn(&str) -> &str>, SyncSlot>());
    assert!(slot::<TwoAttributes, LocalSlot>());
    assert!(slot::<Declared, SyncSlot>());
}

#[test]
fn inside_a_function() {
    #[derive(WeakReferenceable)]
    struct Inner;

    assert!(slot::<Inner, SyncSlot>());
}
