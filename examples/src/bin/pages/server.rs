//! A server that is down for one request in five.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

static REQUESTS: AtomicUsize = AtomicUsize::new(0);

/// Starts it, for as long as this program runs. Returns its address.
pub(crate) fn start() -> Result<String, String> {
    let (sender, address) = channel();
    std::thread::spawn(move || serve(&sender));
    let address = address.recv().map_err(|_| "it ended at once".to_owned());
    let address = address.and_then(|address| address.map_err(|error| error.to_string()));
    match address {
        Ok(address) => Ok(format!("http://{address}")),
        Err(error) => Err(format!("the server cannot be started: {error}")),
    }
}

fn serve(started: &Sender<io::Result<SocketAddr>>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let _ = started.send(listener.local_addr());
        loop {
            let (socket, _) = listener.accept().await?;
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                let connection = server.serve_connection(TokioIo::new(socket), service_fn(answer));
                // A client that goes away is no mistake.
                let _ = connection.await;
            });
        }
    })
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
