#[weakref::proxy]
trait Job {
    fn run(self: Box<Self>);
}

fn main() {}
