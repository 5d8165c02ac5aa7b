//! Methods bound to a receiver, weakly and strongly.

#![forbid(unsafe_code)]

use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

use crate::callable::Callable;
use crate::callback::CallbackRef;
use crate::ending::drop_first;
use crate::finalizer_safe::FinalizerSafe;
use crate::id::ObjectId;
use crate::object::{LocalObject, Object};
use crate::referenceable::{MaybeSend, WeakReferenceable};
use crate::strong::Strong;
use crate::weak::{WeakRef, WeakReference, describe};

/// A method together with a receiver that it does not keep alive.
///
/// Why not a weak reference to a closure over the receiver? Such a closure has no other owner: it
/// is dead at once, or owns the receiver. The method is a function such as `Button::click`, or a
/// closure that is [`Copy`] and hence owns nothing; it takes `&T` and up to 8 arguments.
///
/// Equality and hash are those of the receiver's identity, after death too. The method is a part of
/// the type: two functions have two types, which cannot be compared. Where it is a function pointer, as
/// in a list of several methods, those of one receiver are equal whatever they point at: compare
/// [`WeakMethod::method`] too, where that matters.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use weakref::{Strong, WeakMethod, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Button {
///     clicks: AtomicU32,
/// }
///
/// impl Button {
///     fn click(&self, times: u32) -> u32 {
///         self.clicks.fetch_add(times, Ordering::Relaxed) + times
///     }
/// }
///
/// let button = Strong::new(Button { clicks: AtomicU32::new(0) });
/// let click = WeakMethod::new(&button, Button::click);
/// assert_eq!(click.call((2,)), Some(2));
/// assert_eq!(click.upgrade().unwrap().call((3,)), 5);
///
/// drop(button);
/// assert_eq!(click.call((1,)), None);
/// ```
pub struct WeakMethod<T: ?Sized + WeakReferenceable, F, R = WeakRef<T>> {
    receiver: R,
    method: F,
    slot: PhantomData<T::Slot>,
}

impl<T: ?Sized + WeakReferenceable, F: Copy> WeakMethod<T, F> {
    /// Binds `method` weakly to the object of `strong`.
    ///
    /// ```
    /// # use weakref::{Object, Strong, WeakMethod};
    /// let text: Strong<Object<str>> = "weak".into();
    /// let length = WeakMethod::new(&text, |text: &Object<str>| text.len());
    /// assert_eq!(length.call(()), Some(4));
    /// ```
    pub fn new(strong: &Strong<T>, method: F) -> Self {
        Self::from_parts(Strong::downgrade(strong), method)
    }
}

impl<T: ?Sized + WeakReferenceable, F: Copy> WeakMethod<T, F, CallbackRef<T>> {
    /// Binds `method` weakly to the object of `strong`, with a callback that runs once, right after
    /// the object died, and is given the method.
    ///
    /// As with [`WeakRef::with_callback`], dropping the method before the death cancels it.
    ///
    /// ```
    /// # use weakref::{Object, Strong, WeakMethod};
    /// # use std::sync::mpsc::channel;
    /// let (sender, deaths) = channel();
    /// let text: Strong<Object<str>> = "weak".into();
    /// let length = WeakMethod::with_callback(
    ///     &text,
    ///     |text: &Object<str>| text.len(),
    ///     move |dead| sender.send(dead.call(())).unwrap(),
    /// );
    /// assert!(length.receiver().has_callback());
    /// drop(text);
    /// assert_eq!(deaths.try_recv(), Ok(None));
    /// ```
    pub fn with_callback<C>(strong: &Strong<T>, method: F, callback: C) -> Self
    where
        F: MaybeSend<T::Slot> + 'static,
        C: FnOnce(&WeakMethod<T, F>) + MaybeSend<T::Slot> + 'static,
    {
        Self::new_with(strong, method, callback)
    }

