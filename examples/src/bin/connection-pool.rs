//! Connections that go back to their pool by themselves: a finalizer on each holds the pool weakly
//! and hands the socket back when the connection dies. A pool that is gone closes them instead.
//!
//! The connections are real ones, over loopback, to an echo server in this process; they are objects
//! of a foreign type, `Object<TcpStream>`.
//!
//! `cargo run -p weakref-examples --bin connection-pool`

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use weakref::{Object, Strong, WeakRef, WeakReferenceable, finalize_with};

type Connection = Strong<Object<TcpStream>>;

#[derive(WeakReferenceable)]
struct Pool {
    server: SocketAddr,
    idle: Mutex<Vec<TcpStream>>,
    opened: AtomicUsize,
}

impl Pool {
    fn new(server: SocketAddr) -> Strong<Self> {
        Strong::new(Self {
            server,
            idle: Mutex::default(),
            opened: AtomicUsize::new(0),
        })
    }

    /// An idle connection, or a new one.
    fn connect(this: &Strong<Self>) -> io::Result<Connection> {
        let idle = this
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let stream = if let Some(stream) = idle {
            stream
        } else {
            this.opened.fetch_add(1, Ordering::Relaxed);
            TcpStream::connect(this.server)?
        };
        // The action's own handle of the socket; the object's closes with the object.
        let socket = stream.try_clone()?;
        let connection = Strong::new(Object(stream));
        finalize_with(&connection, give_back, (Strong::downgrade(this), socket)).set_at_exit(false);
        Ok(connection)
    }

    fn idle(&self) -> usize {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

fn give_back((pool, socket): (WeakRef<Pool>, TcpStream)) {
    if let Some(pool) = pool.upgrade() {
        pool.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(socket);
    }
}

fn ask(connection: &Connection, line: &str) -> io::Result<String> {
    let mut stream: &TcpStream = connection;
    writeln!(stream, "{line}")?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    Ok(answer.trim_end().to_owned())
}

/// Echoes lines until each client is gone. Counts the clients.
fn serve(listener: &TcpListener, clients: &Arc<AtomicUsize>) {
    for stream in listener.incoming().filter_map(Result::ok) {
        let clients = Arc::clone(clients);
        clients.fetch_add(1, Ordering::SeqCst);
        thread::spawn(move || {
            let mut answers = &stream;
            for line in BufReader::new(&stream).lines().map_while(Result::ok) {
                if writeln!(answers, "echo {line}").is_err() {
                    break;
                }
            }
            clients.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let server = listener.local_addr()?;
    let clients = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&clients);
    thread::spawn(move || serve(&listener, &seen));

    let pool = Pool::new(server);
    let asked = 40;
    let users: Vec<_> = (0..4)
        .map(|user| {
            let pool = pool.clone();
            thread::spawn(move || -> io::Result<()> {
                for number in 0..asked / 4 {
                    let line = format!("user {user} asks {number}");
                    let connection = Pool::connect(&pool)?;
                    assert_eq!(ask(&connection, &line)?, format!("echo {line}"));
                }
                Ok(())
            })
        })
        .collect();
    for user in users {
        user.join().expect("a user does not panic")?;
    }
    let opened = pool.opened.load(Ordering::Relaxed);
    println!(
        "{asked} questions over {opened} connections, {} idle now",
        pool.idle()
    );
    assert!(opened <= 4);
    assert_eq!(pool.idle(), opened);

    // A connection that outlives its pool closes.
    let last = Pool::connect(&pool)?;
    drop(pool);
    assert_eq!(ask(&last, "still here?")?, "echo still here?");
    drop(last);
    for _ in 0..1000 {
        if clients.load(Ordering::SeqCst) == 0 {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(clients.load(Ordering::SeqCst), 0);
    println!("the pool is gone, and every connection is closed");
    Ok(())
}
