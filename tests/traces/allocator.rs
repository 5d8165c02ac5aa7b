//! An allocator that drops handles, as an allocator may: it is called while records are locked.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};

use weakref::{Strong, WeakReferenceable};

use super::child;

struct Dropping;

thread_local! {
    /// After how many allocations the thread drops what it has.
    static AFTER: Cell<u32> = const { Cell::new(0) };
    static DROPPED: RefCell<Option<Strong<Shelf>>> = const { RefCell::new(None) };
}

// SAFETY: all of it is the system's.
unsafe impl GlobalAlloc for Dropping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let after = AFTER.get();
        AFTER.set(after.saturating_sub(1));
        if after == 1 {
            drop(DROPPED.take());
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static DROPPING: Dropping = Dropping;

#[derive(WeakReferenceable)]
struct Book;

#[derive(WeakReferenceable)]
struct Shelf {
    books: Vec<Strong<Book>>,
}

/// It dies past its record, on whatever allocation of a report, and nobody looks at what it was.
#[test]
fn what_dies_past_its_record_is_not_looked_into() {
    let test = child::test_path!(what_dies_past_its_record_is_not_looked_into);
    let outcome = child::run(test, "allocator", || {
        let book = Strong::new(Book);
        let mut is_astray = false;
        for after in 1..60 {
            let shelf = Strong::new(Shelf {
                books: vec![book.clone(); 3],
            });
            let weak = Strong::downgrade(&shelf);
            DROPPED.set(Some(shelf));
            AFTER.set(after);
            let _holders = Strong::holders(&book);
            AFTER.set(0);
            drop(DROPPED.take());
            assert!(!weak.is_alive());
            // Somewhere in there its record was left behind.
            let left = weakref::live::<Shelf>().len();
            is_astray |= left > 0;
            for holders in weakref::live::<Book>() {
                assert!(!is_astray || holders.owners().is_empty(), "{holders}");
            }
        }
        assert!(is_astray);
        let kept = Strong::new(Shelf {
            books: vec![book.clone()],
        });
        assert!(Strong::holders(&kept.books[0]).owners().is_empty());
    });
    if let Some(outcome) = outcome {
        outcome.succeeded();
    }
}
