//! Methods that return futures.

use super::*;

#[weakref::proxy]
trait Fetch {
    async fn fetch(&self, key: &str) -> usize;
    fn poll(&self, key: String) -> impl Future<Output = String> + Send;
    #[proxy(dead = error)]
    async fn fallible(&self) -> io::Result<u32>;
    #[proxy(dead = error)]
    fn fallible_future(&self) -> impl Future<Output = io::Result<u32>>;
}

#[derive(WeakReferenceable, Default)]
struct Fetcher {
    own: Mutex<Option<Strong<Fetcher>>>,
    dropped: Arc<AtomicU32>,
}

impl Drop for Fetcher {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl Fetch for Fetcher {
    async fn fetch(&self, key: &str) -> usize {
        drop(self.own.lock().unwrap().take());
        std::future::ready(()).await;
        assert_eq!(
            self.dropped.load(Ordering::Relaxed),
            0,
            "valid until the future is done"
        );
        key.len()
    }
    fn poll(&self, key: String) -> impl Future<Output = String> + Send {
        std::future::ready(key + "!")
    }
    async fn fallible(&self) -> io::Result<u32> {
        Ok(1)
    }
    async fn fallible_future(&self) -> io::Result<u32> {
        Ok(2)
    }
}

#[test]
fn futures_keep_the_object_alive_until_they_are_done() {
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }
    let fetcher = Strong::new(Fetcher::default());
    let dropped = Arc::clone(&fetcher.dropped);
    let proxy = Proxy::new(&fetcher);
    assert_eq!(ready(sent(proxy.poll("key".into()))), "key!");
    assert_eq!(ready(proxy.fallible()).unwrap(), 1);
    assert_eq!(ready(proxy.fallible_future()).unwrap(), 2);

    let other = fetcher.clone();
    *other.own.lock().unwrap() = Some(fetcher);
    drop(other);
    assert_eq!(ready(proxy.fetch("four")), 4);
    assert_eq!(dropped.load(Ordering::Relaxed), 1);

    dead(|| ready(proxy.fetch("")));
    dead(|| ready(proxy.poll(String::new())));
    assert_eq!(
        ready(proxy.fallible()).unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
    assert_eq!(
        ready(proxy.fallible_future()).unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
}
