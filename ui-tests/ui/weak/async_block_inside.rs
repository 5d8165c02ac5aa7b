fn spawn(_: impl std::future::Future<Output = ()>) {}

fn main() {
    let object = weakref::Strong::new(weakref::Object(1));
    let _ = weakref::weak!([object], move || {
        spawn(async {});
        spawn(async move { println!("{}", object.0) });
    });
}
