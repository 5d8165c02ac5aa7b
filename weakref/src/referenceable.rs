//! The traits a type opts in with, and what of all traits the crate's `unsafe` code relies on.
//!
//! A user's safe code may implement any trait for a local type, and so for what counts as one: `&Local`,
//! `Box<Local>`, `Pin<Local>`, `dyn Local`. A blanket implementation keeps it off only where the compiler cannot know
//! that its conditions do not hold; it knows of a local type that it is never `Send`. Hence a trait on which
//! something relies has a supertrait that nobody outside can name, implemented under the same conditions, with the
//! same parameters. The tests are in `ui-tests/ui/sealed`, unless another folder is named.
//!
//! | trait | what is relied on | by | why nobody outside breaks it | tests |
//! |---|---|---|---|---|
//! | [`Slot`] | its cells are what it says: atomics and locks for [`SyncSlot`] | every access to a header; each `unsafe impl Send` and `Sync` | its supertrait `Flavour` is private | `slot_*` |
//! | [`ThreadSafe`] | it is [`SyncSlot`] | each `unsafe impl Send` and `Sync` of a handle | [`Slot`] is its supertrait | `thread_safe_*` |
//! | [`MaybeSend<S>`](MaybeSend) | for [`SyncSlot`] it means `Send` | callbacks, finalizers, wakers of graveyards: any thread runs or drops them; `Action: Send` | sealed | `maybe_send_*` |
//! | `Detached<S>` | as `MaybeSend<S>`, and `'static` | finalizers that are declared | both are its supertraits, and whatever has them has it | `detached_*` |
//! | [`Finalizable`](crate::Finalizable) | its pointer is the handle of an object that is alive, or under construction | `finalize_with` | sealed | `finalizable_*` |
//! | `Itself` | its type is itself | nothing: the compiler would notice | cannot be named, and every sized type has it | `itself_*` |
//! | `__private::Handle` | it is a handle, taken apart and put together with the unit that it owns | [`coerce!`](crate::coerce!) | its supertrait `Parts` is private | `handle_*` |
//! | `__private::Kind` | nothing: only a `Handle` is taken apart | | | |
//! | [`WeakReferenceable`] | one slot for each type, which is sealed; that the type is `'static` is asked for where an object is made or its type changes, and handles are invariant | everything | the language | `ui/handles`, `attacks` |
//! | its `__type_id` | it is the type behind the pointer, whatever lifetimes are in it: who compares it asks for a type that is `'static` | `Site::attach`, `Strong::downcast` | its parameter's type cannot be named | `type_id_*`, and `attacks` |
//! | its `__has_finalizers` | nothing: it may change its mind, and then an object is built closed for nothing, or not asked for finalizers | | | `tests/it/hostile_traits.rs` |
//! | its `__attach_finalizers` | nothing: a `Site` can do no more than attach, to an object of the very type and address that is under construction, while the call lasts, and with lifetimes that are `'static`; a panic ends the object | | | as above, and `attacks` |
//! | its `__sharing`, with `leak-trace` | nothing: it is compared with `__type_id`, and there is one that says so only of what is `Sync`. That of a derive says also where cells may be borrowed | | | `tests/traces/owners.rs` |
//! | its `__visit`, with `leak-trace` | that it ends and lends no object: the process aborts if it does. It is safe code, called as any thread may that has the reference | reports, under the lock of a record | only the derive is to write it | `tests/traces/process.rs` |
//! | [`watch::Wake`](crate::watch::Wake) | nothing: called with the owner, whose handle is held; a panic is reported | | | as above |
//! | its `bury` | nothing: a registration ends only if its own `Watched` is shown together with its own graveyard, which both are borrowed; a panic is reported, and the notice is left | | | `watch/burial.rs` |
//! | its `type_name` | nothing: it says what a report calls the owner; a panic is reported, under the name of the compiler | | | as above |
//! | [`watch::Bury`](crate::watch::Bury) | that its entries borrow nothing. Nothing else: the lock's word says who is inside, not the container; what any thread may drop is `Send` by the bounds on [`Shard`](crate::watch::Shard) | a reader of another shard, which drops them when it has left | `Shard::new` asks for it, and a shard is invariant | `attacks`, and as above |
//! | its `has_dead` | nothing: it saves a look or costs one; what was taken out is dropped all the same if it panics | | | `shard/bury/tests.rs` |
//! | its `type_name` | nothing: as that of `Wake` | | | the same |
//! | [`FinalizerSafe`](crate::FinalizerSafe) | nothing: a lint against leaks | | | |
//! | [`WeakReference`](crate::WeakReference) [`Interior`](crate::Interior) [`Callable`](crate::Callable) [`Method`](crate::Method) `Capture` `Nothing` `Returns` `Operand` `RightOperand` `SharedRead` `SharedWrite` `SharedSeek` `SharedIter` | nothing: no function that calls them has `unsafe` code | | | |
//! | [`task::Wake`](crate::task::Wake) | nothing: called with a handle, which its slot and its own bounds let go to any thread | | | |
//! | `CloneValue` | nothing: `make_mut` asks afterwards whether its handle is the only one | | | |
//! | `HasFinalizer` | nothing: it carries a message | | | |
//! | `Visit` `Vacant` of a field, with `leak-trace` | as of `__visit`, which calls it | reports | safe code, called with a reference to the field | `tests/traces/process.rs` |
//! | `LookInside` `LookSafe` `LookCopied` `LookVacant` `LookHidden`, with `leak-trace` | nothing: which of these a field has decides what is shown | | | `tests/traces/fields.rs` |
//! | `Shared` `Unshared` of `__private`, with `leak-trace` | nothing of them: a `Sharing` that names a type is made of what is `Sync` only, and it is compared with `__type_id` | `Glance`, which any thread may use if it is `Sync` | its field is private | `a_type_cannot_claim_that_threads_share_it` |
//!
//! `Word`, `Link`, `Size` and `Lock` of the atomics' seam are private to the crate.

