#[weakref::proxy]
trait Listener {
    fn notify(&self, #[cfg(unix)] signal: i32, #[cfg_attr(all(), cfg(unix))] other: i32);
}

fn main() {}
