//! Ours and theirs as [`Table`]s, and which is compared with which.

use std::rc::{self, Rc};
use std::sync::{self, Arc};

use weak_map::WeakMap;
use weak_table::{
    PtrWeakKeyHashMap, WeakHashSet, WeakKeyHashMap, WeakValueHashMap, WeakWeakHashMap,
};
use weakref::Strong;
use weakref_containers::{
    ByIdentity, ByValue, IdentityWeakKeyMap, KeyMap, WeakKeyMap, WeakPairMap, WeakSet, WeakValueMap,
};

use super::{Aims, Extent, Hasher, LocalObject, Name, Sizes, SyncObject, Table, add_pair, lookup};
use crate::measure::show;
use crate::scenario::Scenario;

const WEAK_TABLE: &str = "weak-table";

const VALUE: Aims = Aims {
    lookup: Some(1.0),
    insert: Some(1.0),
    churn: Some(0.8),
};
const SYNC_KEY: Aims = Aims {
    lookup: Some(0.6),
    insert: None,
    churn: None,
};
const LOCAL_KEY: Aims = Aims {
    lookup: Some(1.0),
    insert: None,
    churn: None,
};

pub(super) fn add(scenarios: &mut Vec<Scenario>, numbered: &'static Sizes, named: &'static Sizes) {
    add_for::<u64>(scenarios, numbered);
    add_for::<String>(scenarios, named);
}

fn add_for<K: Name + std::fmt::Debug + Ord>(scenarios: &mut Vec<Scenario>, sizes: &'static Sizes) {
    let name = |flavour: &str, table: &str| format!("{flavour}/{table}/{}", K::KIND);
    let numbered = K::KIND == u64::KIND;
    let extent = if numbered {
        Extent::Whole
    } else {
        Extent::Main
    };
    macro_rules! flavour {
        ($flavour:literal, $object:ident, $weak:path, $key_aims:expr) => {{
            type Weak<T> = $weak;
            macro_rules! pair {
                ($table:literal, $ours:ty, $theirs:ty, $aims:expr, $extent:expr) => {
                    add_pair::<$ours, $theirs>(
                        scenarios,
                        &name($flavour, $table),
                        sizes,
                        $aims,
                        $extent,
                    )
                };
            }
            pair!(
                "value map",
                WeakValueMap<K, $object<u64>, Hasher>,
                WeakValueHashMap<K, Weak<$object<u64>>, Hasher>,
                &VALUE,
                extent
            );
            pair!(
                "key map",
                WeakKeyMap<$object<K>, u64, Hasher>,
                WeakKeyHashMap<Weak<$object<K>>, u64, Hasher>,
                $key_aims,
                extent
            );
            pair!(
                "pair map",
                WeakPairMap<$object<K>, $object<u64>, Hasher>,
                WeakWeakHashMap<Weak<$object<K>>, Weak<$object<u64>>, Hasher>,
                $key_aims,
                Extent::Main
            );
            pair!(
                "set",
                WeakSet<$object<K>, Hasher>,
                WeakHashSet<Weak<$object<K>>, Hasher>,
                $key_aims,
                Extent::Main
            );
            if numbered {
                pair!(
                    "identity map",
                    IdentityWeakKeyMap<$object<K>, u64, Hasher>,
                    PtrWeakKeyHashMap<Weak<$object<K>>, u64, Hasher>,
                    $key_aims,
                    Extent::Main
                );
            }
            lookup::add::<WeakValueMap<K, $object<u64>, Hasher>, WeakMap<K, Weak<$object<u64>>>>(
                scenarios,
                &name($flavour, "value map beside an ordered one"),
                sizes,
                &Aims {
                    lookup: None,
                    ..VALUE
                },
            );
        }};
    }
    flavour!("sync", SyncObject, sync::Weak<T>, &SYNC_KEY);
    flavour!("local", LocalObject, rc::Weak<T>, &LOCAL_KEY);
}

/// The members a method takes, by reference as we do or in a handle of their own as weak-table does.
macro_rules! given {
    (ours, $handle:expr) => {
        $handle
    };
    (theirs, $handle:expr) => {
        $handle.clone()
    };
}

