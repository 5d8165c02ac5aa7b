//! What a strong handle forwards to its object beside comparing and formatting: errors, and streams that can be used
//! through a shared reference.

use core::error::Error;
use core::fmt;
use std::io::{IoSlice, IoSliceMut, Read, Result, Seek, SeekFrom, Write};

use super::Strong;
use crate::operand::{SharedRead, SharedSeek, SharedWrite};
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
