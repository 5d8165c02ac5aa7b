use std::pin::Pin;

#[weakref::proxy]
trait Job {
    fn run(self: Pin<&mut Self>);
}

fn main() {}
