//! Leaves finalizers to the exit of the process, which comes by itself or, with an argument, by a call.

use weakref::{LocalObject, Object, Strong, finalize_with};

fn main() {
    let (shared, of_thread) = (Strong::new(Object(())), Strong::new(LocalObject(())));
    finalize_with(&shared, |()| println!("shared"), ());
    finalize_with(&of_thread, |()| println!("of the thread"), ());
    std::mem::forget((shared, of_thread));
    println!("end");
    if std::env::args().len() > 1 {
        std::process::exit(3);
    }
}
