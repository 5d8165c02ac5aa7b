//! The documents of a language server: one object for each that is open, and what was computed about it, which goes
//! with it. An edit makes a new document, and whoever still works on the old one keeps that.

use std::sync::Arc;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::{IdentityWeakKeyMap, WeakValueMap};

#[derive(WeakReferenceable)]
struct Document {
    version: u32,
    text: String,
}

#[derive(Default)]
struct Server {
    /// What the editor holds open. A request holds a document for as long as it runs.
    current: WeakValueMap<&'static str, Document>,
    symbols: IdentityWeakKeyMap<Document, Vec<String>>,
}

impl Server {
    /// The handle is the editor's.
    fn open(&self, name: &'static str, version: u32, text: &str) -> Strong<Document> {
        let document = Strong::new(Document {
            version,
            text: text.to_owned(),
        });
        self.current.insert(name, &document);
        document
    }

    fn symbols(&self, document: &Strong<Document>) -> Arc<Vec<String>> {
        self.symbols.get_or_insert_with(document, || {
            println!("parsing version {}", document.version);
            let words: Vec<&str> = document.text.split_whitespace().collect();
            words
                .windows(2)
                .filter(|pair| pair[0] == "fn")
                .map(|pair| pair[1].to_owned())
                .collect()
        })
    }
}

/// Opens, edits and closes a document while a request works on its first version.
pub(super) fn run() {
    let server = Server::default();
    let mut editor = server.open("main.rs", 1, "fn main ( ) { }");
    let request = server.current.get("main.rs").expect("it is open");
    println!("{:?}", server.symbols(&request));
    println!("{:?}", server.symbols(&editor));

    editor = server.open("main.rs", 2, "fn main ( ) { } fn help ( ) { }");
    println!("{:?}", server.symbols(&editor));
    println!("the request still has version {}", request.version);
    println!("parsed: {}", server.symbols.len());
    drop(request);
    println!("parsed: {}", server.symbols.len());
    drop(editor);
    println!(
        "open: {}, parsed: {}",
        server.current.len(),
        server.symbols.len()
    );
}
