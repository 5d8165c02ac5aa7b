use std::sync::{Arc, Mutex};

use weakref::{
    AssertFinalizerSafe, FinalizerSafe, Strong, WeakRef, WeakReferenceable, finalize, finalize_with,
};

type Log = Arc<Mutex<Vec<String>>>;

#[derive(WeakReferenceable)]
struct File {
    name: String,
    log: Log,
}

#[derive(FinalizerSafe)]
struct Entry<T> {
    log: Log,
    what: Option<T>,
}

trait Job: FinalizerSafe + Send {
    fn run(&self);
}

impl Job for Entry<String> {
    fn run(&self) {
        self.log.lock().unwrap().extend(self.what.clone());
    }
}

#[test]
fn run_newest_first() {
    let log = Log::default();
    let entry = |what: &str| Entry {
        log: Arc::clone(&log),
        what: Some(what.to_owned()),
    };
    let file = Strong::new(File {
        name: "file".to_owned(),
        log: Arc::clone(&log),
    });

    finalize(&file, |file| {
        let entry = Entry {
            log: Arc::clone(&file.log),
            what: Some(file.name.clone()),
        };
        move || entry.run()
    });
    finalize_with(&file, |entry| entry.run(), entry("derived"));
    let job: Box<dyn Job> = Box::new(entry("trait object"));
    finalize_with(&file, |job| job.run(), job);
    let weak = Strong::downgrade(&file);
    let dead = |(weak, entry): (WeakRef<File>, Entry<String>)| {
        assert!(!weak.is_alive());
        entry.run();
    };
    finalize_with(&file, dead, (weak, entry("weak")));
    let owner = Strong::new(File {
        name: String::new(),
        log: Arc::clone(&log),
    });
    finalize_with(
        &file,
        |owner| owner.log.lock().unwrap().push("asserted".to_owned()),
        AssertFinalizerSafe(owner),
    );

    drop(file);
    assert_eq!(
        *log.lock().unwrap(),
        ["asserted", "weak", "trait object", "derived", "file"]
    );
}
