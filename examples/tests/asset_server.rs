//! The asset server: asked over HTTP in this process, and run as its users do.

use std::fs;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use image::DynamicImage;
use weakref_examples::asset_server::clients::{Reply, request};
use weakref_examples::asset_server::{Assets, Server};
use weakref_examples::image_cache::decode::{Unreadable, decode};
use weakref_examples::image_cache::photo;
use weakref_examples::image_cache::{Ledger, Served};
use weakref_examples::scratch::ScratchDir;

const CLIENTS: usize = 8;

/// Images "a", "b" and "torn", whose decodes are counted, and a server of them.
struct Bench {
    assets: Arc<Assets>,
    server: Server,
    decodes: Arc<AtomicUsize>,
}

impl Bench {
    /// A decode waits until its image has `viewers` viewers.
    fn new(viewers: usize) -> Self {
        let ledger = Ledger::new(["a", "b", "torn"]);
        let decodes = Arc::new(AtomicUsize::new(0));
        let (count, crowd) = (Arc::clone(&decodes), Arc::clone(&ledger));
        let assets = Arc::new(Assets::new(ledger, move |name| {
            count.fetch_add(1, Ordering::Relaxed);
            wait_until(|| crowd.viewers_of(name) >= viewers);
            match name {
                "torn" => Err(Unreadable::new(name, "half of it is \"missing\"")),
                _ => Ok(DynamicImage::new_rgb8(40, 20)),
            }
        }));
        let server = Server::start(Arc::clone(&assets), 0, CLIENTS).unwrap();
        Self {
            assets,
            server,
            decodes,
        }
    }

    fn get(&self, path: &str) -> Reply {
        request(self.server.address(), "GET", path).unwrap()
    }

    fn decodes(&self) -> usize {
        self.decodes.load(Ordering::Relaxed)
    }

    /// Ends the server, and asserts that no image outlives it.
    fn stop(self) {
        self.server.stop().unwrap();
        let totals = self.assets.ledger().totals();
        assert_eq!((totals.alive, totals.held, self.assets.live()), (0, 0, 0));
        assert_eq!(totals.redundant, 0);
    }
}

fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "it never came to pass"
        );
        thread::sleep(Duration::from_millis(1));
    }
}

fn text(reply: &Reply) -> &str {
    str::from_utf8(&reply.body).unwrap()
}

#[test]
fn all_who_ask_while_one_decodes_share_its_image() {
    let bench = Bench::new(CLIENTS + 1);
    thread::scope(|scope| {
        let first = scope.spawn(|| bench.assets.view("a").unwrap());
        wait_until(|| bench.decodes() == 1);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| scope.spawn(|| bench.get("/images/a")))
            .collect();
        // Held until all have their response.
        let view = first.join().unwrap();
        assert_eq!(view.served(), Served::Decoded);
        for client in clients {
            let reply = client.join().unwrap();
            assert_eq!(reply.status, 200);
            assert_eq!(
                text(&reply),
                "{\"name\": \"a\", \"width\": 40, \"height\": 20, \"bytes\": 2400}\n"
            );
        }
        assert_eq!(bench.decodes(), 1);
        let others = bench.assets.served(Served::Joined) + bench.assets.served(Served::Cached);
        assert_eq!(others, CLIENTS as u64);
        assert_eq!(bench.assets.live(), 1);
        drop(view);
    });
    bench.stop();
}

#[test]
fn an_image_goes_with_the_last_who_holds_it() {
    let bench = Bench::new(1);
    let view = bench.assets.view("a").unwrap();
    for _ in 0..3 {
        assert_eq!(bench.get("/images/a").status, 200);
    }
    assert_eq!(bench.decodes(), 1);
    drop(view);
    // The last response may still be on its way out of the worker that sent it.
    wait_until(|| bench.assets.ledger().totals().alive == 0 && bench.assets.live() == 0);
    assert_eq!(bench.get("/images/a").status, 200);
    assert_eq!(bench.decodes(), 2);
    bench.stop();
}

#[test]
fn thumbnails_are_pictures() {
    let bench = Bench::new(1);
    let reply = bench.get("/thumbnails/b?size=small");
    assert_eq!(reply.status, 200);
    assert!(reply.head.contains("image/png"), "{}", reply.head);
    let picture = image::load_from_memory(&reply.body).unwrap();
    assert_eq!((picture.width(), picture.height()), (192, 96));
    bench.stop();
}

#[test]
fn broken_images_are_the_servers_fault_and_tried_again() {
    let bench = Bench::new(1);
    for tries in 1..=2 {
        let reply = bench.get("/images/torn");
        assert_eq!(reply.status, 500);
        assert_eq!(
            text(&reply),
            "{\"error\": \"torn: half of it is \\\"missing\\\"\"}\n"
        );
        assert_eq!(bench.decodes(), tries);
    }
    assert_eq!(bench.assets.ledger().totals().failed, 2);
    thread::scope(|scope| {
        let ask = || bench.get("/images/torn").status;
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask)).collect();
        for client in clients {
            assert_eq!(client.join().unwrap(), 500);
        }
    });
    bench.stop();
}

