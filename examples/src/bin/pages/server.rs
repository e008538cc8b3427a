//! A server that is down for one request in five.

use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;

static REQUESTS: AtomicUsize = AtomicUsize::new(0);

/// Starts it on the runtime that this runs on; it ends with that. Returns its address.
pub(crate) async fn start() -> io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                let connection = server.serve_connection(TokioIo::new(socket), service_fn(answer));
                // A client that goes away is no mistake.
                let _ = connection.await;
            });
        }
    });
    Ok(address)
}

async fn answer(request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let is_down = REQUESTS.fetch_add(1, Ordering::Relaxed) % 5 == 4;
    let page = request
        .uri()
        .path()
        .rsplit('/')
        .next()
        .map(str::parse::<u32>);
    let (status, text) = match page {
        _ if is_down => (StatusCode::SERVICE_UNAVAILABLE, String::new()),
        Some(Ok(page)) => (StatusCode::OK, "word ".repeat(page as usize % 10 + 1)),
        _ => (StatusCode::NOT_FOUND, String::new()),
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    Ok(response)
}
