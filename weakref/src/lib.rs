// The README names the guides by their files at its end; here, where a name's first address counts, by their modules.
//! [from_std]: guide::from_std
//! [from_python]: guide::from_python
//! [from_weak_crates]: guide::from_weak_crates
//! [threads]: guide::threads
//! [order_of_death]: guide::order_of_death
//! [finalizers_and_exit]: guide::finalizers_and_exit
//! [trees_and_graphs]: guide::trees_and_graphs
//! [generic_code]: guide::generic_code
//! [own_containers]: guide::own_containers
//! [debugging_leaks]: guide::debugging_leaks
//! [tutorials]: guide::tutorials
//! [performance]: guide::performance
//!
// Its examples need the containers too, and run as tests of theirs.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(target_has_atomic = "64"))]
compile_error!("weakref counts in 64-bit atomics, which this target does not have");

mod callable;
mod callback;
mod capture;
mod coerce;
mod construct;
mod count;
mod death;
mod ending;
mod error;
mod events;
mod exit;
mod finalize;
mod finalizer_safe;
#[cfg(feature = "leak-trace")]
mod glance;
pub mod guide;
mod id;
#[cfg(any(
    feature = "arc-swap",
    feature = "stable_deref_trait",
    feature = "unsize"
))]
mod interop;
#[cfg(all(test, not(any(loom, shuttle))))]
mod limits;
mod list;
mod matrix;
mod method;
mod object;
mod operand;
mod plain;
#[cfg(all(test, not(any(loom, shuttle, miri))))]
mod proofs;
mod proxy;
mod raw;
mod referenceable;
mod send_weak;
#[cfg(feature = "serde")]
mod serde;
mod shard;
mod slot;
mod stack;
mod strong;
mod sync;
pub mod task;
mod token;
#[cfg(feature = "leak-trace")]
pub mod trace;
mod unraisable;
#[cfg(not(feature = "leak-trace"))]
mod untraced;
mod value_ref;
pub mod watch;
mod weak;
mod weak_cell;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use callable::Callable;
pub use callback::CallbackRef;
pub use construct::Construction;
#[doc(inline)]
pub use error::ReferenceError;
pub use exit::run_exit_finalizers;
pub use finalize::{
    Action, Finalizable, Finalizer, FinalizerKey, finalize, finalize_send, finalize_with,
    finalize_with_send,
};
pub use finalizer_safe::{AssertFinalizerSafe, FinalizerSafe};
pub use id::ObjectId;
pub use method::{BoundMethod, Method, WeakMethod};
pub use object::{LocalObject, Object};
pub use proxy::{Interior, Proxy};
pub use referenceable::{MaybeSend, ThreadSafe, WeakReferenceable};
pub use send_weak::SendWeak;
pub use slot::{LocalSlot, Slot, SyncSlot};
pub use strong::Strong;
#[cfg(feature = "leak-trace")]
#[doc(inline)]
pub use trace::live;

/// Needs the feature `leak-trace`.
#[cfg(not(feature = "leak-trace"))]
#[doc(hidden)]
#[macro_export]
macro_rules! assert_dies {
    ($($_:tt)*) => {
        ::core::compile_error!("`assert_dies!` needs the feature `leak-trace` of weakref")
    };
}

pub use unraisable::{
    Source, Unraisable, UnraisableHook, set_unraisable_hook, take_unraisable_hook,
};
pub use value_ref::ValueRef;
pub use weak::{WeakRef, WeakReference};
pub use weak_cell::WeakCell;

/// Declares that values of a type own no `Strong`, by implementing `FinalizerSafe` for it, so that they can be arguments
/// of a finalizer.
///
/// Every field's type is checked; type parameters get the bound `FinalizerSafe`, and lifetime parameters must be
/// `'static`. Below the derive, `#[weakref(crate = path)]` says where the `weakref` crate is.
///
/// # Examples
///
/// ```
/// use weakref::{FinalizerSafe, Strong, WeakRef, WeakReferenceable, finalize_with};
///
/// #[derive(WeakReferenceable)]
/// struct Pool;
///
/// #[derive(FinalizerSafe)]
/// struct Return {
///     to: WeakRef<Pool>,
///     number: u32,
/// }
///
/// let pool = Strong::new(Pool);
/// let order = Return { to: Strong::downgrade(&pool), number: 7 };
/// let finalizer = finalize_with(&pool, |order| (order.to.is_alive(), order.number), order);
/// assert_eq!(finalizer.call(), Some((true, 7)));
/// ```
///
/// A field that owns an object does not compile:
///
/// ```compile_fail,E0277
/// # use weakref::{FinalizerSafe, Strong, WeakReferenceable};
/// # #[derive(WeakReferenceable)]
/// # struct Pool;
/// #[derive(FinalizerSafe)]
/// struct Return {
///     to: Strong<Pool>,
/// }
/// ```
#[cfg(feature = "derive")]
pub use weakref_derive::FinalizerSafe;

