use weakref_containers::shared::Interner;

#[derive(PartialEq, Eq, Hash)]
struct Name(String);

fn main() {
    let names = Interner::<Name>::new();
    names.intern(&Name("rose".to_owned()));
}
