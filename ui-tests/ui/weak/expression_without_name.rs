fn main() {
    let objects = [weakref::Strong::new(weakref::Object(1))];
    let _ = weakref::weak!([objects[0]], move || ());
}
