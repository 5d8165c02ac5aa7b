//! Unsizing of handles on stable Rust.

/// Turns a handle into one of a `dyn` type or a slice: `coerce!(strong => dyn Trait)`.
///
/// Takes a [`Strong`](crate::Strong), a pinned one, a [`WeakRef`](crate::WeakRef) or a [`Proxy`](crate::Proxy) by value. The
/// target must be [`WeakReferenceable`](trait@crate::WeakReferenceable) with the same slot, which a trait says by its supertraits:
/// `trait Listener: WeakReferenceable<Slot = SyncSlot> + Send + Sync` for threads, `WeakReferenceable<Slot = LocalSlot>` for
/// one. Without a slot there, rustc asks for one wherever `dyn Listener` stands (E0191). A handle of one `dyn` type becomes one of its supertrait's, a
/// `Strong<Mutex<T>>` one of `Mutex<dyn Trait>`. The target is always written out: it is not found from what is expected.
///
/// ```
/// use weakref::{coerce, Strong, SyncSlot, WeakRef, WeakReferenceable};
///
/// trait Shape: WeakReferenceable<Slot = SyncSlot> + Send + Sync {
///     fn area(&self) -> u32;
/// }
///
/// #[derive(WeakReferenceable)]
/// struct Square(u32);
///
/// impl Shape for Square {
///     fn area(&self) -> u32 {
///         self.0 * self.0
///     }
/// }
///
/// let square = Strong::new(Square(3));
/// let weak = coerce!(Strong::downgrade(&square) => dyn Shape);
/// let shape = coerce!(square => dyn Shape);
/// assert_eq!(shape.area(), 9);
/// assert!(Strong::ptr_eq(&shape, &weak.upgrade().unwrap()));
///
/// trait Named: Shape {}
/// impl Named for Square {}
/// let named = coerce!(Strong::new(Square(1)) => dyn Named);
/// assert_eq!(coerce!(named => dyn Shape).area(), 1);
///
/// let pinned = coerce!(Strong::pin(Square(2)) => dyn Shape);
/// assert_eq!(pinned.area(), 4);
/// ```
#[macro_export]
macro_rules! coerce {
    ($handle:expr => $target:ty) => {
        match $handle {
            // SAFETY: 1, a closure that returns its argument type-checks as an unsizing coercion only.
            __handle => unsafe { $crate::__private::coerce::<_, $target>(__handle, |__value| __value) },
        }
    };
    ($($other:tt)*) => {
        ::core::compile_error!("`coerce!` takes a handle, an arrow and a type; write `coerce!(handle => dyn Trait)`")
    };
}
