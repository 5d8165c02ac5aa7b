use weakref::FinalizerSafe;

#[derive(FinalizerSafe)]
struct Job {
    #[weakref(skip)]
    name: String,
}

fn main() {}
