// error[E0596]: cannot borrow data in
//
// Through a handle that is itself shared.

use weakref::{Object, Strong};

fn main() {
    let mut strong = Strong::new(Object(vec![1]));
    let shared = std::rc::Rc::new(strong);
    Strong::get_mut(&mut *shared);
    strong = Strong::new(Object(vec![]));
    drop(strong);
}
