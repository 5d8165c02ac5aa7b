//! Tasks that want the same download wait for one. If the one that downloads is cancelled, another takes over.

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::WeakValueMap;

use super::tasks::{Task, pause, poll, run_all};

#[derive(WeakReferenceable)]
struct Page(String);

type Pages = WeakValueMap<&'static str, Page>;

async fn download(task: u32, address: &str) -> Result<Strong<Page>, String> {
    println!("task {task} downloads {address}");
    pause().await;
    pause().await;
    if address == "nowhere" {
        return Err(format!("{address} does not answer"));
    }
    println!("task {task} has {address}");
    Ok(Strong::new(Page(format!("the page of {address}"))))
}

async fn show(pages: &Pages, task: u32, address: &'static str) {
    let page = pages.get_or_try_insert_with_async(address, || download(task, address));
    match page.await {
        Ok(page) => println!("task {task} shows {}", page.0),
        Err(error) => println!("task {task}: {error}"),
    }
}

/// Three tasks for one page; then two, of which the first is cancelled; then one that fails.
pub(super) fn run() {
    let pages = Pages::new();
    run_all(vec![
        Box::pin(show(&pages, 1, "home")),
        Box::pin(show(&pages, 2, "home")),
        Box::pin(show(&pages, 3, "home")),
    ]);
    println!("pages held: {}", pages.len());

    let mut leader: Task<'_> = Box::pin(show(&pages, 4, "news"));
    let mut waiter: Task<'_> = Box::pin(show(&pages, 5, "news"));
    assert!(!poll(&mut leader) && !poll(&mut waiter));
    println!("task 4 is cancelled");
    drop(leader);
    run_all(vec![waiter]);

    run_all(vec![Box::pin(show(&pages, 6, "nowhere"))]);
    println!("pages held: {}", pages.len());
}
