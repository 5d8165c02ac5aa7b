use weakref::WeakReferenceable;

#[weakref::proxy]
trait Job {
    fn into(self) -> u32;
}

#[derive(WeakReferenceable)]
struct Counter(u32);

#[weakref::proxy(trait CounterProxy)]
impl Counter {
    pub fn end(mut self) -> u32 {
        self.0 += 1;
        self.0
    }
}

fn main() {}
