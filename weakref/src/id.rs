//! Identity of objects.

use core::fmt;

/// The identity of an object: equal for all handles of one object, strong and weak.
///
/// An id is not used again while any handle of its object exists, dead or alive.
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Point(i32, i32);
///
/// let (a, b) = (Strong::new(Point(1, 2)), Strong::new(Point(1, 2)));
/// let weak = Strong::downgrade(&a);
/// assert_eq!(Strong::id(&a), weak.id());
/// assert_ne!(Strong::id(&a), Strong::id(&b));
/// drop(a);
/// assert!(!weak.is_alive());
/// assert_ne!(weak.id(), Strong::id(&b));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(
    /// The address of the header, which always takes room in its block. The address of a zero-sized value could be
    /// that of another block.
    usize,
);

impl ObjectId {
    #[inline]
    pub(crate) fn of<H>(header: *const H) -> Self {
        Self(header.addr())
    }

    /// The address of the object's header.
    #[cfg(feature = "leak-trace")]
    pub(crate) fn address(self) -> usize {
        self.0
    }

    /// The id of the object whose header has this address.
    #[cfg(feature = "leak-trace")]
    pub(crate) fn at(address: usize) -> Self {
        Self(address)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({:#x})", self.0)
    }
}

/// A type's name without the paths in front of its parts.
pub(crate) struct ShortName(pub(crate) &'static str);

impl fmt::Display for ShortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while !rest.is_empty() {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
                .unwrap_or(rest.len());
            let (path, tail) = rest.split_at(end);
            f.write_str(path.rsplit("::").next().unwrap_or(path))?;
            let next = tail
                .find(|c: char| c.is_alphanumeric() || c == '_')
                .unwrap_or(tail.len());
            f.write_str(&tail[..next])?;
            rest = &tail[next..];
        }
        Ok(())
    }
}
