// error: cannot construct `Strong<Object<u8>>` with struct literal syntax due to private fields
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
