//! Files and folders, written whole or not at all, with the rights and the owner that they need.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{ErrorKind, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use crate::{account::Account, error::Error};

/// The mode of a file that nobody but its owner may read.
const PRIVATE_FILE: u32 = 0o600;

/// Makes a folder, and those above it, unless it is there.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(Error::file(format!("make the folder {}", path.display())))
}

/// Makes a folder that only `owner` may enter; without one, only who runs this.
pub(crate) fn make_private_folder(path: &Path, owner: Option<Account>) -> Result<(), Error> {
    make_folder(path)?;
    set_mode(path, 0o700)?;
    give(path, owner)
}

/// Sets the rights of a file or folder.
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<(), Error> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(Error::file(format!("change the rights of {}", path.display())))
}

/// Writes a file that only its owner may read. A reader sees the old content or the new, never a part.
pub(crate) fn write_private(path: &Path, content: &str, owner: Option<Account>) -> Result<(), Error> {
    let doing = || Error::file(format!("write {}", path.display()));
    let written = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE_FILE).open(&written).map_err(doing())?;
    file.write_all(content.as_bytes()).map_err(doing())?;
    file.sync_all().map_err(doing())?;
    give(&written, owner)?;
    fs::rename(&written, path).map_err(doing())
}

/// Moves a file or folder to a name that is free.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(Error::file(format!("rename {} to {}", from.display(), to.display())))
}

/// Reads a file; `None` where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(format!("read {}", path.display()))(error)),
    }
}

/// Removes a file, or a folder with all that is in it; nothing there is fine.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::file(format!("remove {}", path.display()))(error))
        }
        _ => Ok(()),
    }
}

fn give(path: &Path, owner: Option<Account>) -> Result<(), Error> {
    let Some(owner) = owner else { return Ok(()) };
    std::os::unix::fs::chown(path, Some(owner.uid), Some(owner.gid))
        .map_err(Error::file(format!("give {} to the database's user", path.display())))
}
