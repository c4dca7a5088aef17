//! The archive in two S3 buckets. Every write demands that the name is free.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use weekledger_events::Digest;

use super::failure::Failure;
use super::{Lazy, pace};
use crate::ports::{Archive, ArchiveError, ArtifactName, Cause, Clock, Created, READ_LIMIT};

/// Of a write that meets another one on the same name, and of a read that breaks off.
const ATTEMPTS_MAX: u32 = 5;

/// Raw pages in one bucket, where they expire; evidence and anchors in the other, kept. The role
/// needs `s3:ListBucket` on both: without it S3 calls a missing name forbidden.
pub struct S3Archive {
    client: Lazy<Client>,
    raw: String,
    kept: String,
    clock: Arc<dyn Clock>,
}

/// What one attempt of a write came to.
enum Put {
    New,
    Taken,
    /// Another write to the same name was under way (409).
    Raced(Failure),
}

impl S3Archive {
    pub(super) fn new(
        client: Lazy<Client>,
        raw: String,
        kept: String,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { client, raw, kept, clock }
    }

    fn bucket(&self, name: &ArtifactName) -> &str {
        if name.is_raw() { &self.raw } else { &self.kept }
    }

    /// The areas that hold names with this prefix, each with its bucket and what to list there.
    fn areas<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let areas = [("raw/", &self.raw), ("evidence/", &self.kept), ("anchors/", &self.kept)];
        areas.into_iter().filter_map(move |(area, bucket)| {
            let whole = area.starts_with(prefix).then_some(area);
            let part = prefix.starts_with(area).then_some(prefix);
            whole.or(part).map(|listed| (bucket.as_str(), listed))
        })
    }

    async fn put(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Put, ArchiveError> {
        let sent = self
            .client
            .put_object()
            .bucket(self.bucket(name))
            .key(name.as_str())
            .if_none_match("*")
            .body(ByteStream::from(bytes.to_vec()))
            .send()
            .await;
        let Err(error) = sent else { return Ok(Put::New) };
        let failure = Failure::new("S3 PutObject", &error);
        match failure.code.as_str() {
            "PreconditionFailed" => Ok(Put::Taken),
            "ConditionalRequestConflict" => Ok(Put::Raced(failure)),
            _ => Err(failed(name.as_str(), failure)),
        }
    }

    /// One attempt; the inner error is of a body that broke off, and worth another.
    async fn get(
        &self,
        name: &ArtifactName,
    ) -> Result<Result<Option<Vec<u8>>, Cause>, ArchiveError> {
        let sent =
            self.client.get_object().bucket(self.bucket(name)).key(name.as_str()).send().await;
        let mut object = match sent {
            Ok(object) => object,
            Err(error) => {
                if error.as_service_error().is_some_and(|error| error.is_no_such_key()) {
                    return Ok(Ok(None));
                }
                return Err(failed(name.as_str(), Failure::new("S3 GetObject", &error)));
            }
        };
        let stated = object.content_length().and_then(|length| u64::try_from(length).ok());
        refuse_too_large(name, stated.unwrap_or_default())?;
        let mut bytes = Vec::new();
        loop {
            match object.body.try_next().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Ok(Ok(Some(bytes))),
                Err(error) => return Ok(Err(Box::new(error))),
            }
            refuse_too_large(name, bytes.len() as u64)?;
        }
    }

    async fn pause(&self, name: &ArtifactName, bytes: &[u8], attempt: u32) {
        let mut text = Digest::of(bytes).to_string();
        text.push_str(name.as_str());
        let spread = text.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
        self.clock.sleep(pace::pause(attempt, spread)).await;
    }
}

#[async_trait]
impl Archive for S3Archive {
    async fn create(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Created, ArchiveError> {
        refuse_too_large(name, bytes.len() as u64)?;
        let mut attempt = 1;
        loop {
            match self.put(name, bytes).await? {
                Put::New => return Ok(Created::New),
                // Perhaps by this very call: an answer can be lost, and the SDK tries again.
                Put::Taken => match self.read(name).await? {
                    Some(found) if found == bytes => return Ok(Created::Same),
                    Some(found) => return Ok(Created::Other(found)),
                    None => return Err(ArchiveError::Missing { name: name.to_string() }),
                },
                Put::Raced(failure) if attempt == ATTEMPTS_MAX => {
                    return Err(ArchiveError::Unavailable(Box::new(failure)));
                }
                Put::Raced(_) => self.pause(name, bytes, attempt).await,
            }
            attempt += 1;
        }
    }

    async fn read(&self, name: &ArtifactName) -> Result<Option<Vec<u8>>, ArchiveError> {
        let mut attempt = 1;
        loop {
            match self.get(name).await? {
                Ok(bytes) => return Ok(bytes),
                Err(cause) if attempt == ATTEMPTS_MAX => {
                    return Err(ArchiveError::Unavailable(cause));
                }
                Err(_) => self.pause(name, b"", attempt).await,
            }
            attempt += 1;
        }
    }

    async fn exists(&self, name: &ArtifactName) -> Result<bool, ArchiveError> {
        let sent =
            self.client.head_object().bucket(self.bucket(name)).key(name.as_str()).send().await;
        match sent {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("NotFound") => Ok(false),
            Err(error) => Err(failed(name.as_str(), Failure::new("S3 HeadObject", &error))),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ArtifactName>, ArchiveError> {
        let mut names = Vec::new();
        for (bucket, listed) in self.areas(prefix) {
            let mut pages =
                self.client.list_objects_v2().bucket(bucket).prefix(listed).into_paginator().send();
            while let Some(page) = pages.next().await {
                let page =
                    page.map_err(|error| failed(prefix, Failure::new("S3 ListObjectsV2", &error)))?;
                let keys = page.contents().iter().filter_map(|object| object.key());
                names.extend(keys.filter_map(ArtifactName::from_listing));
            }
        }
        names.sort();
        Ok(names)
    }
}

fn refuse_too_large(name: &ArtifactName, length: u64) -> Result<(), ArchiveError> {
    if length > READ_LIMIT {
        return Err(ArchiveError::TooLarge { name: name.to_string(), length });
    }
    Ok(())
}

fn failed(name: &str, failure: Failure) -> ArchiveError {
    if failure.is_refused() {
        return ArchiveError::Refused { name: name.to_owned(), source: Box::new(failure) };
    }
    ArchiveError::Unavailable(Box::new(failure))
}
