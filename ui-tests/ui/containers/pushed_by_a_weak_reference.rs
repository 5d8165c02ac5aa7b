use weakref::{Object, Strong};
use weakref_containers::WeakList;

fn main() {
    let ada = Strong::new(Object(1));
    let weak = Strong::downgrade(&ada);
    let mut list = WeakList::new();
    list.push(&weak);
}
