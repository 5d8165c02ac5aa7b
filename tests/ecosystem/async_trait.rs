//! `#[async_trait]` and boxed futures behind `#[weakref::proxy]`.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use ::async_trait::async_trait;
use weakref::{Proxy, Strong, WeakReferenceable};

/// Runs a future that is always ready.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

fn sent<F: Future + Send>(future: F) -> F {
    future
}

#[derive(WeakReferenceable, Default)]
struct Store {
    calls: Mutex<Vec<String>>,
}

impl Store {
    fn called(&self, call: &str) -> usize {
        let mut calls = self.calls.lock().unwrap();
        calls.push(call.to_owned());
        calls.len()
    }
}

#[async_trait]
#[weakref::proxy]
trait Above: Send + Sync {
    async fn load(&self, key: &str) -> usize;
    #[proxy(dead = error)]
    async fn fallible(&self, key: String) -> io::Result<usize>;
    async fn twice(&self, key: &str) -> usize {
        self.load(key).await + self.load(key).await
    }
    fn plain(&self) -> usize;
}

#[weakref::proxy(dead = error)]
#[async_trait]
trait Below {
    async fn read(&self, key: &str, into: &mut String) -> io::Result<usize>;
    #[proxy(dead = 0)]
    async fn with_default(&self) -> usize {
        10
    }
}

#[weakref::proxy]
#[async_trait(?Send)]
trait Here {
    async fn on_this_thread(&self, name: &std::rc::Rc<str>) -> usize;
}

#[async_trait]
impl Above for Store {
    async fn load(&self, key: &str) -> usize {
        self.called(key)
    }
    async fn fallible(&self, key: String) -> io::Result<usize> {
        Ok(self.called(&key))
    }
    fn plain(&self) -> usize {
        self.called("plain")
    }
}

#[async_trait]
impl Below for Store {
    async fn read(&self, key: &str, into: &mut String) -> io::Result<usize> {
        into.push_str(key);
        Ok(self.called(key))
    }
    async fn with_default(&self) -> usize {
        11
    }
}

#[async_trait(?Send)]
impl Here for Store {
    async fn on_this_thread(&self, name: &std::rc::Rc<str>) -> usize {
        self.called(name)
    }
}

#[test]
fn either_order_of_the_attributes_forwards() {
    let store = Strong::new(Store::default());
    let proxy = Proxy::new(&store);
    assert_eq!(ready(sent(Above::load(&proxy, "a"))), 1);
    assert_eq!(ready(proxy.fallible("b".into())).unwrap(), 2);
    assert_eq!(ready(proxy.twice("c")), 7);
    assert_eq!(proxy.plain(), 5);
    let mut text = String::new();
    assert_eq!(ready(sent(proxy.read("d", &mut text))).unwrap(), 6);
    assert_eq!(text, "d");
    assert_eq!(
        ready(proxy.with_default()),
        11,
        "the object's, not the trait's"
    );
    assert_eq!(ready(proxy.on_this_thread(&"e".into())), 7);

    // As a trait object, which is what the crate is for.
    let shared: Box<dyn Above> = Box::new(Proxy::new(&store));
    assert_eq!(ready(shared.load("f")), 8);

    drop(store);
    assert_eq!(
        ready(proxy.fallible(String::new())).unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
    assert!(ready(proxy.read("", &mut text)).is_err());
    assert_eq!(ready(proxy.with_default()), 0);
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[weakref::proxy]
trait Boxed {
    fn written_out(&self) -> Pin<Box<dyn Future<Output = usize> + Send + '_>>;
    fn named<'a>(&'a self, key: &'a str) -> BoxFuture<'a, usize>;
    #[proxy(dead = error)]
    fn fallible_box(&self) -> BoxFuture<'_, io::Result<usize>>;
    /// Owns what it needs, as any other result.
    fn owned(&self) -> Pin<Box<dyn Future<Output = usize>>>;
}

impl Boxed for Store {
    fn written_out(&self) -> Pin<Box<dyn Future<Output = usize> + Send + '_>> {
        self.called("called");
        Box::pin(async { self.called("polled") })
    }
    fn named<'a>(&'a self, key: &'a str) -> BoxFuture<'a, usize> {
        Box::pin(async move { self.called(key) })
    }
    fn fallible_box(&self) -> BoxFuture<'_, io::Result<usize>> {
        Box::pin(async { Ok(self.called("fallible")) })
    }
    fn owned(&self) -> Pin<Box<dyn Future<Output = usize>>> {
        Box::pin(std::future::ready(self.called("owned")))
    }
}

#[weakref::proxy(trait StoreProxy)]
impl Store {
    pub(crate) fn later(&self) -> Pin<Box<dyn Future<Output = usize> + Send + '_>> {
        Box::pin(async { self.called("later") })
    }
    pub(crate) fn aliased<'a>(&'a self, key: &'a str) -> BoxFuture<'a, usize> {
        Box::pin(async move { self.called(key) })
    }
    pub(crate) async fn plain_later(&self) -> usize {
        std::future::ready(self.called("plain later")).await
    }
}

#[test]
fn boxed_futures_are_forwarded() {
    let store = Strong::new(Store::default());
    let proxy = Proxy::new(&store);
    assert_eq!(ready(sent(proxy.written_out())), 2);
    assert_eq!(ready(sent(proxy.named("key"))), 3);
    assert_eq!(ready(proxy.fallible_box()).unwrap(), 4);
    assert_eq!(ready(proxy.owned()), 5);
    assert_eq!(ready(sent(proxy.later())).unwrap(), 6);
    assert_eq!(ready(proxy.aliased("other")).unwrap(), 7);
    assert_eq!(ready(proxy.plain_later()).unwrap(), 8);
    drop(store);
    assert!(ready(proxy.fallible_box()).is_err());
    assert!(ready(proxy.later()).is_err());
}

#[weakref::proxy]
trait Written {
    async fn asynchronous(&self) -> usize;
    fn opaque(&self) -> impl Future<Output = usize> + Send;
    fn boxed(&self) -> BoxFuture<'_, usize>;
}

impl Written for Store {
    async fn asynchronous(&self) -> usize {
        self.called("asynchronous")
    }
    fn opaque(&self) -> impl Future<Output = usize> + Send {
        std::future::ready(self.called("opaque"))
    }
    fn boxed(&self) -> BoxFuture<'_, usize> {
        Box::pin(std::future::ready(self.called("boxed")))
    }
}

/// One rule, however the method is written: the object is kept from the call on, and called when the future is polled.
#[test]
fn the_object_is_kept_from_the_call_on_and_called_by_the_first_poll() {
    macro_rules! check {
        ($method:ident) => {{
            let store = Strong::new(Store::default());
            let (weak, proxy) = (Strong::downgrade(&store), Proxy::new(&store));
            let future = proxy.$method();
            assert!(store.calls.lock().unwrap().is_empty(), "not yet called");
            drop(store);
            assert!(weak.is_alive(), "kept by the future");
            assert_eq!(ready(future), 1);
            assert!(!weak.is_alive());

            let store = Strong::new(Store::default());
            let (weak, proxy) = (Strong::downgrade(&store), Proxy::new(&store));
            let future = proxy.$method();
            drop(store);
            drop(future);
            assert!(!weak.is_alive(), "a future that nobody polls lets go");
        }};
    }
    check!(asynchronous);
    check!(opaque);
    check!(boxed);
}
