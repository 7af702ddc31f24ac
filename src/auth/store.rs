//! Where a refresh token is kept between one start and the next.

use std::any::Any;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::BoxError;
use crate::bounded_file::{check_is_regular, read_regular};
use crate::secret_parsing::{SecretKind, value};

/// Keeps one short secret text: the refresh token of OAuth, and what is needed to recover from a
/// crash.
///
/// What is saved is to be given back as it was, no matter what it says. For the first start, it
/// may be a bare refresh token, put there by hand.
///
/// Both are called on a thread that may block, on the async face, too. Reading comes before every
/// exchange, so that one process takes over what another has saved.
///
/// ```
/// use std::sync::Mutex;
/// use anaplan_sdk::{BoxError, TokenStore, secrecy::SecretString};
///
/// /// Keeps it for as long as the process lives.
/// struct Memory(Mutex<Option<SecretString>>);
///
/// impl TokenStore for Memory {
///     fn load(&self) -> Result<Option<SecretString>, BoxError> {
///         Ok(self.0.lock().unwrap().clone())
///     }
///
///     fn save(&self, text: &SecretString) -> Result<(), BoxError> {
///         *self.0.lock().unwrap() = Some(text.clone());
///         Ok(())
///     }
/// }
/// ```
pub trait TokenStore: Send + Sync + 'static {
    /// What was saved last; `None` if nothing was.
    ///
    /// # Errors
    /// When it cannot be read. The text must not hold the secret.
    fn load(&self) -> Result<Option<SecretString>, BoxError>;

    /// Replaces what was saved. It must be on disk, or as safe, when this returns.
    ///
    /// # Errors
    /// When it cannot be kept. The text must not hold the secret.
    fn save(&self, text: &SecretString) -> Result<(), BoxError>;

    /// Keeps other processes off until the lock is dropped. Defaults to no lock.
    ///
    /// # Errors
    /// When the lock cannot be had.
    fn lock(&self) -> Result<StoreLock, BoxError> {
        Ok(StoreLock::none())
    }

    /// What it is called in errors. Defaults to "the token store".
    fn name(&self) -> String {
        "the token store".to_owned()
    }
}

impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    fn load(&self) -> Result<Option<SecretString>, BoxError> {
        (**self).load()
    }

    fn save(&self, text: &SecretString) -> Result<(), BoxError> {
        (**self).save(text)
    }

    fn lock(&self) -> Result<StoreLock, BoxError> {
        (**self).lock()
    }

    fn name(&self) -> String {
        (**self).name()
    }
}

/// Held while a refresh token is exchanged, then dropped.
pub struct StoreLock {
    _guard: Option<Box<dyn Any + Send>>,
}

impl StoreLock {
    /// No lock at all.
    pub fn none() -> Self {
        Self { _guard: None }
    }

    /// A lock that ends when `guard` is dropped.
    pub fn new(guard: impl Any + Send) -> Self {
        Self {
            _guard: Some(Box::new(guard)),
        }
    }
}

impl fmt::Debug for StoreLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreLock")
    }
}

/// Keeps the refresh token in a file that only its owner can read.
///
/// It is replaced as a whole: a crash leaves the old one or the new one, never half of one. A
/// second file beside it (`….lock`) keeps processes on this machine from exchanging the same
/// token at once; do not share the file between machines. Its directory has to exist, and be
/// writable. A pipe, a device or a file of more than 1 MiB is refused.
///
/// ```
/// use anaplan_sdk::FileTokenStore;
///
/// let store = FileTokenStore::new("/var/lib/nightly/anaplan-token");
/// ```
#[derive(Clone, Debug)]
pub struct FileTokenStore {
    path: PathBuf,
}

/// How long another process may hold the lock: longer than it needs for one exchange.
const LOCK_TIMEOUT: Duration = Duration::from_secs(330);

impl FileTokenStore {
    /// Keeps it in this file, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Beside the file itself, also where a link leads to it.
    fn target(&self) -> PathBuf {
        fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
    }

    fn sibling(path: &Path, suffix: &str) -> PathBuf {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        path.with_file_name(name)
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let target = self.target();
        let temporary = Self::sibling(&target, &format!(".{}.new", std::process::id()));
        // A crash may have left one, and process ids are used again.
        let _ = fs::remove_file(&temporary);
        let written = private()
            .create_new(true)
            .open(&temporary)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                fs::rename(&temporary, &target)
            });
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
            return written;
        }
        sync_directory(&target)
    }
}

