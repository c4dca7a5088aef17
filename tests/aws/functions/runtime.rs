//! The Runtime API of Lambda, for one function in a process of its own.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use weekledger::embedded::SystemClock;
use weekledger::ports::Clock;

use crate::wire::receive;

/// What an invocation came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Done(Value),
    /// `errorType` and `errorMessage`.
    Failed(Value),
    /// The process ended without an answer.
    Died,
}

impl Answer {
    #[track_caller]
    pub fn done(self) -> Value {
        match self {
            Self::Done(answer) => answer,
            other => panic!("{other:?}"),
        }
    }
}

/// An invocation on its way to the function.
struct Call {
    input: String,
    time: Duration,
}

/// A function and its Runtime API. Dropping it ends the process.
pub struct Process {
    pub child: Arc<Mutex<Child>>,
    calls: Sender<Call>,
    answers: Receiver<Answer>,
    log: Arc<Mutex<Vec<String>>>,
}

/// A process that hangs is a defect, too.
const PATIENCE: Duration = Duration::from_secs(120);

pub fn binary(name: &str) -> &'static str {
    match name {
        "open" => env!("CARGO_BIN_EXE_open"),
        "fetch" => env!("CARGO_BIN_EXE_fetch"),
        "compute" => env!("CARGO_BIN_EXE_compute"),
        "analyze" => env!("CARGO_BIN_EXE_analyze"),
        "deliver" => env!("CARGO_BIN_EXE_deliver"),
        "watch" => env!("CARGO_BIN_EXE_watch"),
        other => panic!("there is no function {other}"),
    }
}

impl Process {
    pub fn start(name: &str, environment: &[(String, String)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (calls, waiting) = channel();
        let (answered, answers) = channel();
        thread::spawn(move || serve(&listener, Arc::new(Mutex::new(waiting)), &answered));
        let mut child = Command::new(binary(name))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let log = Arc::<Mutex<Vec<String>>>::default();
        let (lines, out) = (Arc::clone(&log), child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        Self { child: Arc::new(Mutex::new(child)), calls, answers, log }
    }

    /// Calls the function, which is killed `time` later in an account, and never here.
    pub fn invoke(&self, input: &Value, time: Duration) -> Answer {
        self.calls.send(Call { input: input.to_string(), time }).unwrap();
        let mut waited = Duration::ZERO;
        let step = Duration::from_millis(20);
        loop {
            match self.answers.recv_timeout(step) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => return Answer::Died,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.child.lock().unwrap().try_wait().unwrap().is_some() {
                return Answer::Died;
            }
            waited += step;
            assert!(waited < PATIENCE, "no answer: {:#?}", self.log());
        }
    }

    pub fn is_alive(&self) -> bool {
        self.child.lock().unwrap().try_wait().unwrap().is_none()
    }

    /// The most memory that it has held; 0 where the system does not say.
    pub fn peak_mib(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.lock().unwrap().id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.map_or(0, |line| line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024)
    }

    /// What the function wrote to stdout: every line is JSON.
    pub fn log(&self) -> Vec<Value> {
        // The last lines follow the answer within moments.
        thread::sleep(Duration::from_millis(50));
        let lines = self.log.lock().unwrap().clone();
        lines.iter().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap();
        drop(child.kill());
        drop(child.wait());
    }
}

fn serve(listener: &TcpListener, calls: Arc<Mutex<Receiver<Call>>>, answered: &Sender<Answer>) {
    for client in listener.incoming().map_while(Result::ok) {
        let (calls, answered) = (Arc::clone(&calls), answered.clone());
        thread::spawn(move || converse(client, &calls, &answered));
    }
}

fn converse(mut client: TcpStream, calls: &Mutex<Receiver<Call>>, answered: &Sender<Answer>) {
    while let Some(request) = receive(&mut client) {
        let line = request.head.lines().next().unwrap_or_default().to_owned();
        let path = line.split(' ').nth(1).unwrap_or_default();
        let written = if path.ends_with("/invocation/next") {
            // The end of the process ends its connection, and with the test the channel.
            let Ok(call) = calls.lock().unwrap().recv() else { return };
            hand_over(&mut client, &call)
        } else {
            let body = serde_json::from_slice(&whole(&request)).unwrap_or(Value::Null);
            let answer =
                if path.ends_with("/response") { Answer::Done(body) } else { Answer::Failed(body) };
            drop(answered.send(answer));
            client.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
        };
        if written.is_err() {
            return;
        }
    }
}

fn hand_over(client: &mut TcpStream, call: &Call) -> std::io::Result<()> {
    let deadline = SystemClock.now() + call.time;
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         lambda-runtime-aws-request-id: 00000000-0000-4000-8000-000000000001\r\n\
         lambda-runtime-deadline-ms: {}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:1:function:x\r\n\
         lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\r\n\r\n",
        call.input.len(),
        deadline.as_millisecond(),
    );
    client.write_all(head.as_bytes())?;
    client.write_all(call.input.as_bytes())
}

/// A body without the marks of its chunks.
fn whole(request: &crate::wire::Request) -> Vec<u8> {
    if request.header("transfer-encoding").is_none() {
        return request.body.clone();
    }
    let (mut rest, mut body) = (&request.body[..], Vec::new());
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&rest[..end]), 16).unwrap();
        let chunk = &rest[end + 2..];
        body.extend_from_slice(&chunk[..size]);
        rest = chunk.get(size + 2..).unwrap_or_default();
    }
    body
}
