//! A name server (RFC 1035, over UDP) that knows one domain, all of whose names stand for this machine, and that can be told
//! to fail. Programs ask it where they see another `/etc/resolv.conf` than everybody else: in a mount namespace of their own.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tempfile::TempDir;
use tokio::{net::UdpSocket, sync::watch};
use tokio_util::task::AbortOnDropHandle;

/// What it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// The truth.
    Addresses,
    /// That there is no such name (NXDOMAIN).
    NoSuchName,
    /// That it is broken (SERVFAIL).
    Failure,
    /// Nothing.
    Nothing,
}

/// The name server.
#[derive(Debug)]
pub struct NameServer {
    says: watch::Sender<Says>,
    asked: Arc<AtomicUsize>,
    folder: TempDir,
    _answering: AbortOnDropHandle<()>,
}

const HEAD_BYTES: usize = 12;
const TYPE_A: u16 = 1;

impl NameServer {
    /// One that knows `domain`. `None` where this machine lets nobody listen at port 53, or see another resolv.conf.
    pub async fn start(domain: &'static str) -> Option<Self> {
        let may_mount = Command::new("unshare").args(["--mount", "true"]).output().ok()?.status.success();
        // All of 127.0.0.0/8 is this machine: no two tests get the same address, and nobody else's server has it.
        let address = Ipv4Addr::new(127, rand::random_range(1..255), rand::random_range(1..255), 53);
        let socket = UdpSocket::bind(SocketAddr::from((address, 53))).await.ok().filter(|_| may_mount)?;
        let folder = tempfile::tempdir().unwrap();
        let told = format!("nameserver {address}\noptions timeout:1 attempts:2\n");
        std::fs::write(folder.path().join("resolv.conf"), told).unwrap();
        let (says, now) = watch::channel(Says::Addresses);
        let asked = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&asked);
        let answering = tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((bytes, who)) = socket.recv_from(&mut question).await {
                count.fetch_add(1, Ordering::Relaxed);
                let says = *now.borrow();
                if let Some(answer) = answer(&question[..bytes], domain, says) {
                    let _ = socket.send_to(&answer, who).await;
                }
            }
        });
        Some(Self { says, asked, folder, _answering: AbortOnDropHandle::new(answering) })
    }

    /// What it says from now on.
    pub fn says(&self, says: Says) {
        self.says.send_replace(says);
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// What starts a program that asks it, and nobody else.
    pub fn asked_within(&self) -> Vec<String> {
        let own = self.folder.path().join("resolv.conf").display().to_string();
        let script = r#"mount --bind "$0" /etc/resolv.conf && exec "$@""#;
        ["unshare", "--mount", "sh", "-c", script, &own].map(ToOwned::to_owned).to_vec()
    }
}

/// The answer to a question; `None` where there is none.
fn answer(question: &[u8], domain: &str, says: Says) -> Option<Vec<u8>> {
    let (name, after) = name(question.get(HEAD_BYTES..)?)?;
    let asked = question.get(HEAD_BYTES..HEAD_BYTES + after + 4)?;
    let kind = u16::from_be_bytes([asked[after], asked[after + 1]]);
    let knows = name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    let (code, has_address) = match says {
        Says::Nothing => return None,
        Says::Failure => (2, false),
        Says::Addresses if knows => (0, kind == TYPE_A),
        Says::Addresses | Says::NoSuchName => (3, false),
    };
    let mut answer = question[..2].to_vec();
    // An answer of who knows best, and who looks up for others.
    answer.extend([0x85, 0x80 | code, 0, 1, 0, u8::from(has_address), 0, 0, 0, 0]);
    answer.extend(asked);
    if has_address {
        // The name of the question; A, IN, good for no time at all, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        answer.extend(Ipv4Addr::LOCALHOST.octets());
    }
    Some(answer)
}

/// The name that is asked for, and how many bytes it takes.
fn name(bytes: &[u8]) -> Option<(String, usize)> {
    let (mut labels, mut at) = (Vec::new(), 0);
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        labels.push(String::from_utf8_lossy(bytes.get(at..at + length)?).to_ascii_lowercase());
        at += length;
    }
}
