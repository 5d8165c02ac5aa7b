//! Proxies: weak references that stand for their referent. What they forward is in the files below.

#![forbid(unsafe_code)]

use core::fmt;
use core::marker::PhantomData;

use crate::callable::Callable;
use crate::callback::CallbackRef;
use crate::ending::drop_first;
use crate::error::ReferenceError;
use crate::finalizer_safe::FinalizerSafe;
use crate::id::ObjectId;
use crate::referenceable::{MaybeSend, WeakReferenceable};
use crate::strong::Strong;
use crate::weak::{WeakRef, WeakReference, describe};

mod interior;
mod io;
mod ops;
mod value;

pub use interior::Interior;

/// Stands for an object without keeping it alive: forwards what the object can do.
///
/// It implements a trait when the object does: of std formatting, comparison, operators, reading
/// and writing, iteration (the list is below), and any trait of yours with
/// [`#[weakref::proxy]`](macro@crate::proxy). A type's own methods are called through a trait that
/// [`#[weakref::proxy(trait ImageProxy)]`](macro@crate::proxy) makes of their `impl`. So it can be handed to code that knows only the trait
/// and would else keep the object alive.
///
/// The object stays alive until a forwarded call returns, even if it drops its own last handle in
/// it. Once it is dead, an operator panics with the text of its [`ReferenceError`](struct@ReferenceError), and its `try_` form
/// returns the error; `Debug` always works. Reading and writing return it as an
/// [`io::Error`](std::io::Error).
///
/// There is no `Deref`, which could not say that the object is dead; no `Hash`, `Eq` and `Ord`,
/// which would change at death; and no method of the proxy itself, which would hide one of the
/// object: write `Proxy::get(&proxy)`.
///
/// # What is forwarded
///
/// | traits | to |
/// |---|---|
/// | `Display LowerHex UpperHex Octal Binary LowerExp UpperExp Error` | `T` (an `Error` without its `source`, which is borrowed) |
/// | `PartialEq PartialOrd`, with a proxy and with a `T` | `T` |
/// | `Neg Not` | `&T` |
/// | `Add Sub Mul Div Rem BitAnd BitOr BitXor Shl Shr`, with a proxy, a `T`, a `&T` or a number on the right, or a number on the left | `&T` |
/// | `Read Write Seek` | `&T` |
/// | `Iterator DoubleEndedIterator ExactSizeIterator Extend` | the value in a `RefCell` or `Mutex`: [`Interior`] |
///
/// `BufRead` gives out references into its buffer, hence into the object: use
/// [`BufReader::new(proxy)`](std::io::BufReader). Coherence allows no foreign type on the left of an
/// operator but named ones: write `value + &*Proxy::get(&proxy)?` there. An operator on references wants both
/// lifetimes free: `impl Add<&Money> for &Money`; `impl Add for &Money` has one, and serves [`try_add`](Self::try_add) alone.
/// `Debug` shows the proxy, not the object, and so works on a dead one. An [`Object`](crate::Object) has no operators, and of the
/// formats only `Display`: for what it holds, `Proxy::with(&proxy, |object| object.0 + 1)`.
///
/// # Examples
///
/// ```
/// use std::collections::HashSet;
/// use weakref::{Proxy, ReferenceError, Strong};
///
/// let (odd, small) = (Strong::new(HashSet::from([1, 3, 5])), Strong::new(HashSet::from([1, 2, 3])));
/// let (odds, smalls) = (Proxy::new(&odd), Proxy::new(&small));
/// assert_eq!(&odds & &smalls, HashSet::from([1, 3]));
/// assert!(odds != smalls);
/// assert_eq!(Proxy::with(&odds, HashSet::len), Ok(3));
///
/// drop(odd);
/// assert_eq!(Proxy::with(&odds, HashSet::len), Err(ReferenceError));
/// assert_eq!(Proxy::try_eq(&odds, &*small), Err(ReferenceError));
/// ```
pub struct Proxy<T: ?Sized + WeakReferenceable, R = WeakRef<T>> {
    reference: R,
    slot: PhantomData<T::Slot>,
}

