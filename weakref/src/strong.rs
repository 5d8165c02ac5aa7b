//! Strong handles: who holds one keeps the object alive. How the first one is made is said in `construct.rs`.

use core::marker::PhantomData;
use core::ops::Deref;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;

use crate::count::List;
use crate::death;
use crate::id::ObjectId;
use crate::list::Locked;
use crate::raw;
use crate::referenceable::{ThreadSafe, WeakReferenceable};
use crate::slot::Header;
use crate::token::Token;

mod parts;
mod streams;
mod traits;
mod unwrap;

/// An owner of an object that weak references may refer to: like `Rc` for types with a
/// [`LocalSlot`](crate::LocalSlot), like `Arc` for types with a [`SyncSlot`](crate::SyncSlot).
///
/// One pointer for sized types, with a niche for `Option`; one word more with the feature `leak-trace`. The object dies when its last strong
/// handle is dropped: see [the order of a death](crate::guide::order_of_death).
///
/// Functions on the handle itself are associated functions, as on `Rc`.
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Image {
///     name: String,
/// }
///
/// let image = Strong::new(Image { name: "cover".into() });
/// let same = image.clone();
/// assert_eq!(same.name, "cover");
/// assert!(Strong::ptr_eq(&image, &same));
/// ```
///
/// # Traits
///
/// By value, as `Rc` and `Arc`: `Deref AsRef Borrow Debug Display Pointer PartialEq Eq PartialOrd Ord Hash Default
/// From`. If the object has them: `Error`, [`task::Wake`](crate::task::Wake) for a `Waker`, `AsFd` and `AsRawFd`, on Windows `AsHandle` and its like. `Read`, `Write`
/// and `Seek` of a shared reference, so that several owners of a file can use it:
///
/// ```
/// use std::io::{Read, Seek, Write};
/// use weakref::Strong;
///
/// let path = std::env::temp_dir().join(format!("weakref-doc-stream-{}", std::process::id()));
/// let mut file = Strong::new(std::fs::File::create_new(&path)?);
/// let mut writer = file.clone();
/// write!(writer, "shared")?;
/// assert_eq!(file.stream_position()?, 6);
/// # drop((file, writer));
/// # std::fs::remove_file(path)?;
/// # std::io::Result::Ok(())
/// ```
///
/// # Not here
///
/// | of `Rc` and `Arc` | because |
/// |---|---|
/// | allocators, `new_in`, `try_new` | unstable in std |
/// | `WeakRef::into_raw` as the address of the value | the memory of a large value does not wait for weak references |
/// | `fmt::Write` | no pointer of std forwards it, and `write!` could not tell it from `io::Write` |
/// | `new_uninit`, `new_zeroed` of any type | a value of a type that declares finalizers is there before they are made; an [`Object`](crate::Object) has them |
/// | a `new_cyclic` that awaits | a [`Construction`](crate::Construction) stays on its thread, while a task may not: await first, then construct |
/// | `==` that looks at the pointers first, but of text and bytes | a value may differ from itself, and only std can ask at compile time whether its type is `Eq`: ask [`Strong::ptr_eq`] |
pub struct Strong<T: ?Sized + WeakReferenceable> {
    /// S1: came from `raw`, and a strong unit is the handle's. So the value is initialised and alive
    /// (C2), and the block is held, until the unit is given up.
    value: NonNull<T>,
    /// Invariant: a subtype's slot may differ.
    slot: PhantomData<T::Slot>,
    /// Nothing without the feature `leak-trace`.
    token: Token,
}

// SAFETY: the synchronised slot orders the end of every handle's use before the drop of the value;
// a handle gives `&T` to its thread (`T: Sync`), and any thread may drop the value (`T: Send`).
// Asserted in tests/it/markers.rs.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe> + Send + Sync> Send for Strong<T> {}
// SAFETY: `&Strong` gives what a handle does, since it can be cloned, and no more. Asserted in
// tests/it/markers.rs.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe> + Send + Sync> Sync for Strong<T> {}
impl<T: ?Sized + WeakReferenceable> Unpin for Strong<T> {}
impl<T: ?Sized + WeakReferenceable + RefUnwindSafe> UnwindSafe for Strong<T> {}
impl<T: ?Sized + WeakReferenceable + RefUnwindSafe> RefUnwindSafe for Strong<T> {}

impl<T: ?Sized + WeakReferenceable> Strong<T> {
    /// # Safety
    ///
    /// 1. What S1 says of the handle's value: it came from `raw`, is initialised and alive, and a
    ///    strong unit of it is now the handle's.
    #[inline]
    pub(crate) unsafe fn from_value(value: NonNull<T>) -> Self {
        Self {
            value,
            slot: PhantomData,
            token: Token::PARKED,
        }
    }

    #[inline]
    pub(crate) fn value(&self) -> NonNull<T> {
        self.value
    }

    #[inline]
    pub(crate) fn header(&self) -> *mut Header<T::Slot> {
        // SAFETY: 1 and 2, from `raw`, and alive (S1).
        unsafe { raw::header_of(self.value) }
    }

    /// The number of strong handles. Other threads may change it at any time.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let _other = image.clone();
    /// assert_eq!(Strong::strong_count(&image), 2);
    /// ```
    pub fn strong_count(this: &Self) -> usize {
        // SAFETY: 1, our unit (S1) holds the block.
        unsafe { raw::at(this.header()) }.counts.strong()
    }

    /// The identity of the object, the same for all its handles.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// assert_eq!(Strong::id(&image), Strong::downgrade(&image).id());
    /// ```
    #[inline]
    pub fn id(this: &Self) -> ObjectId {
        ObjectId::of(this.header())
    }

    /// Whether both are handles of the same object.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// assert!(Strong::ptr_eq(&image, &image.clone()));
    /// assert!(!Strong::ptr_eq(&image, &Strong::new(Image)));
    /// ```
    #[inline]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        Self::id(this) == Self::id(other)
    }

    /// Gives a unique reference to the value, if there is no other handle, strong or weak.
    ///
    /// Finalizers that no [`Finalizer`](crate::Finalizer) handle refers to do not count: they cannot
    /// reach the value.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let mut image = Strong::new(Image(3));
    /// Strong::get_mut(&mut image).unwrap().0 = 4;
    /// assert_eq!(image.0, 4);
    /// let weak = Strong::downgrade(&image);
    /// assert!(Strong::get_mut(&mut image).is_none());
    /// drop(weak);
    /// assert!(Strong::get_mut(&mut image).is_some());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), or the number of live finalizers.
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        if !this.is_unique() {
            return None;
        }
        this.lend();
        // SAFETY: no other handle exists or can come to exist while `this` is borrowed, and every
        // access by the ones that are gone happened before.
        Some(unsafe { this.value.as_mut() })
    }

    /// Whether there is no other handle, and no weak unit except those of finalizers without a handle.
    pub(crate) fn is_unique(&self) -> bool {
        let header = self.header();
        // SAFETY: 1, our unit (S1) holds the block.
        let block = unsafe { raw::at(header) };
        block.counts.is_unique()
            || block.counts.list() != List::Vacant && self.is_unique_but_finalizers()
    }

    /// Says, for `leak-trace`, that a unique reference to the value will be made.
    #[inline(always)]
    pub(crate) fn lend(&self) {
        self.token.lend(|| self.header());
    }

    #[cold]
    fn is_unique_but_finalizers(&self) -> bool {
        let header = self.header();
        // SAFETY: 1, our unit (S1) holds the block.
        let locked = unsafe { Locked::new(header) };
        // Who consumes a finalizer unlinks it under this lock, and gives the unit back in the step that unlocks: the
        // units that are counted as known are those that are there.
        let Some(known) = locked.unheld() else {
            return false;
        };
        // SAFETY: 1, our unit (S1) holds the block.
        unsafe { raw::at(header) }.counts.is_unique_but(known)
    }
}

impl<T: ?Sized + WeakReferenceable> Drop for Strong<T> {
    /// Ends the object's life if this is its last strong handle.
    ///
    /// A panic of the value's `Drop` goes on after the death, unless the thread is panicking: then
    /// it goes to the [unraisable hook](crate::set_unraisable_hook).
    #[inline]
    fn drop(&mut self) {
        self.token.end(|| self.header());
        // SAFETY: 1, the unit is ours (S1), and ends here.
        unsafe { death::release_strong(self.value) };
    }
}

impl<T: ?Sized + WeakReferenceable> Clone for Strong<T> {
    /// Makes another handle of the same object. Aborts the process when there are more than 2³¹.
    #[inline]
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn clone(&self) -> Self {
        let header = self.header();
        // SAFETY: 1, our unit (S1) holds the block.
        unsafe { raw::at(header) }.counts.retain_strong();
        Self {
            value: self.value,
            slot: PhantomData,
            token: Token::cloned(header),
        }
    }
}

impl<T: ?Sized + WeakReferenceable> Deref for Strong<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: alive (S1); a unique reference is given out only while no other handle exists, and
        // borrows that one.
        unsafe { self.value.as_ref() }
    }
}
