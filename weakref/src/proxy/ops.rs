//! What proxies forward of operators: those of `&T`.

use core::ops;

use super::Proxy;
use crate::ending::drop_first;
use crate::error::ReferenceError;
use crate::operand::{self, Operand, RightOperand};
use crate::referenceable::WeakReferenceable;
use crate::weak::WeakReference;

/// The form that returns the error, with an example for an object that holds 12.
macro_rules! try_form {
    ($Op:ident $method:ident $try_method:ident, $op:literal, $shown:literal) => {
        impl<T: ?Sized + WeakReferenceable, R: WeakReference<Referent = T>> Proxy<T, R> {
            #[doc = concat!("As the operator `", $op, "` of `&T`, but returns the error.")]
            ///
            /// ```
            /// # use weakref::{Proxy, ReferenceError, Strong, WeakReferenceable};
            #[doc = concat!("# use std::ops::", stringify!($Op), ";")]
            /// # #[derive(WeakReferenceable)]
            /// # struct Number(i32);
            #[doc = concat!("impl ", stringify!($Op), "<i32> for &Number {")]
            ///     type Output = i32;
            ///
            #[doc = concat!("    fn ", stringify!($method), "(self, x: i32) -> i32 {")]
            #[doc = concat!("        self.0 ", $op, " x")]
            ///     }
            /// }
            ///
            /// let number = Strong::new(Number(12));
            /// let proxy = Proxy::new(&number);
            #[doc = concat!("assert_eq!(Proxy::", stringify!($try_method), "(&proxy, 3), Ok(", $shown, "));")]
            /// drop(number);
            #[doc = concat!("assert_eq!(Proxy::", stringify!($try_method), "(&proxy, 3), Err(ReferenceError));")]
            /// ```
            ///
            /// # Errors
            ///
            /// Fails if the object is dead.
            #[cfg_attr(feature = "leak-trace", track_caller)]
            pub fn $try_method<V>(this: &Self, right: V) -> Result<T::Output, ReferenceError>
            where
                T: Operand<operand::$Op, V>,
            {
                Self::with(this, |own| own.on_left(right))
            }
        }
    };
    ($Op:ident $method:ident $try_method:ident, $op:literal) => {
        impl<T: ?Sized + WeakReferenceable, R: WeakReference<Referent = T>> Proxy<T, R> {
            #[doc = concat!("As the operator `", $op, "` of `&T`, but returns the error.")]
            ///
            /// ```
            /// # use weakref::{Proxy, ReferenceError, Strong, WeakReferenceable};
            #[doc = concat!("# use std::ops::", stringify!($Op), ";")]
            /// # #[derive(WeakReferenceable)]
            /// # struct Number(i32);
            #[doc = concat!("impl ", stringify!($Op), " for &Number {")]
            ///     type Output = i32;
            ///
            #[doc = concat!("    fn ", stringify!($method), "(self) -> i32 {")]
            #[doc = concat!("        ", $op, "self.0")]
            ///     }
            /// }
            ///
            /// let number = Strong::new(Number(12));
            /// let proxy = Proxy::new(&number);
            #[doc = concat!("assert_eq!(Proxy::", stringify!($try_method), "(&proxy), Ok(", $op, "12));")]
            /// drop(number);
            #[doc = concat!("assert_eq!(Proxy::", stringify!($try_method), "(&proxy), Err(ReferenceError));")]
            /// ```
            ///
            /// # Errors
            ///
            /// Fails if the object is dead.
            #[cfg_attr(feature = "leak-trace", track_caller)]
            pub fn $try_method(this: &Self) -> Result<T::Output, ReferenceError>
            where
                T: Operand<operand::$Op, ()>,
            {
                Self::with(this, |own| own.on_left(()))
            }
        }
    };
}

macro_rules! unary {
    ($($Op:ident $method:ident,)*) => {
        $(
            unary!($Op $method (Proxy<T, R>));
            unary!($Op $method (&Proxy<T, R>));
        )*
    };
    ($Op:ident $method:ident ($own:ty)) => {
        impl<T, R> ops::$Op for $own
        where
            T: ?Sized + WeakReferenceable + Operand<operand::$Op, ()>,
            R: WeakReference<Referent = T>,
        {
            type Output = T::Output;

            #[track_caller]
            fn $method(self) -> T::Output {
                let own = Proxy::live(&self);
                let result = T::on_left(&*own, ());
                drop_first((own, self), result)
            }
        }
    };
}

