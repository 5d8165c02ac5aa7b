fn main() {
    let object = weakref::Strong::new(weakref::Object(1));
    let other = object.clone();
    let _ = weakref::weak!([object, other] else object.0, move || other.0);
}
