//! The state file: one line per change, each a JSON array of records, written before the change is answered. A line is
//! there whole or not at all, so a sandbox that is killed forgets nothing that it answered. At start the file is
//! written anew, as short as it can be, and put in place of the old one in one step.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    clock,
    ledger::{Ledger, Record},
};

/// What is wrong with a state file.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It can't be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// It holds something else.
    #[error("{0}, line {1}: {2}; it is no state file of this version: move it away")]
    Line(PathBuf, usize, serde_json::Error),
}

/// The state file of a running sandbox.
#[derive(Debug)]
pub struct Journal {
    file: File,
    /// Up to where the file is whole.
    length: u64,
    /// Whether a change could not be written, nor taken back.
    is_broken: bool,
}

impl Journal {
    /// Reads the state at `path`, where there is any.
    pub fn open(path: &Path) -> Result<(Self, Ledger), JournalError> {
        let failed = |error| JournalError::File(path.to_owned(), error);
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(error)),
        };
        let mut ledger = Ledger::default();
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        // After the last end of a line stands what nobody was answered: the sandbox was killed while it wrote it.
        for (number, line) in
            text[..whole].split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty())
        {
            let records: Vec<Record> =
                serde_json::from_slice(line).map_err(|error| JournalError::Line(path.to_owned(), number + 1, error))?;
            for record in records {
                ledger.apply(record);
            }
        }
        Ok((Self::write(path, &ledger).map_err(failed)?, ledger))
    }

    /// Writes the state anew.
    fn write(path: &Path, ledger: &Ledger) -> io::Result<Self> {
        let mut name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
        name.push(".new");
        let new = path.with_file_name(name);
        let mut writer = io::BufWriter::new(File::create(&new)?);
        for record in ledger.records(clock::unix_seconds()) {
            serde_json::to_writer(&mut writer, &[record])?;
            writer.write_all(b"\n")?;
        }
        writer.into_inner()?.sync_all()?;
        fs::rename(&new, path)?;
        let file = OpenOptions::new().append(true).open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, length, is_broken: false })
    }

    /// Writes one change. On a failure the file is as before.
    ///
    /// A short write into the system's cache, no wait for the disk: that is why it may happen on the runtime's thread.
    pub fn append(&mut self, records: &[Record]) -> io::Result<()> {
        if self.is_broken {
            return Err(io::Error::other("an earlier change is written in part"));
        }
        let mut line = serde_json::to_vec(records)?;
        line.push(b'\n');
        let written = self.file.write_all(&line);
        match written {
            Ok(()) => self.length += u64::try_from(line.len()).unwrap_or_default(),
            Err(_) => self.is_broken = self.file.set_len(self.length).is_err(),
        }
        written
    }

    /// Forgets everything.
    pub fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        (self.length, self.is_broken) = (0, false);
        Ok(())
    }

    /// Whether changes can't be written any more.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{Delivery, Event, Standing},
        idempotency::Answer,
        intent::News,
    };

    fn event(id: &str) -> Record {
        Record::Event(Box::new(Event {
            id: id.to_owned(),
            kind: News::Succeeded,
            intent: "pi_1".to_owned(),
            body: "{\"a\":\n1}".to_owned(),
            standing: Standing::Waiting,
            deliveries: Vec::new(),
        }))
    }

    fn told(status: u16, standing: Standing) -> Record {
        let delivery = Some(Delivery { at: 1, status: Some(status), error: None });
        Record::Told { event: "evt_1".to_owned(), delivery, standing }
    }

    fn all(ledger: &Ledger) -> Vec<Record> {
        ledger.records(clock::unix_seconds()).collect()
    }

    #[test]
    fn what_was_written_is_there_again_after_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let (mut journal, ledger) = Journal::open(&path).unwrap();
        assert_eq!(all(&ledger), []);
        journal.append(&[event("evt_1")]).unwrap();
        journal.append(&[told(500, Standing::Waiting), event("evt_2")]).unwrap();
        journal.append(&[told(200, Standing::Delivered)]).unwrap();
        for _ in 0..2 {
            let (_, ledger) = Journal::open(&path).unwrap();
            let event = ledger.events.get("evt_1").unwrap();
            assert_eq!((event.standing, event.deliveries.len()), (Standing::Delivered, 2));
            assert_eq!(all(&ledger).len(), 2);
        }
        let names: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["state.json"]);
    }

    #[test]
    fn a_line_that_was_cut_short_never_happened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.append(&[event("evt_1")]).unwrap();
        journal.append(&[event("evt_2")]).unwrap();
        let text = fs::read(&path).unwrap();
        fs::write(&path, &text[..text.len() - 5]).unwrap();
        let (mut journal, ledger) = Journal::open(&path).unwrap();
        assert_eq!(all(&ledger), [event("evt_1")]);
        journal.append(&[event("evt_3")]).unwrap();
        assert_eq!(all(&Journal::open(&path).unwrap().1), [event("evt_1"), event("evt_3")]);
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        fs::write(&path, "{\"mine\": true}\n").unwrap();
        assert!(Journal::open(&path).unwrap_err().to_string().contains("line 1"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"mine\": true}\n");
    }

    #[test]
    fn answers_of_yesterday_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let (mut journal, _) = Journal::open(&path).unwrap();
        let answer = |at| Answer { fingerprint: "f".to_owned(), at, status: 200, body: "{}".to_owned() };
        let now = clock::unix_seconds();
        for (key, at) in [("old", now - 90_000), ("new", now)] {
            journal.append(&[Record::Answer { key: key.to_owned(), answer: answer(at) }]).unwrap();
        }
        let _ = Journal::open(&path).unwrap();
        let (_, ledger) = Journal::open(&path).unwrap();
        assert!(ledger.answer("old").is_none() && ledger.answer("new").is_some());
    }
}