    /// As [`WeakMethod::with_callback`], in code that is generic over the slot: what is [`Send`] may be run for every
    /// object.
    ///
    /// ```
    /// # use std::sync::mpsc::Sender;
    /// # use weakref::{CallbackRef, LocalObject, Strong, WeakMethod, WeakReferenceable};
    /// fn bind<T: WeakReferenceable + 'static>(
    ///     object: &Strong<T>,
    ///     method: fn(&T) -> u32,
    ///     deaths: Sender<&'static str>,
    /// ) -> WeakMethod<T, fn(&T) -> u32, CallbackRef<T>> {
    ///     WeakMethod::with_send_callback(object, method, move |_| deaths.send("dead").unwrap())
    /// }
    ///
    /// let (sender, deaths) = std::sync::mpsc::channel();
    /// let object = Strong::new(LocalObject(3));
    /// let number = bind(&object, |object| object.0, sender);
    /// assert_eq!(number.call(()), Some(3));
    /// drop(object);
    /// assert_eq!(deaths.try_recv(), Ok("dead"));
    /// ```
    pub fn with_send_callback<C>(strong: &Strong<T>, method: F, callback: C) -> Self
    where
        F: Send + 'static,
        C: FnOnce(&WeakMethod<T, F>) + Send + 'static,
    {
        Self::new_with(strong, method, callback)
    }

    fn new_with(
        strong: &Strong<T>,
        method: F,
        callback: impl FnOnce(&WeakMethod<T, F>) + 'static,
    ) -> Self
    where
        F: 'static,
    {
        let receiver = CallbackRef::new(strong, move |dead: &WeakRef<T>| {
            callback(&WeakMethod::from_parts(dead.clone(), method));
        });
        Self::from_parts(receiver, method)
    }
}

impl<T: ?Sized + WeakReferenceable, F: Copy, R: WeakReference<Referent = T>> WeakMethod<T, F, R> {
    /// Binds `method` to the referent of any weak reference.
    ///
    /// ```
    /// # use weakref::{Object, Strong, ValueRef, WeakMethod};
    /// let text: Strong<Object<str>> = "weak".into();
    /// let length = WeakMethod::from_parts(ValueRef::new(&text), |text: &Object<str>| text.len());
    /// assert_eq!(length.call(()), Some(4));
    /// ```
    pub fn from_parts(receiver: R, method: F) -> Self {
        Self {
            receiver,
            method,
            slot: PhantomData,
        }
    }

    /// The weak reference to the receiver.
    ///
    /// ```
    /// # use weakref::{Object, Strong, WeakMethod};
    /// let text: Strong<Object<str>> = "weak".into();
    /// let length = WeakMethod::new(&text, |text: &Object<str>| text.len());
    /// assert_eq!(length.receiver().id(), Strong::id(&text));
    /// ```
    pub fn receiver(&self) -> &R {
        &self.receiver
    }

    /// The method, without its receiver.
    ///
    /// ```
    /// # use weakref::{Object, Strong, WeakMethod};
    /// type Number = WeakMethod<Object<str>, fn(&Object<str>) -> usize>;
    /// let text: Strong<Object<str>> = "weak".into();
    /// let bytes: Number = WeakMethod::new(&text, |text| text.len());
    /// let words: Number = WeakMethod::new(&text, |text| text.split(' ').count());
    /// let same = |a: &Number, b: &Number| a == b && std::ptr::fn_addr_eq(a.method(), b.method());
    /// assert!(bytes == words && !same(&bytes, &words) && same(&bytes, &bytes.clone()));
    /// ```
    pub fn method(&self) -> F {
        self.method
    }

    /// Binds the method strongly, if the receiver is alive.
    ///
    /// ```
    /// # use weakref::{Object, Strong, WeakMethod};
    /// let text: Strong<Object<str>> = "weak".into();
    /// let length = WeakMethod::new(&text, |text: &Object<str>| text.len());
    /// let bound = length.upgrade().unwrap();
    /// drop(text);
    /// assert_eq!(bound.call(()), 4);
    /// ```
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn upgrade(&self) -> Option<BoundMethod<T, F>> {
        let receiver = self.receiver.upgrade()?;
        Some(BoundMethod::new(receiver, self.method))
    }

    /// Calls the method, if the receiver is alive; it stays alive until the method returns.
    ///
    /// The arguments come as a tuple: `()`, `(a,)`, `(a, b)`.
    ///
    /// ```
    /// # use weakref::{Object, Strong, WeakMethod};
    /// let text: Strong<Object<str>> = "weak".into();
    /// let nth = WeakMethod::new(&text, |text: &Object<str>, index| text.chars().nth(index));
    /// assert_eq!(nth.call((2,)), Some(Some('a')));
    /// ```
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn call<Args>(&self, args: Args) -> Option<F::Output>
    where
        F: Method<T, Args>,
    {
        let bound = self.upgrade()?;
        let result = bound.call(args);
        Some(drop_first(bound, result))
    }
}

