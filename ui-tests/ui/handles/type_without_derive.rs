use weakref::Strong;

struct Image;

fn main() {
    Strong::new(Image);
}
