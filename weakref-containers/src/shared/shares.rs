//! What may stand in a shared container.

use std::sync::Arc;

use weakref::watch::{Graveyard, Watched};
use weakref::{LocalSlot, Slot, SyncSlot, WeakRef, WeakReferenceable};

use super::sharded::Cell;
use super::slotted::Slotted;
use crate::side::Held;

type ValueCell<K, V, S> = Cell<Held<K>, Slotted<Watched<V>>, S>;
type KeyCell<K, V, S> = Cell<Watched<K>, Slotted<Held<Arc<V>>>, S>;
type PairCell<K, V, S> = Cell<Watched<K>, Slotted<Watched<V>>, S>;
type SetCell<T, S> = Cell<Watched<T>, Held<()>, S>;

/// Whether keys of type `K` and values of type `V` can stand in one shared container of objects with this slot:
/// anything for [`LocalSlot`], which stays on one thread; what is `Send` and `Sync` for [`SyncSlot`].
///
/// The last handle of an object may be dropped on any thread, whether or not that thread ever saw the container. It
/// takes the object's entry out and drops what was held in it, and when the container goes at the same time, all
/// that is left: keys and values are `Send`. Threads that use the container look at one entry at the same time: they
/// are `Sync`.
///
/// Implemented for both slots; sealed. Only code that is generic over the slot needs to name it, to make a
/// container; for a set, there is one type.
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::shared::{Shares, WeakValueMap};
///
/// /// A cache of what is made from names, local or not.
/// struct Cache<V: WeakReferenceable>(WeakValueMap<String, V>);
///
/// impl<V: WeakReferenceable + From<String> + 'static> Cache<V> {
///     fn new() -> Self
///     where
///         V::Slot: Shares<String, V>,
///     {
///         Self(WeakValueMap::new())
///     }
///
///     fn get(&self, name: &str) -> Strong<V> {
///         self.0.get_or_insert_with(name.into(), || Strong::new(name.to_owned().into()))
///     }
/// }
///
/// #[derive(WeakReferenceable)]
/// struct Name(String);
///
/// impl From<String> for Name {
///     fn from(name: String) -> Self {
///         Self(name)
///     }
/// }
///
/// let rose = Cache::<Name>::new().get("rose");
/// assert_eq!(rose.0, "rose");
/// ```
#[diagnostic::on_unimplemented(
    message = "it is not known whether `{K}` and `{V}` can stand in one container of objects with a `{Self}`",
    label = "may be shared between threads",
    note = "code that is generic over the slot needs the bound `{Self}: Shares<{K}, {V}>`"
)]
pub trait Shares<K: ?Sized, V: ?Sized = K>: Slot + sealed::Shares<K, V> {
    #[doc(hidden)]
    fn wake_of_values(owner: &WeakRef<ValueCell<K, V, Self>>) -> Graveyard<Self>
    where
        K: Sized,
        V: WeakReferenceable<Slot = Self>;

    #[doc(hidden)]
    fn wake_of_keys(owner: &WeakRef<KeyCell<K, V, Self>>) -> Graveyard<Self>
    where
        K: WeakReferenceable<Slot = Self>,
        V: Sized + 'static;

    #[doc(hidden)]
    fn wake_of_pairs(owner: &WeakRef<PairCell<K, V, Self>>) -> Graveyard<Self>
    where
        K: WeakReferenceable<Slot = Self>,
        V: WeakReferenceable<Slot = Self>;

    #[doc(hidden)]
    fn wake_of_members(owner: &WeakRef<SetCell<K, Self>>) -> Graveyard<Self>
    where
        K: WeakReferenceable<Slot = Self>;
}

/// What threads may share: `Send` and `Sync`. Sealed, since it is implemented for all that is both.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a shared container of objects that any thread may be the last to hold",
    label = "is not `Send` and `Sync`",
    note = "use keys and values that are `Send` and `Sync`, or give the type that is held weakly `#[weakref(local)]` so that it stays on one thread"
)]
pub trait Shared: Send + Sync {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + Send + Sync> Shared for T {}

macro_rules! wakes {
    () => {
        fn wake_of_values(owner: &WeakRef<ValueCell<K, V, Self>>) -> Graveyard<Self>
        where
            K: Sized,
            V: WeakReferenceable<Slot = Self>,
        {
            Graveyard::waking(owner)
        }

        fn wake_of_keys(owner: &WeakRef<KeyCell<K, V, Self>>) -> Graveyard<Self>
        where
            K: WeakReferenceable<Slot = Self>,
            V: Sized,
        {
            Graveyard::waking(owner)
        }

        fn wake_of_pairs(owner: &WeakRef<PairCell<K, V, Self>>) -> Graveyard<Self>
        where
            K: WeakReferenceable<Slot = Self>,
            V: WeakReferenceable<Slot = Self>,
        {
            Graveyard::waking(owner)
        }

        fn wake_of_members(owner: &WeakRef<SetCell<K, Self>>) -> Graveyard<Self>
        where
            K: WeakReferenceable<Slot = Self>,
        {
            Graveyard::waking(owner)
        }
    };
}

impl<K: ?Sized + 'static, V: ?Sized + 'static> Shares<K, V> for LocalSlot {
    wakes!();
}

impl<K: ?Sized + Shared + 'static, V: ?Sized + Shared + 'static> Shares<K, V> for SyncSlot {
    wakes!();
}

mod sealed {
    use weakref::{LocalSlot, SyncSlot};

    use super::Shared;

    /// As the trait that it seals: without it a user could implement that for a key of theirs which the
    /// compiler knows is never `Send`.
    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Shares<K: ?Sized, V: ?Sized> {}

    impl<K: ?Sized, V: ?Sized> Shares<K, V> for LocalSlot {}
    impl<K: ?Sized + Shared, V: ?Sized + Shared> Shares<K, V> for SyncSlot {}
}
