fn main() {
    let object = weakref::Strong::new(weakref::Object(1));
    let _ = weakref::weak!([object], move || -> i32 { object.0 + 1 });
}
