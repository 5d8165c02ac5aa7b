//! What the derive writes for the feature `leak-trace`, where that is off: nothing.

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
