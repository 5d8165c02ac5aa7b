// error[E0451]: fields `header`, `value`, `type_id` and `life` of struct
//
// Where any object is said to be under construction.

use std::any::TypeId;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

use weakref::__private::Site;

fn main() {
    let _site = Site {
        header: std::ptr::null_mut(),
        value: MaybeUninit::uninit(),
        type_id: TypeId::of::<u8>(),
        life: PhantomData,
    };
}
