//! Operators through proxies, live and dead, on both sides: rows R16, R17 and R30.

use std::collections::{BTreeSet, HashSet};
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Rem, Shl, Shr, Sub};
use std::time::Duration;

use weakref::{Proxy, ReferenceError, Strong, WeakReferenceable};

use super::dead;

/// Has every operator, with itself and with numbers, by shared reference.
#[derive(WeakReferenceable)]
struct Number(i64);

macro_rules! operators {
    ($($trait:ident $method:ident $try_method:ident $op:tt,)*) => {
        $(
            impl $trait<&Number> for &Number {
                type Output = i64;
                fn $method(self, right: &Number) -> i64 {
                    self.0 $op right.0
                }
            }

            impl $trait<Number> for &Number {
                type Output = i64;
                fn $method(self, right: Number) -> i64 {
                    self.0 $op right.0
                }
            }

            impl $trait<i64> for &Number {
                type Output = i64;
                fn $method(self, right: i64) -> i64 {
                    self.0 $op right
                }
            }

            impl $trait<&Number> for i64 {
                type Output = i64;
                fn $method(self, right: &Number) -> i64 {
                    self $op right.0
                }
            }

            /// Values that are no numbers work with the `try_` form.
            impl $trait<&str> for &Number {
                type Output = String;
                fn $method(self, right: &str) -> String {
                    format!("{} {} {right}", self.0, stringify!($op))
                }
            }

            #[test]
            fn $method() {
                let (twelve, three) = (Strong::new(Number(12)), Strong::new(Number(3)));
                let (a, b) = (Proxy::new(&twelve), Proxy::new(&three));
                let expected = 12 $op 3;

                assert_eq!(&a $op &b, expected);
                assert_eq!(&a $op b.clone(), expected);
                assert_eq!(a.clone() $op &b, expected);
                assert_eq!(a.clone() $op b.clone(), expected);
                assert_eq!(&a $op Proxy::with_callback(&three, |_| ()), expected);
                assert_eq!(&a $op Number(3), expected);
                assert_eq!(a.clone() $op Number(3), expected);
                assert_eq!(&a $op &*three, expected);
                assert_eq!(a.clone() $op &*three, expected);
                assert_eq!(&a $op 3_i64, expected);
                assert_eq!(a.clone() $op 3_i64, expected);
                assert_eq!(12_i64 $op &b, expected);
                assert_eq!(12_i64 $op b.clone(), expected);
                assert_eq!(Proxy::$try_method(&a, 3_i64), Ok(expected));
                assert_eq!(Proxy::$try_method(&a, &*three), Ok(expected));
                assert_eq!(Proxy::$try_method(&a, "x").unwrap(), concat!("12 ", stringify!($op), " x"));

                drop(twelve);
                dead(|| &a $op &b);
                dead(|| &b $op &a);
                dead(|| a.clone() $op b.clone());
                dead(|| &a $op Number(3));
                dead(|| a.clone() $op &*three);
                dead(|| &a $op 3_i64);
                dead(|| 12_i64 $op &a);
                dead(|| 12_i64 $op a.clone());
                assert_eq!(Proxy::$try_method(&a, 3_i64), Err(ReferenceError));
                assert_eq!(Strong::strong_count(&three), 1, "the other operand's handle is not lost");
            }
        )*
    };
}

operators! {
    Add add try_add +, Sub sub try_sub -, Mul mul try_mul *, Div div try_div /, Rem rem try_rem %,
    BitAnd bitand try_bitand &, BitOr bitor try_bitor |, BitXor bitxor try_bitxor ^,
    Shl shl try_shl <<, Shr shr try_shr >>,
}

impl Neg for &Number {
    type Output = i64;
    fn neg(self) -> i64 {
        -self.0
    }
}

impl Not for &Number {
    type Output = i64;
    fn not(self) -> i64 {
        !self.0
    }
}

#[test]
fn neg_and_not() {
    let twelve = Strong::new(Number(12));
    let proxy = Proxy::new(&twelve);
    assert_eq!(
        (-&proxy, -proxy.clone(), Proxy::try_neg(&proxy)),
        (-12, -12, Ok(-12))
    );
    assert_eq!(
        (!&proxy, !proxy.clone(), Proxy::try_not(&proxy)),
        (!12, !12, Ok(!12))
    );
    drop(twelve);
    dead(|| -&proxy);
    dead(|| -proxy.clone());
    dead(|| !&proxy);
    dead(|| !proxy.clone());
    assert_eq!(Proxy::try_neg(&proxy), Err(ReferenceError));
    assert_eq!(Proxy::try_not(&proxy), Err(ReferenceError));
}

/// In Python `p /= x` binds `p` to the result; so it is written here.
#[test]
fn r16_division_in_place_rebinds() {
    let twelve = Strong::new(Number(12));
    let p = Proxy::new(&twelve);
    let p = p / 5_i64;
    assert_eq!(p, 2);
}

#[test]
fn r17_both_operands_unwrap_proxies() {
    let (a, b) = (
        Strong::new(BTreeSet::from([1, 2])),
        Strong::new(BTreeSet::from([2, 3])),
    );
    let (to_a, to_b) = (Proxy::new(&a), Proxy::new(&b));
    assert_eq!(&to_a | &to_b, BTreeSet::from([1, 2, 3]));
    assert_eq!(&to_b - &to_a, BTreeSet::from([3]));
    drop(b);
    dead(|| &to_a & &to_b);
    dead(|| &to_b & &to_a);
}

