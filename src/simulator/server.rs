//! The HTTP server: listens on loopback, remembers what it was asked, asks the right provider.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::answer::Answer;
use super::effect::Effect;
use super::faults::{Fault, Faults};
use super::line::{Lines, Scissors};
use super::meta::Runs;
use super::world::{self, Property, World};
use super::{Options, hubspot, meta};

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The simulator answers everybody; it must not be reachable from other machines.
    #[error(
        "the simulator listens on loopback only, not on {0}; use an address such as 127.0.0.1:8085"
    )]
    NotLoopback(SocketAddr),
    /// The address is taken or not allowed.
    #[error(
        "cannot listen on {address}; is another program using that port? Port 0 takes a free one"
    )]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// One request as it arrived, headers and all: for tests, which want to see what a client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRequest {
    /// `GET`, `POST` …
    pub method: String,
    /// The path, beginning with `/meta` or `/hubspot`.
    pub path: String,
    /// Query parameters in order, decoded.
    pub query: Vec<(String, String)>,
    /// Headers in order, names in lower case; `authorization` included.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl SeenRequest {
    /// The first header of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first query parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn bearer(&self) -> Option<&str> {
        let token = self.header("authorization")?.strip_prefix("Bearer ")?.trim();
        (!token.is_empty()).then_some(token)
    }
}

/// What every request is answered from.
pub(super) struct Simulator {
    pub(super) seed: u64,
    pub(super) world: World,
    pub(super) runs: Runs,
    /// `http://127.0.0.1:PORT`.
    pub(super) base_url: String,
    faults: Faults,
    seen: Mutex<VecDeque<SeenRequest>>,
}

/// A long-running simulator forgets its oldest requests.
const REQUESTS_KEPT: usize = 10_000;
const BODY_BYTES_MAX: usize = 1 << 20;

/// Starts a simulator on the current tokio runtime.
///
/// # Errors
/// When the address is not loopback, or cannot be listened on.
pub async fn start(options: Options) -> Result<Running, SimulatorError> {
    let address = options.listen;
    if !address.ip().is_loopback() {
        return Err(SimulatorError::NotLoopback(address));
    }
    let failed = |source| SimulatorError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let mut world = match &options.replay {
        Some(replay) => replay.world(),
        None => world::invent(options.seed, options.today),
    };
    for fault in &options.faults {
        if let Effect::Crowd(count) = fault.effect {
            world.crowd(count);
        }
    }
    let simulator = Arc::new(Simulator {
        seed: options.seed,
        world,
        runs: Runs::default(),
        base_url: format!("http://{address}"),
        faults: Faults::new(options.faults),
        seen: Mutex::default(),
    });
    let (stop, stopped) = oneshot::channel();
    let app = Router::new().fallback(handle).with_state(Arc::clone(&simulator));
    let task = tokio::spawn(async move {
        let until = async {
            // An error means that `Running` was dropped, which stops the server too.
            let _ = stopped.await;
        };
        let app = app.into_make_service_with_connect_info::<Scissors>();
        let _ = axum::serve(Lines(listener), app).with_graceful_shutdown(until).await;
    });
    Ok(Running { address, simulator, stop, task })
}

/// A simulator that is answering; dropping it stops it.
pub struct Running {
    address: SocketAddr,
    simulator: Arc<Simulator>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it listens, with the port that it really got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The `base_url` for `[sources.meta]`.
    pub fn meta_base_url(&self) -> String {
        format!("{}/meta", self.simulator.base_url)
    }

    /// The `base_url` for `[sources.hubspot]`.
    pub fn hubspot_base_url(&self) -> String {
        format!("{}/hubspot", self.simulator.base_url)
    }

    /// The properties that this simulator serves.
    pub fn properties(&self) -> Vec<Property> {
        self.simulator.world.accounts.iter().map(|account| account.property.clone()).collect()
    }

    /// The newest day that has data.
    pub fn newest_day(&self) -> jiff::civil::Date {
        self.simulator.world.newest
    }

    /// From now on these go wrong, and nothing else; each is counted anew.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.simulator.faults.set(faults);
    }

    /// What it was asked so far, oldest first; the last 10,000 requests.
    pub fn requests(&self) -> Vec<SeenRequest> {
        held(&self.simulator.seen).iter().cloned().collect()
    }

    /// Stops listening and waits a moment for requests under way.
    pub async fn stop(mut self) {
        let _ = self.stop.send(());
        if tokio::time::timeout(Duration::from_secs(1), &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// A lock's content, also after another holder died: nothing here is left half changed.
pub(super) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn handle(
    State(simulator): State<Arc<Simulator>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let request = read(request).await;
    remember(&simulator, &request);
    let effect = simulator.faults.strike(&request);
    let answer = answer(&simulator, &request);
    let Some(effect) = effect else { return respond(answer) };
    tokio::time::sleep(effect.delay()).await;
    match effect.apply(answer) {
        Some(answer) => respond(answer),
        None => {
            scissors.cut();
            Response::default()
        }
    }
}

fn answer(simulator: &Simulator, request: &SeenRequest) -> Answer {
    let segments: Vec<&str> = request.path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["meta", rest @ ..] => meta::answer(simulator, request, rest),
        ["hubspot", rest @ ..] => hubspot::answer(simulator, request, rest),
        _ => Answer {
            status: 404,
            headers: vec![("content-type", "text/plain; charset=utf-8".to_owned())],
            body: "The simulator serves paths under /meta and /hubspot.\n".to_owned(),
        },
    }
}

async fn read(request: Request) -> SeenRequest {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    // A body that cannot be read, or is far too long for either provider, counts as empty.
    let body = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    SeenRequest {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts.headers.iter().map(header).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

fn remember(simulator: &Simulator, request: &SeenRequest) {
    let mut seen = held(&simulator.seen);
    if seen.len() == REQUESTS_KEPT {
        seen.pop_front();
    }
    seen.push_back(request.clone());
}

fn respond(answer: Answer) -> Response {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap_or_default()
}
