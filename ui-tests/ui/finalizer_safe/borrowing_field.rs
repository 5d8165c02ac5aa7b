use weakref::FinalizerSafe;

#[derive(FinalizerSafe)]
struct Job<'a> {
    name: &'a str,
}

fn safe<T: FinalizerSafe>(_: T) {}

fn main() {
    let name = String::new();
    safe(Job { name: &name });
}
