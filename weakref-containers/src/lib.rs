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

#![forbid(unsafe_code)]

mod error;
pub mod iter;
mod key;
pub mod list;
mod map;
pub mod set;
mod side;
mod table;

pub use error::TryReserveError;
pub use key::{ByIdentity, ByValue, HasId, Keying, Lookup};
pub use list::WeakList;
pub use map::weak_both::{self, IdentityWeakPairMap, PairMap, WeakPairMap};
pub use map::weak_key::{self, IdentityWeakKeyMap, KeyMap, WeakKeyMap};
pub use map::weak_value::{self, WeakValueMap};
pub use set::{IdentityWeakSet, Set, WeakSet};
pub use side::{Held, Renew, Side};
