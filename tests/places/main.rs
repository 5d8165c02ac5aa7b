//! Places whose value does not exist, not yet or not any more, of each kind of layout. Small, for Miri: it takes a
//! minute on a target of any word size and byte order.

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use weakref::watch::Graveyard;
use weakref::{LocalObject, Object, Strong, WeakRef, coerce, finalize_with};
use weakref_containers::{WeakList, WeakValueMap};

/// Too large for its header's allocation.
type Large<T> = (T, [u64; 40]);

/// Needs more than the alignment of a header's allocation.
#[derive(Debug)]
#[repr(align(32))]
struct Aligned(#[expect(dead_code, reason = "is dropped")] Box<u8>);

#[derive(Debug)]
enum Never {}

fn panics<R>(call: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
}

/// Counts its end.
#[derive(Clone, Default)]
struct Ends(Arc<AtomicUsize>);

impl weakref::FinalizerSafe for Ends {}

impl Ends {
    fn end(self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn seen(&self) -> usize {
        self.0.load(Relaxed)
    }
}

macro_rules! in_flavour {
    ($flavour:ident, $object:ident, $any:ty) => {
        mod $flavour {
            use super::*;

            type Anything = $any;

            /// The constructor gives up: there never is a value.
            fn unwritten<T: 'static>() {
                // Nothing refers to the object.
                panics(|| Strong::<$object<T>>::new_cyclic(|_| panic!("given up")));

                // A reference outlives it, with the last unit.
                let mut kept = None;
                panics(|| {
                    Strong::<$object<T>>::new_cyclic(|this| {
                        assert!(this.upgrade().is_none());
                        kept = Some([WeakRef::clone(this), WeakRef::clone(this)]);
                        panic!("given up")
                    })
                });
                let [first, second] = kept.expect("the constructor ran");
                assert!(!first.is_alive() && second.upgrade().is_none());
                drop(first);
                assert!(format!("{second:?}").ends_with("; dead>"));
                drop(second);

                // Finalizers run, and their handles outlive it too.
                let (ends, mut kept) = (Ends::default(), None);
                panics(|| {
                    Strong::<$object<T>>::new_cyclic(|this| {
                        let finalizer = finalize_with(this, Ends::end, ends.clone());
                        finalize_with(this, Ends::end, ends.clone()).call();
                        assert!(finalizer.peek().is_none() && finalizer.detach().is_none());
                        kept = Some((finalizer, WeakRef::clone(this)));
                        panic!("given up")
                    })
                });
                assert_eq!(ends.seen(), 2);
                assert!(!kept.expect("the constructor ran").0.is_alive());
            }

            /// A value is made while references to it exist, lives, and is gone before they are.
            fn written<T: 'static>(make: impl Fn() -> T) {
                let ends = Ends::default();
                let strong = Strong::new_cyclic(|this: &weakref::Construction<$object<T>>| {
                    finalize_with(this, Ends::end, ends.clone());
                    $object(make())
                });
                gone(strong, &ends);
                gone(Strong::new($object(make())), &ends);
                assert!(Strong::into_inner(Strong::new($object(make()))).is_some());

                // Moved out, with a reference that stays.
                let strong = Strong::new($object(make()));
                let weak = Strong::downgrade(&strong);
                drop(Strong::try_unwrap(strong));
                assert!(weak.upgrade().is_none());
            }

            /// The end of an object of any type, with everything that outlives it.
            fn gone<T: ?Sized + 'static>(strong: Strong<$object<T>>, ends: &Ends) {
                let before = ends.seen();
                let weak = Strong::downgrade(&strong);
                let finalizer = finalize_with(&strong, Ends::end, ends.clone());
                WeakRef::with_callback(&strong, |dead| assert!(!dead.is_alive())).forget();
                let mut graveyard = Graveyard::new();
                let first = graveyard.watch(&strong, 1);
                let second = graveyard.watch(&strong, 2);
                assert!(Strong::ptr_eq(&weak.upgrade().expect("alive"), &strong));
                drop(strong);
                assert!(ends.seen() > before && weak.upgrade().is_none());
                drop(weak);
                assert_eq!(graveyard.dead(), 2);
                drop(first);
                assert_eq!(graveyard.next_dead().map(|notice| notice.token), Some(2));
                assert!(graveyard.next_dead().is_none());
                drop((second, finalizer, graveyard));
            }

            /// As [`unwritten`], when the last reference knows the object by another type.
            macro_rules! unwritten_as {
                ($from:ty => $to:ty) => {
                    let mut kept = None;
                    panics(|| {
                        Strong::<$object<$from>>::new_cyclic(|this| {
                            kept = Some(coerce!(WeakRef::clone(this) => $object<$to>));
                            panic!("given up")
                        })
                    });
                    assert!(kept.expect("the constructor ran").upgrade().is_none());
                };
            }

            #[test]
            fn never_written() {
                unwritten::<Never>();
                unwritten::<Large<Infallible>>();
                unwritten::<()>();
                unwritten::<bool>();
                unwritten::<Box<u8>>();
                unwritten::<Large<Box<u8>>>();
                unwritten::<Aligned>();
                unwritten::<[Never; 2]>();
            }

            #[test]
            fn never_written_and_not_sized() {
                unwritten_as!(Never => Anything);
                unwritten_as!(Large<Infallible> => Anything);
                unwritten_as!(Box<u8> => Anything);
                unwritten_as!([Never; 2] => [Never]);
                unwritten_as!([bool; 3] => [bool]);
                unwritten_as!([Box<u8>; 40] => [Box<u8>]);
            }

            #[test]
            fn dropped_and_moved_out() {
                written(|| ());
                written(|| true);
                written(|| Box::new(7_u8));
                written(|| (Box::new(7_u8), [0_u64; 40]));
                written(|| Aligned(Box::new(7)));
                written(|| [const { None::<Box<Never>> }; 2]);
            }

            #[test]
            fn dropped_and_not_sized() {
                let ends = Ends::default();
                gone(coerce!(Strong::new($object(())) => $object<Anything>), &ends);
                gone(coerce!(Strong::new($object(Box::new(7_u8))) => $object<Anything>), &ends);
                gone(coerce!(Strong::new($object(Aligned(Box::new(7)))) => $object<Anything>), &ends);
                gone(coerce!(Strong::new($object([Box::new(7_u8), Box::new(8)])) => $object<[Box<u8>]>), &ends);
                gone(coerce!(Strong::new($object([0_u8; 0])) => $object<[u8]>), &ends);
                gone(coerce!(Strong::new($object([0_u8; 999])) => $object<[u8]>), &ends);
                gone(Strong::<$object<str>>::from("text"), &ends);
                gone(Strong::<$object<str>>::from(""), &ends);
            }

            /// Every entry is found again by its notice, whatever the address of a header looks like.
            #[test]
            fn containers_find_their_dead() {
                fn of<T: 'static>(make: impl Fn() -> T) {
                    let (mut list, mut map) = (WeakList::new(), WeakValueMap::new());
                    for key in 0..2 {
                        let object = Strong::new($object(make()));
                        list.push(&object);
                        map.insert(key, &object);
                        list.push(&object);
                        assert_eq!((list.len(), map.len()), (2, 1));
                        drop(object);
                        assert!(list.is_empty() && map.is_empty());
                    }
                }
                of(|| ());
                of(|| 7_u8);
                of(|| [7_u64; 40]);
            }
        }
    };
}

in_flavour!(local, LocalObject, dyn Any);
in_flavour!(sync, Object, dyn Any + Send + Sync);

/// The value is written, and what is made of it then panics: it is dropped, closed.
#[test]
fn the_attaching_of_finalizers_gives_up() {
    panics(|| Strong::new(GivesUp(Box::new(7))));
    panics(|| Strong::<GivesUp>::from(Box::new(GivesUp(Box::new(7)))));
}

#[derive(weakref::WeakReferenceable)]
#[weakref(finalizer = give_up)]
struct GivesUp(Box<u8>);

impl GivesUp {
    #[weakref::finalizer]
    fn give_up(&self) -> impl FnOnce() {
        assert_eq!(*self.0, 0, "gives up");
        || ()
    }
}
