fn on_click(_: impl AsyncFn()) {}

fn main() {
    let object = weakref::Strong::new(weakref::Object(1));
    let _ = weakref::weak!([object], move || {
        on_click(async move || drop(&object));
    });
}
