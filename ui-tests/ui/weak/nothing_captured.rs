fn main() {
    let _ = weakref::weak!([], move || ());
}
