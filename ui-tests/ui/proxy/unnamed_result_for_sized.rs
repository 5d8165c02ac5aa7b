use std::fmt::Debug;

#[weakref::proxy]
trait Numbers {
    fn numbers(&self) -> impl Iterator<Item = u32>
    where
        Self: Sized;
    fn shown(&self) -> Option<impl Debug>
    where
        Self: Sized;
    async fn shown_later(&self) -> impl Debug
    where
        Self: Sized;
}

fn main() {}
