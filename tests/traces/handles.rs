//! Each way in which a handle comes to be, changes and ends.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};
use std::hash::{Hash, Hasher};
use std::io::{self, Read};
use std::mem::{ManuallyDrop, size_of};
use std::ops::{Not, Range};

use arc_swap::ArcSwapAny;
use serde_core::de::{Deserialize, IntoDeserializer, value::Error};
use serde_core::ser::{Serialize, Serializer};
use weakref::trace::{How, What};
use weakref::{
    BoundMethod, Callable, Interior, LocalObject, Object, Proxy, SendWeak, Strong, SyncSlot,
    ValueRef, WeakCell, WeakMethod, WeakRef, WeakReference, WeakReferenceable, assert_dies, coerce,
    finalize_with, finalizer, live,
};

use super::assert_table;

const fn words<T>() -> usize {
    size_of::<T>() / size_of::<u64>()
}

#[cfg(target_pointer_width = "64")]
#[test]
fn a_handle_is_a_word_longer_and_has_its_niche() {
    assert_eq!(words::<Strong<Object<u8>>>(), 2);
    assert_eq!(words::<Option<Strong<Object<u8>>>>(), 2);
    assert_eq!(words::<Strong<Object<[u8]>>>(), 3);
    assert_eq!(words::<WeakRef<Object<u8>>>(), 1);
}

/// The number of handles of each kind, newest first.
fn kinds<T: ?Sized + WeakReferenceable>(strong: &Strong<T>) -> Vec<(How, usize)> {
    let holders = Strong::holders(strong);
    let kinds: Vec<_> = holders
        .handles()
        .iter()
        .map(|holder| {
            assert!(holder.place().file().contains("traces"), "{holder}");
            (holder.how(), holder.count())
        })
        .collect();
    let recorded: usize = kinds.iter().map(|(_, count)| count).sum();
    assert_eq!(recorded, Strong::strong_count(strong));
    kinds
}

trait Shape: WeakReferenceable<Slot = SyncSlot> {}

#[derive(WeakReferenceable, Clone, PartialEq, Eq, Hash, Debug)]
struct Square(u32);

impl Shape for Square {}

#[test]
fn a_coercion_keeps_the_place() {
    let square = Strong::new(Square(3));
    let kept = square.clone();
    let shape = coerce!(square => dyn Shape);
    assert_eq!(kinds(&shape), [(How::Cloned, 1), (How::Made, 1)]);
    let square = Strong::downcast::<Square>(shape).ok().expect("it is one");
    assert_eq!(kinds(&square), [(How::Cloned, 1), (How::Made, 1)]);
    drop(kept);
    assert_eq!(kinds(&square), [(How::Made, 1)]);
    let first = coerce!(square.clone() => dyn Shape);
    let second = coerce!(square.clone() => dyn Shape);
    drop(first);
    let place = Strong::holders(&second).handles()[0].place();
    assert_table(
        &place,
        &["‹let second = coerce!(square.clone() => dyn Shape);›"],
    );
    drop(second);
    let pinned = coerce!(Strong::pin(Square(3)) => dyn Shape);
    assert_eq!(live::<Square>().len(), 2);
    drop(pinned);
    assert_dies!(square);
}

#[test]
fn every_constructor_records_its_caller() {
    let boxed: Box<Object<u8>> = Box::new(Object(3));
    let all = [
        Strong::new(Object(3)),
        Strong::new_cyclic(|_| Object(3)),
        Strong::try_new_cyclic(|_| Ok::<_, ()>(Object(3))).expect("it may not fail"),
        Strong::default(),
        Strong::from(Object(3)),
        Strong::from(boxed),
        Strong::downgrade(&Strong::new(Object(3)))
            .upgrade()
            .unwrap_or_default(),
    ];
    for strong in &all[..6] {
        assert_eq!(kinds(strong), [(How::Made, 1)]);
    }
    let slices: [Strong<Object<[u8]>>; 3] = [vec![1].into(), [1, 2][..].into(), [1].into()];
    for slice in &slices {
        assert_eq!(kinds(slice), [(How::Made, 1)]);
    }
    let texts: [Strong<LocalObject<str>>; 3] =
        ["a".into(), String::from("b").into(), Strong::default()];
    for text in &texts {
        assert_eq!(kinds(text), [(How::Made, 1)]);
    }
    let boxed: [Strong<Object<[u8]>>; 3] = [
        Box::<[u8]>::from([1]).into(),
        Cow::Borrowed(&[1][..]).into(),
        Strong::from_iter([1]),
    ];
    for slice in &boxed {
        assert_eq!(kinds(slice), [(How::Made, 1)]);
    }
    let local: Strong<LocalObject<str>> = Box::<str>::from("a").into();
    assert_eq!(kinds(&local), [(How::Made, 1)]);
    let unwritten = Strong::<Object<u8>>::new_zeroed();
    // SAFETY: a zero is a number.
    assert_eq!(kinds(&unsafe { unwritten.assume_init() }), [(How::Made, 1)]);
    let read: Result<_, Error> = Strong::<Object<u8>>::deserialize(3_u8.into_deserializer());
    assert_eq!(kinds(&read.unwrap()), [(How::Made, 1)]);
    let read: Result<_, Error> = Strong::<Object<str>>::deserialize("a".into_deserializer());
    assert_eq!(kinds(&read.unwrap()), [(How::Made, 1)]);
    let cell = WeakCell::new();
    let made = cell.get_or_init(|| Strong::new(Object(3)));
    assert_eq!(kinds(&made), [(How::Made, 1)]);
    let bound = BoundMethod::new(made, |_: &Object<i32>| ());
    let same = bound.clone();
    assert_eq!(kinds(same.receiver()), [(How::Cloned, 1), (How::Made, 1)]);
    let mut made = all[0].clone();
    Strong::make_mut(&mut made).0 = 4;
    assert_eq!(kinds(&made), [(How::Made, 1)]);
    assert_eq!(kinds(&all[0]), [(How::Made, 1)]);
}