macro_rules! value_table {
    ($who:ident $name:expr; $table:ident<$value:ty $(, $hasher:ty)?>, $owner:ident<$object:ident>, $new:expr, $purge:ident $(, $bound:path)?) => {
        impl<K: Name $(+ $bound)?> Table for $table<K, $value $(, $hasher)?> {
            const NAME: &'static str = $name;
            type Member = (K, $owner<$object<u64>>);
            type Query = K;

            fn with_capacity(capacity: usize) -> Self {
                $new(capacity)
            }

            fn member(n: u64) -> Self::Member {
                (K::new(n), $owner::new($object(n)))
            }

            fn query((key, _): &Self::Member) -> K {
                key.clone()
            }

            #[inline]
            fn insert(&mut self, (key, value): &Self::Member) {
                let old = self.insert(key.clone(), given!($who, value));
                show(&old);
            }

            #[inline]
            fn finds(&self, key: &K) -> bool {
                self.get(key).is_some()
            }

            fn purge(&mut self) {
                self.$purge();
            }

            #[inline]
            fn walk(&self) -> u64 {
                self.iter().fold(0, |count, (key, value)| {
                    show(&key);
                    show(&value);
                    count + 1
                })
            }
        }
    };
}

value_table!(ours "Strong"; WeakValueMap<SyncObject<u64>, Hasher>, Strong<SyncObject>, |n| Self::with_capacity_and_hasher(n, Hasher::default()), purge);
value_table!(ours "Strong"; WeakValueMap<LocalObject<u64>, Hasher>, Strong<LocalObject>, |n| Self::with_capacity_and_hasher(n, Hasher::default()), purge);
value_table!(theirs WEAK_TABLE; WeakValueHashMap<sync::Weak<SyncObject<u64>>, Hasher>, Arc<SyncObject>, |n| Self::with_capacity_and_hasher(n, Hasher::default()), remove_expired);
value_table!(theirs WEAK_TABLE; WeakValueHashMap<rc::Weak<LocalObject<u64>>, Hasher>, Rc<LocalObject>, |n| Self::with_capacity_and_hasher(n, Hasher::default()), remove_expired);
value_table!(ours "weak-map"; WeakMap<sync::Weak<SyncObject<u64>>>, Arc<SyncObject>, |_| Self::new(), cleanup, Ord);
value_table!(ours "weak-map"; WeakMap<rc::Weak<LocalObject<u64>>>, Rc<LocalObject>, |_| Self::new(), cleanup, Ord);

macro_rules! key_table {
    ($who:ident $name:expr; $table:ident<$key:ty, u64, Hasher $(, $keying:ty)?>, $owner:ident<$object:ident>, $purge:ident, $query:ident) => {
        impl<K: Name> Table for $table<$key, u64, Hasher $(, $keying)?> {
            const NAME: &'static str = $name;
            type Member = $owner<$object<K>>;
            type Query = query!($query $owner $object);

            fn with_capacity(capacity: usize) -> Self {
                Self::with_capacity_and_hasher(capacity, Hasher::default())
            }

            fn member(n: u64) -> Self::Member {
                $owner::new($object(K::new(n)))
            }

            fn query(member: &Self::Member) -> Self::Query {
                query!($query member $object)
            }

            #[inline]
            fn insert(&mut self, member: &Self::Member) {
                let old = self.insert(given!($who, member), 0);
                show(&old);
            }

            #[inline]
            fn finds(&self, query: &Self::Query) -> bool {
                self.get(query).is_some()
            }

            fn purge(&mut self) {
                self.$purge();
            }

            #[inline]
            fn walk(&self) -> u64 {
                self.iter().fold(0, |count, (key, value)| {
                    show(&key);
                    show(value);
                    count + 1
                })
            }
        }
    };
}

/// The type of a query, or the query for a member.
macro_rules! query {
    (by_value $owner:ident SyncObject) => { query!(@ $owner SyncObject) };
    (by_value $owner:ident LocalObject) => { query!(@ $owner LocalObject) };
    (@ Strong $object:ident) => { $object<K> };
    (@ Arc $object:ident) => { $object<K> };
    (@ Rc $object:ident) => { $object<K> };
    (@ $member:ident $object:ident) => { $object($member.0.clone()) };
    (by_identity Strong $object:ident) => { Strong<$object<K>> };
    (by_identity Arc $object:ident) => { Arc<$object<K>> };
    (by_identity Rc $object:ident) => { Rc<$object<K>> };
    (by_identity $member:ident $object:ident) => { $member.clone() };
}

