//! HTTP by hand: a proxy before the emulator that records every request and, by a script, passes
//! it on, answers itself, or loses what a network can lose.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub head: String,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim())
    }

    /// The operation of a service that speaks JSON by targets.
    pub fn is(&self, operation: &str) -> bool {
        self.header("x-amz-target").is_some_and(|target| target.ends_with(operation))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Act {
    /// To the emulator, and its answer back.
    Pass,
    /// To the emulator; the connection breaks before the answer.
    PassAndDrop,
    /// To the emulator; the answer never comes.
    PassAndHang,
    /// To the emulator; of the answer, so many bytes come back before the connection breaks.
    PassAndCut(usize),
    /// Nothing is passed on, and no answer comes.
    Hang,
    /// Nothing is passed on, and the connection breaks.
    Drop,
    /// Nothing is passed on; this status and JSON come back.
    Answer(u16, &'static str),
}

/// Longer than any patience in the tests.
const HANG: Duration = Duration::from_secs(8);

/// Every request, with the status that went back.
type Seen = Vec<(Request, Option<u16>)>;

pub struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    ended: Arc<AtomicBool>,
}

impl Proxy {
    /// `script` is given the number of the request, from 0, and the request.
    pub fn start(script: impl Fn(usize, &Request) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, ended) = (Arc::<Mutex<Seen>>::default(), Arc::new(AtomicBool::new(false)));
        let (script, count) = (Arc::new(script), Arc::new(AtomicUsize::new(0)));
        let (records, stop) = (Arc::clone(&seen), Arc::clone(&ended));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (script, count) = (Arc::clone(&script), Arc::clone(&count));
                let records = Arc::clone(&records);
                thread::spawn(move || serve(client, &*script, &count, &records));
            }
        });
        Self { address, seen, ended }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far.
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// An address where nothing listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A server that keeps every connection open for more requests, and counts connections.
pub fn patient_server(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&connections);
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            count.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || {
                while receive(&mut client).is_some() {
                    let length = answer.len();
                    let whole = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                         content-length: {length}\r\n\r\n{answer}"
                    );
                    client.write_all(whole.as_bytes()).unwrap();
                }
            });
        }
    });
    (endpoint, connections)
}

fn serve(
    mut client: TcpStream,
    script: &dyn Fn(usize, &Request) -> Act,
    count: &AtomicUsize,
    records: &Mutex<Seen>,
) {
    let Some(request) = receive(&mut client) else { return };
    let act = script(count.fetch_add(1, Ordering::SeqCst), &request);
    let passed = match act {
        Act::Hang | Act::Drop | Act::Answer(..) => None,
        _ => Some(exchange(&request)),
    };
    let answer = match (&act, passed) {
        (Act::Pass, passed) => passed,
        (Act::PassAndCut(bytes), Some(mut answer)) => {
            answer.truncate(*bytes);
            Some(answer)
        }
        (Act::Answer(status, body), _) => Some(
            format!(
                "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\n\
                 x-amzn-requestid: scripted\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )
            .into_bytes(),
        ),
        _ => None,
    };
    let status = answer.as_ref().and_then(|answer| status(answer));
    records.lock().unwrap().push((request, status));
    match answer {
        Some(answer) => drop(client.write_all(&answer)),
        None if matches!(act, Act::Hang | Act::PassAndHang) => thread::sleep(HANG),
        None => {}
    }
}

pub fn receive(client: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        read_some(client, &mut bytes)?;
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut request = Request { head, body: bytes[end..].to_vec() };
    if request.header("expect").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok());
    let chunked = request.header("transfer-encoding").is_some();
    loop {
        let complete = match length {
            Some(length) => request.body.len() >= length,
            None => !chunked || request.body.ends_with(b"0\r\n\r\n"),
        };
        if complete {
            return Some(request);
        }
        read_some(client, &mut request.body)?;
    }
}

fn read_some(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0; 65_536];
    let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
    bytes.extend_from_slice(&buffer[..count]);
    Some(())
}

/// Sends a request to the emulator and returns the whole answer.
pub fn exchange(request: &Request) -> Vec<u8> {
    let endpoint = crate::emulator::endpoint();
    let address = endpoint.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut emulator = TcpStream::connect(address).unwrap();
    let mut head = String::new();
    for line in request.head.trim_end().lines() {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if name != "connection" && name != "expect" {
            head.push_str(line.trim_end());
            head.push_str("\r\n");
        }
    }
    head.push_str("connection: close\r\n\r\n");
    emulator.write_all(head.as_bytes()).unwrap();
    emulator.write_all(&request.body).unwrap();
    let mut answer = Vec::new();
    emulator.read_to_end(&mut answer).unwrap();
    answer
}

pub fn status(answer: &[u8]) -> Option<u16> {
    let line = String::from_utf8_lossy(answer.get(..12)?).into_owned();
    line.strip_prefix("HTTP/1.1 ")?.parse().ok()
}
