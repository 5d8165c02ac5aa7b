use weakref::{Object, Proxy, Strong};

fn main() {
    let double = Strong::new(Object(|x: u32| x * 2));
    Proxy::call(&Proxy::new(&double), (1_u32, 2_u32)).unwrap();
}
