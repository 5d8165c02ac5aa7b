//! Which arguments of a finalizer are known to own no object.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use crate::plain::with_plain_types;
use crate::referenceable::WeakReferenceable;
use crate::weak::WeakRef;

/// A type that owns no [`Strong`](crate::Strong), directly or inside anything, so that a finalizer's
/// action that owns a value of it cannot keep its object alive.
///
/// Implemented for plain data, for std's collections, pointers, locks and channels of such, and for
/// weak references, containers of these, and handles of finalizers. Derive it for your own types; a trait object has it
/// when its trait does: `trait Job: FinalizerSafe`. It is a lint, not a proof: a safe trait, and
/// [`AssertFinalizerSafe`] is the way out.
///
/// Where it is missing the compiler may go on to advise a borrow, since a reference to what is `'static` owns nothing. Of
/// anything else a borrow does not live long enough, and the message says so before.
///
/// Not implemented for closures, for [`CallbackRef`](crate::CallbackRef), whose closure may own anything, nor for
/// [`JoinHandle`](std::thread::JoinHandle), which owns the payload of its thread's panic. What no trait can see is who
/// waits for a value: a thread that owns the object until the other end of its channel is dropped keeps the
/// object alive for ever when that end is an argument of the object's finalizer.
///
/// # Examples
///
/// ```
/// use weakref::{FinalizerSafe, Strong, WeakRef, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Pool;
///
/// fn owns_nothing<T: FinalizerSafe>(_: &T) {}
/// let pool = Strong::new(Pool);
/// owns_nothing(&(String::from("name"), vec![Strong::downgrade(&pool)]));
/// ```
///
/// ```compile_fail
/// # use weakref::{FinalizerSafe, Strong, WeakRef, WeakReferenceable};
/// # #[derive(WeakReferenceable)]
/// # struct Pool;
/// # fn owns_nothing<T: FinalizerSafe>(_: &T) {}
/// owns_nothing(&Strong::new(Pool));
/// ```
#[diagnostic::on_unimplemented(
    message = "a finalizer's action may own its object through `{Self}`; pass a `WeakRef`, plain data, or a type with `#[derive(FinalizerSafe)]` instead; a reference to it does not help",
    label = "may own a `Strong`, which would keep the object alive for ever",
    note = "for a trait object, make `FinalizerSafe` a supertrait of its trait; what you know to own no object, such as a boxed closure, goes into an `AssertFinalizerSafe`"
)]
pub trait FinalizerSafe {}

/// Says that a value owns no object, where the compiler cannot know: as
/// [`AssertUnwindSafe`](std::panic::AssertUnwindSafe).
///
/// # Examples
///
/// ```
/// use weakref::{finalize_with, AssertFinalizerSafe, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Session;
///
/// let session = Strong::new(Session);
/// let job: Box<dyn FnOnce() -> u32 + Send> = Box::new(|| 3);
/// let finalizer = finalize_with(&session, |job| (job.0)(), AssertFinalizerSafe(job));
/// assert_eq!(finalizer.call(), Some(3));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssertFinalizerSafe<T>(
    /// The value.
    pub T,
);

impl<T> FinalizerSafe for AssertFinalizerSafe<T> {}

impl<T> Deref for AssertFinalizerSafe<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for AssertFinalizerSafe<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: fmt::Display> fmt::Display for AssertFinalizerSafe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! safe {
    ($($type:ty),* $(,)?) => {$( impl FinalizerSafe for $type {} )*};
}