/// Proxies and values of the object's own type on the right.
macro_rules! binary {
    ($($Op:ident $method:ident,)*) => {
        $(
            binary!($Op $method (Proxy<T, R>));
            binary!($Op $method (&Proxy<T, R>));
        )*
    };
    ($Op:ident $method:ident ($own:ty)) => {
        binary!($Op $method ($own), proxy Proxy<T, Q>);
        binary!($Op $method ($own), proxy &Proxy<T, Q>);

        impl<T, R> ops::$Op<T> for $own
        where
            T: WeakReferenceable + Operand<operand::$Op, T>,
            R: WeakReference<Referent = T>,
        {
            type Output = T::Output;

            #[track_caller]
            fn $method(self, right: T) -> T::Output {
                let own = Proxy::live(&self);
                let result = T::on_left(&*own, right);
                drop_first((own, self), result)
            }
        }

        impl<'b, T, R> ops::$Op<&'b T> for $own
        where
            T: ?Sized + WeakReferenceable + Operand<operand::$Op, &'b T>,
            R: WeakReference<Referent = T>,
        {
            type Output = T::Output;

            #[track_caller]
            fn $method(self, right: &'b T) -> T::Output {
                let own = Proxy::live(&self);
                let result = T::on_left(&*own, right);
                drop_first((own, self), result)
            }
        }
    };
    ($Op:ident $method:ident ($own:ty), proxy $right:ty) => {
        impl<T, R, Q, O> ops::$Op<$right> for $own
        where
            T: ?Sized + WeakReferenceable,
            for<'b> T: Operand<operand::$Op, &'b T, Output = O>,
            R: WeakReference<Referent = T>,
            Q: WeakReference<Referent = T>,
        {
            type Output = O;

            #[track_caller]
            fn $method(self, right: $right) -> O {
                let (own, other) = (Proxy::live(&self), Proxy::live(&right));
                let result = T::on_left(&*own, &*other);
                drop_first((own, other, self, right), result)
            }
        }
    };
}

/// Numbers on either side. No message recommends them: they are too many.
macro_rules! with_numbers {
    ($numbers:tt: $($Op:ident $method:ident,)*) => {
        $(
            with_numbers!($numbers $Op $method (Proxy<T, R>));
            with_numbers!($numbers $Op $method (&Proxy<T, R>));
        )*
    };
    (($($number:ident)*) $Op:ident $method:ident $own:tt) => {
        $( with_numbers!(@each $number $Op $method $own); )*
    };
    (@each $number:ident $Op:ident $method:ident ($own:ty)) => {
        #[diagnostic::do_not_recommend]
        impl<T, R> ops::$Op<$number> for $own
        where
            T: ?Sized + WeakReferenceable + Operand<operand::$Op, $number>,
            R: WeakReference<Referent = T>,
        {
            type Output = T::Output;

            #[track_caller]
            fn $method(self, right: $number) -> T::Output {
                let own = Proxy::live(&self);
                let result = T::on_left(&*own, right);
                drop_first((own, self), result)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T, R> ops::$Op<$own> for $number
        where
            T: ?Sized + WeakReferenceable + RightOperand<operand::$Op, $number>,
            R: WeakReference<Referent = T>,
        {
            type Output = T::Output;

            #[track_caller]
            fn $method(self, right: $own) -> T::Output {
                let own = Proxy::live(&right);
                let result = T::on_right(&*own, self);
                drop_first((own, right), result)
            }
        }
    };
}

unary!(Neg neg, Not not,);

binary! {
    Add add, Sub sub, Mul mul, Div div, Rem rem,
    BitAnd bitand, BitOr bitor, BitXor bitxor, Shl shl, Shr shr,
}

with_numbers! { (i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64):
    Add add, Sub sub, Mul mul, Div div, Rem rem,
}

with_numbers! { (bool i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize):
    BitAnd bitand, BitOr bitor, BitXor bitxor,
}

with_numbers! { (i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize):
    Shl shl, Shr shr,
}

try_form!(Neg neg try_neg, "-");
try_form!(Not not try_not, "!");
try_form!(Add add try_add, "+", "15");
try_form!(Sub sub try_sub, "-", "9");
try_form!(Mul mul try_mul, "*", "36");
try_form!(Div div try_div, "/", "4");
try_form!(Rem rem try_rem, "%", "0");
try_form!(BitAnd bitand try_bitand, "&", "0");
try_form!(BitOr bitor try_bitor, "|", "15");
try_form!(BitXor bitxor try_bitxor, "^", "15");
try_form!(Shl shl try_shl, "<<", "96");
try_form!(Shr shr try_shr, ">>", "1");
