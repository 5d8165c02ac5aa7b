//! Guides: what to write, where to look, and what to expect.
//!
//! | to | read |
//! |---|---|
//! | port a program from `Rc` or `Arc` | [`from_std`] |
//! | find the counterpart of a name in Python's module | [`from_python`] |
//! | come from weak-table, weak-map, or the weak references of glib and gtk | [`from_weak_crates`] |
//! | know which thread runs what, and what is [`Send`] | [`threads`] |
//! | know what happens when an object dies, and what a [`Drop`] may rely on | [`order_of_death`] |
//! | clean up at a death and at exit | [`finalizers_and_exit`] |
//! | build trees and graphs | [`trees_and_graphs`] |
//! | write code for either slot | [`generic_code`] |
//! | write a weak container | [`own_containers`] |
//! | find out who keeps an object alive | [`debugging_leaks`] |
//! | find the program of a tutorial | [`tutorials`] |
//! | know what it costs | [`performance`] |
//!
//! Those about caches, observers, interners, memoizing and shared maps are in `weakref_containers::guide`.
//!
//! # Compared
//!
//! | | Python `weakref` | std `Rc`, `Arc` | weak-table 0.4 on them | weakref |
//! |---|---|---|---|---|
//! | an upgrade fails from the start of the death on | no: `__del__` still upgrades, and may revive | yes | | yes |
//! | callback at death, cancelled with its reference | yes | no | no | yes |
//! | memory of a dead object, weak references left | freed | kept | kept until purged | freed, but for a small shell |
//! | equality and hash of a weak reference | by value while live, by identity after | `ptr_eq` only | | by identity, for good |
//! | dead map entries | removed at death | | found by sweeping: under insert pressure, or when asked | gone at death |
//! | `len` of a weak map | exact but for callbacks | | counts the dead | exact |
//! | one object shared by threads | yes, with the interpreter | `Arc` | `Arc` | by default |
//! | no atomics on one thread | | `Rc` | `Rc` | `#[weakref(local)]` |
//! | unsized targets (`dyn Trait`) on stable | all are | yes, by built-in coercion | yes | yes, by `coerce!` |
//! | weak references where nobody asked for them | unless `__slots__` | always | always | compile error without the derive |

#[doc = include_str!("guide/from_std.md")]
pub mod from_std {}

#[doc = include_str!("guide/from_python.md")]
pub mod from_python {}

#[doc = include_str!("guide/from_weak_crates.md")]
pub mod from_weak_crates {}

#[doc = include_str!("guide/threads.md")]
pub mod threads {}

#[doc = include_str!("guide/order_of_death.md")]
pub mod order_of_death {}

#[doc = include_str!("guide/finalizers_and_exit.md")]
pub mod finalizers_and_exit {}

#[doc = include_str!("guide/trees_and_graphs.md")]
pub mod trees_and_graphs {}

#[doc = include_str!("guide/generic_code.md")]
pub mod generic_code {}

#[doc = include_str!("guide/own_containers.md")]
pub mod own_containers {}

#[doc = include_str!("guide/debugging_leaks.md")]
pub mod debugging_leaks {}

#[doc = include_str!("guide/tutorials.md")]
pub mod tutorials {}

#[doc = include_str!("guide/performance.md")]
pub mod performance {}
