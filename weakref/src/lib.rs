#![doc = include_str!("../README.md")]

mod callback;
mod coerce;
mod construct;
mod count;
mod death;
mod error;
mod exit;
mod finalize;
mod finalizer_safe;
mod id;
mod list;
mod matrix;
mod method;
mod object;
mod proxy;
mod raw;
mod referenceable;
mod slot;
mod strong;
mod sync;
mod unraisable;
mod value_ref;
pub mod watch;
mod weak;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use callback::CallbackRef;
pub use construct::Construction;
pub use error::ReferenceError;
pub use exit::run_exit_finalizers;
pub use finalize::{Action, Finalizable, Finalizer, FinalizerKey, finalize, finalize_with};
pub use finalizer_safe::{AssertFinalizerSafe, FinalizerSafe};
pub use id::ObjectId;
pub use method::{BoundMethod, Callable, Method, WeakMethod};
pub use object::{LocalObject, Object};
pub use proxy::{Interior, Proxy};
pub use referenceable::{MaybeSend, WeakReferenceable};
pub use slot::{LocalSlot, Slot, SyncSlot};
pub use strong::Strong;
pub use unraisable::{
    Source, Unraisable, UnraisableHook, set_unraisable_hook, take_unraisable_hook,
};
pub use value_ref::ValueRef;
pub use weak::{WeakRef, WeakReference};

#[cfg(feature = "derive")]
pub use weakref_derive::{FinalizerSafe, WeakReferenceable, finalizer};