/// Opens for writing; what is created, only its owner can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn sync_directory(file: &Path) -> io::Result<()> {
    let directory = file.parent().filter(|path| !path.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn warn_if_open(path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let mode = fs::metadata(path).map(|data| data.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o077 != 0) {
        tracing::warn!(path = %path.display(), "others can read the token file: chmod 600");
    }
}

#[cfg(not(unix))]
fn warn_if_open(_: &Path) {}

impl TokenStore for FileTokenStore {
    fn load(&self) -> Result<Option<SecretString>, BoxError> {
        let bytes = match read_regular(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        warn_if_open(&self.path);
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| "it is not text in UTF-8")?
            .trim();
        Ok((!text.is_empty()).then(|| text.into()))
    }

    fn save(&self, text: &SecretString) -> Result<(), BoxError> {
        Ok(self.write(text.expose_secret())?)
    }

    fn lock(&self) -> Result<StoreLock, BoxError> {
        let path = Self::sibling(&self.target(), ".lock");
        // Opening a pipe could block for ever.
        match check_is_regular(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{}: {error}", path.display()).into()),
            Ok(()) => {}
        }
        let file = private().create(true).truncate(false).open(&path);
        let file = file.map_err(|error| format!("{}: {error}", path.display()))?;
        let began = Instant::now();
        loop {
            match FileExt::try_lock(&file) {
                // It ends with the file.
                Ok(()) => return Ok(StoreLock::new(file)),
                Err(TryLockError::Error(error)) => return Err(error.into()),
                Err(TryLockError::WouldBlock) if began.elapsed() > LOCK_TIMEOUT => {
                    let path = path.display();
                    return Err(format!("another process has held {path} for too long").into());
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    fn name(&self) -> String {
        format!("the token file {}", self.path.display())
    }
}

/// What a store holds, read.
pub(super) struct Record {
    pub(super) refresh_token: SecretString,
    /// When its exchange began, if it was not seen to end.
    pub(super) exchange_began: Option<Timestamp>,
}

#[derive(Deserialize)]
struct RecordBody {
    refresh_token: SecretString,
    #[serde(default)]
    exchange_began: Option<Timestamp>,
}

impl Record {
    /// A refresh token without JSON is taken, too.
    pub(super) fn read(text: &SecretString) -> Result<Self, BoxError> {
        let text = text.expose_secret().trim();
        if !text.starts_with('{') {
            return Ok(Self {
                refresh_token: value(text, SecretKind::Token)?.into(),
                exchange_began: None,
            });
        }
        match serde_json::from_str::<RecordBody>(text) {
            Ok(wire) => Ok(Self {
                refresh_token: wire.refresh_token,
                exchange_began: wire.exchange_began,
            }),
            Err(_) => Err("its content is neither a refresh token nor what was saved".into()),
        }
    }

    pub(super) fn write(&self) -> SecretString {
        let mut text = json!({"refresh_token": self.refresh_token.expose_secret()});
        if let Some(began) = self.exchange_began {
            text["exchange_began"] = json!(began);
        }
        text.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(name: &str) -> (PathBuf, FileTokenStore) {
        let directory = format!("anaplan-sdk-store-{name}-{}", std::process::id());
        let directory = std::env::temp_dir().join(directory);
        fs::create_dir_all(&directory).unwrap();
        let store = FileTokenStore::new(directory.join("token"));
        (directory, store)
    }

    #[test]
    fn a_file_is_private_and_replaced_as_a_whole() {
        let (directory, store) = store("whole");
        assert!(store.load().unwrap().is_none());
        for text in ["first", "second"] {
            store.save(&text.into()).unwrap();
            assert_eq!(store.load().unwrap().unwrap().expose_secret(), text);
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let mode = fs::metadata(store.path()).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600);
            }
        }
        let left: Vec<_> = fs::read_dir(&directory).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        fs::remove_dir_all(directory).unwrap();
        assert!(store.save(&"third".into()).is_err());
    }

    #[test]
    fn the_lock_is_held_until_it_is_dropped() {
        let (directory, store) = store("lock");
        let lock = store.lock().unwrap();
        let other = store.clone();
        let began = Instant::now();
        let waiting = std::thread::spawn(move || {
            let _lock = other.lock().unwrap();
            began.elapsed()
        });
        std::thread::sleep(Duration::from_millis(200));
        drop(lock);
        assert!(waiting.join().unwrap() >= Duration::from_millis(200));
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn records() {
        let bare = Record::read(&" r3fresh\n".into()).unwrap();
        assert_eq!(bare.refresh_token.expose_secret(), "r3fresh");
        let began = Timestamp::from_second(1_800_000_000).unwrap();
        let record = Record {
            exchange_began: Some(began),
            ..bare
        };
        let again = Record::read(&record.write()).unwrap();
        assert_eq!(again.refresh_token.expose_secret(), "r3fresh");
        assert_eq!(again.exchange_began, Some(began));
        let error = Record::read(&"{\"refresh\": \"s3cret\"}".into())
            .err()
            .unwrap();
        assert!(!error.to_string().contains("s3cret"));
    }
}
