fn main() {
    let object = weakref::Strong::new(weakref::Object(1));
    let _ = weakref::weak!([object, object = object.clone()], move || ());
}
