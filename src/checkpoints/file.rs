//! A checkpoint in a file: at every moment the whole of an older one or the whole of the new one.

use super::Unusable;
use std::{io::ErrorKind, path::Path};
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
};

/// More than any checkpoint has.
const LARGEST: u64 = 16 * 1024;

fn unusable(path: &Path) -> impl Fn(std::io::Error) -> Unusable + '_ {
    |cause| Unusable::File { path: path.display().to_string(), cause }
}

/// What is in the file; nothing where there is none.
pub(super) async fn read(path: &Path) -> Result<Option<String>, Unusable> {
    let read = async {
        if fs::metadata(path).await?.len() > LARGEST {
            return Err(std::io::Error::new(ErrorKind::InvalidData, "it is too large for a checkpoint"));
        }
        fs::read_to_string(path).await
    };
    match read.await {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path)(error)),
    }
}

/// Writes the file anew, synced to disk before it takes the old one's place.
pub(super) async fn write(path: &Path, note: &str) -> Result<(), Unusable> {
    let written = async {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).await?;
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let mut file = File::create(&name).await?;
        file.write_all(note.as_bytes()).await?;
        file.sync_all().await?;
        fs::rename(&name, path).await?;
        File::open(folder).await?.sync_all().await
    };
    written.await.map_err(unusable(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_holds_the_last_note_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/checkpoint");
        assert_eq!(read(&path).await.unwrap(), None);
        for note in ["one\n", "two\n"] {
            write(&path, note).await.unwrap();
            assert_eq!(read(&path).await.unwrap().as_deref(), Some(note));
        }
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert!(write(folder.path(), "a folder").await.is_err());
        assert!(read(folder.path()).await.is_err());
    }
}
