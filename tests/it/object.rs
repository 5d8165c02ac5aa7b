//! The ready-made newtypes: what they are made from, how they unsize, and downcasts.

use std::any::Any;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::io::{Read, Seek, Write};
use std::ops::{Add, Neg};
use std::rc::Rc;
use std::sync::Arc;

use static_assertions::{assert_impl_all, assert_not_impl_any};
use weakref::{
    LocalObject, LocalSlot, Object, ReferenceError, Strong, SyncSlot, WeakRef, WeakReferenceable,
    coerce,
};

assert_impl_all!(Strong<Object<str>>: Send, Sync);
assert_impl_all!(Strong<Object<dyn Any + Send + Sync>>: Send, Sync);
assert_not_impl_any!(Strong<Object<dyn Any>>: Send, Sync);
assert_not_impl_any!(Strong<Object<Cell<u8>>>: Send, Sync);
assert_not_impl_any!(Strong<LocalObject<str>>: Send, Sync);

/// Counts its drops.
#[derive(Clone)]
struct Counted(Rc<Cell<u32>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn text_comes_from_strings() {
    for text in ["", "short", &"long ".repeat(100)] {
        let of_str: Strong<Object<str>> = text.into();
        let of_string: Strong<Object<str>> = String::from(text).into();
        let of_box: Strong<Object<str>> = Box::<str>::from(text).into();
        let local: Strong<LocalObject<str>> = text.into();
        assert_eq!(of_str.0, *text);
        assert_eq!(of_string, of_str);
        assert_eq!(of_box, of_str);
        assert_eq!(local.0, *text);
        assert!(!Strong::ptr_eq(&of_string, &of_str));
        assert_eq!(of_str.to_string(), text);

        let weak = Strong::downgrade(&of_str);
        assert_eq!(weak.with(|object| object.len()), Some(text.len()));
        drop(of_str);
        assert!(weak.upgrade().is_none());
    }
}

#[test]
fn slices_come_from_vectors_and_slices() {
    for length in [0, 3, 1000] {
        let drops = Rc::new(Cell::new(0));
        let mut values = Vec::with_capacity(length + 7);
        values.resize(length, Counted(Rc::clone(&drops)));
        drops.set(0);

        let copied: Strong<LocalObject<[Counted]>> = values.as_slice().into();
        assert_eq!((copied.len(), drops.get()), (length, 0));
        let moved: Strong<LocalObject<[Counted]>> = values.into();
        assert_eq!((moved.len(), drops.get()), (length, 0));
        let boxed: Strong<LocalObject<[Counted]>> = vec![Counted(Rc::clone(&drops)); 2]
            .into_boxed_slice()
            .into();

        let weak = Strong::downgrade(&moved);
        drops.set(0);
        drop(moved);
        assert_eq!(drops.get() as usize, length);
        assert!(weak.upgrade().is_none());
        drop((copied, boxed));
        assert_eq!(drops.get() as usize, 2 * length + 2);
    }
}

#[test]
fn a_panicking_clone_of_an_element_leaves_nothing() {
    struct Second(Rc<Cell<u32>>);
    impl Clone for Second {
        fn clone(&self) -> Self {
            let made = self.0.get();
            if made == 1 {
                std::panic::resume_unwind(Box::new("second"))
            }
            self.0.set(made + 1);
            Self(Rc::clone(&self.0))
        }
    }
    let made = Rc::new(Cell::new(0));
    let values = [Second(Rc::clone(&made)), Second(Rc::clone(&made))];
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        Strong::<LocalObject<[Second]>>::from(&values[..])
    }));
    assert!(result.is_err());
    assert_eq!(Rc::strong_count(&made), 3, "the clone was dropped");
}