impl<T: ?Sized + WeakReferenceable> Proxy<T> {
    /// Makes a proxy of the object of `strong`.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, Strong};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// assert_eq!(Proxy::new(&text).to_string(), "forwarded");
    /// ```
    pub fn new(strong: &Strong<T>) -> Self {
        Self::from_reference(Strong::downgrade(strong))
    }
}

impl<T: ?Sized + WeakReferenceable> Proxy<T, CallbackRef<T>> {
    /// Makes a proxy of the object of `strong` with a callback that runs once, right after the object
    /// died, and is given a proxy.
    ///
    /// As with [`WeakRef::with_callback`], dropping the proxy before the death cancels it.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, ReferenceError, Strong};
    /// let (sender, deaths) = std::sync::mpsc::channel();
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// let proxy = Proxy::with_callback(&text, move |dead| {
    ///     sender.send(Proxy::try_to_string(dead)).unwrap();
    /// });
    /// assert!(Proxy::reference(&proxy).has_callback());
    /// drop(text);
    /// assert_eq!(deaths.try_recv(), Ok(Err(ReferenceError)));
    /// ```
    pub fn with_callback<C>(strong: &Strong<T>, callback: C) -> Self
    where
        C: FnOnce(&Proxy<T>) + MaybeSend<T::Slot> + 'static,
    {
        Self::new_with(strong, callback)
    }

    /// As [`Proxy::with_callback`], in code that is generic over the slot: what is `Send` may be run for
    /// every object.
    ///
    /// ```
    /// # use std::sync::mpsc::Sender;
    /// # use weakref::{CallbackRef, LocalObject, Proxy, Strong, WeakReferenceable};
    /// fn tell<T: WeakReferenceable>(
    ///     object: &Strong<T>,
    ///     deaths: Sender<&'static str>,
    /// ) -> Proxy<T, CallbackRef<T>> {
    ///     Proxy::with_send_callback(object, move |_| deaths.send("dead").unwrap())
    /// }
    ///
    /// let (sender, deaths) = std::sync::mpsc::channel();
    /// let object = Strong::new(LocalObject(3));
    /// let _proxy = tell(&object, sender);
    /// drop(object);
    /// assert_eq!(deaths.try_recv(), Ok("dead"));
    /// ```
    pub fn with_send_callback<C>(strong: &Strong<T>, callback: C) -> Self
    where
        C: FnOnce(&Proxy<T>) + Send + 'static,
    {
        Self::new_with(strong, callback)
    }

    fn new_with(strong: &Strong<T>, callback: impl FnOnce(&Proxy<T>) + 'static) -> Self {
        Self::from_reference(CallbackRef::new(strong, move |dead: &WeakRef<T>| {
            callback(&Proxy::from_reference(dead.clone()));
        }))
    }
}

impl<T: ?Sized + WeakReferenceable, R: WeakReference<Referent = T>> Proxy<T, R> {
    /// Makes a proxy of the referent of any weak reference.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, Strong, ValueRef};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// let proxy = Proxy::from_reference(ValueRef::new(&text));
    /// assert_eq!(proxy.to_string(), "forwarded");
    /// ```
    pub fn from_reference(reference: R) -> Self {
        Self {
            reference,
            slot: PhantomData,
        }
    }

    /// The weak reference inside.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, Strong};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// let proxy = Proxy::new(&text);
    /// assert_eq!(*Proxy::reference(&proxy), Strong::downgrade(&text));
    /// ```
    pub fn reference(this: &Self) -> &R {
        &this.reference
    }

    /// Takes the weak reference out.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, Strong};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// let weak = Proxy::into_reference(Proxy::new(&text));
    /// assert!(weak.is_alive());
    /// ```
    pub fn into_reference(this: Self) -> R {
        this.reference
    }