#[test]
fn every_upgrade_records_its_caller() {
    let square = Strong::new(Square(3));
    let weak = Strong::downgrade(&square);
    let finalizer = finalize_with(&square, drop, ());
    let upgraded = [
        weak.upgrade(),
        WeakReference::upgrade(&weak),
        ValueRef::new(&square).upgrade(),
        Proxy::get(&Proxy::new(&square)).ok(),
        finalizer.peek(),
        WeakRef::with_callback(&square, |_| ()).upgrade(),
        SendWeak::new(&square).upgrade(),
        WeakMethod::new(&square, |_: &Square| ())
            .receiver()
            .upgrade(),
    ];
    assert_eq!(kinds(&square).len(), 9);
    drop(upgraded);
    let (detached, _) = finalizer.detach().expect("alive");
    assert_eq!(kinds(&detached), [(How::Upgraded, 1), (How::Made, 1)]);
    weak.with(|_| assert_eq!(kinds(&square)[0], (How::Upgraded, 1)));
    assert_eq!(kinds(&square).len(), 2);
}

/// What its traits see of its own object's handles as they are called.
#[derive(WeakReferenceable)]
struct Looks {
    this: WeakRef<Looks>,
}

impl Looks {
    fn look(&self) -> usize {
        let this = self.this.upgrade().expect("alive");
        kinds(&this).iter().map(|(_, count)| count).sum()
    }
}

impl PartialEq for Looks {
    fn eq(&self, _: &Self) -> bool {
        self.look() == 4
    }
}

impl Eq for Looks {}

impl Hash for Looks {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.look().hash(state);
    }
}

impl Display for Looks {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.look())
    }
}

impl Not for &Looks {
    type Output = usize;

    fn not(self) -> usize {
        self.look()
    }
}

impl Read for &Looks {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(self.look())
    }
}

impl Serialize for Looks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.look().serialize(serializer)
    }
}

impl Callable<()> for Looks {
    type Output = usize;

    fn call(&self, (): ()) -> usize {
        self.look()
    }
}

impl Interior for Looks {
    type Value = Range<usize>;

    fn with_mut<O>(&self, f: impl FnOnce(&mut Range<usize>) -> O) -> O {
        f(&mut (self.look()..4))
    }
}

/// Handles that a call makes for itself have the place of the call.
#[test]
fn what_keeps_an_object_alive_for_a_call_has_its_place() {
    let strong = Strong::new_cyclic(|this| Looks {
        this: WeakRef::clone(this),
    });
    let mut proxy = Proxy::new(&strong);
    // The handle here, that of the call, and that of who looks.
    assert_eq!(Proxy::with(&proxy, Looks::look), Ok(3));
    assert_eq!(Strong::downgrade(&strong).with(Looks::look), Some(3));
    assert_eq!(Proxy::call(&proxy, ()), Ok(3));
    assert_eq!(WeakMethod::new(&strong, Looks::look).call(()), Some(3));
    assert_eq!(Proxy::try_to_string(&proxy).as_deref(), Ok("3"));
    assert_eq!(Proxy::try_eq(&proxy, &*strong), Ok(false));
    assert_eq!((!&proxy, Proxy::try_not(&proxy)), (3, Ok(3)));
    assert_eq!(proxy.read(&mut []).unwrap(), 3);
    assert_eq!(proxy.next(), Some(3));
    assert_eq!(Proxy::try_next(&proxy), Ok(Some(3)));
    assert_eq!(proxy.size_hint(), (1, Some(1)));
    // With a handle of each side.
    assert!(proxy == Proxy::new(&strong));
    assert!(ValueRef::new(&strong) == ValueRef::new(&strong));
    assert!(ValueRef::new(&strong).try_hash().is_ok());
    let mut written = serde_json::Serializer::new(Vec::new());
    let weak = Strong::downgrade(&strong);
    weak.serialize(&mut written).unwrap();
    assert_eq!(written.into_inner(), b"3");
}

