use weakref::{Object, Strong};

fn main() {
    let object = Strong::new(Object(1));
    weakref::assert_dies!(object);
}