    /// Makes a strong handle.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, ReferenceError, Strong};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// let proxy = Proxy::new(&text);
    /// assert!(Strong::ptr_eq(&Proxy::get(&proxy)?, &text));
    /// drop(text);
    /// assert_eq!(Proxy::get(&proxy), Err(ReferenceError));
    /// # Ok::<(), ReferenceError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the object is dead.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn get(this: &Self) -> Result<Strong<T>, ReferenceError> {
        this.reference.upgrade().ok_or(ReferenceError::of::<T>())
    }

    /// As [`Proxy::get`], without an error.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, Strong};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// let proxy = Proxy::new(&text);
    /// assert!(Proxy::upgrade(&proxy).is_some());
    /// drop(text);
    /// assert!(Proxy::upgrade(&proxy).is_none());
    /// ```
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn upgrade(this: &Self) -> Option<Strong<T>> {
        this.reference.upgrade()
    }

    /// Whether the object is alive, as [`WeakRef::is_alive`].
    ///
    /// ```
    /// # use weakref::{Object, Proxy, Strong};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// let proxy = Proxy::new(&text);
    /// assert!(Proxy::is_alive(&proxy));
    /// drop(text);
    /// assert!(!Proxy::is_alive(&proxy));
    /// ```
    pub fn is_alive(this: &Self) -> bool {
        this.reference.is_alive()
    }

    /// The object's identity, which stays when it is dead, as [`WeakRef::id`].
    ///
    /// ```
    /// # use weakref::{Object, Proxy, Strong};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// let proxy = Proxy::new(&text);
    /// let id = Strong::id(&text);
    /// drop(text);
    /// assert_eq!(Proxy::id(&proxy), id);
    /// ```
    pub fn id(this: &Self) -> ObjectId {
        this.reference.id()
    }

    /// Calls `f` with the object, which stays alive until `f` returns.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, Strong};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// assert_eq!(Proxy::with(&Proxy::new(&text), |text| text.len()), Ok(9));
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the object is dead.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn with<O>(this: &Self, f: impl FnOnce(&T) -> O) -> Result<O, ReferenceError> {
        let strong = Self::get(this)?;
        let result = f(&strong);
        Ok(drop_first(strong, result))
    }

    /// Calls the object, which stays alive until the call returns. The arguments come as a tuple.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, ReferenceError, Strong};
    /// let max = Strong::new(Object(|a: u32, b: u32| a.max(b)));
    /// let proxy = Proxy::new(&max);
    /// assert_eq!(Proxy::call(&proxy, (2, 3)), Ok(3));
    /// drop(max);
    /// assert_eq!(Proxy::call(&proxy, (2, 3)), Err(ReferenceError));
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the object is dead.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn call<Args>(this: &Self, args: Args) -> Result<T::Output, ReferenceError>
    where
        T: Callable<Args>,
    {
        Self::with(this, |object| object.call(args))
    }

    #[track_caller]
    fn live(this: &Self) -> Strong<T> {
        match Self::get(this) {
            Ok(strong) => strong,
            Err(error) => dead(error),
        }
    }
}

/// What a call does that has no way to return the error.
///
/// # Panics
///
/// Panics with the text of the error.
#[cold]
#[track_caller]
pub fn dead(error: ReferenceError) -> ! {
    panic!("{error}")
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + WeakReferenceable, R> WeakReferenceable for Proxy<T, R> {
    type Slot = T::Slot;
}

impl<T: ?Sized + WeakReferenceable, R: FinalizerSafe> FinalizerSafe for Proxy<T, R> {}

impl<T: ?Sized + WeakReferenceable, R: Clone> Clone for Proxy<T, R> {
    /// Another proxy of the same object.
    fn clone(&self) -> Self {
        Self {
            reference: self.reference.clone(),
            slot: PhantomData,
        }
    }
}

impl<T: ?Sized + WeakReferenceable> From<&Strong<T>> for Proxy<T> {
    fn from(strong: &Strong<T>) -> Self {
        Self::new(strong)
    }
}

impl<R: WeakReference> From<R> for Proxy<R::Referent, R> {
    fn from(reference: R) -> Self {
        Self::from_reference(reference)
    }
}

impl<T: ?Sized + WeakReferenceable, R: AsRef<WeakRef<T>>> fmt::Debug for Proxy<T, R> {
    /// `<Proxy at 0x…; to Image at 0x…>` or `<Proxy at 0x…; dead>`. Runs no user code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = core::ptr::from_ref(self).cast();
        describe(f, "Proxy", at, self.reference.as_ref())
    }
}
