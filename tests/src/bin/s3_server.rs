//! A server that speaks the protocol of S3, over a folder, for tests: `s3_server FOLDER`.
//!
//! Each folder in it is a bucket. It prints its address, checks signatures (key `key`, secret
//! `secret`), and ends when its standard input does. `LOSE_ANSWERS=3` has it do the first three
//! conditional requests and close the connection instead of answering. `END_AT=7` has it do the seventh
//! request and end instead of answering.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{HttpError, HttpResponse};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<usize>());
    let lose = number("LOSE_ANSWERS").transpose()?.unwrap_or(0);
    let end = number("END_AT").transpose()?.unwrap_or(usize::MAX);
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink());
        std::process::exit(0);
    });
    let files = FileSystem::new(folder).map_err(|error| format!("{error:?}"))?;
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single("key", "secret"));
    let server = Arc::new(Server {
        service: service.build(),
        turn: Mutex::new(()),
        lose: AtomicUsize::new(lose),
        left: AtomicUsize::new(end),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(server))
}

async fn serve(server: Arc<Server>) -> Result<(), Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        let server = server.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| {
                let server = server.clone();
                async move { server.answer(request).await }
            });
            let connection = Builder::new(TokioExecutor::new());
            // A client that goes away is no mistake.
            let _ = connection
                .serve_connection(TokioIo::new(socket), answer)
                .await;
        });
    }
}

struct Server {
    service: S3Service,
    /// s3s-fs looks at a condition first and writes then, and the object's `ETag` after that. S3 does all
    /// of it at once; one request at a time does, too.
    turn: Mutex<()>,
    /// Answers that are still to be lost.
    lose: AtomicUsize,
    /// Requests until the end.
    left: AtomicUsize,
}

impl Server {
    async fn answer(&self, request: Request<Incoming>) -> Result<HttpResponse, HttpError> {
        let headers = request.headers();
        let conditional = headers.contains_key("if-match") || headers.contains_key("if-none-match");
        let is_put = request.method() == Method::PUT && conditional;
        let answer = {
            let _turn = self.turn.lock().await;
            let answer = self.service.call(request.map(s3s::Body::from)).await?;
            if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
                std::process::exit(0);
            }
            answer
        };
        let less = |left: usize| left.checked_sub(1);
        let lost = is_put
            && self
                .lose
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
                .is_ok();
        if lost {
            return Err(HttpError::new(Box::new(io::Error::other("lost"))));
        }
        Ok(answer)
    }
}