#[test]
fn what_is_not_there_is_not_found() {
    let bench = Bench::new(1);
    for path in [
        "/images/c",
        "/thumbnails/c",
        "/images/",
        "/images/%FF",
        "/images/a/b",
        "/nothing",
    ] {
        let reply = bench.get(path);
        assert_eq!(reply.status, 404, "{path}");
        assert!(
            text(&reply).starts_with("{\"error\": \"there is no such "),
            "{path}"
        );
    }
    let reply = request(bench.server.address(), "DELETE", "/images/a").unwrap();
    assert_eq!(reply.status, 405);
    assert_eq!(bench.decodes(), 0);
    bench.stop();
}

#[test]
fn the_server_says_what_it_has_and_what_it_did() {
    let bench = Bench::new(1);
    assert_eq!(text(&bench.get("/images")), "[\"a\", \"b\", \"torn\"]\n");
    let _view = bench.assets.view("a").unwrap();
    bench.get("/images/a");
    bench.get("/images/torn");
    assert_eq!(
        text(&bench.get("/stats")),
        "{\"decodes\": 1, \"joined\": 0, \"found\": 1, \"failed\": 1, \"redundant\": 0, \
         \"alive\": 1, \"peak_alive\": 1, \"bytes\": 2400}\n"
    );
}

/// The number of a member of what `/stats` says.
fn stat(stats: &Reply, name: &str) -> u64 {
    let member = format!("\"{name}\": ");
    let (_, rest) = text(stats)
        .split_once(&member)
        .unwrap_or_else(|| panic!("no {name} in {}", text(stats)));
    let end = rest.find([',', '}']).unwrap();
    rest[..end].parse().unwrap()
}

/// The values of an attribute in a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    let values = page.split(&*start).skip(1);
    values
        .map(|rest| &rest[..rest.find('"').unwrap()])
        .collect()
}

#[test]
fn a_browser_gets_a_page_of_what_the_server_has() {
    let bench = Bench::new(1);
    let reply = bench.get("/");
    assert_eq!(reply.status, 200);
    assert!(
        reply
            .head
            .contains("Content-Type: text/html; charset=utf-8"),
        "{}",
        reply.head
    );
    // A connection that a browser keeps may be one that another one waits for.
    assert!(reply.head.contains("Connection: close"), "{}", reply.head);
    let head = request(bench.server.address(), "HEAD", "/").unwrap();
    assert_eq!((head.head, head.body.len()), (reply.head.clone(), 0));
    let page = text(&reply);
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(page.trim_end().ends_with("</html>"));
    // Nothing of others.
    assert!(!page.contains("//"), "{page}");

    // The numbers that it shows are those that the server tells.
    let shown = attributes(page, "data-stat");
    let before = bench.get("/stats");
    assert!(before.head.contains("Content-Type: application/json"));
    for name in ["alive", "bytes", "decodes", "joined", "found"] {
        assert!(shown.contains(&name), "{name} is not shown");
    }
    for name in shown {
        assert_eq!(stat(&before, name), 0, "{name}");
    }

    // As a browser does.
    let sources = attributes(page, "src");
    assert_eq!(
        sources,
        ["/thumbnails/a", "/thumbnails/b", "/thumbnails/torn"]
    );
    let replies = sources.iter().map(|source| bench.get(source));
    let kinds: Vec<_> = replies
        .map(|reply| (reply.status, image::load_from_memory(&reply.body).is_ok()))
        .collect();
    assert_eq!(kinds, [(200, true), (200, true), (500, false)]);
    let view = bench.assets.view("b").unwrap();
    bench.get("/thumbnails/b?again=1");
    let after = bench.get("/stats");
    let numbers = ["decodes", "failed", "found", "alive", "bytes"].map(|name| stat(&after, name));
    // The image of the last response may not be gone yet when it is asked for again.
    let decoded = numbers[0];
    assert!((2..=3).contains(&decoded), "{}", text(&after));
    assert_eq!(numbers[1..2], [1]);
    assert!((1..=2).contains(&numbers[2]), "{}", text(&after));
    assert!(numbers[3] >= 1 && numbers[4] >= 2400, "{}", text(&after));
    drop(view);
    wait_until(|| stat(&bench.get("/stats"), "alive") == 0);
    bench.stop();
}

