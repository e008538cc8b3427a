//! S3 by its URL and the environment.

use std::sync::Arc;

use object_store::RetryConfig;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};

use super::failure::Place;
use super::{ObjectStorage, cache};
use crate::storage::location::without_user;
use crate::storage::{StorageError, StorageErrorKind};

/// How often a request is tried unless `AWS_MAX_ATTEMPTS` says otherwise: for a few seconds.
const ATTEMPTS: usize = 6;

impl ObjectStorage {
    /// The store at `s3://bucket/prefix`, reached as the environment says: `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`,
    /// `AWS_MAX_ATTEMPTS` and the others of [`AmazonS3Builder::from_env`]. Without keys those of the
    /// machine or container are asked for.
    ///
    /// # Errors
    ///
    /// When the URL or the environment is wrong. Nothing is sent yet.
    pub fn open(url: &str) -> Result<Self, StorageError> {
        let attempts = std::env::var("AWS_MAX_ATTEMPTS");
        let attempts = attempts.ok().and_then(|text| text.parse().ok());
        let retry = RetryConfig {
            max_retries: attempts.unwrap_or(ATTEMPTS).saturating_sub(1),
            ..RetryConfig::default()
        };
        Self::s3(AmazonS3Builder::from_env().with_retry(retry), url)
    }

    /// The store at `s3://bucket/prefix`, reached as the builder says.
    ///
    /// # Errors
    ///
    /// When the URL or what the builder was told is wrong. Nothing is sent yet.
    pub fn s3(builder: AmazonS3Builder, url: &str) -> Result<Self, StorageError> {
        let wrong = |cause: &str| {
            let (url, kind) = (without_user(url), StorageErrorKind::Other);
            StorageError::new("open", url, kind, cause)
                .with_help("give it as s3://bucket/prefix, and credentials by the environment")
        };
        let (_, rest) = url.split_once("://").unwrap_or_default();
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(wrong("it names no bucket"));
        }
        if bucket.contains(['@', ':']) {
            return Err(wrong("a bucket has no user and no port"));
        }
        let value = |key| builder.get_config_value(&key);
        let endpoint = value(AmazonS3ConfigKey::S3Endpoint)
            .or_else(|| value(AmazonS3ConfigKey::Endpoint))
            .unwrap_or_else(|| {
                let region = value(AmazonS3ConfigKey::Region);
                let region = region.as_deref().unwrap_or("us-east-1");
                format!("https://s3.{region}.amazonaws.com")
            });
        let place = Place::new(url).at_endpoint(&endpoint);
        let check = |error: StorageError| {
            error.with_help("check the environment variables that begin with AWS_")
        };
        if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
            let cause = format!(
                "the server's address is no URL: {}",
                without_user(&endpoint)
            );
            let kind = StorageErrorKind::Other;
            return Err(check(StorageError::new("open", place.url(""), kind, cause)));
        }
        let store = builder.with_bucket_name(bucket).build();
        let store = store.map_err(|error| check(place.because("open", "")(error)))?;
        Self::at(
            Arc::new(store),
            prefix,
            place,
            cache::folder(&without_user(&endpoint), url.trim_end_matches('/'))?,
        )
    }
}
