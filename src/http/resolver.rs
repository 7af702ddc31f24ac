//! A cache of DNS answers for the blocking transport.
//!
//! By itself, ureq looks the name of the host up for every call, in a thread of its own, also
//! when the call then goes over a connection that is open already.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use http::Uri;
use http::uri::{Authority, Scheme};
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::ureq_connectors::{ConnectError, ConnectStep};

use crate::lock::unpoisoned;

/// How long an address is kept: shorter than an idle connection.
const MAX_AGE: Duration = Duration::from_secs(30);

/// The addresses of the hosts that were used. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CachingResolver(Arc<Mutex<Vec<CachedHost>>>);

#[derive(Debug)]
struct CachedHost {
    scheme: Option<Scheme>,
    authority: Option<Authority>,
    addresses: Vec<SocketAddr>,
    since: Instant,
}

impl CachingResolver {
    fn known(&self) -> MutexGuard<'_, Vec<CachedHost>> {
        unpoisoned(self.0.lock())
    }

    /// Called when no connection could be made: the addresses may have changed.
    pub(crate) fn forget(&self) {
        self.known().clear();
    }
}

impl Resolver for CachingResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let is_meant = |host: &CachedHost| {
            host.scheme.as_ref() == uri.scheme() && host.authority.as_ref() == uri.authority()
        };
        {
            let known = self.known();
            let host = known.iter().find(|host| is_meant(host));
            if let Some(host) = host.filter(|host| host.since.elapsed() < MAX_AGE) {
                let mut addresses = self.empty();
                host.addresses
                    .iter()
                    .for_each(|address| addresses.push(*address));
                return Ok(addresses);
            }
        }
        let addresses = DefaultResolver::default().resolve(uri, config, timeout);
        let addresses =
            addresses.map_err(|error| ConnectError::wrap(ConnectStep::ResolveHost, error))?;
        let mut known = self.known();
        known.retain(|host| !is_meant(host));
        known.push(CachedHost {
            scheme: uri.scheme().cloned(),
            authority: uri.authority().cloned(),
            addresses: addresses.to_vec(),
            since: Instant::now(),
        });
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeout() -> NextTimeout {
        NextTimeout {
            after: Duration::from_secs(5).into(),
            reason: ureq::Timeout::Global,
            ..NextTimeout::default()
        }
    }

    fn resolve(names: &CachingResolver, uri: &'static str) -> Vec<SocketAddr> {
        let found = names.resolve(&Uri::from_static(uri), &Config::default(), timeout());
        found.unwrap().to_vec()
    }

    #[test]
    fn a_host_is_looked_up_once_until_it_is_forgotten() {
        let names = CachingResolver::default();
        let first = resolve(&names, "http://127.0.0.1:1/a");
        assert_eq!(first, ["127.0.0.1:1".parse().unwrap()]);
        let elsewhere: SocketAddr = "127.0.0.1:9".parse().unwrap();
        names.known()[0].addresses = vec![elsewhere];
        assert_eq!(resolve(&names, "http://127.0.0.1:1/b?c"), [elsewhere]);
        assert_eq!(resolve(&names, "http://127.0.0.1:2/").len(), 1);
        assert_eq!(names.known().len(), 2);
        names.forget();
        assert_eq!(resolve(&names, "http://127.0.0.1:1/a"), first);
    }

    #[test]
    fn what_is_known_grows_old() {
        let names = CachingResolver::default();
        resolve(&names, "http://127.0.0.1:1/");
        let long_ago = Instant::now().checked_sub(MAX_AGE);
        let mut known = names.known();
        let Some(long_ago) = long_ago else { return };
        known[0].addresses.clear();
        known[0].since = long_ago;
        drop(known);
        assert_eq!(resolve(&names, "http://127.0.0.1:1/").len(), 1);
        assert_eq!(names.known().len(), 1);
    }
}