#[test]
fn real_files_with_odd_names_are_served() {
    let scratch = ScratchDir::new("asset-server-test").unwrap();
    let path = scratch.path().join("Löwe 1.png");
    DynamicImage::new_luma8(3, 2).save(&path).unwrap();
    let ledger = Ledger::new(["Löwe 1.png"]);
    let assets = Arc::new(Assets::new(ledger, move |name| decode(name, &path)));
    let server = Server::start(assets, 0, 1).unwrap();
    let reply = request(server.address(), "GET", "/images/L%C3%B6we%201.png").unwrap();
    assert_eq!(
        text(&reply),
        "{\"name\": \"Löwe 1.png\", \"width\": 3, \"height\": 2, \"bytes\": 6}\n"
    );
    server.stop().unwrap();
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asset-server"));
    let Output {
        status,
        stdout,
        stderr,
    } = command.args(arguments).output().unwrap();
    let [out, err] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (status.code(), out, err)
}

/// The number in the row that begins with `label`.
fn number(out: &str, label: &str) -> u64 {
    let row = out.lines().find_map(|line| line.strip_prefix(label));
    let row = row.unwrap_or_else(|| panic!("no row {label:?} in\n{out}"));
    row.trim().replace(',', "").parse().unwrap()
}

#[test]
fn the_program_drives_itself() {
    let (code, out, err) = run(&["--samples=4", "--megapixels=0.01", "--requests=120"]);
    assert_eq!(code, Some(0), "{out}\n{err}");
    assert_eq!(err, "");
    assert!(out.starts_with("4 images of "), "{out}");
    assert_eq!(number(&out, "requests"), 120);
    assert_eq!(number(&out, "refused requests"), 0);
    let answers = ["decodes", "joined a decode under way", "found alive"];
    let answers: u64 = answers.map(|label| number(&out, label)).iter().sum();
    assert_eq!(answers, 120, "{out}");
    assert!(
        (1..=4).contains(&number(&out, "most decoded images alive")),
        "{out}"
    );
    assert_eq!(number(&out, "redundant decodes"), 0);
    assert_eq!(number(&out, "alive after the last response"), 0);
    let scratch = out.split(' ').nth(3).unwrap();
    assert!(!fs::exists(scratch).unwrap(), "{scratch} is still there");
}

#[test]
fn the_program_refuses_what_it_cannot_decode() {
    let scratch = ScratchDir::new("asset-server-test").unwrap();
    photo::write(scratch.path(), 0, 0.01).unwrap();
    fs::write(scratch.path().join("torn.png"), "not a picture").unwrap();
    let dir = scratch.path().to_str().unwrap();
    let (code, out, err) = run(&[dir, "--requests=60", "--skew=0"]);
    assert_eq!(code, Some(0), "{out}\n{err}");
    let refused = number(&out, "refused requests");
    assert!((1..60).contains(&refused), "{out}");
    assert_eq!(number(&out, "failed decodes"), refused);
}

#[test]
fn no_images_is_the_users_mistake() {
    let scratch = ScratchDir::new("asset-server-test").unwrap();
    let missing = scratch.path().join("missing");
    for dir in [&missing, scratch.path()] {
        let (code, out, err) = run(&[dir.to_str().unwrap()]);
        assert_eq!((code, &*out), (Some(2), ""));
        assert!(err.starts_with("error: "), "{err}");
    }
    assert_eq!(run(&["--serve", "--requests=2"]).0, Some(2));
}

#[test]
fn help_is_complete() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    for word in [
        "DIR",
        "--serve",
        "--port",
        "--workers",
        "--clients",
        "--requests",
        "--skew",
        "--seed",
        "--samples",
        "--megapixels",
        "--help",
        "--version",
        "  GET / ",
        "/images/NAME",
        "/thumbnails/NAME",
        "/stats",
        "Exit codes:",
        "  0 ",
        "  1 ",
        "  2 ",
        "  130 ",
    ] {
        assert!(help.contains(word), "{word} is not in\n{help}");
    }
    let (_, table, _) = run(&["--samples=1", "--megapixels=0.01", "--requests=2"]);
    for label in table
        .lines()
        .skip(2)
        .map(|line| line.split("  ").next().unwrap())
    {
        let row = format!("\n  {label}  ");
        assert!(help.contains(&row), "{label:?} is not explained in\n{help}");
    }
}

#[cfg(unix)]
#[test]
fn it_serves_until_it_is_interrupted() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;
    let mut child = Command::new(env!("CARGO_BIN_EXE_asset-server"))
        .args(["--serve", "--samples=2", "--megapixels=0.01"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let address = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    let address = address.unwrap_or_else(|| panic!("no address in {line}"));
    let reply = request(address.parse().unwrap(), "GET", "/images/photo-001.jpg").unwrap();
    assert_eq!(reply.status, 200);
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let mut table = String::new();
    out.read_to_string(&mut table).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(number(&table, "decodes"), 1);
    assert_eq!(number(&table, "alive after the last response"), 0);
}
