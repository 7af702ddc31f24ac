//! How a simulator is to be.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde_json::Value;

use crate::http::limit::Limit;
use crate::http::shared::Setup;
use crate::state::plan::Plan;
use crate::state::world::Settings;

/// Sets up a [`Simulator`](crate::Simulator); comes from [`Simulator::builder`](crate::Simulator::builder).
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
    pub(crate) port: u16,
    pub(crate) setup: Setup,
}

impl Default for SimulatorBuilder {
    fn default() -> Self {
        Self {
            port: 0,
            setup: Setup {
                latency: Duration::ZERO,
                page_cap: 250,
                lookup_page_cap: 5000,
                keep: None,
                gzip: false,
                hosts: Vec::new(),
                limit: None,
                plan: Plan {
                    estate: true,
                    seed: None,
                    device_interval: 5,
                    listen: Ipv4Addr::LOCALHOST.into(),
                    settings: Settings {
                        run_duration: Duration::from_millis(300),
                        token_lifetime: Duration::from_secs(35 * 60),
                        password: "password".into(),
                        tenant_limit: 1000,
                        flow_group_is_run: false,
                        require_certificate_v2: false,
                        rotate_refresh_tokens: true,
                        auth_url: String::new(),
                        strict: false,
                    },
                },
            },
        }
    }
}

impl SimulatorBuilder {
    /// Nothing in it. Defaults to the estate of [`crate::estate`].
    pub fn empty(mut self) -> Self {
        self.setup.plan.estate = false;
        self
    }

    /// What is in it, in place of the estate; the form is in the README.
    pub fn seed(mut self, seed: Value) -> Self {
        self.setup.plan.estate = false;
        self.setup.plan.seed = Some(seed);
        self
    }

    /// The port. Defaults to a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How long every request to CloudWorks and to the Integration API takes. Defaults to nothing.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.setup.latency = latency;
        self
    }

    /// How long a run takes, unless an outcome says otherwise. Defaults to 300 ms.
    pub fn run_duration(mut self, duration: Duration) -> Self {
        self.setup.plan.settings.run_duration = duration;
        self
    }

    /// The most that a page holds, whatever is asked for. Defaults to 250.
    pub fn page_cap(mut self, cap: usize) -> Self {
        self.setup.page_cap = cap;
        self
    }

    /// The most that a page of a look-up holds, in the Integration API. Defaults to 5000.
    pub fn lookup_page_cap(mut self, cap: usize) -> Self {
        self.setup.lookup_page_cap = cap;
        self
    }

    /// How long tokens are good. Defaults to 35 minutes.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.setup.plan.settings.token_lifetime = lifetime;
        self
    }

    /// Everybody's password. Defaults to `password`.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.setup.plan.settings.password = password.into();
        self
    }

    /// How many integrations and flows the tenant may have; what is there already does not count against it.
    /// Defaults to 1000.
    pub fn tenant_limit(mut self, limit: usize) -> Self {
        self.setup.plan.settings.tenant_limit = limit;
        self
    }

    /// Keeps only the last requests, for long tests in little memory. Defaults to all.
    pub fn keep_requests(mut self, last: usize) -> Self {
        self.setup.keep = Some(last);
        self
    }

    /// CloudWorks replies are compressed where the client says that it can read that. Defaults to `false`.
    pub fn gzip(mut self, yes: bool) -> Self {
        self.setup.gzip = yes;
        self
    }

    /// More requests to CloudWorks and to the Integration API than this draw a 429 with a `Retry-After` in seconds: a bucket that holds so many,
    /// and fills up again in the time given. Defaults to no limit.
    pub fn rate_limit(mut self, requests: u32, per: Duration) -> Self {
        self.setup.limit = Some(Limit::new(requests, per));
        self
    }

    /// `flowGroupId` on the runs of steps is the id of the flow's run, not of the flow. Defaults to `false`.
    pub fn flow_group_is_run(mut self, yes: bool) -> Self {
        self.setup.plan.settings.flow_group_is_run = yes;
        self
    }

    /// Only version 2 of the message signed by a certificate is accepted. Defaults to `false`.
    pub fn require_certificate_v2(mut self, yes: bool) -> Self {
        self.setup.plan.settings.require_certificate_v2 = yes;
        self
    }

    /// OAuth refresh tokens are good once, and a new one comes with every exchange. Defaults to `true`.
    pub fn rotate_refresh_tokens(mut self, yes: bool) -> Self {
        self.setup.plan.settings.rotate_refresh_tokens = yes;
        self
    }

    /// Refuses, beside what the service is known to refuse, what it is only guessed to refuse (the README lists
    /// the guesses), and integrations that are surely wrong: a job for an action that is no step of the process,
    /// a `fileId` that is not the import's, an import that reads no file. For tests of what a client sends. Defaults to `false`.
    pub fn strict(mut self, yes: bool) -> Self {
        self.setup.plan.settings.strict = yes;
        self
    }

    /// The `interval` that the OAuth device grant asks for, in seconds; 0 means that no poll is too early.
    /// Defaults to 5.
    pub fn device_interval(mut self, seconds: u32) -> Self {
        self.setup.plan.device_interval = seconds.into();
        self
    }

    /// The address that it listens at. Defaults to 127.0.0.1, which only this machine reaches. At another
    /// one it answers to every address by number, and to names by [`SimulatorBuilder::host`] alone.
    pub fn listen(mut self, address: impl Into<IpAddr>) -> Self {
        self.setup.plan.listen = address.into();
        self
    }

    /// Answers to this name as well: by itself it answers to names of this machine alone, such as
    /// `localhost` and `127.0.0.1`, so that no web page can reach it under a name of its own.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.setup.hosts.push(name.into());
        self
    }
}
