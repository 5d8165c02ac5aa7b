//! The handles of the operating system, of strong handles and of ready-made objects.

use super::{LocalObject, Object};
use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;

/// Traits of one method that a handle and a ready-made object have if the value has.
macro_rules! system {
    ($($trait:ident $name:ident -> $result:ty;)*) => {$(
        impl<T: ?Sized + WeakReferenceable + $trait> $trait for Strong<T> {
            fn $name(&self) -> $result {
                T::$name(self)
            }
        }

        impl<T: ?Sized + $trait> $trait for Object<T> {
            fn $name(&self) -> $result {
                self.0.$name()
            }
        }

        impl<T: ?Sized + $trait> $trait for LocalObject<T> {
            fn $name(&self) -> $result {
                self.0.$name()
            }
        }
    )*};
}

#[cfg(unix)]
mod unix {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

    use super::{LocalObject, Object, Strong, WeakReferenceable};

    system! {
        AsFd as_fd -> BorrowedFd<'_>;
        AsRawFd as_raw_fd -> RawFd;
    }
}

#[cfg(windows)]
mod windows {
    use std::os::windows::io::{
        AsHandle, AsRawHandle, AsRawSocket, AsSocket, BorrowedHandle, BorrowedSocket, RawHandle,
        RawSocket,
    };

    use super::{LocalObject, Object, Strong, WeakReferenceable};

    system! {
        AsHandle as_handle -> BorrowedHandle<'_>;
        AsSocket as_socket -> BorrowedSocket<'_>;
        AsRawHandle as_raw_handle -> RawHandle;
        AsRawSocket as_raw_socket -> RawSocket;
    }
}
