//! Secrets of one machine: from the environment, or from a file that nobody else may read.

use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::ports::{Secret, SecretName, Secrets, SecretsError};

/// How a variable of the environment is read; `std::env::var` outside of tests.
pub type Environment = Box<dyn Fn(&str) -> Result<String, VarError> + Send + Sync>;

/// Looks into the environment first, then into the file. What was found is kept until `forget`.
pub struct LocalSecrets {
    environment: Environment,
    file: Option<PathBuf>,
    known: Mutex<BTreeMap<SecretName, Secret>>,
}

/// Of a secrets file. Three tokens take less than one kilobyte.
const FILE_BYTES_MAX: u64 = 64 << 10;

impl LocalSecrets {
    /// From this process's environment, then from `file` with lines `KEY = "…"`, if it exists.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter of the Secrets port")]
        let environment = |name: &str| env::var(name);
        Self::new(Box::new(environment), file)
    }

    pub fn new(environment: Environment, file: Option<PathBuf>) -> Self {
        Self { environment, file, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<SecretName, Secret>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_up(&self, name: SecretName) -> Result<Secret, SecretsError> {
        let found = match self.look_in_environment(name)? {
            Some(secret) => Some(secret),
            None => match &self.file {
                Some(path) => look_in_file(path, name)?,
                None => None,
            },
        };
        found.ok_or(SecretsError::Missing(name))?.for_header(name)
    }

    fn look_in_environment(&self, name: SecretName) -> Result<Option<Secret>, SecretsError> {
        match (self.environment)(name.as_str()) {
            Ok(text) => Ok(non_empty(&text)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => {
                Err(unusable(name, "the environment variable is not valid UTF-8; set it anew"))
            }
        }
    }
}

#[async_trait]
impl Secrets for LocalSecrets {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError> {
        if let Some(secret) = self.known().get(&name) {
            return Ok(secret.clone());
        }
        let secret = self.look_up(name)?;
        self.known().insert(name, secret.clone());
        Ok(secret)
    }

    async fn forget(&self, name: SecretName) {
        self.known().remove(&name);
    }
}

/// An empty variable or value means "not set": that is how people switch one off.
fn non_empty(text: &str) -> Option<Secret> {
    Some(Secret::new(text)).filter(|secret| !secret.expose().is_empty())
}

fn look_in_file(path: &Path, name: SecretName) -> Result<Option<Secret>, SecretsError> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| unreadable(name, path, &error))?,
    };
    refuse_if_others_may_read(&file, path, name)?;
    let mut text = String::new();
    let read = (&mut file).take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
    let length = read.map_err(|error| unreadable(name, path, &error))?;
    if length as u64 > FILE_BYTES_MAX {
        let why = format!("{} is larger than {FILE_BYTES_MAX} bytes", path.display());
        return Err(unusable(name, &why));
    }
    let mut values = parse(&text).map_err(|why| unusable(name, &at(path, &why)))?;
    Ok(values.remove(name.as_str()).as_deref().and_then(non_empty))
}

/// The parser's own message quotes the line, and with it a secret: only its number is kept.
fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let values: BTreeMap<String, String> = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| {
            let before = text.as_bytes().iter().take(span.start);
            1 + before.filter(|byte| **byte == b'\n').count()
        });
        let line = line.map_or_else(|| "a line".to_owned(), |line| format!("line {line}"));
        format!("{line} is not KEY = \"value\", with the value in quotation marks")
    })?;
    let is_known = |key: &String| SecretName::ALL.iter().any(|name| name.as_str() == key);
    if values.keys().all(is_known) {
        return Ok(values);
    }
    let known = SecretName::ALL.map(SecretName::as_str).join(", ");
    Err(format!("a key is none of {known}"))
}

#[cfg(unix)]
fn refuse_if_others_may_read(
    file: &File,
    path: &Path,
    name: SecretName,
) -> Result<(), SecretsError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|error| unreadable(name, path, &error))?;
    if metadata.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(SecretsError::Exposed { name, file: path.to_owned() })
}

/// Elsewhere a file's permissions say too little to judge them.
#[cfg(not(unix))]
fn refuse_if_others_may_read(_: &File, _: &Path, _: SecretName) -> Result<(), SecretsError> {
    Ok(())
}

fn unreadable(name: SecretName, path: &Path, error: &std::io::Error) -> SecretsError {
    unusable(name, &at(path, &format!("it cannot be read: {error}")))
}

fn at(path: &Path, why: &str) -> String {
    format!("{}: {why}", path.display())
}

fn unusable(name: SecretName, why: &str) -> SecretsError {
    SecretsError::Unusable { name, why: why.to_owned() }
}
