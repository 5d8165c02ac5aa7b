use weakref::{Object, Strong, weak};

fn main() {
    let object = Strong::new(Object(1_u8));
    let r#type = Strong::new(Object(1_u8));
    let _ = weak!([object] else r#object.0, move || object.0);
    let _ = weak!([r#object] else object.0, move || object.0);
    let _ = weak!([r#type] else format!("{type:?}"), move || r#type.to_string());
    let _ = weak!([object] else 0, move |r#object: u8| object.0);
    let _ = weak!([object, r#object = r#type], move || drop(object));
    let _ = weak!([object], move || drop(Box::pin(async move { r#object.0 })));
}
