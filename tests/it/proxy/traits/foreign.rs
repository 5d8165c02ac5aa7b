//! Traits of other crates come through one of one's own and a newtype.

use super::*;

/// What a `tower` service looks like, in a crate that knows nothing of ours.
mod published {
    pub(super) trait Service<Request> {
        type Response;
        type Error;
        fn call(&self, request: Request) -> Result<Self::Response, Self::Error>;
    }

    pub(super) fn serve<S: Service<u32>>(service: &S) -> Vec<Result<S::Response, S::Error>> {
        [1, 2]
            .into_iter()
            .map(|request| service.call(request))
            .collect()
    }
}

#[weakref::proxy(dead = error)]
trait Handler: Send + Sync {
    fn handle(&self, request: u32) -> Result<u64, Failure>;
}

/// Gives what is a handler to what wants a service.
struct AsService<H>(H);

impl<H: Handler> published::Service<u32> for AsService<H> {
    type Response = u64;
    type Error = Failure;
    fn call(&self, request: u32) -> Result<u64, Failure> {
        self.0.handle(request)
    }
}

#[derive(WeakReferenceable)]
struct Doubler;

impl Handler for Doubler {
    fn handle(&self, request: u32) -> Result<u64, Failure> {
        Ok(u64::from(request) * 2)
    }
}

#[test]
fn a_foreign_service() {
    let doubler = Strong::new(Doubler);
    let service = AsService(Proxy::new(&doubler));
    assert_eq!(published::serve(&service), [Ok(2), Ok(4)]);
    drop(doubler);
    assert_eq!(
        published::serve(&service),
        [
            Err(Failure::Dead(ReferenceError)),
            Err(Failure::Dead(ReferenceError))
        ]
    );
}

/// What a logger does, as a trait of one's own.
#[weakref::proxy]
trait Sink: Send + Sync {
    #[proxy(dead = false)]
    fn wants(&self, metadata: &log::Metadata<'_>) -> bool;
    #[proxy(dead = ())]
    fn take(&self, record: &log::Record<'_>);
}

struct AsLog<S>(S);

impl<S: Sink> log::Log for AsLog<S> {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        self.0.wants(metadata)
    }
    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.take(record);
        }
    }
    fn flush(&self) {}
}

impl Sink for Log {
    fn wants(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }
    fn take(&self, record: &log::Record<'_>) {
        self.notify(&record.args().to_string());
    }
}

/// A logger is installed for the rest of the process; what it writes to need not live as long.
#[test]
fn a_logger_of_the_log_crate() {
    fn write(logger: &dyn log::Log, level: log::Level) {
        let record = log::Record::builder()
            .level(level)
            .args(format_args!("event"))
            .build();
        logger.log(&record);
    }
    let log = Strong::new(Log::default());
    let logger = AsLog(Proxy::new(&log));
    let logger: &dyn log::Log = &logger;
    write(logger, log::Level::Warn);
    write(logger, log::Level::Info);
    assert_eq!(*log.0.lock().unwrap(), ["event"]);
    drop(log);
    write(logger, log::Level::Error);
    let metadata = log::Metadata::builder().level(log::Level::Error).build();
    assert!(!logger.enabled(&metadata), "it logs nothing any more");
}

/// `std::io::Write` is forwarded without any of this.
#[test]
fn a_writer_of_std() {
    fn copy(mut to: impl io::Write) -> io::Result<u64> {
        io::copy(&mut &b"copied"[..], &mut to)
    }
    let (mut reader, writer) = io::pipe().unwrap();
    let pipe = Strong::new(weakref::Object(writer));
    let proxy = Proxy::new(&pipe);
    assert_eq!(copy(&proxy).unwrap(), 6);
    drop(pipe);
    assert_eq!(copy(&proxy).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(
        io::read_to_string(&mut reader).unwrap(),
        "copied",
        "and its end was closed"
    );
}
