//! Cold starts of the Lambda functions: from exec to the first `/next`, the memory by then, and
//! the size of each binary, beside a program that is nothing but the runtime (this one).
//!
//!     cargo bench --features aws --bench functions

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench fails as a test does, prints its table, and measures time"
)]

use std::io::Read;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

/// Of each program, interleaved, so that a busy machine is unfair to all alike.
const ROUNDS: usize = 20;

const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

struct Program {
    name: &'static str,
    path: String,
    starts: Vec<Duration>,
    memory_kib: u64,
}

fn main() {
    if env::var(RUNTIME_API).is_ok() {
        return run_empty();
    }
    let own = env::current_exe().unwrap().display().to_string();
    let program = |(name, path): (&'static str, &str)| Program {
        name,
        path: path.to_owned(),
        starts: Vec::new(),
        memory_kib: 0,
    };
    let mut programs: Vec<Program> = [
        ("(runtime alone)", own.as_str()),
        ("open", env!("CARGO_BIN_EXE_open")),
        ("fetch", env!("CARGO_BIN_EXE_fetch")),
        ("compute", env!("CARGO_BIN_EXE_compute")),
        ("analyze", env!("CARGO_BIN_EXE_analyze")),
        ("deliver", env!("CARGO_BIN_EXE_deliver")),
        ("watch", env!("CARGO_BIN_EXE_watch")),
    ]
    .map(program)
    .into();
    for _ in 0..ROUNDS {
        for program in &mut programs {
            let (start, memory_kib) = cold_start(&program.path);
            program.starts.push(start);
            program.memory_kib = program.memory_kib.max(memory_kib);
        }
    }
    println!("{:<16} {:>9} {:>12} {:>14}", "function", "size, MB", "start, ms", "memory, MB");
    for Program { name, path, mut starts, memory_kib } in programs {
        starts.sort();
        let start_us = starts[starts.len() / 2].as_micros();
        let size = fs::metadata(path).unwrap().len();
        println!(
            "{name:<16} {:>9} {:>12} {:>14}",
            tenths(u128::from(size), 1_000_000),
            tenths(start_us, 1_000),
            tenths(u128::from(memory_kib), 1_024),
        );
    }
}

fn tenths(value: u128, unit: u128) -> String {
    let tenths = (value * 10 + unit / 2) / unit;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// What every function pays, whatever it does.
fn run_empty() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let echo = |event: LambdaEvent<Value>| async { Ok::<_, lambda_runtime::Error>(event.payload) };
    runtime.block_on(lambda_runtime::run(service_fn(echo))).unwrap();
}

/// Until the function asks for its first invocation, and its memory's peak then, in KiB.
fn cold_start(path: &str) -> (Duration, u64) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let began = Instant::now();
    let mut child = Command::new(path)
        .env(RUNTIME_API, listener.local_addr().unwrap().to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_REGION", "eu-west-1")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (mut client, _) = listener.accept().unwrap();
    let mut head = [0; 1024];
    let count = client.read(&mut head).unwrap();
    let start = began.elapsed();
    assert!(head[..count].starts_with(b"GET /2018-06-01/runtime/invocation/next"));
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let memory_kib = peak.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    child.kill().unwrap();
    child.wait().unwrap();
    (start, memory_kib.unwrap_or_default())
}
