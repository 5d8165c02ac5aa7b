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
//! seats.purge();
//! assert_eq!(free.get(), 1);
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
//! | `remove_expired` | `purge` | free of cost when nothing is dead; every `&mut` call does it |
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
//! | | `try_insert` `get_or_insert` `get_or_insert_with` `get_or_try_insert_with` `pop` `snapshot` `upgrade` | |
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

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod error;
pub mod guide;
pub mod iter;
mod key;
pub mod list;
mod map;
pub mod ordered;
mod prefetch;
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
pub use list::WeakList;
pub use map::weak_both::{self, IdentityWeakPairMap, PairMap, WeakPairMap};
pub use map::weak_key::{self, IdentityWeakKeyMap, KeyMap, WeakKeyMap};
pub use map::weak_value::{self, WeakValueMap};
pub use ordered::WeakValueBTreeMap;
pub use set::{IdentityWeakSet, Set, WeakSet};
pub use side::{Held, Renew, Side};

/// Runs the examples that stand there.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