key_table!(ours "Strong"; KeyMap<SyncObject<K>, u64, Hasher, ByValue>, Strong<SyncObject>, purge, by_value);
key_table!(ours "Strong"; KeyMap<LocalObject<K>, u64, Hasher, ByValue>, Strong<LocalObject>, purge, by_value);
key_table!(ours "Strong"; KeyMap<SyncObject<K>, u64, Hasher, ByIdentity>, Strong<SyncObject>, purge, by_identity);
key_table!(ours "Strong"; KeyMap<LocalObject<K>, u64, Hasher, ByIdentity>, Strong<LocalObject>, purge, by_identity);
key_table!(theirs WEAK_TABLE; WeakKeyHashMap<sync::Weak<SyncObject<K>>, u64, Hasher>, Arc<SyncObject>, remove_expired, by_value);
key_table!(theirs WEAK_TABLE; WeakKeyHashMap<rc::Weak<LocalObject<K>>, u64, Hasher>, Rc<LocalObject>, remove_expired, by_value);
key_table!(theirs WEAK_TABLE; PtrWeakKeyHashMap<sync::Weak<SyncObject<K>>, u64, Hasher>, Arc<SyncObject>, remove_expired, by_identity);
key_table!(theirs WEAK_TABLE; PtrWeakKeyHashMap<rc::Weak<LocalObject<K>>, u64, Hasher>, Rc<LocalObject>, remove_expired, by_identity);

macro_rules! pair_table {
    ($who:ident $name:expr; $table:ident<$key:ty, $value:ty>, $owner:ident<$object:ident>, $purge:ident) => {
        impl<K: Name> Table for $table<$key, $value, Hasher> {
            const NAME: &'static str = $name;
            type Member = ($owner<$object<K>>, $owner<$object<u64>>);
            type Query = $object<K>;

            fn with_capacity(capacity: usize) -> Self {
                Self::with_capacity_and_hasher(capacity, Hasher::default())
            }

            fn member(n: u64) -> Self::Member {
                ($owner::new($object(K::new(n))), $owner::new($object(n)))
            }

            fn query((key, _): &Self::Member) -> $object<K> {
                $object(key.0.clone())
            }

            #[inline]
            fn insert(&mut self, (key, value): &Self::Member) {
                let old = self.insert(given!($who, key), given!($who, value));
                show(&old);
            }

            #[inline]
            fn finds(&self, query: &$object<K>) -> bool {
                self.get(query).is_some()
            }

            fn purge(&mut self) {
                self.$purge();
            }

            #[inline]
            fn walk(&self) -> u64 {
                self.iter().fold(0, |count, (key, value)| {
                    show(&key);
                    show(&value);
                    count + 1
                })
            }
        }
    };
}

pair_table!(ours "Strong"; WeakPairMap<SyncObject<K>, SyncObject<u64>>, Strong<SyncObject>, purge);
pair_table!(ours "Strong"; WeakPairMap<LocalObject<K>, LocalObject<u64>>, Strong<LocalObject>, purge);
pair_table!(theirs WEAK_TABLE; WeakWeakHashMap<sync::Weak<SyncObject<K>>, sync::Weak<SyncObject<u64>>>, Arc<SyncObject>, remove_expired);
pair_table!(theirs WEAK_TABLE; WeakWeakHashMap<rc::Weak<LocalObject<K>>, rc::Weak<LocalObject<u64>>>, Rc<LocalObject>, remove_expired);

macro_rules! set_table {
    ($who:ident $name:expr; $table:ident<$member:ty>, $owner:ident<$object:ident>, $purge:ident) => {
        impl<K: Name> Table for $table<$member, Hasher> {
            const NAME: &'static str = $name;
            type Member = $owner<$object<K>>;
            type Query = $object<K>;

            fn with_capacity(capacity: usize) -> Self {
                Self::with_capacity_and_hasher(capacity, Hasher::default())
            }

            fn member(n: u64) -> Self::Member {
                $owner::new($object(K::new(n)))
            }

            fn query(member: &Self::Member) -> $object<K> {
                $object(member.0.clone())
            }

            #[inline]
            fn insert(&mut self, member: &Self::Member) {
                let new = self.insert(given!($who, member));
                show(&new);
            }

            #[inline]
            fn finds(&self, query: &$object<K>) -> bool {
                self.contains(query)
            }

            fn purge(&mut self) {
                self.$purge();
            }

            #[inline]
            fn walk(&self) -> u64 {
                self.iter().fold(0, |count, member| {
                    show(&member);
                    count + 1
                })
            }
        }
    };
}

set_table!(ours "Strong"; WeakSet<SyncObject<K>>, Strong<SyncObject>, purge);
set_table!(ours "Strong"; WeakSet<LocalObject<K>>, Strong<LocalObject>, purge);
set_table!(theirs WEAK_TABLE; WeakHashSet<sync::Weak<SyncObject<K>>>, Arc<SyncObject>, remove_expired);
set_table!(theirs WEAK_TABLE; WeakHashSet<rc::Weak<LocalObject<K>>>, Rc<LocalObject>, remove_expired);
