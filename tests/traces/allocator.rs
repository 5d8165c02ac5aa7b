//! An allocator that drops handles, as an allocator may: it is called while records are locked.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::mem::replace;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::WeakValueMap;

use super::child;

struct Dropping;

thread_local! {
    /// After how many allocations the thread drops what it has.
    static AFTER: Cell<u32> = const { Cell::new(0) };
    static DROPPED: RefCell<Option<Strong<Shelf>>> = const { RefCell::new(None) };
    static GIVEN_UP: RefCell<Option<Ask>> = const { RefCell::new(None) };
}

type Ask = Pin<Box<dyn Future<Output = Strong<Book>>>>;

// SAFETY: all of it is the system's.
unsafe impl GlobalAlloc for Dropping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let after = AFTER.get();
        AFTER.set(after.saturating_sub(1));
        if after == 1 {
            drop(DROPPED.take());
            drop(GIVEN_UP.take());
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

/// Who waited for a value gets a handle of it, which is recorded; another one gives up then.
#[test]
fn who_waits_for_a_value_gives_up_while_another_gets_it() {
    let test = child::test_path!(who_waits_for_a_value_gives_up_while_another_gets_it);
    let outcome = child::run(test, "allocator", || {
        let mut gave_up = 0;
        // Some number of handles is the one whose record has to grow.
        for handles in 0..40 {
            for after in 1..6 {
                gave_up += usize::from(another_gives_up(handles, after));
            }
        }
        assert!(gave_up > 0, "something was allocated");
    });
    if let Some(outcome) = outcome {
        outcome.succeeded();
    }
}

/// Whether it did, at the allocation of that number, in the poll of one that gets its handle beside so many.
fn another_gives_up(handles: usize, after: u32) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    let map = Rc::new(WeakValueMap::<u32, Book>::new());
    let ask = || -> Ask {
        let map = Rc::clone(&map);
        let mut is_later = false;
        Box::pin(async move {
            let book = poll_fn(move |_| {
                if replace(&mut is_later, true) {
                    Poll::Ready(Strong::new(Book))
                } else {
                    Poll::Pending
                }
            });
            map.get_or_insert_with_async(1, || book).await
        })
    };
    let mut asks = [(); 3].map(|()| ask());
    for ask in &mut asks {
        assert!(ask.as_mut().poll(&mut context).is_pending());
    }
    let [mut leader, mut waiter, other] = asks;
    let Poll::Ready(made) = leader.as_mut().poll(&mut context) else {
        unreachable!("it is made");
    };
    let _others = vec![made.clone(); handles];
    GIVEN_UP.set(Some(other));
    AFTER.set(after);
    let polled = waiter.as_mut().poll(&mut context);
    AFTER.set(0);
    assert!(matches!(polled, Poll::Ready(given) if Strong::ptr_eq(&given, &made)));
    GIVEN_UP.take().is_none()
}
