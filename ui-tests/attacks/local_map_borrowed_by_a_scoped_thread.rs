// error[E0277]: stay on the thread that made them
//
// A reference to a map of local objects.

use weakref::WeakReferenceable;
use weakref_containers::WeakValueMap;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let nodes = WeakValueMap::<u8, Node>::new();
    std::thread::scope(|scope| {
        scope.spawn(|| nodes.get(&1));
    });
}
