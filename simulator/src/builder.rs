//! How a simulator is to be.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use serde_json::Value;

use crate::access;
use crate::estate;
use crate::limit::Limit;
use crate::seed;
use crate::shared::Shared;
use crate::simulator::Simulator;
use crate::world::{Settings, World};

/// Sets up a [`Simulator`]; comes from [`Simulator::builder`].
///
/// ```
/// use cloudworks_sim::Simulator;
/// use std::time::Duration;
///
/// let simulator = Simulator::builder().empty().run_duration(Duration::ZERO).start();
/// assert!(simulator.state()["connections"].as_array().unwrap().is_empty());
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct SimulatorBuilder {
    estate: bool,
    seed: Option<Value>,
    port: u16,
    pub(crate) latency: Duration,
    pub(crate) page_cap: usize,
    pub(crate) keep: Option<usize>,
    pub(crate) gzip: bool,
    pub(crate) hosts: Vec<String>,
    pub(crate) limit: Option<Limit>,
    device_interval: i64,
    settings: Settings,
}

impl Default for SimulatorBuilder {
    fn default() -> Self {
        Self {
            estate: true,
            seed: None,
            port: 0,
            latency: Duration::ZERO,
            page_cap: 250,
            keep: None,
            gzip: false,
            hosts: Vec::new(),
            limit: None,
            device_interval: 5,
            settings: Settings {
                run_duration: Duration::from_millis(300),
                token_lifetime: Duration::from_secs(35 * 60),
                password: "password".into(),
                tenant_limit: 1000,
                flow_group_is_run: false,
                require_certificate_v2: false,
                rotate_refresh_tokens: true,
                auth_url: String::new(),
            },
        }
    }
}

impl SimulatorBuilder {
    /// Nothing in it. Defaults to the estate of [`crate::estate`].
    pub fn empty(mut self) -> Self {
        self.estate = false;
        self
    }

    /// What is in it, in place of the estate; the form is in the README.
    pub fn seed(mut self, seed: Value) -> Self {
        self.estate = false;
        self.seed = Some(seed);
        self
    }

    /// The port on 127.0.0.1. Defaults to a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How long every CloudWorks request takes. Defaults to nothing.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// How long a run takes, unless an outcome says otherwise. Defaults to 300 ms.
    pub fn run_duration(mut self, duration: Duration) -> Self {
        self.settings.run_duration = duration;
        self
    }

    /// The most that a page holds, whatever is asked for. Defaults to 250.
    pub fn page_cap(mut self, cap: usize) -> Self {
        self.page_cap = cap;
        self
    }

    /// How long tokens are good. Defaults to 35 minutes.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token_lifetime = lifetime;
        self
    }

    /// Everybody's password. Defaults to `password`.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.settings.password = password.into();
        self
    }

    /// How many integrations and flows the tenant may have; what is there already does not count against it.
    /// Defaults to 1000.
    pub fn tenant_limit(mut self, limit: usize) -> Self {
        self.settings.tenant_limit = limit;
        self
    }

    /// Keeps only the last requests, for long tests in little memory. Defaults to all.
    pub fn keep_requests(mut self, last: usize) -> Self {
        self.keep = Some(last);
        self
    }

    /// CloudWorks replies are compressed where the client says that it can read that. Defaults to `false`.
    pub fn gzip(mut self, yes: bool) -> Self {
        self.gzip = yes;
        self
    }

    /// More CloudWorks requests than this draw a 429 with a `Retry-After` in seconds: a bucket that holds so many,
    /// and fills up again in the time given. Defaults to no limit.
    pub fn rate_limit(mut self, requests: u32, per: Duration) -> Self {
        self.limit = Some(Limit::new(requests, per));
        self
    }

    /// `flowGroupId` on the runs of steps is the id of the flow's run, not of the flow. Defaults to `false`.
    pub fn flow_group_is_run(mut self, yes: bool) -> Self {
        self.settings.flow_group_is_run = yes;
        self
    }

    /// Only version 2 of the message signed by a certificate is accepted. Defaults to `false`.
    pub fn require_certificate_v2(mut self, yes: bool) -> Self {
        self.settings.require_certificate_v2 = yes;
        self
    }

    /// OAuth refresh tokens are good once, and a new one comes with every exchange. Defaults to `true`.
    pub fn rotate_refresh_tokens(mut self, yes: bool) -> Self {
        self.settings.rotate_refresh_tokens = yes;
        self
    }

    /// The `interval` that the OAuth device grant asks for, in seconds; 0 means that no poll is too early.
    /// Defaults to 5.
    pub fn device_interval(mut self, seconds: u32) -> Self {
        self.device_interval = seconds.into();
        self
    }

    /// Answers to this name as well: by itself it answers to names of this machine alone, such as
    /// `localhost` and `127.0.0.1`, so that no web page can reach it under a name of its own.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

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
        for name in &self.hosts {
            access::check_name(name)
                .map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?;
        }
        let listener = TcpListener::bind(("127.0.0.1", self.port)).map_err(|problem| {
            io::Error::new(problem.kind(), format!("port {}: {problem}", self.port))
        })?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let world = self.world(port)?;
        Simulator::run(listener, Shared::new(port, world, self))
    }

    /// The state that it starts with, and that `reset` goes back to.
    pub(crate) fn world(&self, port: u16) -> io::Result<World> {
        let mut settings = self.settings.clone();
        settings.auth_url = format!("http://127.0.0.1:{port}");
        let mut world = World::new(settings);
        world.oauth.interval = self.device_interval;
        if self.estate {
            estate::furnish(&mut world);
        }
        if let Some(seed) = &self.seed {
            seed::sow(&mut world, seed).map_err(|problem| {
                io::Error::new(io::ErrorKind::InvalidInput, format!("seed: {problem}"))
            })?;
        }
        world.log.clear();
        Ok(world)
    }
}
