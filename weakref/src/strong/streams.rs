//! What a strong handle forwards to its object beside comparing and formatting: errors, streams that can be used
//! through a shared reference, and the handles of the operating system.

use core::error::Error;
use core::fmt;
use std::io::{IoSlice, IoSliceMut, Read, Result, Seek, SeekFrom, Write};

use super::Strong;
use crate::proxy::operand::{SharedRead, SharedSeek, SharedWrite};
use crate::referenceable::WeakReferenceable;

impl<T: ?Sized + WeakReferenceable + Error> Error for Strong<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        T::source(self)
    }
}

macro_rules! forward {
    ($trait:ident by $bound:ident $access:ident: $(fn $name:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {
        impl<T: ?Sized + WeakReferenceable + $bound> $trait for Strong<T> {
            $(
                fn $name(&mut self, $($arg: $type),*) -> $result {
                    T::$access(self).$name($($arg),*)
                }
            )*
        }
    };
}

forward! { Read by SharedRead reader:
    fn read(buf: &mut [u8]) -> Result<usize>;
    fn read_vectored(bufs: &mut [IoSliceMut<'_>]) -> Result<usize>;
    fn read_to_end(buf: &mut Vec<u8>) -> Result<usize>;
    fn read_to_string(buf: &mut String) -> Result<usize>;
    fn read_exact(buf: &mut [u8]) -> Result<()>;
}

forward! { Write by SharedWrite writer:
    fn write(buf: &[u8]) -> Result<usize>;
    fn write_vectored(bufs: &[IoSlice<'_>]) -> Result<usize>;
    fn write_all(buf: &[u8]) -> Result<()>;
    fn write_fmt(text: fmt::Arguments<'_>) -> Result<()>;
    fn flush() -> Result<()>;
}

forward! { Seek by SharedSeek seeker:
    fn seek(to: SeekFrom) -> Result<u64>;
    fn rewind() -> Result<()>;
    fn stream_position() -> Result<u64>;
    fn seek_relative(offset: i64) -> Result<()>;
}

/// Traits of one method that a handle and a ready-made object have if the value has.
#[cfg(any(unix, windows))]
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

    use super::{Strong, WeakReferenceable};
    use crate::object::{LocalObject, Object};

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

    use super::{Strong, WeakReferenceable};
    use crate::object::{LocalObject, Object};

    system! {
        AsHandle as_handle -> BorrowedHandle<'_>;
        AsSocket as_socket -> BorrowedSocket<'_>;
        AsRawHandle as_raw_handle -> RawHandle;
        AsRawSocket as_raw_socket -> RawSocket;
    }
}
