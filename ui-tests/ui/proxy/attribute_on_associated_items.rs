#[weakref::proxy]
trait Listener {
    #[proxy(skip)]
    type Event;
    #[proxy(dead = 1)]
    const COUNT: u32;
}

fn main() {}
