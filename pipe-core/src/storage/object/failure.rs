//! What is said when an object store does not do what it was asked for.

use std::error::Error;

use object_store::client::{HttpError, HttpErrorKind};

use crate::storage::location::without_user;
use crate::storage::{StorageError, StorageErrorKind};

/// Where a store is and how it is reached, for messages. Without credentials.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// `s3://bucket/prefix`
    url: String,
    /// The server, if it is known.
    endpoint: Option<String>,
}

/// Longer texts of servers are cut.
const TEXT: usize = 300;

impl Place {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: without_user(url).trim_end_matches('/').to_owned(),
            endpoint: None,
        }
    }

    /// With the server that the environment variables of AWS lead to.
    pub(super) fn at_endpoint(self, endpoint: &str) -> Self {
        Self {
            endpoint: Some(without_user(endpoint)),
            ..self
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        match path {
            "" => self.url.clone(),
            path => format!("{}/{path}", self.url),
        }
    }

    /// For `map_err`: what happened, in a way that can be acted on. The text of the error itself is
    /// not passed on as a whole: it may have the request in it.
    pub(super) fn because<E: Into<object_store::Error>>(
        &self,
        action: &'static str,
        path: &str,
    ) -> impl FnOnce(E) -> StorageError {
        let (place, url) = (self.clone(), self.url(path));
        move |error| place.explain(action, url, &error.into())
    }

    fn explain(
        &self,
        action: &'static str,
        url: String,
        error: &object_store::Error,
    ) -> StorageError {
        use object_store::Error as E;
        let text = error.to_string();
        let code = tag(&text, "Code").unwrap_or_default();
        if code == "NoSuchBucket" {
            let cause = self.said("there is no such bucket", &text);
            return StorageError::new(action, url, StorageErrorKind::Other, cause)
                .with_help("create it, or give another store with `--store`");
        }
        // Without keys the machine is asked for its own, which only machines of a cloud have.
        if text.contains("/latest/api/token") || text.contains("/latest/meta-data") {
            let cause = "no credentials are given, and this machine has none of its own";
            return StorageError::new(action, url, StorageErrorKind::Denied, cause).with_help(
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; profiles in ~/.aws are not read",
            );
        }
        if root(error).contains("URL scheme is not allowed") {
            let cause = "http:// is not allowed, as it shows everything to everybody on the way";
            return StorageError::new(action, url, StorageErrorKind::Denied, cause)
                .with_help("set AWS_ALLOW_HTTP=true if the way is safe");
        }
        if let Some(lost) = connection(error) {
            return self.unreachable(action, url, lost, error);
        }
        let (kind, what) = match error {
            E::NotFound { .. } => (StorageErrorKind::NotFound, "it is not there"),
            E::AlreadyExists { .. } | E::Precondition { .. } => {
                (StorageErrorKind::Conflict, "somebody else was quicker")
            }
            E::PermissionDenied { .. } | E::Unauthenticated { .. } => {
                let cause = self.said("access is refused", &text);
                let error = StorageError::new(action, url, StorageErrorKind::Denied, cause);
                return match self.endpoint {
                    Some(_) => error.with_help(
                        "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION, and that they may list, read, write and delete there",
                    ),
                    None => error.with_help("check the credentials of this store"),
                };
            }
            _ if code.contains("Quota") || code.contains("StorageFull") => {
                (StorageErrorKind::Full, "there is no room left")
            }
            _ if code.is_empty() => {
                let cause = short(&without_user(&root(error)));
                return StorageError::new(action, url, StorageErrorKind::Other, cause);
            }
            _ => (StorageErrorKind::Other, "the server reports an error"),
        };
        StorageError::new(action, url, kind, self.said(what, &text))
    }

    /// What is wrong, with the server's own words if it has some.
    fn said(&self, what: &str, text: &str) -> String {
        let server = self.endpoint.as_deref().unwrap_or("the store");
        match (tag(text, "Code"), tag(text, "Message")) {
            (Some(code), Some(message)) => {
                format!("{what}; {server} says {code}: {}", short(message))
            }
            (Some(code), None) => format!("{what}; {server} says {code}"),
            _ => what.to_owned(),
        }
    }

    fn unreachable(
        &self,
        action: &'static str,
        url: String,
        how: &str,
        error: &object_store::Error,
    ) -> StorageError {
        let why = short(&without_user(&root(error)));
        let (kind, safe) = (
            StorageErrorKind::Other,
            "what was committed is safe, and the next run goes on from there",
        );
        match &self.endpoint {
            Some(endpoint) => {
                let cause = format!("{how} {endpoint} ({why})");
                StorageError::new(action, url, kind, cause).with_help(format!(
                    "check that the server runs, AWS_ENDPOINT_URL, AWS_REGION and the network; {safe}"
                ))
            }
            None => {
                let cause = format!("{how} the store ({why})");
                StorageError::new(action, url, kind, cause)
                    .with_help(format!("check that it runs, and the network; {safe}"))
            }
        }
    }
}

/// What is wrong with the connection, if that is what is wrong.
fn connection(error: &object_store::Error) -> Option<&'static str> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<HttpError>() {
            return match error.kind() {
                HttpErrorKind::Connect => Some("no connection to"),
                HttpErrorKind::Timeout => Some("no answer in time from"),
                HttpErrorKind::Request | HttpErrorKind::Interrupted => {
                    Some("lost the connection to")
                }
                _ => None,
            };
        }
        cause = error.source();
    }
    None
}

/// What is behind all wrapping.
fn root(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

/// The text of an element of the server's XML.
fn tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inner, _) = rest.split_once('<')?;
    (!inner.is_empty()).then_some(inner)
}

fn short(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
