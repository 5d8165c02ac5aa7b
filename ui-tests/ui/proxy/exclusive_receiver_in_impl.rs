use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Counter(u32);

#[weakref::proxy(trait CounterProxy)]
impl Counter {
    pub fn count(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }
}

fn main() {}
