use weakref::FinalizerSafe;

#[derive(FinalizerSafe)]
union Job {
    gray: u8,
    color: [u8; 3],
}

fn main() {}
