//! A line to PostgreSQL on which everything that is asked is written down, byte for byte, with who asked it and what it did.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};
use tokio_util::task::AbortOnDropHandle;

/// What one service sent at once and was answered at once: up to a `Sync`, or one simple query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The service.
    pub who: String,
    /// Its connection, counted from 0.
    pub session: usize,
    /// The SQL in it: of what is prepared, or of a simple query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// The statement that is prepared, run or forgotten: its name, which no other has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The bytes, in base64.
    pub bytes: String,
    /// What was done, in PostgreSQL's words: `UPDATE 3`. Empty for what is only prepared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
    /// Whether it failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// Whether it left a transaction open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub within: bool,
}

type Notes = Arc<Mutex<Vec<Asked>>>;
type Waiting = Arc<Mutex<VecDeque<Vec<Message>>>>;

/// A message of the protocol: its type and what it says.
type Message = (u8, Vec<u8>);

/// Lines to one server, a listener for each service.
#[derive(Default)]
pub struct Wires {
    notes: Notes,
    sessions: Arc<Mutex<usize>>,
    running: Mutex<Vec<AbortOnDropHandle<()>>>,
}

impl Wires {
    /// A line for a service; answers the URL through it.
    pub async fn through(&self, who: &'static str, url: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (near, far) = (listener.local_addr().unwrap(), super::proxy::server(url).to_owned());
        let (notes, sessions, through) =
            (Arc::clone(&self.notes), Arc::clone(&self.sessions), url.replacen(&far, &near.to_string(), 1));
        let running = tokio::spawn(async move {
            let mut lines = tokio::task::JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&far).await else { continue };
                let session = {
                    let mut sessions = lock(&sessions);
                    *sessions += 1;
                    *sessions - 1
                };
                let (waiting, notes) = (Waiting::default(), Arc::clone(&notes));
                let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), server.into_split());
                lines.spawn(asks(from_near, to_far, Arc::clone(&waiting)));
                lines.spawn(answers(from_far, to_near, waiting, move |asked, done, failed, within| {
                    let (who, sql, statement) = (who.to_owned(), sql(&asked), statement(&asked));
                    let bytes = data_encoding::BASE64.encode(&encode(&asked));
                    lock(&notes).push(Asked { who, session, sql, statement, bytes, done, failed, within });
                }));
            }
        });
        lock(&self.running).push(AbortOnDropHandle::new(running));
        through
    }

    /// All that was asked, in the order in which it was answered: whoever asks it again in that order waits for no lock.
    pub fn notes(&self) -> Vec<Asked> {
        lock(&self.notes).clone()
    }
}

fn lock<T>(it: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands on what a client says, and notes what is to be answered.
async fn asks(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, waiting: Waiting) -> Option<()> {
    // The first message has no type.
    let length = from.read_u32().await.ok()?;
    let mut first = vec![0; usize::try_from(length).ok()?.checked_sub(4)?];
    from.read_exact(&mut first).await.ok()?;
    to.write_u32(length).await.ok()?;
    to.write_all(&first).await.ok()?;
    let mut asked = Vec::new();
    loop {
        let message = read(&mut from).await?;
        let (kind, bytes) = (message.0, encode(std::slice::from_ref(&message)));
        asked.push(message);
        if kind == b'Q' || kind == b'S' {
            // Before it is sent: its answer must find it.
            lock(&waiting).push_back(std::mem::take(&mut asked));
        }
        to.write_all(&bytes).await.ok()?;
    }
}

/// Hands on what the server says, and tells what each question did.
async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    waiting: Waiting,
    tell: impl Fn(Vec<Message>, Vec<String>, bool, bool),
) -> Option<()> {
    let (mut done, mut failed) = (Vec::new(), false);
    loop {
        let message = read(&mut from).await?;
        to.write_all(&encode(std::slice::from_ref(&message))).await.ok()?;
        match message {
            (b'C', tag) => done.push(text(&tag)),
            (b'E', _) => failed = true,
            (b'Z', state) => {
                // The first one answers nothing: the session is ready.
                if let Some(asked) = lock(&waiting).pop_front() {
                    tell(asked, std::mem::take(&mut done), failed, state != [b'I']);
                }
                (done, failed) = (Vec::new(), false);
            }
            _ => {}
        }
    }
}

