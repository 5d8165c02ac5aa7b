//! Serialization of what is alive, as maps and sequences. Referents are written by value, by their
//! own `Serialize`.
//!
//! Nothing here can be deserialized into: what was read would have no owner and be dead at once. Read
//! a std container of strong handles or plain objects, keep it, and fill a weak one from it.

use serde_core::ser::{Serialize, Serializer};
use weakref::{Strong, WeakReferenceable};

use crate::list::WeakList;
use crate::map::weak_both::PairMap;
use crate::map::weak_key::KeyMap;
use crate::map::weak_value::WeakValueMap;
use crate::set::Set;

/// A referent, written by value.
struct ByValue<T: ?Sized + WeakReferenceable>(Strong<T>);

impl<T: ?Sized + WeakReferenceable + Serialize> Serialize for ByValue<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (*self.0).serialize(serializer)
    }
}

// Each makes all of its entries strong first: formats that need it get the exact length.

impl<K: Serialize, V: ?Sized + WeakReferenceable + Serialize, H> Serialize
    for WeakValueMap<K, V, H>
{
    /// Serializes the live entries as a map.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries: Vec<_> = self.iter().map(|(k, v)| (k, ByValue(v))).collect();
        serializer.collect_map(entries)
    }
}

impl<K: ?Sized + WeakReferenceable + Serialize, V: Serialize, H, M> Serialize
    for KeyMap<K, V, H, M>
{
    /// Serializes the live entries as a map.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries: Vec<_> = self.iter().map(|(k, v)| (ByValue(k), v)).collect();
        serializer.collect_map(entries)
    }
}

impl<K, V, H, M> Serialize for PairMap<K, V, H, M>
where
    K: ?Sized + WeakReferenceable + Serialize,
    V: ?Sized + WeakReferenceable + Serialize,
{
    /// Serializes the live entries as a map.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries: Vec<_> = self.iter().map(|(k, v)| (ByValue(k), ByValue(v))).collect();
        serializer.collect_map(entries)
    }
}

impl<T: ?Sized + WeakReferenceable + Serialize, H, M> Serialize for Set<T, H, M> {
    /// Serializes the live members as a sequence.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members: Vec<_> = self.iter().map(ByValue).collect();
        serializer.collect_seq(members)
    }
}

impl<T: ?Sized + WeakReferenceable + Serialize> Serialize for WeakList<T> {
    /// Serializes the live members as a sequence, in order.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members: Vec<_> = self.iter().map(ByValue).collect();
        serializer.collect_seq(members)
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
