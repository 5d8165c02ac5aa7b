//! Serialization of what is alive, as maps and sequences. Referents are written by value, by their
//! own `Serialize`.
//!
//! None of the containers can be deserialized into: what was read would have no owner and be dead at once. Read
//! a std container of strong handles or plain objects, keep it, and fill a weak one from it. An interner is a seed, by
//! which what is read is interned.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use serde_core::de::{Deserialize, DeserializeSeed, Deserializer, Error, Visitor};
use serde_core::ser::{Serialize, Serializer};
use weakref::watch::drop_first;
use weakref::{Object, Strong, WeakReferenceable};

use crate::list::WeakList;
use crate::map::weak_both::PairMap;
use crate::map::weak_key::KeyMap;
use crate::map::weak_value::WeakValueMap;
use crate::ordered::WeakValueBTreeMap;
use crate::set::Set;
use crate::several::Several;
use crate::shared::{self, Interner};

// Each container first upgrades all of its entries, so that formats that need the exact length get it. The handles
// are dropped before the result is returned, one by one: some may be the last ones by then.

fn map<S: Serializer, K: Serialize, V: Serialize>(
    serializer: S,
    entries: impl Iterator<Item = (K, V)>,
) -> Result<S::Ok, S::Error> {
    let entries: Several<_> = entries.collect();
    let result = serializer.collect_map(entries.iter().map(|(key, value)| (key, value)));
    drop_first(entries, result)
}

fn sequence<S: Serializer, T: Serialize>(
    serializer: S,
    members: impl Iterator<Item = T>,
) -> Result<S::Ok, S::Error> {
    let members: Several<_> = members.collect();
    let result = serializer.collect_seq(members.iter());
    drop_first(members, result)
}

impl<K: Serialize, V: ?Sized + WeakReferenceable + Serialize, H> Serialize
    for WeakValueMap<K, V, H>
{
    /// Serializes the live entries as a map.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, self.iter())
    }
}

impl<K: ?Sized + WeakReferenceable + Serialize, V: Serialize, H, M> Serialize
    for KeyMap<K, V, H, M>
{
    /// Serializes the live entries as a map.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, self.iter())
    }
}

impl<K, V, H, M> Serialize for PairMap<K, V, H, M>
where
    K: ?Sized + WeakReferenceable + Serialize,
    V: ?Sized + WeakReferenceable + Serialize,
{
    /// Serializes the live entries as a map.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, self.iter())
    }
}

impl<T: ?Sized + WeakReferenceable + Serialize, H, M> Serialize for Set<T, H, M> {
    /// Serializes the live members as a sequence.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sequence(serializer, self.iter())
    }
}

impl<T: ?Sized + WeakReferenceable + Serialize> Serialize for WeakList<T> {
    /// Serializes the live members as a sequence, in order.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sequence(serializer, self.iter())
    }
}

impl<K: Serialize, V: ?Sized + WeakReferenceable + Serialize> Serialize
    for WeakValueBTreeMap<K, V>
{
    /// Serializes the live entries as a map, in order.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, self.iter())
    }
}

impl<K, V, H> Serialize for shared::WeakValueMap<K, V, H>
where
    K: Serialize + Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + Serialize + 'static,
    H: BuildHasher,
{
    /// Serializes the live entries as a map.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, self.iter())
    }
}

impl<K, V, H, M> Serialize for shared::KeyMap<K, V, H, M>
where
    K: ?Sized + WeakReferenceable + Serialize + 'static,
    V: Serialize + 'static,
{
    /// Serializes the live entries as a map.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries: Several<_> = self.iter().collect();
        let result = serializer.collect_map(entries.iter().map(|(key, value)| (key, &**value)));
        drop_first(entries, result)
    }
}

impl<K, V, H, M> Serialize for shared::PairMap<K, V, H, M>
where
    K: ?Sized + WeakReferenceable + Serialize + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + Serialize + 'static,
{
    /// Serializes the live entries as a map.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, self.iter())
    }
}

impl<T: ?Sized + WeakReferenceable + Serialize + 'static, H, M> Serialize for shared::Set<T, H, M> {
    /// Serializes the live members as a sequence.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sequence(serializer, self.iter())
    }
}

impl<T: ?Sized + Serialize + 'static, H> Serialize for Interner<T, H> {
    /// Serializes the live objects as a sequence.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sequence(serializer, self.iter())
    }
}

impl<'de, T, H> DeserializeSeed<'de> for &Interner<T, H>
where
    T: Deserialize<'de> + 'static,
    Object<T>: Hash + Eq,
    H: BuildHasher,
{
    type Value = Strong<Object<T>>;

    /// Deserializes a value and interns it.
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        T::deserialize(deserializer).map(|value| self.intern_owned(value))
    }
}

impl<'de, H: BuildHasher> DeserializeSeed<'de> for &Interner<str, H> {
    type Value = Strong<Object<str>>;

    /// Interns a string, which is not copied if it is there.
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(Interns(self))
    }
}

struct Interns<'a, H>(&'a Interner<str, H>);

impl<H: BuildHasher> Visitor<'_> for Interns<'_, H> {
    type Value = Strong<Object<str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.intern(text))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use ::serde::Serialize;
    use weakref::{Object, Strong, WeakReferenceable};

    use crate::{WeakKeyMap, WeakList, WeakPairMap, WeakSet, WeakValueMap};

    #[derive(WeakReferenceable, PartialEq, Eq, Hash, Serialize)]
    struct Name(&'static str);

    fn json(content: &impl Serialize) -> String {
        serde_json::to_string(content).unwrap()
    }

    #[test]
    fn what_is_alive_is_written() {
        let (a, b) = (Strong::new(Name("a")), Strong::new(Name("b")));
        let values = WeakValueMap::from([(1, &a), (2, &b)]);
        let keys = WeakKeyMap::from([(&a, 1), (&b, 2)]);
        let pairs = WeakPairMap::from([(&a, &a), (&b, &a)]);
        let set = WeakSet::from([&a, &b]);
        let mut list = WeakList::new();
        list.extend([&a, &b, &a]);
        assert_eq!(json(&list), r#"["a","b","a"]"#);
        drop(b);
        assert_eq!(json(&values), r#"{"1":"a"}"#);
        assert_eq!(json(&keys), r#"{"a":1}"#);
        assert_eq!(json(&pairs), r#"{"a":"a"}"#);
        assert_eq!(json(&set), r#"["a"]"#);
        assert_eq!(json(&list), r#"["a","a"]"#);
    }

    #[test]
    fn what_was_written_is_read_into_owners() {
        let owners = HashMap::from([1, 2, 3].map(|number| (number, Strong::new(Name("a")))));
        let mut map = WeakValueMap::<u8, Name>::new();
        map.extend(&owners);
        let read: HashMap<u8, String> = serde_json::from_str(&json(&map)).unwrap();
        let entries = read.into_iter();
        let owners: HashMap<_, _> = entries
            .map(|(number, name)| (number, Strong::new(Object(name))))
            .collect();
        let mut again = WeakValueMap::<u8, Object<String>>::new();
        again.extend(&owners);
        assert_eq!(again.len(), 3);
        drop(owners);
        assert!(again.is_empty());
    }
}
