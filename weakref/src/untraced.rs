//! What the derive and containers have for the feature `leak-trace`, where that is off: nothing.

#[doc(hidden)]
#[macro_export]
macro_rules! __visit_fields {
    ($($fields:tt)*) => {};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __visit_nested {
    ($($type:tt)*) => {};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __if_traced {
    ($($item:item)*) => {};
}

/// What a container counts for the feature: nothing.
#[derive(Clone, Debug, Default)]
pub struct Tally;

impl Tally {
    /// Nothing.
    #[inline(always)]
    pub const fn new() -> Self {
        Self
    }

    /// One handle more.
    #[inline(always)]
    pub fn add(&self) {}

    /// One handle less.
    #[inline(always)]
    pub fn sub(&self) {}

    /// Says what a part of the container may own.
    #[inline(always)]
    pub fn tell<H>(
        &self,
        _: &H,
        _: &'static str,
        _: &'static str,
        _: [(&'static str, Option<&'static str>); 2],
    ) {
    }
}
