#[weakref::proxy]
trait Named {
    fn name(&self) -> &str;
}

fn main() {}
