//! What is alive, as it is serialized: by a format that owns its results and its errors, and may refuse.

use std::fmt;

use serde_core::ser::{self, Impossible, Serialize, Serializer};
use weakref::{LocalSlot, Strong, SyncSlot, WeakRef};
use weakref_containers::shared;
use weakref_containers::{
    WeakKeyMap, WeakList, WeakPairMap, WeakSet, WeakValueBTreeMap, WeakValueMap,
};

use crate::items::{Item, Key, item};
use crate::suite::Suite;
use crate::world::{Tag, doom, tick};

type Value = Item<SyncSlot>;

struct Refusal(#[expect(dead_code, reason = "its end is user code")] Tag);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Refusal {}

impl ser::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(Tag::new())
    }
}

/// Writes numbers, options, sequences and maps to nowhere; refuses the numbers that it is told to.
#[derive(Clone, Copy)]
struct Format {
    refused: Option<u32>,
}

type Never = Impossible<Tag, Refusal>;

macro_rules! never {
    ($($name:ident($($type:ty),*) -> $result:ty;)*) => {$(
        fn $name(self, $(_: $type),*) -> Result<$result, Refusal> {
            unreachable!("not written here")
        }
    )*};
}

impl Serializer for Format {
    type Ok = Tag;
    type Error = Refusal;
    type SerializeSeq = Self;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Self;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    fn serialize_u32(self, number: u32) -> Result<Tag, Refusal> {
        tick();
        if self.refused == Some(number) {
            return Err(Refusal(Tag::new()));
        }
        Ok(Tag::new())
    }

    fn serialize_none(self) -> Result<Tag, Refusal> {
        tick();
        Ok(Tag::new())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<Tag, Refusal> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Refusal> {
        tick();
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Refusal> {
        tick();
        Ok(self)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<Tag, Refusal> {
        unreachable!("not written here")
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Tag, Refusal> {
        unreachable!("not written here")
    }

    never! {
        serialize_bool(bool) -> Tag;
        serialize_i8(i8) -> Tag;
        serialize_i16(i16) -> Tag;
        serialize_i32(i32) -> Tag;
        serialize_i64(i64) -> Tag;
        serialize_u8(u8) -> Tag;
        serialize_u16(u16) -> Tag;
        serialize_u64(u64) -> Tag;
        serialize_f32(f32) -> Tag;
        serialize_f64(f64) -> Tag;
        serialize_char(char) -> Tag;
        serialize_str(&str) -> Tag;
        serialize_bytes(&[u8]) -> Tag;
        serialize_unit() -> Tag;
        serialize_unit_struct(&'static str) -> Tag;
        serialize_unit_variant(&'static str, u32, &'static str) -> Tag;
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_struct(&'static str, usize) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }
}

impl ser::SerializeSeq for Format {
    type Ok = Tag;
    type Error = Refusal;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Refusal> {
        value.serialize(*self).map(drop)
    }

    fn end(self) -> Result<Tag, Refusal> {
        Ok(Tag::new())
    }
}

impl ser::SerializeMap for Format {
    type Ok = Tag;
    type Error = Refusal;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Refusal> {
        key.serialize(*self).map(drop)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Refusal> {
        value.serialize(*self).map(drop)
    }

    fn end(self) -> Result<Tag, Refusal> {
        Ok(Tag::new())
    }
}

/// Three objects whose owners give them up as they are written.
fn doomed<S: weakref::Slot>() -> [Strong<Item<S>>; 3] {
    [1, 2, 3].map(|number| {
        let strong = item::<S>(number);
        let owner = strong.clone();
        doom(move || drop(owner));
        strong
    })
}

/// Writes what `make` makes: whole, and with a number refused that is in it.
fn written<C: Serialize>(suite: &mut Suite, name: &str, make: impl Fn() -> C) {
    for refused in [None, Some(3)] {
        suite.script(
            &format!("{name}, refused {refused:?}"),
            &make,
            |content| drop(content.serialize(Format { refused })),
            |_| (),
        );
    }
}

/// Keys that are owned, and what dies by them.
fn entries() -> [(Key, Strong<Value>); 3] {
    doomed().map(|value| (Key::new(value.number() + 10), value))
}

fn pairs() -> [(Strong<Value>, Strong<Value>); 3] {
    doomed().map(|value| (value.clone(), value))
}

#[test]
fn handles() {
    let mut suite = Suite::new("handles that are written");
    written(&mut suite, "sync", || {
        Strong::downgrade(&doomed::<SyncSlot>()[2])
    });
    written(&mut suite, "local", || {
        Strong::downgrade(&doomed::<LocalSlot>()[2])
    });
    written(&mut suite, "nothing", WeakRef::<Value>::new);
    suite.finish(6);
}

#[test]
fn containers() {
    let mut suite = Suite::new("containers that are written");
    written(&mut suite, "values", || WeakValueMap::from(entries()));
    written(&mut suite, "keys", || {
        WeakKeyMap::from(entries().map(|(value, key)| (key, value)))
    });
    written(&mut suite, "pairs", || WeakPairMap::from(pairs()));
    written(
        &mut suite,
        "members",
        || WeakSet::from(doomed::<SyncSlot>()),
    );
    written(&mut suite, "list", || {
        WeakList::from(doomed::<SyncSlot>().each_ref())
    });
    written(&mut suite, "ordered", || WeakValueBTreeMap::from(entries()));
    suite.finish(12);
}

#[test]
fn shared_containers() {
    let mut suite = Suite::new("shared containers that are written");
    written(&mut suite, "values", || {
        shared::WeakValueMap::from(entries())
    });
    written(&mut suite, "keys", || {
        shared::WeakKeyMap::from(entries().map(|(value, key)| (key, value)))
    });
    written(&mut suite, "pairs", || shared::WeakPairMap::from(pairs()));
    written(&mut suite, "members", || {
        shared::WeakSet::from(doomed::<SyncSlot>())
    });
    written(&mut suite, "interner", || {
        let interner = shared::Interner::<Key>::new();
        for number in [1, 2, 3] {
            let object = interner.intern_owned(Key::new(number));
            doom(move || drop(object));
        }
        interner
    });
    suite.finish(10);
}
