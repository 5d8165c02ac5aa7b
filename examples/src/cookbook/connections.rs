//! A registry of connections. Each says goodbye once: when it is dropped, when it is closed, or when the process exits,
//! whatever still holds it then.

use std::sync::{LazyLock, Mutex, PoisonError};

use weakref::{Finalizer, Strong, WeakReferenceable, finalizer};
use weakref_containers::shared::WeakValueMap;

#[derive(WeakReferenceable)]
#[weakref(finalizer = say_goodbye)]
struct Connection {
    peer: String,
}

impl Connection {
    /// The action has a copy of the peer's name: it runs when the connection is gone, or at exit beside it.
    #[finalizer]
    fn say_goodbye(&self) -> impl FnOnce() {
        let peer = self.peer.clone();
        move || println!("goodbye, {peer}")
    }

    fn close(this: &Strong<Self>) {
        if let Some(finalizer) = Finalizer::of(this, Self::SAY_GOODBYE) {
            finalizer.call();
        }
    }
}

static OPEN: LazyLock<WeakValueMap<String, Connection>> = LazyLock::new(WeakValueMap::new);
/// Nobody empties this before the process exits.
static FORGOTTEN: Mutex<Vec<Strong<Connection>>> = Mutex::new(Vec::new());

fn connect(peer: &str) -> Strong<Connection> {
    OPEN.get_or_insert_with(peer.to_owned(), || {
        println!("hello, {peer}");
        Strong::new(Connection {
            peer: peer.to_owned(),
        })
    })
}

/// Opens four connections: one is dropped, one closed by hand, two are left to the exit.
pub(super) fn run() {
    let anna = connect("Anna");
    let same = connect("Anna");
    println!("open: {}", OPEN.len());
    drop((anna, same));
    println!("open: {}", OPEN.len());

    let bert = connect("Bert");
    Connection::close(&bert);
    Connection::close(&bert);

    let forgotten = [connect("Cleo"), connect("Dora"), bert];
    FORGOTTEN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .extend(forgotten);
    println!("leaving with {} open", OPEN.len());
}
