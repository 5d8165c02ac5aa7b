use std::future::Future;
use std::pin::Pin;

#[weakref::proxy]
trait Store {
    fn load(&self, key: &str) -> Pin<Box<dyn Future<Output = usize> + Send + '_>>;
}

fn main() {}
