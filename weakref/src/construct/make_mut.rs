//! `make_mut`, and the values that it can clone into a new object.

use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;

/// Types that are `Clone`, and slices and `str`, which can only be cloned into a new object.
///
/// No `unsafe` code relies on it: [`Strong::make_mut`] checks that the new handle is the only one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cloned into a new object",
    label = "is not `Clone`",
    note = "`Strong::make_mut` clones the value if there are other handles: derive `Clone`, or ask `Strong::get_mut`"
)]
#[expect(unnameable_types, reason = "nobody else implements it")]
pub trait CloneValue: WeakReferenceable {
    /// Makes a new object and returns its only handle.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn to_strong(&self) -> Strong<Self>;
}

impl<T: WeakReferenceable + Clone + 'static> CloneValue for T {
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn to_strong(&self) -> Strong<Self> {
        Strong::new(self.clone())
    }
}

impl<T: ?Sized + WeakReferenceable> Strong<T> {
    /// Gives a unique reference to the value; clones it into a new object first, if there are
    /// other handles, weak ones included.
    ///
    /// Never takes the value from under its weak references: they stay with the old object. If `this` was
    /// its last strong handle, the old object dies at once: its weak references are dead, callbacks and
    /// finalizers have run, and containers have lost it, when this returns. As with [`Strong::get_mut`],
    /// finalizers that no handle refers to do not count.
    ///
    /// For every value that is `Clone`, and for an [`Object`](crate::Object) or
    /// [`LocalObject`](crate::LocalObject) of a `str` or of a slice whose elements are.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable, Clone)]
    /// # struct Image(u32);
    /// let mut image = Strong::new(Image(3));
    /// let kept = image.clone();
    /// Strong::make_mut(&mut image).0 = 4;
    /// assert_eq!((image.0, kept.0), (4, 3));
    ///
    /// # use weakref::Object;
    /// let mut text: Strong<Object<str>> = "text".into();
    /// let kept = text.clone();
    /// Strong::make_mut(&mut text).make_ascii_uppercase();
    /// assert_eq!((&text.0, &kept.0), ("TEXT", "text"));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `T::clone` does, and as [`Strong::new`]; if a hand-written
    /// [`WeakReferenceable`] lets a handle escape from the construction of the clone; and if the `Drop` of the old object
    /// does, which had weak references only: `this` is the clone then.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn make_mut(this: &mut Self) -> &mut T
    where
        T: CloneValue,
    {
        if !this.is_unique() {
            *this = T::to_strong(this);
            assert!(
                this.is_unique(),
                "weakref: a handle escaped the construction of a clone"
            );
        }
        this.lend();
        // SAFETY: no other handle exists (`is_unique`, or a new object) or can come to exist while
        // `this` is borrowed, and every access by those that are gone happened before.
        unsafe { this.value().as_mut() }
    }
}
