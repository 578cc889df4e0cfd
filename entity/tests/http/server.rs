//! A server that answers as it is told, however odd that is.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The one header of that name, in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut same = self.headers.iter().filter(|(known, _)| known == name);
        let found = same.next().map(|(_, value)| value.as_str());
        assert!(same.next().is_none(), "{name} is there twice");
        found
    }

    /// The fields of the form in the body, in order.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// These bytes, and then the connection is closed.
    Bytes(Vec<u8>),
    /// These bytes, and then the same letter for as long as somebody reads.
    Endless(Vec<u8>),
    /// These bytes, and then nothing, until the other side closes the connection.
    Stalls(Vec<u8>),
}

impl Reply {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::with(
            status,
            "content-type: application/json; charset=utf-8\r\n",
            body.as_bytes(),
        )
    }

    pub(crate) fn with(status: u16, headers: &str, body: &[u8]) -> Self {
        let head = format!(
            "HTTP/1.1 {status} Told\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        );
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    connections: AtomicUsize,
    seen: Mutex<Vec<Seen>>,
    sent: AtomicUsize,
}

impl Server {
    pub(crate) fn start(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), reply)
    }

    pub(crate) fn at(address: SocketAddr, reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (told, reply) = (Arc::clone(&shared), Arc::new(reply));
        thread::spawn(move || {
            for stream in listener.incoming() {
                told.connections.fetch_add(1, Ordering::SeqCst);
                let (told, reply) = (Arc::clone(&told), Arc::clone(&reply));
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let Some(seen) = read(&mut stream) else { return };
                    told.seen.lock().unwrap().push(seen.clone());
                    told.answer(stream, reply(&seen));
                });
            }
        });
        Self { address, shared }
    }

    pub(crate) fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone())
    }

    pub(crate) fn url(&self, path: &str) -> url::Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many bytes of an endless answer were taken.
    pub(crate) fn sent(&self) -> usize {
        self.shared.sent.load(Ordering::SeqCst)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The one request there was.
    pub(crate) fn one(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1);
        seen.remove(0)
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream, reply: Reply) {
        let (bytes, more) = match reply {
            Reply::Bytes(bytes) => {
                let _ = stream.write_all(&bytes);
                return;
            }
            Reply::Endless(bytes) => (bytes, true),
            Reply::Stalls(bytes) => (bytes, false),
        };
        let _ = stream.write_all(&bytes);
        while more && stream.write_all(&[b'x'; 4096]).is_ok() {
            self.sent.fetch_add(4096, Ordering::SeqCst);
        }
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

/// A request, unless the other side went away.
pub(crate) fn read(stream: &mut impl std::io::Read) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut one = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut one).ok()? == 0 {
            return None;
        }
        bytes.push(one[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers: Vec<_> = lines
        .map(|line| line.split_once(": ").unwrap_or((line, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    Some(Seen { line, headers, body })
}
