#[weakref::proxy]
trait Listener {
    #[proxy(dead = error)]
    fn notify(&self) -> Result<(), String>;
}

fn main() {}