/// Declares that values of a type can be referred to weakly, by implementing `WeakReferenceable` for it.
///
/// Goes on structs and enums, generic ones included; lifetime parameters are refused, since a death can run after any
/// borrow has ended. With a `finalizer`, type parameters get the bound `'static`.
///
/// Below the derive, `#[weakref(…)]` takes
/// * `local`: counts without atomics, for objects that stay on one thread;
/// * `finalizer = name`: attaches the method `name`, which has the attribute `#[finalizer]`, to every object as it is
///   created; may stand several times, and those named last run first;
/// * `crate = path`: where the `weakref` crate is, when it has been renamed or re-exported.
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakRef, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Image {
///     name: String,
/// }
///
/// #[derive(WeakReferenceable)]
/// #[weakref(local)]
/// struct Node<T: 'static> {
///     value: T,
///     parent: WeakRef<Node<T>>,
/// }
///
/// let image = Strong::new(Image { name: "sunset".to_owned() });
/// let weak = Strong::downgrade(&image);
/// assert_eq!(weak.with(|image| image.name.len()), Some(6));
///
/// let root = Strong::new(Node { value: 1, parent: WeakRef::new() });
/// let leaf = Strong::new(Node { value: 2, parent: Strong::downgrade(&root) });
/// assert_eq!(leaf.parent.with(|parent| parent.value), Some(1));
/// ```
///
/// A type that borrows does not compile:
///
/// ```compile_fail
/// # use weakref::WeakReferenceable;
/// #[derive(WeakReferenceable)]
/// struct Image<'a> {
///     name: &'a str,
/// }
/// ```
#[cfg(feature = "derive")]
pub use weakref_derive::WeakReferenceable;

/// Declares a finalizer.
///
/// On a method `fn(&self) -> impl FnOnce() -> R`, it lets `#[weakref(finalizer = name)]` attach the returned action to
/// every object of the type. The action runs when the object is gone, so it cannot use `self`: copy what it needs into
/// locals before the closure. The constant with the method's name in capitals is the key with which `Finalizer::of`
/// finds the finalizer of an object.
///
/// What the action returns goes to the caller of `Finalizer::call` or `Action::run` alone; at a death or at exit it is dropped.
/// Report an error inside the action. A finalizer belongs to objects: a bare value has none, nor has one within the value of
/// another object, as in a `Strong<Mutex<T>>` or a `Strong<Object<T>>`; `Strong::try_unwrap` runs it.
///
/// A method that no `#[weakref(finalizer = name)]` names is attached to no object. The compiler warns that
/// `attach_finalizer_name_by_weakref_attribute` is never used, even if the method is public. Where that is meant, as for a
/// method that is only handed to `finalize`, `#[allow(dead_code, reason = "…")]` on the method silences it.
///
/// No strong handle of the object exists yet when the method is called for it: upgrading a reference to the object
/// fails, so that the action cannot own it. An action may own another object, though, such as a parent that it got by
/// upgrading a reference: should that one come to own this object, neither dies. The same holds for a shared cell that
/// gets a handle later. Keep a weak reference in the action, and upgrade it when it runs.
///
/// On a function without receiver, which is an action for `finalize_with`, it makes sure that no parameter owns a
/// `Strong`, at the parameter's type.
///
/// In parentheses it takes
/// * `at_exit = false`: the action is not run when the process exits;
/// * `key = NAME`: another name for the constant;
/// * `crate = path`: where the `weakref` crate is, when it has been renamed or re-exported.
///
/// # Examples
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use weakref::{Finalizer, Strong, WeakReferenceable, finalize_with, finalizer};
///
/// type Log = Arc<Mutex<Vec<String>>>;
///
/// #[derive(WeakReferenceable)]
/// #[weakref(finalizer = close)]
/// struct File {
///     name: String,
///     log: Log,
/// }
///
/// impl File {
///     #[finalizer]
///     fn close(&self) -> impl FnOnce() -> usize {
///         let (name, log) = (self.name.clone(), self.log.clone());
///         move || {
///             log.lock().unwrap().push(format!("closed {name}"));
///             name.len()
///         }
///     }
/// }
///
/// #[finalizer]
/// fn forget(log: Log, number: u32) {
///     log.lock().unwrap().push(format!("forgot {number}"));
/// }
///
/// let log = Log::default();
/// let file = Strong::new(File { name: "a".to_owned(), log: log.clone() });
/// finalize_with(&file, |(log, number)| forget(log, number), (log.clone(), 3));
/// assert!(Finalizer::of(&file, File::CLOSE).unwrap().is_alive());
/// drop(file);
/// assert_eq!(*log.lock().unwrap(), ["forgot 3", "closed a"]);
/// ```
///
/// An action that uses `self` does not compile:
///
/// ```compile_fail
/// # use weakref::{WeakReferenceable, finalizer};
/// # #[derive(WeakReferenceable)]
/// # struct File;
/// impl File {
///     #[finalizer]
///     fn close(&self) -> impl FnOnce() {
///         move || drop(self)
///     }
/// }
/// ```
#[cfg(feature = "derive")]
pub use weakref_derive::finalizer;

/// Lets proxies do what their object can: on a trait, implements it for `Proxy<T>` of every `T` that has it.
///
/// Every method is forwarded to the object, which stays alive until the method returns. When the object is dead, the
/// method panics with the text of [`ReferenceError::of`] the object's type, unless it says otherwise:
/// * `#[proxy(dead = expression)]` on a method, or `dead = expression` on the trait: the value is returned; the
///   expression may use the method's arguments;
/// * `#[proxy(dead = error)]`: the error is returned, converted into the `Err` of the method's own `Result`; on the
///   trait, by the methods that return a `Result` by that name, or by one that ends so: another alias is not seen;
/// * `#[proxy(skip)]` or `#[proxy(default)]` on a method with a body: that body stays, and is called on the proxy.
///
/// A method that returns a future is an `async fn`, or one whose result is `impl Future<Output = R>`,
/// `Pin<Box<dyn Future<Output = R> + 'a>>`, `BoxFuture<'a, R>` or `LocalBoxFuture<'a, R>`. The proxy's future keeps the
/// object from the call on until it is done or dropped, and calls the object's method when it is first polled: a body in
/// front of `async {}` runs no earlier. That is also when a dead object shows. A boxed future without lifetime, which
/// can hold nothing of the object, is a result as any other. `#[async_trait]` may stand above or below.
///
/// Associated types and constants are the object's. A supertrait must be implemented for the proxy too. Methods with a
/// bound on `Self`, such as `where Self: Sized`, keep their body; one without a body panics, and so does its future when it
/// is polled. It needs a body if its result is another `impl Trait`.
///
/// A method that takes `&mut self` or `self`, returns something borrowed from `self` or an `impl Trait` that is no
/// future, or has a bare `Self` in its signature cannot be forwarded, and is a compile error that says what to do. So is an
/// `unsafe` method: its contract would be kept for the proxy and not for the object. A `#[deprecated]` method is forwarded
/// with that lint allowed, which a crate that forbids it cannot have.
///
/// On an `impl` of a type's own methods, `#[weakref::proxy(pub trait NameProxy)]` declares that trait with the type's
/// public methods, which return `Result<_, ReferenceError>`, and implements it for proxies of the type. A method is left
/// out with `#[proxy(skip)]`. A trait that would have no method is a compile error.
///
/// In parentheses both take `crate = path`: where the `weakref` crate is, when it has been renamed or re-exported.
///
/// # Examples
///
/// ```
/// use weakref::{Proxy, ReferenceError, Strong, WeakReferenceable};
///
/// #[weakref::proxy]
/// trait Listener {
///     #[proxy(dead = 0)]
///     fn notify(&self, event: &str) -> usize;
/// }
///
/// #[derive(WeakReferenceable)]
/// struct Log;
///
/// impl Listener for Log {
///     fn notify(&self, event: &str) -> usize {
///         event.len()
///     }
/// }
///
/// #[weakref::proxy(trait LogProxy)]
/// impl Log {
///     pub fn name(&self) -> String {
///         "log".into()
///     }
/// }
///
/// /// Knows only the trait.
/// fn send(listeners: &[impl Listener], event: &str) -> usize {
///     listeners.iter().map(|listener| listener.notify(event)).sum()
/// }
///
/// let log = Strong::new(Log);
/// let listeners = [Proxy::new(&log), Proxy::new(&log)];
/// assert_eq!(send(&listeners, "event"), 10);
/// assert_eq!(listeners[0].name().as_deref(), Ok("log"));
///
/// drop(log);
/// assert_eq!(send(&listeners, "event"), 0);
/// assert_eq!(listeners[0].name(), Err(ReferenceError));
/// ```
///
/// What cannot be forwarded is a compile error:
///
/// ```compile_fail
/// #[weakref::proxy]
/// trait Named {
///     fn name(&self) -> &str;
/// }
/// ```
#[cfg(feature = "derive")]
pub use weakref_derive::proxy;
