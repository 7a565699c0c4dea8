//! Who the database runs as. PostgreSQL refuses root, so root runs it as somebody else.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
};

use crate::error::Error;

/// Who to take, best first: Debian's package makes the first, every system has the second.
const CANDIDATES: [&str; 2] = ["postgres", "nobody"];

/// A user of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Whether this process is root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Who the database must run as: somebody unprivileged where this process is root, else (`None`) who runs this.
pub(crate) fn for_database() -> Result<Option<Account>, Error> {
    if !is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(Error::file("read /etc/passwd"))?;
    let account = CANDIDATES.iter().find_map(|name| find(&users, name));
    let account = account.ok_or_else(|| {
        Error::Missing("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`: add one".into())
    })?;
    Ok(Some(account))
}

fn find(users: &str, name: &str) -> Option<Account> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next() == Some(name);
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        (found && uid != 0).then_some(Account { uid, gid })
    })
}

impl Account {
    /// Whether this user can pass through `folder` and everything above it.
    pub(crate) fn reaches(self, folder: &Path) -> bool {
        folder.ancestors().all(|folder| {
            let Ok(found) = fs::metadata(folder) else { return false };
            let mode = found.permissions().mode();
            let pass = match (found.uid() == self.uid, found.gid() == self.gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            mode & pass != 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\n";

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        assert_eq!(find(USERS, "nobody"), Some(Account { uid: 65534, gid: 65534 }));
        assert_eq!(find(USERS, "body"), None);
    }

    #[test]
    fn root_is_nobody_to_run_a_database_as() {
        assert_eq!(find(USERS, "root"), None);
    }

    #[test]
    fn a_folder_closed_to_others_is_out_of_reach() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let stranger = Account { uid: 64_123, gid: 64_123 };
        assert!(!stranger.reaches(folder.path()));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert!(stranger.reaches(folder.path()));
    }
}