macro_rules! safe_of {
    ($($(#[$meta:meta])* $($path:ident)::+ <$($param:ident $(: ?$sized:ident)?),+>;)*) => {$(
        $(#[$meta])*
        impl<$($param: FinalizerSafe $(+ ?$sized)?),+> FinalizerSafe for $($path)::+<$($param),+> {}
    )*};
}

macro_rules! safe_tuples {
    ($($first:ident $($rest:ident)*)?) => {$(
        impl<$first: FinalizerSafe, $($rest: FinalizerSafe),*> FinalizerSafe for ($first, $($rest,)*) {}
        safe_tuples!($($rest)*);
    )?};
}

macro_rules! safe_functions {
    ($($first:ident $($rest:ident)*)?) => {$(
        impl<Out, $first, $($rest),*> FinalizerSafe for fn($first, $($rest),*) -> Out {}
        impl<Out, $first, $($rest),*> FinalizerSafe for unsafe fn($first, $($rest),*) -> Out {}
        impl<Out, $first, $($rest),*> FinalizerSafe for extern "C" fn($first, $($rest),*) -> Out {}
        safe_functions!($($rest)*);
    )?};
}

safe_tuples!(A B C D E F G H I J K L);
safe_functions!(A B C D E F G H I J K L);
impl<Out> FinalizerSafe for fn() -> Out {}
impl<Out> FinalizerSafe for unsafe fn() -> Out {}
impl<Out> FinalizerSafe for extern "C" fn() -> Out {}

with_plain_types!(safe);

safe_of! {
    Option<T>; Result<T, E>; Vec<T>; Box<T: ?Sized>;
    std::rc::Rc<T: ?Sized>; std::sync::Arc<T: ?Sized>; core::pin::Pin<T>; core::mem::ManuallyDrop<T: ?Sized>;
    core::mem::MaybeUninit<T>; core::num::Wrapping<T>; core::num::Saturating<T>; core::cmp::Reverse<T>;
    core::cell::Cell<T: ?Sized>; core::cell::RefCell<T: ?Sized>; core::cell::UnsafeCell<T: ?Sized>;
    core::cell::OnceCell<T>; core::ops::Range<T>; core::ops::RangeFrom<T>; core::ops::RangeInclusive<T>;
    core::ops::RangeTo<T>; core::ops::RangeToInclusive<T>; core::ops::Bound<T>;
    core::panic::AssertUnwindSafe<T>; core::task::Poll<T>;
    std::collections::BTreeMap<K, V>; std::collections::BTreeSet<T>; std::collections::BinaryHeap<T>;
    std::collections::HashMap<K, V, S>; std::collections::HashSet<T, S>; std::collections::LinkedList<T>;
    std::collections::VecDeque<T>; std::io::BufReader<T>; std::io::Cursor<T>;
    std::sync::Mutex<T: ?Sized>; std::sync::RwLock<T: ?Sized>; std::sync::OnceLock<T>;
    std::sync::mpsc::Receiver<T>; std::sync::mpsc::Sender<T>; std::sync::mpsc::SyncSender<T>;
}

impl<T: FinalizerSafe, const N: usize> FinalizerSafe for [T; N] {}
impl<T: FinalizerSafe> FinalizerSafe for [T] {}
impl<T: FinalizerSafe + std::io::Write> FinalizerSafe for std::io::BufWriter<T> {}
impl<B: ToOwned<Owned: FinalizerSafe> + ?Sized + 'static> FinalizerSafe
    for std::borrow::Cow<'static, B>
{
}
impl<T: ?Sized> FinalizerSafe for PhantomData<T> {}
impl<H> FinalizerSafe for core::hash::BuildHasherDefault<H> {}
impl<T: ?Sized> FinalizerSafe for *const T {}
impl<T: ?Sized> FinalizerSafe for *mut T {}
impl<T: ?Sized> FinalizerSafe for core::ptr::NonNull<T> {}
impl<T> FinalizerSafe for core::sync::atomic::AtomicPtr<T> {}
// The referent of a `'static` reference never goes away, with or without a finalizer.
impl<T: ?Sized> FinalizerSafe for &'static T {}
impl<T: ?Sized> FinalizerSafe for std::rc::Weak<T> {}
impl<T: ?Sized> FinalizerSafe for std::sync::Weak<T> {}
impl<T: ?Sized + WeakReferenceable> FinalizerSafe for WeakRef<T> {}
