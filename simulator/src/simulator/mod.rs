//! The handle that tests hold.

pub(crate) mod builder;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use crate::estate;
use crate::http::faults::{Canned, Fault, Kind};
use crate::http::recorder::Recorded;
use crate::http::shared::{Gate, Shared};
use crate::server;
use crate::server::access;
use crate::simulator::builder::SimulatorBuilder;
use crate::state::clock;
use crate::state::log::Done;
use crate::state::outcome::Outcome;
use crate::state::user::User;

/// A running simulator: on a port of 127.0.0.1, on its own thread, until it is dropped.
///
/// ```
/// use cloudworks_sim::{Simulator, estate};
///
/// let simulator = Simulator::start();
/// assert!(simulator.cloudworks_url().ends_with("/2/0"));
/// assert_eq!(simulator.integration_id("Products from blob").as_deref(), Some(estate::IMPORT));
/// ```
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts one with the usual estate, see [`crate::estate`].
    ///
    /// # Panics
    ///
    /// If it cannot have a port or a thread.
    #[must_use = "a simulator stops when it is dropped"]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Starts one that is not as usual.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    pub(crate) fn run(listener: TcpListener, shared: Shared) -> io::Result<Self> {
        let shared = Arc::new(shared);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let served = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("cloudworks-sim".into())
            .spawn(move || runtime.block_on(server::serve(listener, served)))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    // Where it is.

    /// The base of CloudWorks: `http://127.0.0.1:…/2/0`.
    #[must_use]
    pub fn cloudworks_url(&self) -> String {
        format!("{}/2/0", self.auth_url())
    }

    /// The base of the token service: `http://127.0.0.1:…`.
    #[must_use]
    pub fn auth_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// The base of the Integration API, for look-ups: `http://127.0.0.1:…/api/2/0`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("{}/api/2/0", self.auth_url())
    }

    /// The base of the OAuth service: `http://127.0.0.1:…`.
    #[must_use]
    pub fn oauth_url(&self) -> String {
        self.auth_url()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.shared.port
    }

    // What came in.

    /// All requests in the order of arrival, but for those to `/_sim/`.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.recorder().all()
    }

    /// The requests of this method whose path begins like this.
    #[must_use]
    pub fn requests_to(&self, method: &str, path_prefix: &str) -> Vec<Recorded> {
        self.shared.recorder().to(method, path_prefix)
    }

    /// Forgets the requests, and begins to count anew.
    pub fn clear_requests(&self) {
        self.shared.recorder().clear();
    }

    /// The most CloudWorks requests that were being served at one time.
    #[must_use]
    pub fn max_in_flight(&self) -> usize {
        self.shared.recorder().max_in_flight()
    }

    /// How often a token was asked for: `POST /token/authenticate` and `POST /token/refresh`.
    #[must_use]
    pub fn token_requests(&self) -> usize {
        self.shared.recorder().token_requests()
    }

    // What there is.

    /// Everything: `connections`, `integrations`, `notifications`, `flows` and `runs`, secrets redacted.
    #[must_use]
    pub fn state(&self) -> Value {
        self.shared.world().snapshot()
    }

    /// What was really done, in order, faults included.
    #[must_use]
    pub fn log(&self) -> Vec<Done> {
        self.shared.world().log.clone()
    }

    /// Forgets the log.
    pub fn clear_log(&self) {
        self.shared.world().log.clear();
    }

    /// The id of the integration of this name.
    #[must_use]
    pub fn integration_id(&self, name: &str) -> Option<String> {
        self.shared
            .world()
            .integrations
            .iter()
            .find(|each| each.name() == name)
            .map(|each| each.id.clone())
    }

    /// The id of the connection of this name.
    #[must_use]
    pub fn connection_id(&self, name: &str) -> Option<String> {
        self.shared
            .world()
            .connections
            .iter()
            .find(|each| each.name() == name)
            .map(|each| each.id.clone())
    }

    /// The id of the flow of this name.
    #[must_use]
    pub fn flow_id(&self, name: &str) -> Option<String> {
        self.shared
            .world()
            .flows
            .iter()
            .find(|each| each.name == name)
            .map(|each| each.id.clone())
    }

    /// How many runs this integration has had.
    #[must_use]
    pub fn runs_of(&self, integration_id: &str) -> usize {
        self.shared
            .world()
            .integration(integration_id)
            .map_or(0, |each| each.runs.len())
    }

    /// Everything as it was at the start; requests and faults are forgotten.
    pub fn reset(&self) {
        self.shared.reset();
    }

    // Tokens.

    /// A good token of the estate's user, without a request.
    #[must_use]
    pub fn issue_token(&self) -> String {
        self.shared
            .world()
            .issue_token(&User::of(estate::USER_EMAIL), false)
    }

    /// From now on all tokens that were given out are bad.
    pub fn revoke_tokens(&self) {
        self.shared.world().tokens.revoke_all();
    }

    /// Certificates in this PEM text may log in from now on; says how many there were.
    pub fn register_certificate(&self, pem: &str) -> usize {
        self.shared.world().certificates.register(pem)
    }

    /// An authorization code for this client, as if its user had logged in; good once, with any redirect URI.
    #[must_use]
    pub fn oauth_code(&self, client_id: &str) -> String {
        self.shared.world().oauth_code(client_id, None, "")
    }

    /// A refresh token for this client, as if from an earlier log-in. Clients of the authorization code grant
    /// need their secret to use it; those of the device grant have none.
    #[must_use]
    pub fn oauth_refresh_token(&self, client_id: &str, needs_secret: bool) -> String {
        self.shared
            .world()
            .oauth_refresh_token(client_id, needs_secret)
    }

    /// The next call of `POST /oauth/token` draws this error, whatever it asks; may be queued.
    pub fn oauth_error_once(&self, status: u16, error: &str) {
        self.shared
            .world()
            .oauth
            .errors
            .push_back((status, error.to_owned()));
    }

    /// The user enters the code and says yes; `false` if there is no such code.
    pub fn approve_device(&self, user_code: &str) -> bool {
        self.shared.world().oauth.decide(user_code, true)
    }

    /// The user enters the code and says no; `false` if there is no such code.
    pub fn deny_device(&self, user_code: &str) -> bool {
        self.shared.world().oauth.decide(user_code, false)
    }

    /// The device code expires; `false` if there is no such code.
    pub fn expire_device(&self, user_code: &str) -> bool {
        self.shared.world().oauth.expire(user_code)
    }

    // Runs and time.

    /// The next run of this integration goes like this; may be queued. For a flow's id, only the outcome's
    /// [status lag](Outcome::status_lag) counts.
    pub fn next_run(&self, integration_id: &str, outcome: Outcome) {
        self.shared
            .world()
            .plans
            .entry(integration_id.to_owned())
            .or_default()
            .push_back(outcome);
    }

    /// Ends all that runs or waits, at once; flows go through their remaining steps.
    pub fn finish_runs(&self) {
        self.shared.world().finish_runs();
    }

    /// Gives the integration so many runs more, in the past, an hour apart: every 25th failed, every 10th was a
    /// partial success.
    pub fn add_history(&self, integration_id: &str, runs: usize) {
        self.shared.world().add_history(integration_id, runs);
    }

    /// The dump of this run is a CSV file of so many bytes, made up while it is read; `false` if there is no such run.
    pub fn set_dump_size(&self, run_id: &str, bytes: u64) -> bool {
        self.shared.world().set_dump_size(run_id, bytes)
    }

    /// Puts the simulator's clock forward: runs go on, tokens expire.
    pub fn advance(&self, by: Duration) {
        self.shared.world().ahead += clock::millis(by);
    }

    // Faults.

    /// From now on this goes wrong; gives a number for [`Simulator::fault_hits`].
    pub fn fault(&self, fault: Fault) -> u64 {
        let refuse = matches!(fault.kind, Kind::RefuseFor(_));
        let number = self.shared.fault(fault);
        if refuse {
            self.wait_for(Gate::Closed);
        }
        number
    }

    /// Nothing goes wrong any more, and no reply is in store.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// How often this fault has struck.
    #[must_use]
    pub fn fault_hits(&self, fault: u64) -> usize {
        self.shared.faults().hits_of(fault)
    }

    /// How often any fault has struck.
    #[must_use]
    pub fn faults_hit(&self) -> usize {
        self.shared.faults().hits()
    }

    /// The next request like this gets this reply, and nothing is done; may be queued. The pattern is one of
    /// [`Fault::on`]. A `content-type` is not added.
    pub fn reply_once(
        &self,
        method: &str,
        path_pattern: &str,
        status: u16,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) {
        self.shared.faults().can(Canned {
            method: method.to_owned(),
            path: path_pattern.to_owned(),
            status,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.into(),
        });
    }

    /// Closes the port, and connections that are idle: new ones are refused.
    pub fn stop_listening(&self) {
        self.shared.gate.send_replace(Gate::Closed);
        self.wait_for(Gate::Closed);
    }

    /// Opens the port again.
    pub fn resume_listening(&self) {
        self.shared.gate.send_replace(Gate::Open);
        self.wait_for(Gate::Open);
    }

    /// Waits until the port is as the gate says, or the gate says something else.
    fn wait_for(&self, gate: Gate) {
        while self.shared.is_listening() != (gate == Gate::Open)
            && *self.shared.gate.borrow() == gate
        {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.gate.send_replace(Gate::Over);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl SimulatorBuilder {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// If [`SimulatorBuilder::try_start`] fails.
    #[must_use = "a simulator stops when it is dropped"]
    pub fn start(self) -> Simulator {
        match self.try_start() {
            Ok(simulator) => simulator,
            Err(problem) => panic!("the CloudWorks simulator cannot start: {problem}"),
        }
    }

    /// Starts it, on a thread of its own.
    ///
    /// # Errors
    ///
    /// If the port cannot be had, the thread cannot be started, or the seed or the name of a host is not a good one.
    pub fn try_start(self) -> io::Result<Simulator> {
        for name in &self.setup.hosts {
            access::check_name(name)
                .map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?;
        }
        let listener = TcpListener::bind(("127.0.0.1", self.port)).map_err(|problem| {
            io::Error::new(problem.kind(), format!("port {}: {problem}", self.port))
        })?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let world = self.setup.plan.world(port)?;
        Simulator::run(listener, Shared::new(port, world, self.setup))
    }
}