#[test]
fn raw_pointers_are_told_apart() {
    let square = Strong::new(Square(3));
    let raw = Strong::into_raw(square.clone());
    assert_eq!(kinds(&square), [(How::Raw, 1), (How::Made, 1)]);
    // SAFETY: it came from `into_raw`, and is not dropped here.
    let looked_at = ManuallyDrop::new(unsafe { Strong::from_raw(raw) });
    assert_eq!(looked_at.0, 3);
    // SAFETY: as above.
    unsafe { Strong::increment_strong_count(raw) };
    assert_eq!(
        kinds(&square).iter().map(|(_, count)| count).sum::<usize>(),
        3
    );
    // SAFETY: what was added above.
    unsafe { Strong::decrement_strong_count(raw) };
    // SAFETY: what `into_raw` gave up.
    drop(unsafe { Strong::from_raw(raw) });
    assert_eq!(kinds(&square), [(How::Made, 1)]);
}

#[test]
fn a_handle_in_an_arc_swap_is_raw_however_often_it_is_loaded() {
    let (first, second) = (Strong::new(Square(1)), Strong::new(Square(2)));
    let current: ArcSwapAny<_> = ArcSwapAny::new(first.clone());
    for _ in 0..3 {
        let loaded = current.load();
        assert_eq!(loaded.0, 1);
        let _full = current.load_full();
    }
    let holders = Strong::holders(&first);
    assert_eq!(
        holders
            .handles()
            .iter()
            .map(|h| (h.how(), h.count()))
            .collect::<Vec<_>>(),
        [(How::Raw, 1), (How::Made, 1)]
    );
    let old = current.swap(second.clone());
    drop(old);
    assert_eq!(kinds(&first), [(How::Made, 1)]);
    drop(current);
    assert_eq!(kinds(&second), [(How::Made, 1)]);
}

#[derive(WeakReferenceable, PartialEq, Debug)]
struct Ended(u32);

#[test]
fn an_end_that_hands_the_value_out_is_one() {
    let square = Strong::new(Ended(3));
    let other = square.clone();
    let square = Strong::try_unwrap(square).expect_err("there is another");
    assert_eq!(kinds(&square), [(How::Cloned, 1), (How::Made, 1)]);
    assert_eq!(Strong::into_inner(other), None);
    assert_eq!(kinds(&square), [(How::Made, 1)]);
    let weak = Strong::downgrade(&square);
    assert_eq!(Strong::try_unwrap(square), Ok(Ended(3)));
    assert_table(&weak.holders(), &["Ended is dead"]);
    assert_eq!(weak.holders().birthplace(), None);
    assert!(live::<Ended>().is_empty());
    let other = Strong::new(Ended(4));
    assert_eq!(Strong::into_inner(other), Some(Ended(4)));
    assert!(live::<Ended>().is_empty());
}

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File(u32);

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() {
        let number = self.0;
        move || assert_eq!(number, 3)
    }
}

#[test]
fn what_watches_is_told_with_its_place() {
    let file = Strong::new(File(3));
    let kept = WeakRef::with_callback(&file, |_| ());
    let _others = [1, 2].map(|_| WeakRef::with_send_callback(&file, |_| ()));
    let holders = Strong::downgrade(&file).holders();
    let watchers: Vec<_> = holders
        .watchers()
        .iter()
        .map(|w| (w.what(), w.count()))
        .collect();
    assert_eq!(
        watchers,
        [
            (What::Callback, 2),
            (What::Callback, 1),
            (What::Finalizer, 1)
        ]
    );
    drop(kept);
    assert_eq!(Strong::holders(&file).watchers().len(), 2);
}

#[derive(WeakReferenceable)]
struct Unbuilt;

#[test]
fn what_is_not_built_is_not_alive() {
    assert!(
        Strong::<Unbuilt>::try_new_cyclic(|construction| {
            assert!(!construction.holders().is_alive());
            assert!(live::<Unbuilt>().is_empty());
            Err(())
        })
        .is_err()
    );
    assert!(live::<Unbuilt>().is_empty());
    assert!(!WeakRef::<Unbuilt>::new().holders().is_alive());
}

/// Without a drop and without a list: where nothing is recorded, such an object is closed and left in one step.
#[derive(WeakReferenceable)]
struct Plain(u64);

#[test]
fn what_needs_no_drop_is_struck_off_too() {
    let weak: Vec<_> = (0..100)
        .map(|n| Strong::downgrade(&Strong::new(Plain(n))))
        .collect();
    assert!(live::<Plain>().is_empty());
    let plain = Strong::new(Plain(7));
    assert_eq!(plain.0, live::<Plain>().len() as u64 + 6);
    drop(weak);
}