use core::any::TypeId;
use core::marker::PhantomData;
use core::mem::{self, MaybeUninit};

use crate::slot::{LocalSlot, Slot, SyncSlot};

/// A type whose objects can be referred to weakly, be watched and be finalized.
///
/// Derive it: `#[derive(WeakReferenceable)]`, or `#[weakref(local)]` below it for types that stay
/// on one thread. A hand-written implementation is sound too, because [`Slot`] is sealed. One for `dyn Trait` knows nothing
/// of the type behind it: finalizers that this declares are not attached where it comes in a `Box<dyn Trait>`, and
/// [`Strong::downcast`](crate::Strong::downcast) does not find it. Make `WeakReferenceable` a supertrait instead.
///
/// An object may outlive every borrow, so that a type of which one is made is `'static`. That is asked for where it is made
/// ([`Strong::new`](crate::Strong::new) and whatever else makes one), and not by this trait: a task is `Send` whatever
/// handles it keeps across an `.await`, and only because no lifetime is asked for there. Generic code that makes objects
/// takes `T: WeakReferenceable + 'static`.
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
/// Those of the last row, and the types of other crates, go into an [`Object<T>`](crate::Object). The line between
/// `HashSet` and `HashMap` is Python's, between `set` and `dict`: write `Strong<Object<HashMap<K, V>>>`, which derefs
/// to the map.
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
    note = "add `#[derive(WeakReferenceable)]` to its definition, or put a value of a foreign type into a `weakref::Object` or `LocalObject`",
    note = "a `dyn Trait` needs `WeakReferenceable<Slot = SyncSlot>` (or `LocalSlot`) as a supertrait of its trait; where that cannot be, use `Object<dyn Trait>`"
)]
pub trait WeakReferenceable {
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
    fn __attach_finalizers(&self, site: &Site<'_>) {
        let _ = site;
    }

    /// Shows the strong handles in the value, on any thread that may have a reference to it. For the derive: code that
    /// ends or lends an object in here aborts the process.
    #[cfg(feature = "leak-trace")]
    #[doc(hidden)]
    fn __visit(&self, visitor: &mut crate::trace::Visitor<'_>) {
        visitor.hide_type::<Self>();
    }

    /// Whether the type is `Sync`, or may be.
    #[cfg(feature = "leak-trace")]
    #[doc(hidden)]
    fn __sharing(&self) -> Option<crate::trace::Sharing> {
        None
    }

    /// The type behind a `dyn`. Nobody else can override it: the parameter cannot be named.
    #[doc(hidden)]
    fn __type_id(&self, _: Internal) -> TypeId {
        type_id::<Self>()
    }
}