/// With what std compares a slice, a vector and a text behind an `Arc`.
#[test]
fn slices_and_text_are_compared_with_what_owns_such() {
    macro_rules! compared {
        ($object:ident) => {
            let slice: Strong<$object<[u8]>> = [1, 2].into();
            assert_eq!(*slice, [1, 2]);
            assert_ne!(*slice, [1, 3]);
            assert_ne!(*slice, [1]);
            assert_eq!(*slice, vec![1, 2]);
            assert_ne!(*slice, vec![2]);
            let vector = $object(vec![1_u8, 2]);
            assert_eq!(vector, [1, 2]);
            assert_ne!(vector, [2, 2]);
            assert_eq!(vector, *[1_u8, 2].as_slice());
            assert_ne!(vector, *[1_u8].as_slice());
            let text: Strong<$object<str>> = "a".into();
            assert_eq!(*text, "a");
            assert_ne!(*text, "b");
            assert_eq!(*text, "a".to_owned());
            assert_ne!(*text, "b".to_owned());
            let string = $object("a".to_owned());
            assert_eq!(string, *"a");
            assert_ne!(string, *"b");
            assert_eq!(string, "a");
            assert_ne!(string, "b");
        };
    }
    compared!(Object);
    compared!(LocalObject);
}

#[test]
fn closures_come_from_boxes() {
    type Handler = dyn Fn(&str) -> usize + Send + Sync;
    let boxed: Box<Handler> = Box::new(str::len);
    let handler: Strong<Object<Handler>> = boxed.into();
    let weak = Strong::downgrade(&handler);
    assert_eq!(weak.with(|handler| (handler.0)("four")), Some(4));
    drop(handler);
    assert!(!weak.is_alive());
}

#[test]
fn objects_unsize() {
    let small = Strong::new(Object(7_u32));
    let weak: WeakRef<Object<dyn Display + Send + Sync>> =
        coerce!(Strong::downgrade(&small) => Object<dyn Display + Send + Sync>);
    assert_eq!(weak.upgrade().unwrap().to_string(), "7");
    drop(small);
    assert!(weak.upgrade().is_none());

    let large = Strong::new(LocalObject([1_u64; 100]));
    let slice: Strong<LocalObject<[u64]>> = coerce!(large => LocalObject<[u64]>);
    assert_eq!(slice.iter().sum::<u64>(), 100);
}

#[test]
fn a_newtype_is_its_value_to_the_traits_of_std() {
    let text: Strong<Object<str>> = "key".into();
    let map = HashMap::from([(text.clone(), 1)]);
    assert_eq!(map.get("key"), Some(&1), "borrowed as its value");
    let set = HashSet::from([Object(String::from("a"))]);
    assert!(set.contains(&String::from("a")));

    assert_eq!(*text, *"key");
    assert!(Object(1) < Object(2));
    assert_eq!(Object::from(3), Object(3));
    assert_eq!(Object::<u8>::default().0, 0);
    assert_eq!(format!("{:?} {0:#?} {0}", Object("a")), "\"a\" \"a\" a");
    let mut counted = LocalObject(1);
    *counted += 1;
    assert_eq!(*counted.as_ref(), 2);

    let outer = Object(std::io::Error::from(ReferenceError));
    let error: &dyn std::error::Error = &outer;
    assert_eq!(error.to_string(), ReferenceError.to_string());
}

#[test]
fn streams_behind_a_newtype_are_read_and_written_through_a_shared_reference() {
    let (reader, writer) = std::io::pipe().unwrap();
    let (reader, writer) = (
        Strong::new(Object(reader)),
        Strong::new(LocalObject(writer)),
    );
    (&*writer).write_all(b"through").unwrap();
    (&*writer).flush().unwrap();
    drop(writer);
    let mut text = String::new();
    (&*reader).read_to_string(&mut text).unwrap();
    assert_eq!(text, "through");
}

#[test]
fn any_object_is_downcast_to_its_own_type_only() {
    type AnyObject = Object<dyn Any + Send + Sync>;
    let weak;
    let any = {
        let number = Strong::new(Object(7_u32));
        weak = Strong::downgrade(&number);
        coerce!(number => AnyObject)
    };
    let any = Object::downcast::<i32>(any).unwrap_err();
    assert_eq!(any.downcast_ref::<u32>(), Some(&7));
    let number = Object::downcast::<u32>(any).unwrap();
    assert!(Strong::ptr_eq(&number, &weak.upgrade().unwrap()));
    assert_eq!(Strong::try_unwrap(number), Ok(Object(7)));

    let local = coerce!(Strong::new(LocalObject(String::from("x"))) => LocalObject<dyn Any>);
    let local = LocalObject::downcast::<str_like::Text>(local)
        .err()
        .unwrap();
    let text = LocalObject::downcast::<String>(local).ok().unwrap();
    assert_eq!(text.0, "x");
}

