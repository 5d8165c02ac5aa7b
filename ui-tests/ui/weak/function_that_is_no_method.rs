use weakref::Method;

fn call<M: Method<str, (usize,)>>(method: M) {
    method.call("text", (1,));
}

fn main() {
    call(7_u8);
}
