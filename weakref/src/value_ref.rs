//! Weak references that compare and hash as Python's do: by value while the referent lives.

#![forbid(unsafe_code)]

use core::fmt;
use core::hash::{BuildHasher, Hash, Hasher};
use core::ops::Deref;
use std::hash::RandomState;
use std::sync::OnceLock;

use crate::error::ReferenceError;
use crate::finalizer_safe::FinalizerSafe;
use crate::id::ObjectId;
use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;
use crate::weak::{WeakRef, WeakReference, describe};

/// A weak reference with the equality and hash of Python's: of the objects while both are alive, of
/// their identity once either is dead. Derefs to [`WeakRef`].
///
/// The hash of the object is kept from when it was first asked for, after death too. Equality
/// *changes* when an object dies: two references to equal objects become unequal. What needs it
/// stable uses [`WeakRef`].
///
/// # Examples
///
/// ```
/// use weakref::{Object, Strong, ValueRef};
///
/// let (a, b): (Strong<Object<str>>, Strong<Object<str>>) = ("same".into(), "same".into());
/// let (to_a, also_to_a, to_b) = (ValueRef::new(&a), ValueRef::new(&a), ValueRef::new(&b));
/// assert_eq!(to_a, to_b);
/// assert_eq!(to_a.try_hash(), to_b.try_hash());
///
/// drop(a);
/// assert_ne!(to_a, to_b);
/// assert_eq!(to_a, also_to_a);
/// assert_eq!(to_a.try_hash(), to_b.try_hash());
/// assert!(also_to_a.try_hash().is_err(), "never asked while the object was alive");
/// ```
pub struct ValueRef<T: ?Sized + WeakReferenceable> {
    weak: WeakRef<T>,
    hash: OnceLock<u64>,
}

impl<T: ?Sized + WeakReferenceable> ValueRef<T> {
    /// Makes a weak reference to the object of `strong`.
    ///
    /// ```
    /// # use weakref::{Object, Strong, ValueRef};
    /// let number = Strong::new(Object(3));
    /// assert!(ValueRef::new(&number).is_alive());
    /// ```
    pub fn new(strong: &Strong<T>) -> Self {
        Strong::downgrade(strong).into()
    }

    /// Gives the hash of the object: the same for equal objects, for as long as the process runs.
    ///
    /// ```
    /// # use weakref::{Object, ReferenceError, Strong, ValueRef};
    /// let number = Strong::new(Object(3));
    /// let (asked, never_asked) = (ValueRef::new(&number), ValueRef::new(&number));
    /// let hash = asked.try_hash();
    /// drop(number);
    /// assert_eq!(asked.try_hash(), hash);
    /// assert_eq!(never_asked.try_hash(), Err(ReferenceError));
    /// ```
    ///
    /// # Errors
    ///
    /// Fails when it is first asked for after the death of the object.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn try_hash(&self) -> Result<u64, ReferenceError>
    where
        T: Hash,
    {
        /// One for all references, so that those to equal objects agree.
        static KEYS: OnceLock<RandomState> = OnceLock::new();

        if let Some(hash) = self.hash.get() {
            return Ok(*hash);
        }
        let strong = self.weak.upgrade().ok_or(ReferenceError::of::<T>())?;
        let hash = KEYS.get_or_init(RandomState::new).hash_one(&*strong);
        Ok(*self.hash.get_or_init(|| hash))
    }
}

impl<T: ?Sized + WeakReferenceable> Deref for ValueRef<T> {
    type Target = WeakRef<T>;

    fn deref(&self) -> &WeakRef<T> {
        &self.weak
    }
}

impl<T: ?Sized + WeakReferenceable> AsRef<WeakRef<T>> for ValueRef<T> {
    fn as_ref(&self) -> &WeakRef<T> {
        &self.weak
    }
}

impl<T: ?Sized + WeakReferenceable> Clone for ValueRef<T> {
    /// The clone knows the hash that this one knows.
    fn clone(&self) -> Self {
        Self {
            weak: self.weak.clone(),
            hash: self.hash.clone(),
        }
    }
}

impl<T: ?Sized + WeakReferenceable> From<&Strong<T>> for ValueRef<T> {
    fn from(strong: &Strong<T>) -> Self {
        Self::new(strong)
    }
}

impl<T: ?Sized + WeakReferenceable> From<WeakRef<T>> for ValueRef<T> {
    fn from(weak: WeakRef<T>) -> Self {
        Self {
            weak,
            hash: OnceLock::new(),
        }
    }
}

impl<T: ?Sized + WeakReferenceable + PartialEq> PartialEq for ValueRef<T> {
    /// By value while both are alive, else by identity.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn eq(&self, other: &Self) -> bool {
        match (self.weak.upgrade(), other.weak.upgrade()) {
            (Some(own), Some(other)) => *own == *other,
            _ => self.weak.ptr_eq(&other.weak),
        }
    }
}

impl<T: ?Sized + WeakReferenceable + Eq> Eq for ValueRef<T> {}

impl<T: ?Sized + WeakReferenceable + Hash> Hash for ValueRef<T> {
    /// The hash of the object.
    ///
    /// # Panics
    ///
    /// Panics when it is first asked for after the death of the object: see
    /// [`ValueRef::try_hash`].
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.try_hash() {
            Ok(hash) => state.write_u64(hash),
            Err(error) => panic!("weakref: a `ValueRef` was first hashed after death: {error}"),
        }
    }
}

impl<T: ?Sized + WeakReferenceable> fmt::Debug for ValueRef<T> {
    /// `<ValueRef at 0x…; to Image at 0x…>` or `<ValueRef at 0x…; dead>`. Runs no user code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, "ValueRef", core::ptr::from_ref(self).cast(), &self.weak)
    }
}

impl<T: ?Sized + WeakReferenceable> WeakReference for ValueRef<T> {
    type Referent = T;

    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn upgrade(&self) -> Option<Strong<T>> {
        self.weak.upgrade()
    }

    fn id(&self) -> ObjectId {
        self.weak.id()
    }

    fn is_alive(&self) -> bool {
        self.weak.is_alive()
    }
}

impl<T: ?Sized + WeakReferenceable> FinalizerSafe for ValueRef<T> {}