async fn read(from: &mut OwnedReadHalf) -> Option<Message> {
    let kind = from.read_u8().await.ok()?;
    let length = usize::try_from(from.read_u32().await.ok()?).ok()?;
    let mut rest = vec![0; length.checked_sub(4)?];
    from.read_exact(&mut rest).await.ok()?;
    Some((kind, rest))
}

fn encode(messages: &[Message]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, rest) in messages {
        bytes.push(*kind);
        bytes.extend(u32::try_from(rest.len() + 4).unwrap().to_be_bytes());
        bytes.extend(rest);
    }
    bytes
}

/// What the messages say in SQL.
fn sql(messages: &[Message]) -> Option<String> {
    messages.iter().find_map(|(kind, rest)| match kind {
        b'Q' => Some(text(rest)),
        // The statement's name comes first.
        b'P' => Some(text(&rest[rest.iter().position(|&byte| byte == 0)? + 1..])),
        _ => None,
    })
}

/// The name of the statement that the messages are about.
fn statement(messages: &[Message]) -> Option<String> {
    messages.iter().find_map(|(kind, rest)| match kind {
        b'P' => Some(text(rest)),
        // A portal's name comes first.
        b'B' => Some(text(&rest[rest.iter().position(|&byte| byte == 0)? + 1..])),
        // Of a statement, not of a portal.
        b'C' => rest.strip_prefix(b"S").map(text),
        _ => None,
    })
}

/// A text that NUL ends.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|&byte| byte == 0).next().unwrap_or_default()).into_owned()
}

/// What was done, and what went wrong.
type Answer = (Vec<String>, Option<String>);

/// One session in which what was asked once is asked again.
pub struct Again {
    to: OwnedWriteHalf,
    answers: mpsc::Receiver<Answer>,
    _reading: AbortOnDropHandle<()>,
}

impl Again {
    /// A session of `user` in `database`; the server asks for no password.
    pub async fn begin(server: &str, user: &str, database: &str) -> Self {
        let (mut from, mut to) = TcpStream::connect(server).await.unwrap().into_split();
        let parameters = format!("user\0{user}\0database\0{database}\0client_encoding\0UTF8\0\0");
        to.write_u32(u32::try_from(parameters.len() + 8).unwrap()).await.unwrap();
        // The protocol's version, 3.0.
        to.write_u32(196_608).await.unwrap();
        to.write_all(parameters.as_bytes()).await.unwrap();
        let (tell, answers) = mpsc::channel(8);
        let reading = tokio::spawn(async move {
            while let Some(answer) = answer(&mut from).await {
                let _ = tell.send(answer).await;
            }
        });
        let mut again = Self { to, answers, _reading: AbortOnDropHandle::new(reading) };
        assert_eq!(again.answer().await.1, None);
        again
    }

    /// Asks it.
    pub async fn ask(&mut self, asked: &Asked) {
        self.to.write_all(&data_encoding::BASE64.decode(asked.bytes.as_bytes()).unwrap()).await.unwrap();
    }

    /// What was done, and what went wrong. Nothing is lost where this is given up.
    pub async fn answer(&mut self) -> Answer {
        self.answers.recv().await.expect("the server hung up")
    }
}

async fn answer(from: &mut OwnedReadHalf) -> Option<Answer> {
    let (mut done, mut wrong) = (Vec::new(), None);
    loop {
        match read(from).await? {
            (b'C', tag) => done.push(text(&tag)),
            (b'E', fields) => {
                let fields = fields.split(|&byte| byte == 0).map(String::from_utf8_lossy);
                wrong = Some(fields.filter(|field| field.starts_with(['C', 'M'])).collect::<Vec<_>>().join(" "));
            }
            (b'Z', _) => return Some((done, wrong)),
            _ => {}
        }
    }
}
