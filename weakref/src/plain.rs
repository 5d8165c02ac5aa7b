//! The types of std that own nothing of a user's.

/// Gives them all to the macro `$apply`.
macro_rules! with_plain_types {
    ($apply:ident) => {
        $apply! {
            (), bool, char, str, String, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64,
            core::any::TypeId, core::alloc::Layout, core::cmp::Ordering, core::convert::Infallible,
            core::ffi::CStr, std::ffi::CString, std::ffi::OsStr, std::ffi::OsString,
            core::marker::PhantomPinned, core::ops::RangeFull, core::time::Duration,
            core::sync::atomic::AtomicBool, core::sync::atomic::AtomicI8, core::sync::atomic::AtomicI16,
            core::sync::atomic::AtomicI32, $crate::sync::wide::AtomicI64, core::sync::atomic::AtomicIsize,
            core::sync::atomic::AtomicU8, core::sync::atomic::AtomicU16, core::sync::atomic::AtomicU32,
            $crate::sync::wide::AtomicU64, core::sync::atomic::AtomicUsize, core::sync::atomic::Ordering,
            std::fs::File, std::fs::Metadata, std::fs::OpenOptions, std::hash::RandomState,
            std::io::ErrorKind, std::io::Stdin, std::io::Stdout, std::io::Stderr,
            std::net::IpAddr, std::net::Ipv4Addr, std::net::Ipv6Addr, std::net::SocketAddr,
            std::net::SocketAddrV4, std::net::SocketAddrV6, std::net::TcpListener, std::net::TcpStream,
            std::net::UdpSocket, std::path::Path, std::path::PathBuf, std::process::Child,
            std::process::ChildStdin, std::process::ChildStdout, std::process::ChildStderr,
            std::process::ExitStatus, std::sync::Barrier, std::sync::Condvar, std::sync::Once,
            std::thread::Thread, std::thread::ThreadId, std::time::Instant, std::time::SystemTime, $crate::id::ObjectId,
        }

        #[cfg(unix)]
        $apply! {
            std::os::fd::OwnedFd, std::os::unix::net::UnixDatagram, std::os::unix::net::UnixListener,
            std::os::unix::net::UnixStream,
        }

        $apply! {
            core::num::NonZero<i8>, core::num::NonZero<i16>, core::num::NonZero<i32>, core::num::NonZero<i64>,
            core::num::NonZero<i128>, core::num::NonZero<isize>, core::num::NonZero<u8>, core::num::NonZero<u16>,
            core::num::NonZero<u32>, core::num::NonZero<u64>, core::num::NonZero<u128>, core::num::NonZero<usize>,
        }
    };
}

pub(crate) use with_plain_types;
