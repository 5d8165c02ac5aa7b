//! What must not compile, where only the type system keeps it.
//!
//! A handle of an object cannot become one of another slot. Handles are invariant, so that a `dyn` type with a
//! longer-lived parameter, for which somebody wrote another implementation, is another type:
//!
//! ```compile_fail,E0308
//! use weakref::{LocalSlot, Strong, SyncSlot, WeakReferenceable};
//! trait Call<A> {}
//! impl WeakReferenceable for dyn Call<for<'a> fn(&'a u8)> {
//!     type Slot = SyncSlot;
//! }
//! impl WeakReferenceable for dyn Call<fn(&'static u8)> {
//!     type Slot = LocalSlot;
//! }
//! fn other(
//!     strong: Strong<dyn Call<for<'a> fn(&'a u8)>>,
//! ) -> Strong<dyn Call<fn(&'static u8)>> {
//!     strong
//! }
//! ```
//!
//! ```compile_fail
//! use weakref::{Strong, WeakReferenceable};
//! #[derive(WeakReferenceable)]
//! struct Function(for<'a> fn(&'a u8));
//! #[derive(WeakReferenceable)]
//! struct Holder<T>(T);
//! fn shorter(strong: Strong<Holder<for<'a> fn(&'a u8)>>) -> Strong<Holder<fn(&'static u8)>> {
//!     strong
//! }
//! ```
//!
//! where a `Box`, which is covariant, may:
//!
//! ```
//! struct Holder<T>(T);
//! fn shorter(holder: Box<Holder<for<'a> fn(&'a u8)>>) -> Box<Holder<fn(&'static u8)>> {
//!     holder
//! }
//! assert_eq!(size_of_val(&shorter(Box::new(Holder(|_| ())))), 8);
//! ```
//!
//! Nothing gives a handle of a pinned object:
//!
//! ```compile_fail,E0308
//! use weakref::{Strong, WeakReferenceable};
//! #[derive(WeakReferenceable)]
//! struct Plain;
//! let pinned = Strong::pin(Plain);
//! let weak = Strong::downgrade(&pinned);
//! ```
//!
//! Row R44: weak references have no order, even where their referents have:
//!
//! ```compile_fail,E0369
//! use weakref::{Strong, WeakReferenceable};
//! #[derive(WeakReferenceable, PartialEq, Eq, PartialOrd, Ord)]
//! struct Plain(u32);
//! let (a, b) = (Strong::new(Plain(1)), Strong::new(Plain(2)));
//! assert!(Strong::downgrade(&a) < Strong::downgrade(&b));
//! ```
//!
//! Row R49: a callback is not changed once it is set, and cannot be reached:
//!
//! ```compile_fail,E0594
//! use weakref::{Strong, WeakRef, WeakReferenceable};
//! #[derive(WeakReferenceable)]
//! struct Plain;
//! let strong = Strong::new(Plain);
//! let mut reference = WeakRef::with_callback(&strong, |_| ());
//! *reference = Strong::downgrade(&strong);
//! ```
