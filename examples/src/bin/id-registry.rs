//! Numbers for objects, for a side that can hold no handles: a wire protocol, a foreign language,
//! a log. The registry finds the object of a number as long as somebody owns it, and forgets it by
//! itself.
//!
//! Here an editor's windows own its documents, and commands name the documents by number.
//!
//! `cargo run -p weakref-examples --bin id-registry`

use std::cell::{Cell, RefCell};
use std::fmt;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::WeakValueMap;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Document {
    id: DocumentId,
    title: String,
    text: RefCell<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct DocumentId(u32);

/// Knows every open document and keeps none open.
#[derive(Default)]
struct Registry {
    last: Cell<u32>,
    documents: RefCell<WeakValueMap<DocumentId, Document>>,
}

impl Registry {
    fn open(&self, title: &str) -> Strong<Document> {
        let id = DocumentId(self.last.get() + 1);
        self.last.set(id.0);
        let document = Strong::new(Document {
            id,
            title: title.to_owned(),
            text: RefCell::default(),
        });
        self.documents.borrow_mut().insert(id, &document);
        document
    }

    fn find(&self, id: DocumentId) -> Result<Strong<Document>, NoDocument> {
        self.documents.borrow().get(&id).ok_or(NoDocument(id))
    }

    /// Runs a command such as `write 2 some words` or `print 2`.
    fn run(&self, command: &str) -> Result<String, NoDocument> {
        let mut words = command.splitn(3, ' ');
        let verb = words.next().unwrap_or_default();
        let number = words.next().and_then(|word| word.parse().ok());
        let document = self.find(DocumentId(number.unwrap_or_default()))?;
        match verb {
            "write" => {
                let mut text = document.text.borrow_mut();
                text.push_str(words.next().unwrap_or_default());
                Ok(format!("{}: {} letters", document.title, text.len()))
            }
            _ => Ok(format!("{}: {}", document.title, document.text.borrow())),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct NoDocument(DocumentId);

impl fmt::Display for NoDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no open document {}", self.0.0)
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

fn main() {
    let registry = Registry::default();
    let run = |command: &str| {
        let answer = registry.run(command);
        let line = answer.unwrap_or_else(|error| error.to_string());
        println!("{command:<22} -> {line}");
    };

    let letter = registry.open("letter");
    let mut windows = vec![registry.open("notes"), letter.clone()];
    assert_eq!(letter.id, DocumentId(1));
    run("write 1 dear Anna");
    run("write 2 buy milk");
    run("print 2");

    println!("closing the window of {}", windows.remove(0).title);
    run("print 2");
    println!("closing the window of {}", windows.remove(0).title);
    run("print 1");
    assert_eq!(registry.documents.borrow().len(), 1);
    drop(letter);
    run("print 1");
    assert!(registry.documents.borrow().is_empty());

    // Numbers are not used again, so an old one cannot mean a new document.
    let next = registry.open("memo");
    println!("{:?} is {}", next.id, next.title);
    assert_eq!(
        registry.find(DocumentId(1)).err(),
        Some(NoDocument(DocumentId(1)))
    );
}
