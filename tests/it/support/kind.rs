//! Flavours and layouts, so that one scenario runs in all of them.

use std::fmt;
use std::ops::Deref;

use weakref::{
    CallbackRef, Finalizer, FinalizerSafe, LocalSlot, Slot, Strong, SyncSlot, WeakRef,
    WeakReferenceable, finalize_with,
};

/// A flavour and a layout.
pub(crate) trait Kind: Clone + 'static {
    type Slot: Slot;
    /// Makes an object small or large.
    type Body: Default + Clone + fmt::Debug + Send + Sync + 'static;

    /// [`WeakRef::with_callback`], with what both flavours can run.
    fn on_death<T: ?Sized + WeakReferenceable<Slot = Self::Slot>>(
        strong: &Strong<T>,
        callback: impl FnOnce(&WeakRef<T>) + Send + 'static,
    ) -> CallbackRef<T>;

    /// [`finalize_with`], with what both flavours can run.
    fn at_end<T, A>(strong: &Strong<T>, action: fn(A), args: A) -> Finalizer<T>
    where
        T: ?Sized + WeakReferenceable<Slot = Self::Slot>,
        A: FinalizerSafe + Send + 'static;
}

/// Nothing: an object of some words stands in one block with its slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Small;

/// Enough for memory of its own, of a size that `alloc::large_frees` sees.
#[derive(Clone)]
pub(crate) struct Large([u64; 200]);

impl Default for Large {
    fn default() -> Self {
        Self([0x5a5a_5a5a; 200])
    }
}

impl fmt::Debug for Large {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Large({})", self.0.len())
    }
}

macro_rules! kinds {
    ($($kind:ident: $slot:ident, $body:ident;)*) => {$(
        #[derive(Clone, Debug)]
        pub(crate) enum $kind {}

        impl Kind for $kind {
            type Slot = $slot;
            type Body = $body;

            fn on_death<T: ?Sized + WeakReferenceable<Slot = $slot>>(
                strong: &Strong<T>,
                callback: impl FnOnce(&WeakRef<T>) + Send + 'static,
            ) -> CallbackRef<T> {
                WeakRef::with_callback(strong, callback)
            }

            fn at_end<T, A>(strong: &Strong<T>, action: fn(A), args: A) -> Finalizer<T>
            where
                T: ?Sized + WeakReferenceable<Slot = $slot>,
                A: FinalizerSafe + Send + 'static,
            {
                finalize_with(strong, action, args)
            }
        }
    )*};
}

kinds! {
    LocalSmall: LocalSlot, Small;
    LocalLarge: LocalSlot, Large;
    SyncSmall: SyncSlot, Small;
    SyncLarge: SyncSlot, Large;
}

/// A referent of one kind. Derefs to its payload.
#[derive(Clone)]
pub(crate) struct Object<K: Kind, P = ()> {
    payload: P,
    body: K::Body,
}

impl<K: Kind, P: 'static> WeakReferenceable for Object<K, P> {
    type Slot = K::Slot;
}

impl<K: Kind, P: 'static> Object<K, P> {
    pub(crate) fn new(payload: P) -> Self {
        Self {
            payload,
            body: K::Body::default(),
        }
    }

    pub(crate) fn strong(payload: P) -> Strong<Self> {
        Strong::new(Self::new(payload))
    }

    pub(crate) fn payload_mut(&mut self) -> &mut P {
        &mut self.payload
    }

    pub(crate) fn into_payload(self) -> P {
        self.payload
    }
}

impl<K: Kind, P> Deref for Object<K, P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.payload
    }
}

impl<K: Kind, P: fmt::Debug> fmt::Debug for Object<K, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({:?}, {:?})", self.payload, self.body)
    }
}
