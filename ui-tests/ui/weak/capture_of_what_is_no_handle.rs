fn main() {
    let number = 1;
    let _ = weakref::weak!([number], move || drop(number));
}
