//! Bounds on `&T`, said of `T`.
//!
//! A bound `for<'a> &'a T: Add<V>` on an implementation for `&Proxy<T>` would apply to itself with
//! another `Proxy` inside, and so on: wherever the compiler looks for `&_: Add<V>` of a type not yet
//! known, in any crate that has this one in its tree, it would not come to an end. It stops at a
//! bound on `_` itself.

#![forbid(unsafe_code)]
#![expect(unnameable_types, reason = "they stand for bounds that are documented")]

use core::ops;
use std::io::{Read, Seek, Write};

/// `&T: Op<V>`, or `&T: Op` where `V` is `()`.
pub trait Operand<Op, V> {
    type Output;

    fn on_left(&self, right: V) -> Self::Output;
}

/// `N: Op<&T>`.
pub trait RightOperand<Op, N> {
    type Output;

    fn on_right(&self, left: N) -> Self::Output;
}

/// `&T: Read`.
pub trait SharedRead {
    fn reader(&self) -> impl Read;
}

/// `&T: Write`.
pub trait SharedWrite {
    fn writer(&self) -> impl Write;
}

/// `&T: Seek`.
pub trait SharedSeek {
    fn seeker(&self) -> impl Seek;
}

impl<T: ?Sized> SharedRead for T
where
    for<'a> &'a T: Read,
{
    fn reader(&self) -> impl Read {
        self
    }
}

impl<T: ?Sized> SharedWrite for T
where
    for<'a> &'a T: Write,
{
    fn writer(&self) -> impl Write {
        self
    }
}

impl<T: ?Sized> SharedSeek for T
where
    for<'a> &'a T: Seek,
{
    fn seeker(&self) -> impl Seek {
        self
    }
}

/// `&'a T: IntoIterator`.
pub trait SharedIter<'a> {
    type Item;
    type IntoIter: Iterator<Item = Self::Item>;

    fn shared_iter(&'a self) -> Self::IntoIter;
}

impl<'a, T: ?Sized + 'a, I: Iterator> SharedIter<'a> for T
where
    &'a T: IntoIterator<Item = I::Item, IntoIter = I>,
{
    type Item = I::Item;
    type IntoIter = I;

    fn shared_iter(&'a self) -> I {
        self.into_iter()
    }
}

macro_rules! operators {
    ($($Op:ident $method:ident)*) => {
        $(
            #[derive(Debug)]
            pub enum $Op {}

            impl<T: ?Sized, V, O> Operand<$Op, V> for T
            where
                for<'a> &'a T: ops::$Op<V, Output = O>,
            {
                type Output = O;

                #[track_caller]
                fn on_left(&self, right: V) -> O {
                    ops::$Op::$method(self, right)
                }
            }

            impl<T: ?Sized, N, O> RightOperand<$Op, N> for T
            where
                for<'a> N: ops::$Op<&'a T, Output = O>,
            {
                type Output = O;

                #[track_caller]
                fn on_right(&self, left: N) -> O {
                    ops::$Op::$method(left, self)
                }
            }
        )*
    };
    (unary $($Op:ident $method:ident)*) => {
        $(
            #[derive(Debug)]
            pub enum $Op {}

            impl<T: ?Sized, O> Operand<$Op, ()> for T
            where
                for<'a> &'a T: ops::$Op<Output = O>,
            {
                type Output = O;

                #[track_caller]
                fn on_left(&self, (): ()) -> O {
                    ops::$Op::$method(self)
                }
            }
        )*
    };
}

operators!(unary Neg neg Not not);
operators! {
    Add add Sub sub Mul mul Div div Rem rem
    BitAnd bitand BitOr bitor BitXor bitxor Shl shl Shr shr
}
