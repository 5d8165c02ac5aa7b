//! Proxies and methods.

use weakref::{Proxy, Strong, WeakMethod};

use super::ExpensiveObject;

#[weakref::proxy(trait Named)]
impl ExpensiveObject {
    pub(super) fn name(&self) -> String {
        self.name.to_owned()
    }
}

pub(super) fn proxy() {
    let obj = Strong::new(ExpensiveObject { name: "My Object" });
    let r = Strong::downgrade(&obj);
    let p = Proxy::new(&obj);
    println!("via obj: {}", obj.name);
    println!(
        "via ref: {}",
        r.upgrade().map_or("None", |object| object.name)
    );
    println!("via proxy: {}", p.name().expect("it is alive"));
    drop(obj);
    match p.name() {
        Ok(name) => println!("via proxy: {name}"),
        Err(error) => println!("ReferenceError: {error}"),
    }
}

impl ExpensiveObject {
    fn greet(&self, whom: &'static str) -> String {
        format!("{} greets {whom}", self.name)
    }
}

pub(super) fn weak_method() {
    let obj = Strong::new(ExpensiveObject { name: "obj" });
    let r = WeakMethod::new(&obj, ExpensiveObject::greet);
    println!("r(): {}", r.upgrade().is_some());
    println!("r()(…): {:?}", r.call(("you",)));
    drop(obj);
    println!("r(): {}", r.upgrade().is_some());
    println!("r()(…): {:?}", r.call(("you",)));
}
