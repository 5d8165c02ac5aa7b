//! What proxies forward of streams: those that can be used through a shared reference.

use core::fmt;
use std::io::{IoSlice, IoSliceMut, Read, Result, Seek, SeekFrom, Write};

use super::Proxy;
use crate::ending::drop_first;
use crate::operand::{SharedRead, SharedSeek, SharedWrite};
use crate::referenceable::WeakReferenceable;
use crate::weak::WeakReference;

macro_rules! forward {
    ($trait:ident by $bound:ident $access:ident: $($methods:tt)*) => {
        forward!(@for (Proxy<T, R>) $trait by $bound $access: $($methods)*);
        forward!(@for (&Proxy<T, R>) $trait by $bound $access: $($methods)*);
    };
    (@for ($self:ty) $trait:ident by $bound:ident $access:ident: $(fn $name:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {
        impl<T, R> $trait for $self
        where
            T: ?Sized + WeakReferenceable + $bound,
            R: WeakReference<Referent = T>,
        {
            $(
                #[cfg_attr(feature = "leak-trace", track_caller)]
                fn $name(&mut self, $($arg: $type),*) -> $result {
                    let own = Proxy::get(self)?;
                    let result = T::$access(&*own).$name($($arg),*);
                    drop_first(own, result)
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