/// The identity of a type, whatever lifetimes are in it: objects are only made of types that are `'static`.
pub(crate) fn type_id<T: ?Sized>() -> TypeId {
    trait Identified {
        fn type_id(&self) -> TypeId
        where
            Self: 'static;
    }
    impl<T: ?Sized> Identified for PhantomData<T> {
        fn type_id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }
    let any: &(dyn Identified + '_) = &PhantomData::<T>;
    // SAFETY: the types differ in a lifetime alone, and what is behind the pointer is of size zero: nothing that lives as
    // long as this says is read or lent.
    let any: &(dyn Identified + 'static) = unsafe { mem::transmute(any) };
    any.type_id()
}

/// Can be named by nobody outside this crate.
#[expect(unnameable_types, reason = "seals a method")]
#[derive(Debug)]
pub struct Internal;

/// Where the object under construction is, for the generated code that attaches its finalizers.
#[derive(Debug)]
pub struct Site<'a> {
    /// Whoever made the site holds the block for as long as the site is lent.
    header: *mut (),
    /// The value, as the constructor points at it: thin or wide.
    value: MaybeUninit<[*mut (); 2]>,
    type_id: TypeId,
    life: PhantomData<&'a ()>,
}

impl Site<'_> {
    /// # Safety
    ///
    /// 1. `header` is that of the object under construction, which is closed. Its block is held while the site is lent.
    /// 2. `value` is packed as a pointer to its value, which is written. `type_id` is the type behind that.
    pub(crate) unsafe fn new(
        header: *mut (),
        value: MaybeUninit<[*mut (); 2]>,
        type_id: TypeId,
    ) -> Self {
        Self {
            header,
            value,
            type_id,
            life: PhantomData,
        }
    }

    pub(crate) fn header(&self) -> *mut () {
        self.header
    }

    pub(crate) fn value(&self) -> &MaybeUninit<[*mut (); 2]> {
        &self.value
    }

    pub(crate) fn type_id(&self) -> TypeId {
        self.type_id
    }
}

/// What a death may run or drop on behalf of an object with slot `S`: anything for
/// [`LocalSlot`], only `Send` types for [`SyncSlot`], since any thread may be the last. Sealed.
///
/// ```
/// use weakref::{LocalSlot, MaybeSend, SyncSlot};
///
/// fn check<S: weakref::Slot, T: MaybeSend<S>>(_: T) {}
/// check::<LocalSlot, _>(std::rc::Rc::new(1));
/// check::<SyncSlot, _>(std::sync::Arc::new(1));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to be fit for `{S}`: any thread may be the last to hold an object that threads share",
    label = "is not known to be fit for this slot",
    note = "capture only `Send` data, or give the type `#[weakref(local)]` so that it stays on one thread",
    note = "code that is generic over the slot calls `with_send_callback`, `finalize_send` or `finalize_with_send`, which take what is `Send` for every slot; a closure around one of the caller's is not known to be fit: register the caller's as it is, and yours beside it"
)]
pub trait MaybeSend<S: Slot>: sealed::MaybeSend<S> {}

impl<T: ?Sized> MaybeSend<LocalSlot> for T {}
#[diagnostic::do_not_recommend]
impl<T: ?Sized + Send> MaybeSend<SyncSlot> for T {}

/// A slot whose objects several threads may share: [`SyncSlot`]. It is what the handles' [`Send`] and [`Sync`] ask for,
/// in words that say what a [`LocalSlot`] is for. Sealed, as [`Slot`] is.
///
/// ```
/// use weakref::{Slot, Strong, SyncSlot, ThreadSafe, WeakReferenceable};
///
/// fn is_shared<T: WeakReferenceable<Slot: ThreadSafe> + Send + Sync>(object: Strong<T>) -> impl Send + Sync {
///     object
/// }
/// is_shared(Strong::new(std::sync::Mutex::new(3)));
/// ```
#[diagnostic::on_unimplemented(
    message = "objects with a `{Self}` stay on the thread that made them",
    label = "would be on several threads",
    note = "leave `#[weakref(local)]` away where the type is declared, or keep its handles and its containers in a `thread_local!`; a `SendWeak` refers to such an object from other threads"
)]
pub trait ThreadSafe: Slot {}

impl ThreadSafe for SyncSlot {}

mod sealed {
    use crate::slot::{LocalSlot, SyncSlot};

    /// Repeats the trait that it seals. Without it, a user could implement that trait for a type of their own that
    /// the compiler knows is never `Send`.
    #[diagnostic::on_unimplemented(
        message = "`MaybeSend` is sealed: for a `{S}` it is implemented for what is `Send`, and `{Self}` is not",
        label = "is not `Send`",
        note = "capture only `Send` data, or give the type `#[weakref(local)]` so that it stays on one thread"
    )]
    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait MaybeSend<S> {}

    impl<T: ?Sized> MaybeSend<LocalSlot> for T {}
    #[diagnostic::do_not_recommend]
    impl<T: ?Sized + Send> MaybeSend<SyncSlot> for T {}
}
