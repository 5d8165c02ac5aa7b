//! What the compared pointers have in common, so that every side runs the very same code.

use std::rc::{self, Rc};
use std::sync::{self, Arc};

#[cfg(feature = "peers")]
use portable_atomic_util::Arc as PortableArc;
use weakref::{Strong, WeakRef, WeakReferenceable};

/// An owner pointer.
pub(crate) trait Owner: Clone + 'static {
    const NAME: &'static str;
    type Value: Copy + 'static;

    fn new(value: Self::Value) -> Self;
}

/// An owner pointer whose object can be referred to weakly.
pub(crate) trait Downgrade: Owner {
    type Weak: Clone + 'static;

    fn downgrade(&self) -> Self::Weak;
    fn upgrade(weak: &Self::Weak) -> Option<Self>;
}

/// Our own pointer and std's to the same type.
pub(crate) trait Compared: Copy + 'static {
    /// In the name of a scenario: flavour and size.
    const NAME: &'static str;
    type Ours: Downgrade<Value = Self>;
    type Std: Downgrade<Value = Self>;

    fn new() -> Self;
}

macro_rules! owner {
    ($name:literal, $owner:ident, $weak:path $(, $bound:path)?) => {
        impl<T: Copy + 'static $(+ $bound)?> Owner for $owner<T> {
            const NAME: &'static str = $name;
            type Value = T;

            #[inline]
            fn new(value: T) -> Self {
                Self::new(value)
            }
        }

        impl<T: Copy + 'static $(+ $bound)?> Downgrade for $owner<T> {
            type Weak = $weak;

            #[inline]
            fn downgrade(&self) -> Self::Weak {
                Self::downgrade(self)
            }

            #[inline]
            fn upgrade(weak: &Self::Weak) -> Option<Self> {
                weak.upgrade()
            }
        }
    };
}

owner!("Strong", Strong, WeakRef<T>, WeakReferenceable);
owner!("Rc", Rc, rc::Weak<T>);
owner!("Arc", Arc, sync::Weak<T>);
#[cfg(feature = "peers")]
owner!(
    "portable-atomic-util",
    PortableArc,
    portable_atomic_util::Weak<T>
);

#[cfg(feature = "peers")]
impl<T: Copy + 'static> Owner for triomphe::Arc<T> {
    const NAME: &'static str = "triomphe";
    type Value = T;

    #[inline]
    fn new(value: T) -> Self {
        Self::new(value)
    }
}

macro_rules! payload {
    ($type:ident, $name:literal, $words:literal, $std:ident $(, #[$attribute:meta])?) => {
        #[derive(Clone, Copy, WeakReferenceable)]
        $(#[$attribute])?
        pub(crate) struct $type {
            _words: [u64; $words],
        }

        impl Compared for $type {
            const NAME: &'static str = $name;
            type Ours = Strong<Self>;
            type Std = $std<Self>;

            fn new() -> Self {
                Self { _words: [0; $words] }
            }
        }
    };
}

payload!(SyncSmall, "sync/small", 1, Arc);
payload!(SyncLarge, "sync/1KiB", 128, Arc);
payload!(LocalSmall, "local/small", 1, Rc, #[weakref(local)]);
payload!(LocalLarge, "local/1KiB", 128, Rc, #[weakref(local)]);