#[test]
fn r30_a_proxy_is_the_left_or_the_right_operand() {
    let (twelve, set) = (Strong::new(Number(12)), Strong::new(BTreeSet::from([2, 3])));
    let (number, to_set) = (Proxy::new(&twelve), Proxy::new(&set));
    assert_eq!((&number - 2_i64, 2_i64 - &number), (10, -10));
    let other = BTreeSet::from([1, 2]);
    assert_eq!(&to_set ^ &other, BTreeSet::from([1, 3]));
    assert_eq!(
        &other - &*Proxy::get(&to_set).unwrap(),
        BTreeSet::from([1]),
        "a foreign type on the left, which coherence leaves to `get`"
    );
    drop((twelve, set));
    dead(|| &number - 2_i64);
    dead(|| 2_i64 - &number);
    dead(|| &to_set ^ &other);
    assert!(Proxy::get(&to_set).is_err());
}

/// Any number, on either side: the operator, the number's type, and the side on which the object stood.
#[derive(WeakReferenceable)]
struct Scribe;

macro_rules! numbers {
    ($name:ident ($($Op:ident $method:ident $op:tt)*) $numbers:tt) => {
        $( numbers!(@implement $Op $method $op $numbers); )*

        #[test]
        fn $name() {
            $( numbers!(@check $op $numbers); )*
        }
    };
    (@implement $Op:ident $method:ident $op:tt ($($number:ident $one:expr,)*)) => {
        $(
            impl $Op<$number> for &Scribe {
                type Output = (&'static str, &'static str, &'static str);
                fn $method(self, _: $number) -> Self::Output {
                    ("left", stringify!($op), stringify!($number))
                }
            }

            impl $Op<&Scribe> for $number {
                type Output = (&'static str, &'static str, &'static str);
                fn $method(self, _: &Scribe) -> Self::Output {
                    ("right", stringify!($op), stringify!($number))
                }
            }
        )*
    };
    (@check $op:tt ($($number:ident $one:expr,)*)) => {
        $({
            let scribe = Strong::new(Scribe);
            let proxy = Proxy::new(&scribe);
            let one: $number = $one;
            let left = ("left", stringify!($op), stringify!($number));
            let right = ("right", stringify!($op), stringify!($number));
            assert_eq!((&proxy $op one, proxy.clone() $op one), (left, left));
            assert_eq!((one $op &proxy, one $op proxy.clone()), (right, right));
            drop(scribe);
            // A panic is a long way where every step is interpreted.
            if !cfg!(miri) || ["bool", "i8"].contains(&stringify!($number)) {
                dead(|| &proxy $op one);
                dead(|| one $op proxy.clone());
            }
        })*
    };
}

numbers! { every_number_adds_multiplies_and_divides (Add add + Sub sub - Mul mul * Div div / Rem rem %)
    (i8 1, i16 1, i32 1, i64 1, i128 1, isize 1, u8 1, u16 1, u32 1, u64 1, u128 1, usize 1, f32 1.0, f64 1.0,)
}

numbers! { every_integer_and_bool_combines_bits (BitAnd bitand & BitOr bitor | BitXor bitxor ^)
    (bool true, i8 1, i16 1, i32 1, i64 1, i128 1, isize 1, u8 1, u16 1, u32 1, u64 1, u128 1, usize 1,)
}

numbers! { every_integer_shifts (Shl shl << Shr shr >>)
    (i8 1, i16 1, i32 1, i64 1, i128 1, isize 1, u8 1, u16 1, u32 1, u64 1, u128 1, usize 1,)
}

#[test]
fn a_proxy_of_a_proxy() {
    let twelve = Strong::new(Number(12));
    let inner = Strong::new(Proxy::new(&twelve));
    let outer = Proxy::new(&inner);
    assert_eq!(&outer + 1_i64, 13);
    assert_eq!(-&outer, -12);
    drop(twelve);
    dead(|| &outer + 1_i64);
}

/// Implementations for `&Proxy` and for numbers must not take away what the compiler knows without them.
#[test]
fn other_peoples_operators_still_infer() {
    fn sum<T>(values: &[T]) -> T
    where
        T: Default,
        for<'a> T: Add<&'a T, Output = T>,
    {
        values.iter().fold(T::default(), |sum, value| sum + value)
    }
    fn twice<T, O>(value: &T) -> O
    where
        for<'a> &'a T: Add<&'a T, Output = O>,
    {
        value + value
    }
    fn generic<T: Default>() -> T
    where
        for<'a> &'a T: Add<Output = T> + Not,
    {
        &T::default() + &T::default()
    }
    fn read<R>(mut reader: R) -> usize
    where
        R: std::io::Read,
    {
        reader.read(&mut []).unwrap()
    }

    assert_eq!(sum(&[1, 2, 3]), 6);
    assert_eq!(twice(&2), 4);
    assert_eq!(twice::<_, f64>(&2.5).to_string(), "5");
    assert_eq!(generic::<u8>(), 0);
    assert_eq!(read(&*Vec::new()), 0);
    let shift = 3;
    assert_eq!(1 << shift, 8);
    let x = 1_u64 << "4".parse::<u32>().unwrap() | u64::from(true);
    assert_eq!(x, 17);
    let total: f64 = 2.0 * [1.5, 2.5].iter().sum::<f64>();
    assert_eq!(total.to_string(), "8");
    assert_eq!(3 * Duration::from_secs(2), Duration::from_secs(6));
    let difference = &HashSet::from([1, 2]) - &HashSet::from([2]);
    assert_eq!(difference.len(), 1);
    assert!((1..=4).map(|x| x * x).map(|x| !x & 1 | x >> 1).sum::<i32>() > 0);
}
