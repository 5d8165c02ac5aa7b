#[weakref::proxy]
trait Listener {
    fn notify(&self, #[cfg(unix)] signal: i32);
}

fn main() {}
