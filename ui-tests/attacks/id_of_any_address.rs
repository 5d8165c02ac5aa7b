// error[E0423]: cannot initialize a tuple struct
//
// An identity made of a number.

use weakref::ObjectId;

fn main() {
    drop(ObjectId(1));
}
