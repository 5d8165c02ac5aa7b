use weakref::Method;

fn call<M: Method<str, (usize,)>>(method: M) {
    method.call("text", (1,));
}

fn main() {
    call(u8::count_ones);
}