mod str_like {
    pub(super) struct Text;
}

/// A large one (separate) and a small one (colocated) of each flavour.
macro_rules! downcasts {
    ($name:ident, $slot:ty, $size:literal) => {
        #[test]
        fn $name() {
            trait Part: WeakReferenceable<Slot = $slot> + Any {
                fn name(&self) -> &'static str;
            }
            struct Wheel([u8; $size]);
            struct Door;
            impl WeakReferenceable for Wheel {
                type Slot = $slot;
            }
            impl WeakReferenceable for Door {
                type Slot = $slot;
            }
            impl Part for Wheel {
                fn name(&self) -> &'static str {
                    "wheel"
                }
            }
            impl Part for Door {
                fn name(&self) -> &'static str {
                    "door"
                }
            }

            let wheel = Strong::new(Wheel([5; $size]));
            let weak = coerce!(Strong::downgrade(&wheel) => dyn Part);
            let part = coerce!(wheel => dyn Part);
            assert_eq!(part.name(), "wheel");
            let any: &dyn Any = &*part;
            assert!(any.is::<Wheel>() && !any.is::<Door>());
            let part = Strong::downcast::<Door>(part).err().unwrap();
            let wheel = Strong::downcast::<Wheel>(part).ok().unwrap();
            assert_eq!(wheel.0[$size - 1], 5);
            drop(wheel);
            assert!(weak.upgrade().is_none());

            let door = coerce!(Strong::new(Door) => dyn Part);
            assert_eq!(door.name(), "door");
            assert!(Strong::downcast::<Door>(door).is_ok());
        }
    };
}

downcasts!(a_small_local_part_is_downcast, LocalSlot, 8);
downcasts!(a_large_local_part_is_downcast, LocalSlot, 1024);
downcasts!(a_small_sync_part_is_downcast, SyncSlot, 8);
downcasts!(a_large_sync_part_is_downcast, SyncSlot, 1024);

#[test]
fn downcast_to_the_same_type_is_the_same_handle() {
    let shared = Strong::new(Object(Arc::new(1)));
    let id = Strong::id(&shared);
    let same = Strong::downcast::<Object<Arc<i32>>>(shared).unwrap();
    assert_eq!(Strong::id(&same), id);
    let text: Strong<Object<str>> = "x".into();
    assert!(Strong::downcast::<Object<u8>>(text).is_err());
}

/// Bounds on references to a type that is inferred: an implementation for references of ours whose own bound is of the same
/// form would send the compiler on for ever, in every crate that has this one in its tree.
#[test]
fn bounds_on_references_to_a_type_that_is_inferred() {
    fn sum<S>(numbers: &S) -> i32
    where
        for<'a> &'a S: IntoIterator<Item = &'a i32>,
    {
        numbers.into_iter().sum()
    }

    fn first<'a, S>(items: &'a S) -> Option<<&'a S as IntoIterator>::Item>
    where
        &'a S: IntoIterator,
    {
        items.into_iter().next()
    }

    fn double_and_negate<S>(number: &S) -> S
    where
        for<'a> &'a S: Add<Output = S> + Neg<Output = S>,
    {
        -&(number + number)
    }

    fn length<S>(stream: &S) -> u64
    where
        for<'a> &'a S: Read + Write + Seek,
    {
        let mut reader = stream;
        reader.stream_position().expect("a file can be asked")
    }

    let numbers = vec![1, 2, 3];
    assert_eq!((sum(&numbers), first(&numbers)), (6, Some(&1)));
    let objects: Object<[i32; 3]> = Object([1, 2, 3]);
    assert_eq!((sum(&objects), first(&objects)), (6, Some(&1)));
    assert_eq!(double_and_negate(&4), -8);
    let _: fn(&std::fs::File) -> u64 = length;

    let strong: Strong<Object<[i32]>> = vec![4, 5].into();
    let mut seen = Vec::new();
    for number in &*strong {
        seen.push(*number);
    }
    assert_eq!(seen, [4, 5]);
}
