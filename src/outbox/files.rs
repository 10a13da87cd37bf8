//! Mails as files, where there is no mail server: one `.eml` for each, which mail programs open.

use super::{
    mailer::{Mailer, Outgoing, SendFailure},
    message::{Sender, Wire},
};
use async_trait::async_trait;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Writes mails into a folder.
pub struct Files {
    folder: PathBuf,
    sender: Sender,
}

impl Files {
    /// A folder, made where it is missing; only its owner may look into it, since the links in the mails are keys.
    pub fn open(folder: &Path, sender: Sender) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(Self { folder: folder.to_owned(), sender })
    }
}

#[async_trait]
impl Mailer for Files {
    async fn send(&self, outgoing: &Outgoing) -> Result<(), SendFailure> {
        let bytes = self.sender.message(outgoing, Wire::Readable)?.formatted();
        let (folder, name) = (self.folder.clone(), format!("{}.eml", outgoing.id));
        let file = name.clone();
        let kept = tokio::task::spawn_blocking(move || keep(&folder, &name, &bytes)).await;
        if !matches!(kept, Ok(Ok(()))) {
            return Err(SendFailure::transient("file"));
        }
        tracing::info!(file, "a mail was written to mail.directory: there is no mail server (mail.smtp_url)");
        Ok(())
    }
}

/// Writes a file that is there whole or not at all, whatever happens meanwhile.
fn keep(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!(".{name}.part"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    File::open(folder)?.sync_all()
}