impl<T: ?Sized + WeakReferenceable, F: Copy, R: Clone> Clone for WeakMethod<T, F, R> {
    fn clone(&self) -> Self {
        Self {
            receiver: self.receiver.clone(),
            method: self.method,
            slot: PhantomData,
        }
    }
}

impl<T, F, R, Q> PartialEq<WeakMethod<T, F, Q>> for WeakMethod<T, F, R>
where
    T: ?Sized + WeakReferenceable,
    R: WeakReference<Referent = T>,
    Q: WeakReference<Referent = T>,
{
    /// By the identity of the receiver.
    fn eq(&self, other: &WeakMethod<T, F, Q>) -> bool {
        self.receiver.id() == other.receiver.id()
    }
}

impl<T: ?Sized + WeakReferenceable, F, R: WeakReference<Referent = T>> Eq for WeakMethod<T, F, R> {}

impl<T: ?Sized + WeakReferenceable, F, R: WeakReference<Referent = T>> Hash
    for WeakMethod<T, F, R>
{
    /// By the identity of the receiver.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.receiver.id().hash(state);
    }
}

impl<T: ?Sized + WeakReferenceable, F, R: AsRef<WeakRef<T>>> fmt::Debug for WeakMethod<T, F, R> {
    /// `<WeakMethod at 0x…; to Button at 0x…>` or `<WeakMethod at 0x…; dead>`. Runs no user code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = core::ptr::from_ref(self).cast();
        describe(f, "WeakMethod", at, self.receiver.as_ref())
    }
}

impl<T: ?Sized + WeakReferenceable, F, R: WeakReference<Referent = T>> WeakReference
    for WeakMethod<T, F, R>
{
    type Referent = T;

    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn upgrade(&self) -> Option<Strong<T>> {
        self.receiver.upgrade()
    }

    fn id(&self) -> ObjectId {
        self.receiver.id()
    }

    fn is_alive(&self) -> bool {
        self.receiver.is_alive()
    }
}

/// What is `Copy` owns no `Strong`.
impl<T: ?Sized + WeakReferenceable, F: Copy, R: FinalizerSafe> FinalizerSafe
    for WeakMethod<T, F, R>
{
}

/// A method together with its receiver, which it keeps alive: what [`WeakMethod::upgrade`] gives.
///
/// # Examples
///
/// ```
/// use weakref::{BoundMethod, Object, Strong};
///
/// let text: Strong<Object<str>> = "bound".into();
/// let nth = BoundMethod::new(text, |text: &Object<str>, index| text.chars().nth(index));
/// assert_eq!(nth.call((1,)), Some('o'));
/// let weak = nth.downgrade();
/// drop(nth);
/// assert_eq!(weak.call((1,)), None);
/// ```
pub struct BoundMethod<T: ?Sized + WeakReferenceable, F> {
    receiver: Strong<T>,
    method: F,
}

impl<T: ?Sized + WeakReferenceable, F: Copy> BoundMethod<T, F> {
    /// Binds `method` to `receiver`.
    ///
    /// ```
    /// # use weakref::{BoundMethod, Object, Strong};
    /// let add = BoundMethod::new(Strong::new(Object(1)), |own: &Object<i32>, x: i32| own.0 + x);
    /// assert_eq!(add.call((2,)), 3);
    /// ```
    pub fn new(receiver: Strong<T>, method: F) -> Self {
        Self { receiver, method }
    }

    /// Calls the method. The arguments come as a tuple, as with [`WeakMethod::call`].
    ///
    /// ```
    /// # use weakref::{BoundMethod, Object, Strong};
    /// let get = BoundMethod::new(Strong::new(Object(1)), |own: &Object<i32>| own.0);
    /// assert_eq!(get.call(()), 1);
    /// ```
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn call<Args>(&self, args: Args) -> F::Output
    where
        F: Method<T, Args>,
    {
        self.method.call(&self.receiver, args)
    }

