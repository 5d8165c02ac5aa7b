//! HTTP on the loopback interface: paths to answers, with worker threads that take one request after the other.

use std::io::{self, Cursor, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use image::{DynamicImage, ImageFormat};
use tiny_http::{Method, Request, StatusCode};

use super::assets::{Assets, Refusal};
use super::json::{Json, array, object};
use super::page::page;
use super::url;
use crate::image_cache::survey::THUMBNAIL;
use crate::image_cache::{Served, View};

/// A server that runs until it is stopped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    reception: Arc<Reception>,
    workers: Vec<JoinHandle<io::Result<()>>>,
}

/// What the workers share.
struct Reception {
    http: tiny_http::Server,
    assets: Arc<Assets>,
    stop: AtomicBool,
    workers: usize,
}

impl Server {
    /// Serves `assets` on a port of 127.0.0.1, one that is free if `port` is 0.
    ///
    /// # Errors
    ///
    /// When the port is not to be had.
    pub fn start(assets: Arc<Assets>, port: u16, workers: usize) -> io::Result<Self> {
        let http =
            tiny_http::Server::http((Ipv4Addr::LOCALHOST, port)).map_err(io::Error::other)?;
        let address = http.server_addr().to_ip();
        let address = address.ok_or_else(|| io::Error::other("the server has no address"))?;
        let reception = Arc::new(Reception {
            http,
            assets,
            stop: AtomicBool::new(false),
            workers,
        });
        let work = || {
            let reception = Arc::clone(&reception);
            thread::spawn(move || reception.work())
        };
        let workers = (0..workers).map(|_| work()).collect();
        Ok(Self {
            address,
            reception,
            workers,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it still takes requests, nobody having stopped it.
    pub fn is_running(&self) -> bool {
        !self.reception.stop.load(Ordering::Relaxed)
    }

    /// Waits until the requests that have arrived are answered, and ends it.
    ///
    /// # Errors
    ///
    /// When it could take no more requests at some time.
    pub fn stop(self) -> io::Result<()> {
        self.reception.close();
        let mut result = Ok(());
        for worker in self.workers {
            let ended = worker.join().unwrap_or_else(|panic| resume_unwind(panic));
            result = result.and(ended);
        }
        result
    }
}

impl Reception {
    fn work(&self) -> io::Result<()> {
        loop {
            match self.http.recv() {
                // A client that has gone misses nothing.
                Ok(request) => drop(self.answer(request)),
                Err(_) if self.stop.load(Ordering::Relaxed) => return Ok(()),
                Err(error) => {
                    self.close();
                    return Err(error);
                }
            }
        }
    }

    /// Wakes every worker once; each then sees that it is over.
    fn close(&self) {
        // Relaxed: the queue of requests orders it before the waking.
        self.stop.store(true, Ordering::Relaxed);
        for _ in 0..self.workers {
            self.http.unblock();
        }
    }

    fn answer(&self, request: Request) -> io::Result<()> {
        let answer = match request.method() {
            Method::Get | Method::Head => self.look_up(request.url()),
            _ => Answer::error(405, "only GET is served"),
        };
        let Answer {
            status,
            kind,
            body,
            view,
        } = answer;
        let sent = send(request, status, kind, &body);
        // Only now: whoever asks for the image while this response is under way shares it.
        drop(view);
        sent
    }

    fn look_up(&self, url: &str) -> Answer {
        let path = url.split('?').next().unwrap_or_default();
        match path {
            "/" => Answer::page(page(&self.assets.ledger().names())),
            "/images" => Answer::json(array(&self.assets.ledger().names())),
            "/stats" => Answer::json(self.stats()),
            _ => {
                if let Some(name) = path.strip_prefix("/images/") {
                    self.image(name, describe)
                } else if let Some(name) = path.strip_prefix("/thumbnails/") {
                    self.image(name, thumbnail)
                } else {
                    Answer::error(404, "there is no such path")
                }
            }
        }
    }

    fn image(&self, name: &str, show: fn(&View) -> Answer) -> Answer {
        let view = url::decode(name)
            .ok_or(Refusal::Unknown)
            .and_then(|name| self.assets.view(&name));
        match view {
            Ok(view) => {
                let mut answer = show(&view);
                answer.view = Some(view);
                answer
            }
            Err(Refusal::Unknown) => Answer::error(404, "there is no such image"),
            Err(Refusal::Broken(error)) => Answer::error(500, &error.to_string()),
        }
    }

    fn stats(&self) -> String {
        let totals = self.assets.ledger().totals();
        object(&[
            ("decodes", Json::Number(totals.decodes)),
            ("joined", Json::Number(self.assets.served(Served::Joined))),
            ("found", Json::Number(self.assets.served(Served::Cached))),
            ("failed", Json::Number(totals.failed)),
            ("redundant", Json::Number(totals.redundant)),
            ("alive", Json::Number(totals.alive)),
            ("peak_alive", Json::Number(totals.peak_alive)),
            ("bytes", Json::Number(totals.held)),
        ])
    }
}

/// Sends a response that is not to be kept, and asks the client to close its connection. A browser would keep a few open
/// otherwise, and `tiny_http`, which gives each connection a thread, may let one wait for the end of another.
fn send(request: Request, status: u16, kind: &str, body: &[u8]) -> io::Result<()> {
    let has_body = *request.method() != Method::Head;
    let reason = StatusCode(status).default_reason_phrase();
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut writer = request.into_writer();
    writer.write_all(head.as_bytes())?;
    if has_body {
        writer.write_all(body)?;
    }
    writer.flush()
}

impl std::fmt::Debug for Reception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reception")
            .field("assets", &self.assets)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}

/// A response, and the image it is about for as long as it is under way.
struct Answer {
    status: u16,
    kind: &'static str,
    body: Vec<u8>,
    view: Option<View>,
}

impl Answer {
    fn json(body: String) -> Self {
        Self {
            status: 200,
            kind: "application/json",
            body: body.into_bytes(),
            view: None,
        }
    }

    fn page(body: String) -> Self {
        Self {
            kind: "text/html; charset=utf-8",
            ..Self::json(body)
        }
    }

    fn error(status: u16, what: &str) -> Self {
        Self {
            status,
            ..Self::json(object(&[("error", Json::Text(what))]))
        }
    }
}

fn describe(view: &View) -> Answer {
    let pixels = view.pixels();
    Answer::json(object(&[
        ("name", Json::Text(view.name())),
        ("width", Json::Number(pixels.width().into())),
        ("height", Json::Number(pixels.height().into())),
        ("bytes", Json::Number(pixels.as_bytes().len() as u64)),
    ]))
}

fn thumbnail(view: &View) -> Answer {
    let small = view.pixels().thumbnail(THUMBNAIL, THUMBNAIL).into_rgb8();
    let mut body = Cursor::new(Vec::new());
    match DynamicImage::from(small).write_to(&mut body, ImageFormat::Png) {
        Ok(()) => Answer {
            status: 200,
            kind: "image/png",
            body: body.into_inner(),
            view: None,
        },
        Err(error) => Answer::error(500, &error.to_string()),
    }
}
