//! The traits a type opts in with.

use crate::slot::{LocalSlot, Slot, SyncSlot};

/// A type whose objects can be referred to weakly, be watched and be finalized.
///
/// Derive it: `#[derive(WeakReferenceable)]`, or `#[weakref(local)]` below it for types that stay
/// on one thread. A hand-written implementation is sound too, because [`Slot`] is sealed.
///
/// As a supertrait it makes objects of a `dyn` type possible:
///
/// ```
/// use weakref::{coerce, Strong, SyncSlot, WeakReferenceable};
///
/// trait Listener: WeakReferenceable<Slot = SyncSlot> {
///     fn notify(&self) -> u32;
/// }
///
/// #[derive(WeakReferenceable)]
/// struct Counter(u32);
///
/// impl Listener for Counter {
///     fn notify(&self) -> u32 {
///         self.0
///     }
/// }
///
/// let listener: Strong<dyn Listener> = coerce!(Strong::new(Counter(7)) => dyn Listener);
/// assert_eq!(listener.notify(), 7);
/// ```
///
/// # Types that need no derive
///
/// The counterparts of the built-in types of Python that can be referred to weakly:
///
/// | slot | types |
/// |---|---|
/// | [`SyncSlot`] | `Mutex` `RwLock` `OnceLock` `Condvar`, all `Atomic…`, `HashSet` `BTreeSet` `VecDeque` `BinaryHeap`, `File` `TcpStream` `TcpListener` `UdpSocket` `Child`, `mpsc::Sender` `mpsc::SyncSender`, [`Object<T>`](crate::Object) |
/// | [`LocalSlot`] | `RefCell` `Cell` `OnceCell`, [`LocalObject<T>`](crate::LocalObject) |
/// | none | integers, floats, `bool`, `char`, `str`, `String`, tuples, arrays, slices, `Vec`, `HashMap`, `BTreeMap`, `Box`, `Rc`, `Arc`, references, function pointers, closures |
///
/// Those of the last row, and the types of other crates, go into an [`Object<T>`](crate::Object).
///
/// ```
/// use std::sync::Mutex;
/// use weakref::Strong;
///
/// let queue = Strong::new(Mutex::new(vec![1, 2]));
/// let weak = Strong::downgrade(&queue);
/// assert_eq!(weak.with(|queue| queue.lock().unwrap().pop()), Some(Some(2)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be referred to weakly",
    label = "has no slot for weak references",
    note = "add `#[derive(WeakReferenceable)]` to its definition, or put a value of a foreign type into a `weakref::Object`"
)]
pub trait WeakReferenceable: 'static {
    /// What stands in front of every object: [`SyncSlot`] or [`LocalSlot`].
    type Slot: Slot;

    /// Whether [`Self::__attach_finalizers`] does anything. Constant for a type.
    #[doc(hidden)]
    #[inline(always)]
    fn __has_finalizers(&self) -> bool {
        false
    }

    /// Attaches the declared finalizers to the object under construction at `site`.
    #[doc(hidden)]
    #[inline(always)]
    fn __attach_finalizers(&self, site: &crate::construct::Site<'_>) {
        let _ = site;
    }

    /// The type behind a `dyn`. Nobody else can override it: the parameter cannot be named.
    #[doc(hidden)]
    fn __type_id(&self, _: crate::construct::Internal) -> core::any::TypeId {
        core::any::TypeId::of::<Self>()
    }
}

/// What a death may run or drop on behalf of an object with slot `S`: anything for
/// [`LocalSlot`], only `Send` types for [`SyncSlot`], since any thread may be the last.
///
/// ```
/// use weakref::{LocalSlot, MaybeSend, SyncSlot};
///
/// fn check<S: weakref::Slot, T: MaybeSend<S>>(_: T) {}
/// check::<LocalSlot, _>(std::rc::Rc::new(1));
/// check::<SyncSlot, _>(std::sync::Arc::new(1));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to another thread, and any thread may be the last to hold a `{S}` object",
    label = "is not `Send`",
    note = "capture only `Send` data, or give the type `#[weakref(local)]` so that it stays on one thread"
)]
pub trait MaybeSend<S: Slot> {}

impl<T: ?Sized> MaybeSend<LocalSlot> for T {}
#[diagnostic::do_not_recommend]
impl<T: ?Sized + Send> MaybeSend<SyncSlot> for T {}