    /// Binds the method weakly.
    ///
    /// ```
    /// # use weakref::{BoundMethod, Object, Strong};
    /// let get = BoundMethod::new(Strong::new(Object(1)), |own: &Object<i32>| own.0);
    /// assert_eq!(get.downgrade().call(()), Some(1));
    /// ```
    pub fn downgrade(&self) -> WeakMethod<T, F> {
        WeakMethod::new(&self.receiver, self.method)
    }

    /// The receiver.
    ///
    /// ```
    /// # use weakref::{BoundMethod, Object, Strong};
    /// let get = BoundMethod::new(Strong::new(Object(1)), |own: &Object<i32>| own.0);
    /// assert_eq!(get.receiver().0, 1);
    /// ```
    pub fn receiver(&self) -> &Strong<T> {
        &self.receiver
    }
}

impl<T: ?Sized + WeakReferenceable, F: Copy> Clone for BoundMethod<T, F> {
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn clone(&self) -> Self {
        Self::new(self.receiver.clone(), self.method)
    }
}

impl<T: ?Sized + WeakReferenceable, F> PartialEq for BoundMethod<T, F> {
    /// By the identity of the receiver.
    fn eq(&self, other: &Self) -> bool {
        Strong::ptr_eq(&self.receiver, &other.receiver)
    }
}

impl<T: ?Sized + WeakReferenceable, F> Eq for BoundMethod<T, F> {}

impl<T: ?Sized + WeakReferenceable, F> Hash for BoundMethod<T, F> {
    /// By the identity of the receiver.
    fn hash<H: Hasher>(&self, state: &mut H) {
        Strong::id(&self.receiver).hash(state);
    }
}

impl<T: ?Sized + WeakReferenceable, F> fmt::Debug for BoundMethod<T, F> {
    /// Runs no user code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundMethod")
            .field("receiver", &Strong::downgrade(&self.receiver))
            .finish_non_exhaustive()
    }
}

/// A method of `T` for [`WeakMethod`]: a `Copy` function of `&T` and up to 8 further arguments.
///
/// # Examples
///
/// ```
/// use weakref::Method;
///
/// fn call<M: Method<str, (usize, char)>>(method: M) -> M::Output {
///     method.call("text", (2, '-'))
/// }
/// assert_eq!(call(|text: &str, at: usize, c: char| [&text[..at], &text[at..]].join(&*c.to_string())), "te-xt");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no method of `{T}` that can be called with `{Args}`",
    label = "not a function of `&{T}` and these arguments",
    note = "the method takes `&{T}` and up to 8 arguments, given as a tuple, as in `call((a, b))`; its result may not borrow from the receiver"
)]
pub trait Method<T: ?Sized, Args>: Copy {
    /// What the method returns.
    type Output;

    /// Calls the method.
    fn call(&self, receiver: &T, args: Args) -> Self::Output;
}

/// One implementation for each number of arguments, from those named down to none.
macro_rules! callables {
    ($($Arg:ident $arg:ident,)*) => {
        #[diagnostic::do_not_recommend]
        impl<T: ?Sized, F, Out, $($Arg),*> Method<T, ($($Arg,)*)> for F
        where
            F: Fn(&T, $($Arg),*) -> Out + Copy,
        {
            type Output = Out;

            fn call(&self, receiver: &T, ($($arg,)*): ($($Arg,)*)) -> Out {
                self(receiver, $($arg),*)
            }
        }

        callables!(@object Object $($Arg $arg,)*);
        callables!(@object LocalObject $($Arg $arg,)*);
        callables!(@fewer $($Arg $arg,)*);
    };
    (@object $object:ident $($Arg:ident $arg:ident,)*) => {
        #[diagnostic::do_not_recommend]
        impl<F: ?Sized, Out, $($Arg),*> Callable<($($Arg,)*)> for $object<F>
        where
            F: Fn($($Arg),*) -> Out,
        {
            type Output = Out;

            fn call(&self, ($($arg,)*): ($($Arg,)*)) -> Out {
                (self.0)($($arg),*)
            }
        }
    };
    (@fewer) => {};
    (@fewer $First:ident $first:ident, $($rest:tt)*) => {
        callables!($($rest)*);
    };
}

callables!(A a, B b, C c, D d, E e, G g, H h, I i,);
