//! Maps, sets and lists that refer weakly to their members and clean themselves.
//!
//! A member that dies is gone from every container at once: from `len`, lookups and iteration, also
//! while it is being dropped. The death itself costs a container O(1), allocates nothing, takes no
//! lock of it and runs none of its code; the dead entry's memory goes with the next call that takes
//! `&mut self`, or with `purge`.
//!
//! Members go in as `&Strong` (the container keeps none alive) and come out as owned `Strong`s.
//!
//! ```
//! use weakref::{Strong, WeakReferenceable};
//! use weakref_containers::WeakValueMap;
//!
//! #[derive(WeakReferenceable)]
//! struct Image(u8);
//!
//! let mut map = WeakValueMap::new();
//! let image = Strong::new(Image(7));
//! map.insert("logo", &image);
//! assert_eq!(map.get("logo").unwrap().0, 7);
//! drop(image);
//! assert!(map.is_empty());
//! ```
//!
//! | container | keys | values |
//! |---|---|---|
//! | [`WeakValueMap`] | owned, by value | weak |
//! | [`WeakValueBTreeMap`] | owned, in order | weak |
//! | [`WeakKeyMap`], [`IdentityWeakKeyMap`] | weak, by value or by identity | owned |
//! | [`WeakPairMap`], [`IdentityWeakPairMap`] | weak, by value or by identity | weak |
//! | [`WeakSet`], [`IdentityWeakSet`] | weak, by value or by identity | |
//! | [`WeakList`] | in the order in which they were added | weak |
//!
//! All of them exist for types of both slots, for threads and for one thread, and for unsized
//! referents such as `dyn Listener` (which are looked up by identity). The module [`shared`] has those that many
//! threads use through `&self`; the module [`guide`] shows caches, observers, interners and memos, and helps
//! to choose. [`guide::methods`] has a table of all methods and traits.
//!
//! # Features
//!
//! `async`: what waits in the [shared maps](shared#tasks) can wait without blocking its thread: `try_insert_async`,
//! `get_or_insert_async`, `get_or_insert_with_async`, `get_or_try_insert_with_async`. Needs no runtime.
//!
//! `serde`: every container is serialized as what is alive in it. None is deserialized: what was read
//! would have no owner and be dead at once. Read what owns the objects, then enter them:
//! `weak.extend(&strong)` takes a `HashMap` of strong handles, which are deserialized as the values of their objects. An
//! [`Interner`](shared::Interner) is a seed: what is read through `&interner` is interned.
//!
//! `strong-tier`: a shared map or interner can [keep alive](shared#the-strong-tier) what was used last.
//!
//! `tracing`: [events](weakref::guide::debugging_leaks#being-told) for the crate of this name: what the strong tier lets go,
//! who makes a value and who waits for it; and those of `weakref`.
//!
//! # When entries go
//!
//! There is no hook for evictions, since there is no eviction: at a death no code of the container
//! runs. What an entry owns (the key of a value map, the value of a key map) is its hook: it is dropped
//! with the next call that takes `&mut self`, when its row is out of the table and everything else in
//! order. To learn of the death itself, give the object a callback or a finalizer.
//!
//! ```
//! use std::cell::Cell;
//! use std::rc::Rc;
//! use weakref::{Strong, WeakReferenceable};
//! use weakref_containers::WeakKeyMap;
//!
//! #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
//! struct Player(u8);
//!
//! /// Gives its place back when its entry goes.
//! struct Seat(Rc<Cell<u8>>);
//!
//! impl Drop for Seat {
//!     fn drop(&mut self) {
//!         self.0.set(self.0.get() + 1);
//!     }
//! }
//!
//! let free = Rc::new(Cell::new(0));
//! let player = Strong::new(Player(1));
//! let mut seats = WeakKeyMap::from([(&player, Seat(Rc::clone(&free)))]);
//! drop(player);
//! assert_eq!((seats.len(), free.get()), (0, 0));
//! assert_eq!((seats.purge(), free.get()), (1, 1));
//! ```
//!
//! # Coming from weak-table
//!
//! Its `WeakValueHashMap`, `WeakKeyHashMap`, `PtrWeakKeyHashMap`, `WeakWeakHashMap`,
//! `PtrWeakWeakHashMap`, `WeakHashSet` and `PtrWeakHashSet` are, in this order, what stands in the lines 1, 3, 4
//! and 5 of the table above. What their methods are here, and what is different:
//!
//! | weak-table 0.4 | here | different |
//! |---|---|---|
//! | `new` `with_capacity` `with_hasher` `with_capacity_and_hasher` `hasher` | same | the default hasher is std's `RandomState`, whatever features are on |
//! | `len` `is_empty` | same | exact: the dead do not count |
//! | `capacity` `load_factor` `reserve` `try_reserve` `shrink_to_fit` `shrink_to` `clear` | same | also `allocation_size` |
//! | `remove_expired` | `purge` | says how many it has removed; free of cost when nothing is dead; every `&mut` call does it |
//! | `get` `contains_key` `get_mut` `get_disjoint_mut` | same | also `get_many` |
//! | `get_key` `get_both` `get_both_mut` `get_both_disjoint_mut` | `get_key` `get_key_value` `get_key_value_mut` `get_key_value_disjoint_mut` | on the identity twins too |
//! | `insert(k, v)` | `insert(k, &v)`, `insert(&k, v)`, `insert(&k, &v)` | weak sides by reference; the new key replaces the stored one |
//! | `remove` `remove_entry` `retain` `extract_if` `drain` | same | `remove_entry` on all; closures get `&Strong` |
//! | `entry` and its `or_insert` `or_insert_with` `or_insert_with_key` `key` `insert_entry` `and_modify` | same | also `or_default`, `or_try_insert_with`, and `entry_ref`; `and_modify` on all |
//! | `OccupiedEntry`: `key` `get` `get_mut` `get_strong` `into_mut` `insert` `remove` `remove_entry` | same | also `replace_key`, which only a failed `try_insert` leaves something to do; keeps its referents alive |
//! | `VacantEntry`: `key` `into_key` `insert` `insert_entry` | same | |
//! | `is_submap` `is_submap_with` `submap_with` `domain_is_subset` | `is_submap` `is_submap_with` `domain_is_subset` | one name on all |
//! | `iter` `iter_mut` `keys` `values` `values_mut` `into_keys` `into_values` | same | also `weak_keys`, `weak_values`; all fused, the borrowing ones `Clone` |
//! | `Index` `IndexMut` `Extend` `From<[_; N]>` `FromIterator` `PartialEq` `Eq` `Debug` `Default` `Clone` | same | `Extend` by reference on all; comparison with std's maps and sets |
//! | sets: `contains` `get` `insert` `remove` `take` `is_subset` `is_superset` `is_disjoint` | same | `get` and `take` on the identity twin too; also `get_many`, `replace`, `get_or_insert`, `get_or_insert_with`, `is_proper_subset`, `is_proper_superset` |
//! | `intersection` `difference` `union` `symmetric_difference`, `&` `-` <code>\|</code> `^` | same | also with std's sets on the right, and assigning |
//! | `ByPtr<K>` | [`HasId`] | `Strong`, `WeakRef`, `CallbackRef` and `ObjectId` |
//! | `WeakElement` `WeakKey` | [`Keying`] and [`Lookup`] | sealed |
//! | | `try_insert` `get_or_insert` `get_or_insert_with` `get_or_insert_with_key` `get_or_try_insert_with` `pop` `snapshot` `upgrade` | |
//!
//! The lines of this table, in their order, as one program:
//!
//! ```
//! use std::hash::{BuildHasher, RandomState};
//! use weakref::{ObjectId, Strong, WeakRef, WeakReferenceable};
//! use weakref_containers::{ByIdentity, ByValue, HasId, IdentityWeakSet, Keying, Lookup, WeakKeyMap, WeakPairMap, WeakSet, WeakValueMap};
//! use weakref_containers::{weak_key, weak_value};
//!
//! #[derive(WeakReferenceable, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
//! struct Name(u32);
//!
//! let (a, b, c) = (Strong::new(Name(1)), Strong::new(Name(2)), Strong::new(Name(3)));
//! let mut map: WeakKeyMap<Name, u32> = WeakKeyMap::new();
//! let _ = (WeakKeyMap::<Name, u32>::with_capacity(8), WeakKeyMap::<Name, u32>::with_hasher(RandomState::new()));
//! let sized = WeakKeyMap::<Name, u32>::with_capacity_and_hasher(8, RandomState::new());
//! let _hash = sized.hasher().hash_one(1);
//! assert!(sized.is_empty() && sized.len() == 0);
//! assert!(sized.capacity() >= 8 && sized.load_factor() == 0.0 && sized.allocation_size() > 0);
//! map.reserve(8);
//! map.try_reserve(8).unwrap();
//! map.shrink_to(4);
//! map.shrink_to_fit();
//! map.clear();
//! map.purge(); // `remove_expired`
//!
//! map.extend([(&a, 1), (&b, 2)]);
//! assert!(map.get(&*a) == Some(&1) && map.contains_key(&*b) && map.get_mut(&*c).is_none());
//! assert_eq!(map.get_disjoint_mut([&*a, &*b]), [Some(&mut 1), Some(&mut 2)]);
//! assert_eq!(map.get_many([&*a, &*c]), [Some(&1), None]);
//! assert_eq!(map.get_key(&*a), Some(a.clone()));
//! assert_eq!(map.get_key_value(&*a), Some((a.clone(), &1))); // `get_both`
//! assert_eq!(map.get_key_value_mut(&*a), Some((a.clone(), &mut 1)));
//! assert_eq!(map.get_key_value_disjoint_mut([&*a]), [Some((a.clone(), &mut 1))]);
//!
//! let mut values = WeakValueMap::new();
//! assert_eq!((values.insert("a", &a), map.insert(&a, 3), WeakPairMap::new().insert(&a, &b)), (None, Some(1), None));
//! assert_eq!((map.remove(&*a), map.remove_entry(&*b)), (Some(3), Some((b.clone(), 2))));
//! map.extend([(&a, 1), (&b, 2), (&c, 3)]);
//! map.retain(|key, _| key.0 < 3);
//! assert_eq!(map.extract_if(|key: &Strong<Name>, _| key.0 == 1).count(), 1);
//! assert_eq!(map.drain().collect::<Vec<_>>(), [(b.clone(), 2)]);
//!
//! *map.entry(&a).or_insert(1) += 1;
//! map.entry(&b).or_insert_with(|| 2);
//! map.entry(&c).or_insert_with_key(|key| key.0);
//! assert_eq!(map.entry(&a).key(), &a);
//! map.entry(&a).insert_entry(5);
//! map.entry(&a).and_modify(|value| *value += 1).or_default();
//! assert_eq!(map.entry(&a).or_try_insert_with(|| Err("not asked")), Ok(&mut 6));
//! let mut owned: WeakValueMap<String, Name> = WeakValueMap::new();
//! owned.entry_ref("a").or_insert(&a);
//!
//! let weak_key::Entry::Occupied(mut entry) = map.entry(&a) else { unreachable!() }; // `OccupiedEntry`
//! assert!(entry.key() == &a && entry.get() == &6);
//! *entry.get_mut() += 1;
//! assert_eq!(entry.insert(8), 7);
//! assert!(entry.replace_key().is_none());
//! *entry.into_mut() += 1;
//! let weak_value::Entry::Occupied(entry) = values.entry("a") else { unreachable!() };
//! assert_eq!(entry.get_strong(), a);
//! entry.remove();
//! let weak_key::Entry::Occupied(entry) = map.entry(&a) else { unreachable!() };
//! assert_eq!(entry.remove_entry(), (a.clone(), 9));
//! let weak_key::Entry::Vacant(entry) = map.entry(&a) else { unreachable!() }; // `VacantEntry`
//! assert_eq!(entry.key(), &a);
//! assert_eq!(entry.into_key(), a);
//! let weak_key::Entry::Vacant(entry) = map.entry(&a) else { unreachable!() };
//! assert_eq!(entry.insert(1), &mut 1);
//! map.remove(&*a);
//! let weak_key::Entry::Vacant(entry) = map.entry(&a) else { unreachable!() };
//! assert_eq!(entry.insert_entry(1).get(), &1);
//!
//! let part = WeakKeyMap::from([(&a, 1)]);
//! assert!(part.is_submap(&map) && part.domain_is_subset(&map) && part.is_submap_with(&map, |x, y| x <= y));
//! assert_eq!((map.iter().count(), map.keys().count(), map.values().sum::<u32>()), (3, 3, 6));
//! map.iter_mut().for_each(|(_, value)| *value += 1);
//! map.values_mut().for_each(|value| *value -= 1);
//! assert_eq!((map.weak_keys().count(), values.weak_values().count()), (3, 0));
//! assert_eq!(part.clone().into_keys().collect::<Vec<_>>(), [a.clone()]);
//! assert_eq!(part.clone().into_values().collect::<Vec<_>>(), [1]);
//!
//! map[&*a] = 4; // `Index`, `IndexMut`
//! assert_eq!(map[&*a], 4);
//! fn has_them<T: Extend<(Strong<Name>, u32)> + From<[(Strong<Name>, u32); 1]> + FromIterator<(Strong<Name>, u32)>>() {}
//! fn has_those<T: PartialEq + Eq + std::fmt::Debug + Default + Clone>() {}
//! has_them::<WeakKeyMap<Name, u32>>();
//! has_those::<WeakKeyMap<Name, u32>>();
//! map.extend(&part); // by reference
//!
//! let mut set = WeakSet::from([&a]);
//! assert!(set.contains(&*a) && set.get(&*b).is_none() && set.insert(&b) && set.remove(&*b));
//! assert_eq!(set.take(&*a), Some(a.clone()));
//! assert!(set.is_subset(&WeakSet::from([&a])) && set.is_superset(&set) && set.is_disjoint(&set));
//! assert_eq!(set.get_many([&*a]), [None]);
//! assert_eq!((set.replace(&a), set.get_or_insert(&a), set.get_or_insert_with(&*b, |_| b.clone())), (None, a.clone(), b.clone()));
//! assert!(WeakSet::from([&a]).is_proper_subset(&set) && set.is_proper_superset(&WeakSet::from([&a])));
//! let mut twin = IdentityWeakSet::from([&a]);
//! assert_eq!((twin.get(&a), twin.take(&a)), (Some(a.clone()), Some(a.clone())));
//! let other = WeakSet::from([&b, &c]);
//! assert_eq!((set.intersection(&other).count(), set.difference(&other).count()), (1, 1));
//! assert_eq!((set.union(&other).count(), set.symmetric_difference(&other).count()), (3, 2));
//! assert_eq!(((&set & &other).len(), (&set - &other).len(), (&set | &other).len(), (&set ^ &other).len()), (1, 1, 3, 2));
//! set |= &other;
//! assert_eq!(set, std::collections::HashSet::from([a.clone(), b.clone(), c.clone()]));
//!
//! fn ids<T: HasId>(_: &T) {} // `ByPtr`
//! ids(&a);
//! ids(&WeakRef::of(&a));
//! ids::<ObjectId>(&Strong::id(&a));
//! fn keys<M: Keying<Name>, Q: Lookup<Name, M>>(_: &Q) {} // `WeakKey`
//! keys::<ByValue, Name>(&a);
//! keys::<ByIdentity, Strong<Name>>(&a);
//!
//! assert!(map.try_insert(&a, 1).is_err() && *map.get_or_insert(&a, 1) == 1);
//! assert_eq!((*map.get_or_insert_with(&a, || 2), map.get_or_try_insert_with(&a, || Err(())).is_ok()), (1, true));
//! assert_eq!(values.get_or_insert_with_key("c", |key| Strong::new(Name(key.len() as u32))), a);
//! assert_eq!((map.snapshot().len(), map.upgrade().len(), map.pop().is_some(), map.len()), (3, 3, true, 2));
//! ```
//!
//! What others have under another name, or this crate has not:
//!
//! | elsewhere | here |
//! |---|---|
//! | a hook for evictions | `track_evictions` and `drain_evicted`, which come when you ask; or [what an entry owns is dropped](#when-entries-go) |
//! | a map ordered by its keys (weak-map) | [`WeakValueBTreeMap`] |
//! | `insert_ref`, `weak_iter` | every `insert` takes `&Strong`; `weak_keys`, `weak_values`, and `weak_iter` of sets |
//! | `Clone` for every iterator | for those that borrow; the others own or change entries |
//! | deserialization | see [features](#features) |
//!
//! ```
//! use weakref::{Object, Strong};
//! use weakref_containers::{WeakSet, WeakValueBTreeMap, WeakValueMap};
//!
//! let object = Strong::new(Object(1));
//! let mut ordered = WeakValueBTreeMap::from([(2, &object), (1, &object)]);
//! assert!(ordered.keys().copied().eq([1, 2]) && ordered.insert(3, &object).is_none());
//! let set = WeakSet::from([&object]);
//! assert_eq!(set.weak_iter().count(), 1);
//! let mut map = WeakValueMap::from([("key", &object)]);
//! map.track_evictions(true);
//! drop(object);
//! assert!(map.drain_evicted().eq(["key"]));
//! ```
//!
//! # Coming from Python
//!
//! | Python | here |
//! |---|---|
//! | `d[k]`, `get`, `in`, `len`, `bool` | `get` (`map[&k]` with weak keys), `contains_key`, `len`, `is_empty` |
//! | iteration, `keys`, `values`, `items` | `iter`, `keys`, `values`; deaths meanwhile are safe |
//! | `d[k] = v`, `del`, `pop(k)`, `popitem`, `clear` | `insert`, `remove`, `remove`, `pop`, `clear` |
//! | `update`, `setdefault` | `extend`, `get_or_insert`, `entry` |
//! | `copy`, <code>\|</code>, <code>\|=</code>, the same with a plain dict on either side, `==` | `Clone`, `BitOr`, `BitOrAssign`, also with `HashMap` on either side, `PartialEq` by live content |
//! | `keyrefs`, `valuerefs` | `weak_keys`, `weak_values` |
//! | `WeakSet`: `add` `discard` `remove` `pop` `clear` `copy` `update` | `insert` `remove` `take` `pop` `clear` `Clone` `extend` |
//! | `union` `intersection` `difference` `symmetric_difference` and their `_update` forms | methods that iterate, operators that make a set, assigning operators |
//! | `isdisjoint` `issubset` `issuperset` `<=` `<` `>` `>=` | `is_disjoint` `is_subset` `is_superset` `is_proper_subset` `is_proper_superset` |
//!
//! The lines of this table, in their order, as one program:
//!
//! ```
//! use std::collections::HashMap;
//! use weakref::{Strong, WeakReferenceable};
//! use weakref_containers::{WeakKeyMap, WeakSet, WeakValueMap};
//!
//! #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
//! struct Name(u32);
//!
//! let (a, b) = (Strong::new(Name(1)), Strong::new(Name(2)));
//! let mut d = WeakValueMap::from([("a", &a)]);
//! let mut keys = WeakKeyMap::from([(&a, 1)]);
//! assert!(d.get("a").is_some() && keys[&*a] == 1 && d.contains_key("a") && d.len() == 1 && !d.is_empty());
//! assert_eq!((d.iter().count(), d.keys().count(), d.values().count()), (1, 1, 1));
//! d.insert("b", &b);
//! assert_eq!((d.remove("b"), d.remove("b"), d.pop()), (Some(b.clone()), None, Some(("a", a.clone()))));
//! d.clear();
//! d.extend([("a", &a)]);
//! assert_eq!((d.get_or_insert("b", &b), d.entry("b").or_insert(&a)), (b.clone(), b.clone()));
//! let copy = d.clone(); // `Clone`
//! // `BitOr`, `BitOrAssign`, `PartialEq`
//! assert!(copy == d && &d | &copy == d && copy == HashMap::from([("a", a.clone()), ("b", b.clone())]));
//! d |= &HashMap::from([("c", a.clone())]);
//! assert_eq!((&HashMap::from([("d", b.clone())]) | &d).len(), 4);
//! assert_eq!((keys.weak_keys().count(), d.weak_values().count()), (1, 3));
//! keys.insert(&b, 2);
//!
//! let mut set = WeakSet::new();
//! assert!(set.insert(&a) && set.remove(&*a) && set.take(&*a).is_none() && set.pop().is_none());
//! set.clear();
//! set.extend([&a, &b]);
//! let other = WeakSet::from([&b]);
//! assert_eq!((set.clone().union(&other).count(), set.intersection(&other).count()), (2, 1));
//! assert_eq!((set.difference(&other).count(), set.symmetric_difference(&other).count()), (1, 1));
//! assert_eq!(((&set | &other).len(), (&set & &other).len(), (&set - &other).len(), (&set ^ &other).len()), (2, 1, 1, 1));
//! set -= &other; // `difference_update`
//! assert!(set.is_disjoint(&other) && set.is_subset(&set) && set.is_superset(&set));
//! set ^= &other;
//! assert!(other.is_proper_subset(&set) && set.is_proper_superset(&other));
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod error;
pub mod guide;
pub mod iter;
mod key;
pub mod list;
mod map;
pub mod ordered;
#[cfg(feature = "serde")]
mod serde;
pub mod set;
mod several;
pub mod shared;
mod side;
mod sync;
mod table;

pub use error::TryReserveError;
pub use key::{ByIdentity, ByValue, HasId, Keying, Lookup};
#[doc(inline)]
pub use list::WeakList;
pub use map::weak_both::{self, IdentityWeakPairMap, PairMap, WeakPairMap};
pub use map::weak_key::{self, IdentityWeakKeyMap, KeyMap, WeakKeyMap};
pub use map::weak_value::{self, WeakValueMap};
#[doc(inline)]
pub use ordered::WeakValueBTreeMap;
#[doc(inline)]
pub use set::{IdentityWeakSet, Set, WeakSet};
pub use side::{Held, Renew, Side};

/// Runs the examples that stand there.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
