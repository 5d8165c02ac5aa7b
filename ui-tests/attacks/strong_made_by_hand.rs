// error[E0451]: fields `value` and `slot` of struct `Strong` are private
//
// Any address as an object.

use std::marker::PhantomData;
use std::ptr::NonNull;

use weakref::{Object, Strong};

fn main() {
    let _number = Strong::<Object<u8>> {
        value: NonNull::dangling(),
        slot: PhantomData,
    };
}
