use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Node<#[weakref(local)] 'a> {
    name: &'a str,
}

fn main() {}
