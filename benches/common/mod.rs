//! What the benches share: the server, the bare programs, the comparison.

#![allow(dead_code, reason = "each bench uses a part of it")]

#[cfg(feature = "async")]
pub(crate) mod bare_async;
#[cfg(feature = "blocking")]
pub(crate) mod bare_blocking;
pub(crate) mod data;
pub(crate) mod pair;
pub(crate) mod server;

/// A run to ask for.
pub(crate) const RUN: &str = "91a01d97958d44baaa58ad8a3d45804e";

/// What the bare programs send as their authorization.
pub(crate) const AUTHORIZATION: &str = "AnaplanAuthToken token";

/// Sets up a client of either face: by a token, or by a password when there is an address to
/// take it to.
macro_rules! client {
    ($client:ty, $base:expr, $auth:expr) => {{
        let auth: Option<&str> = $auth;
        let credentials = match auth {
            None => anaplan_sdk::Credentials::token("token"),
            Some(_) => anaplan_sdk::Credentials::basic("user@example.com", "password"),
        };
        <$client>::builder()
            .credentials(credentials)
            .cloudworks_url($base)
            .auth_url(auth.unwrap_or($base))
            .build()
            .expect("the settings are right")
    }};
}
pub(crate) use client;

/// What stands around a run's status and around a page, as a program without the library would
/// write it down.
pub(crate) mod replies {
    use anaplan_sdk::models::cloud_works::{Integration, RunStatus};
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(crate) struct Run {
        pub(crate) run: RunStatus,
    }

    #[derive(Deserialize)]
    pub(crate) struct Integrations {
        pub(crate) integrations: Vec<Integration>,
        pub(crate) meta: Meta,
    }

    #[derive(Deserialize)]
    pub(crate) struct Meta {
        pub(crate) paging: Paging,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(crate) struct Paging {
        pub(crate) total_size: usize,
    }
}

pub(crate) fn page_url(base: &str, offset: usize) -> String {
    format!("{base}/integrations?offset={offset}&limit={PAGE}")
}

/// The items of a page.
pub(crate) const PAGE: usize = 250;
/// The pages that are on their way at once.
pub(crate) const PAGES_AT_ONCE: usize = 8;
