fn main() {
    let object = weakref::Strong::new(weakref::Object(1));
    let _ = weakref::weak!([object], move || {
        let number = object.0;
        async move { drop((object, number)) }
    });
}
