//! Makes errors of failed calls: the reason, hints, and no secrets. Compiled once.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use http::HeaderValue;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use crate::error::{
    ApiError, DecodeError, Error, TransportCause, TransportError, TransportErrorKind,
};
use crate::http::base_url::BaseUrl;
use crate::http::redaction::{REDACTED, redact_to, unescaped, up_to};
use crate::http::request::{Host, Request};
use crate::http::response::{Refusal, Undecodable};
use crate::http::retry::says_not_authorized;
use crate::http::service_clock::{date_of, http_date};
use crate::http::{Failure, Reply};
use crate::runs::Remedy;

/// What is known of a call when it ends.
pub(crate) struct CallContext<'a> {
    pub(crate) request: &'a Request,
    /// What the request was authorized by, if it was sent.
    pub(crate) authorization: Option<&'a HeaderValue>,
    pub(crate) base: &'a BaseUrl,
    pub(crate) attempts: u32,
    pub(crate) may_have_been_applied: bool,
    /// Whether the credentials can bring another token.
    pub(crate) renewable: bool,
}

/// How much of a body an error keeps.
const MAX_BODY: usize = 64 << 10;

/// How much of a body is searched for secrets.
const WINDOW: usize = 2 * MAX_BODY;

/// What is shorter in a header of the caller's own, or as a part of a secret, is no secret.
const MIN_SECRET_LENGTH: usize = 8;

impl CallContext<'_> {
    /// `status` is that of the refusal: of HTTP, or of the body of a success.
    pub(crate) fn refused(&self, refusal: Refusal, status: u16, reply: &Reply) -> Error {
        let secrets = self.secrets();
        Error::Api(Box::new(ApiError {
            operation: self.request.operation,
            method: self.request.method.clone(),
            path: format!("/{}", self.request.path),
            status,
            http_status: reply.status,
            hint: self.hint(&refusal, status),
            code: refusal.code.map(|code| secrets.redact(&code)),
            message: secrets.redact(&refusal.message),
            body: self.keep(reply, &secrets),
            retry_after: retry_after(reply),
            attempts: self.attempts,
            may_have_been_applied: self.may_have_been_applied,
            date: date_of(reply),
        }))
    }

    pub(crate) fn undecodable(&self, undecodable: Undecodable, reply: &Reply) -> Error {
        let secrets = self.secrets();
        Error::Decode(Box::new(DecodeError {
            operation: self.request.operation,
            status: reply.status,
            path: secrets.redact(&undecodable.path),
            message: secrets.redact(&undecodable.message),
            body: self.keep(reply, &secrets),
            may_have_been_applied: self.may_have_been_applied,
        }))
    }

    pub(crate) fn failed(&self, failure: Failure) -> Error {
        Error::Transport(Box::new(TransportError {
            operation: self.request.operation,
            kind: failure.kind,
            cause: failure.cause.or_else(|| self.loading(failure.kind)),
            host: self.base.authority.clone(),
            attempts: self.attempts,
            may_have_been_applied: self.may_have_been_applied,
            source: failure.source,
        }))
    }

    /// What may hold up an answer of a model.
    fn loading(&self, kind: TransportErrorKind) -> Option<TransportCause> {
        let request = self.request;
        let is_of_a_model = request.host == Host::Api && request.path.starts_with("models/");
        (is_of_a_model && kind == TransportErrorKind::Timeout)
            .then_some(TransportCause::ModelMayBeLoading)
    }

    fn keep(&self, reply: &Reply, secrets: &Secrets) -> String {
        if matches!(self.request.host, Host::Auth | Host::OAuth) {
            return REDACTED.to_owned();
        }
        let body = &reply.body[..reply.body.len().min(WINDOW)];
        secrets.redact(&String::from_utf8_lossy(body))
    }

    /// What was sent in secret, and is not to come back in an error although the service repeats it.
    fn secrets(&self) -> Secrets {
        let mut secrets = Vec::new();
        let mut add = |secret: &str| secrets.push(Zeroizing::new(secret.to_owned()));
        if let Some(Ok(sent)) = self.authorization.map(HeaderValue::to_str) {
            sent.rsplit(' ').next().map(&mut add);
            add(&password_in(sent));
        }
        let headers = self.request.headers.values();
        headers
            .filter_map(|header| header.to_str().ok())
            .filter(|value| value.len() >= MIN_SECRET_LENGTH)
            .for_each(add);
        let sent: Value = match &self.request.body {
            Some(body) => serde_json::from_slice(body).unwrap_or_default(),
            None => Value::Null,
        };
        let oauth = self.request.host == Host::OAuth;
        each_secret(&sent, oauth, &mut |secret| {
            secrets.push(Zeroizing::new(secret.to_owned()));
            secrets.extend(parts_of(secret));
        });
        Secrets(secrets)
    }

    fn hint(&self, refusal: &Refusal, status: u16) -> Option<&'static str> {
        if status == 404
            && !refusal.html
            && let Some(hint) = name_in_place_of_an_id(self.request)
        {
            return Some(hint);
        }
        let says = |words: &str| refusal.message.to_ascii_lowercase().contains(words);
        if status == 400
            && let Some(hint) = of_connection(self.request, &refusal.message)
        {
            return Some(hint);
        }
        Some(match status {
            401 if !self.renewable => {
                "the token was refused: it has expired or was revoked, and a bare token cannot be \
                 renewed; give a new one, or credentials that can fetch one"
            }
            401 => {
                "a fresh token was refused, too: check that `auth_url` and `cloudworks_url` belong \
                 to the same region, and that this machine's clock is right"
            }
            403 if !self.renewable && says_not_authorized(&refusal.message) => {
                "the token may have expired: the service answers 403 for that, too; give a new one. \
                 If that is refused as well, the user needs the role Restricted Integration User (or \
                 Integration Admin), and a workspace assigned"
            }
            // A user without any role is told "Not Permitted", whatever the call.
            403 if matches!(self.request.method.as_str(), "PUT" | "PATCH" | "DELETE")
                && !says("not permitted") =>
            {
                "roles decide who may change what another user made: integration administrators and \
                 restricted integration users do not see or change each other's objects; ask a user \
                 who has the role of the one who made it"
            }
            403 | 452 => {
                "the user needs the role Restricted Integration User (or Integration Admin), and a \
                 workspace assigned"
            }
            404 if refusal.html => "no such route: check the base URL",
            // Of a run that is queued, the service says that there is nothing to cancel.
            404 if says("resource not found") && self.request.operation != "cancel_integration" => {
                "the id is wrong, or the user may not see the object: integration administrators and \
                 restricted integration users do not see each other's"
            }
            409 if says("not in running state") => {
                "nothing runs that can be cancelled now, which does not mean that nothing runs: for \
                 a process the service says this of a run that is under way; the integration's \
                 `latestRun` tells which it is"
            }
            409 | 500 if says("running") => "wait until the run has ended, or cancel it",
            409 if says("single job") => "an import or export integration has exactly one job",
            409 if says("limit") || says("exceed") || says("maximum") => {
                "the tenant's limit is reached: delete what is no longer needed"
            }
            409 if says("referenc") || says("in use") || says("used by") => {
                "another object refers to it: change or delete that one first"
            }
            409 => "refused: it is running, another object refers to it, or a limit is reached",
            429 => "the tenant's rate limit, shared by all its users and programs",
            300..=399 => {
                "redirects are not followed, since the token is for this host only: check the base URL"
            }
            500..=599 if says("model not found") => {
                "the model does not exist, or is not in this workspace"
            }
            400 | 500..=599 if says("duplicate resource name") => match self.request.operation {
                "create_notification_config" => {
                    "an integration has a configuration from the beginning: update the one that \
                         it has, or delete it first"
                }
                _ => "choose another name",
            },
            500..=599 if says("invalid workspace or model") => {
                "check both ids; the model must be in the workspace"
            }
            500..=599 if says("integration trigger error") => {
                "check the integration's connection and actions; it was not started"
            }
            _ => return Remedy::of_message(&refusal.message).map(|remedy| remedy.what_to_do),
        })
    }
}

/// What may be behind a 400 to the body of a connection, where sources conflict on what it has to be.
fn of_connection(request: &Request, message: &str) -> Option<&'static str> {
    const WHOLE: [&[&str]; 3] = [
        &["name", "accessKeyId", "secretAccessKey", "bucketName"],
        &["name", "storageAccountName", "containerName", "sasToken"],
        &["name", "dataset", "serviceAccountKey"],
    ];
    // What the service says of credentials that it has tried, and of a name that is taken.
    const OTHER_CAUSES: [&str; 10] = [
        "credential",
        "denied",
        "bucket",
        "role arn",
        "dataset",
        "sas",
        "signature",
        "token",
        "expired",
        "duplicate",
    ];
    let is_patch = request.operation == "patch_connection";
    if !is_patch && !matches!(request.operation, "create_connection" | "update_connection") {
        return None;
    }
    let sent: Value = serde_json::from_slice(request.body.as_ref()?).ok()?;
    let body = sent.get("body").unwrap_or(&sent);
    let has = |name: &&str| body.get(*name).is_some();
    let message = message.to_ascii_lowercase();
    let is_of_method = ["authmethod", "auth_method"]
        .iter()
        .any(|name| message.contains(name));
    if is_patch && !is_of_method && !WHOLE.iter().any(|fields| fields.iter().all(has)) {
        return Some(
            "that some fields of a connection can be changed alone is documented by one source, and \
             unproven: give the whole body, its secret included, by `update_connection`",
        );
    }
    if !is_of_method && OTHER_CAUSES.iter().any(|cause| message.contains(cause)) {
        return None;
    }
    if has(&"authMethod") {
        Some(
            "sources conflict on the spelling of `authMethod`: if the payload is right otherwise, \
             give it as JSON with `auth_method`, which is sent as it is",
        )
    } else if has(&"auth_method") {
        Some(
            "sources conflict on the spelling of `auth_method`: if the payload is right otherwise, \
             give it as JSON with `authMethod`",
        )
    } else {
        None
    }
}

/// What to do about a name where an id belongs. The ids of CloudWorks, of workspaces, models and
/// users are made of hexadecimal digits, those of what models hold of decimal ones.
fn name_in_place_of_an_id(request: &Request) -> Option<&'static str> {
    let is_name = |segment: &str| !segment.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let segments: Vec<&str> = request.path.split('/').collect();
    macro_rules! looks_like_a_name {
        ($find:literal) => {
            concat!(
                "this looks like a name, where an id belongs: `",
                $find,
                "` finds the id of a name"
            )
        };
    }
    Some(match (request.host, segments.as_slice()) {
        (Host::CloudWorks, ["integrationflows", id, ..]) if is_name(id) => {
            looks_like_a_name!("client.cw().flows().find_flow")
        }
        (Host::CloudWorks, ["integrations", "connections", id, ..]) if is_name(id) => {
            looks_like_a_name!("client.cw().find_connection")
        }
        (Host::CloudWorks, ["integrations", "runs", id, ..]) if is_name(id) => {
            looks_like_a_name!("client.cw().find_integration")
        }
        (
            Host::CloudWorks,
            [
                "integrations",
                "run" | "runs" | "runerror" | "connections" | "notification",
                ..,
            ],
        ) => return None,
        (Host::CloudWorks, ["integrations", id, ..]) if is_name(id) => {
            looks_like_a_name!("client.cw().find_integration")
        }
        (Host::Api, ["workspaces", id, ..]) if is_name(id) => {
            looks_like_a_name!("client.find_workspace")
        }
        (Host::Api, ["models", id, ..]) if is_name(id) => looks_like_a_name!("client.find_model"),
        (Host::Api, ["models", _, kind, id, ..]) if is_name(id) => match *kind {
            "imports" => looks_like_a_name!("client.model(…).find_import"),
            "exports" => looks_like_a_name!("client.model(…).find_export"),
            "processes" => looks_like_a_name!("client.model(…).find_process"),
            _ => return None,
        },
        (Host::Api, ["users", id]) if *id != "me" && is_name(id) => {
            looks_like_a_name!("client.find_user")
        }
        _ => return None,
    })
}

/// What a request was sent with in secret; wiped when it is no longer needed.
struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    /// No more than `MAX_BODY` of a text is kept. A secret that begins before that is found whole,
    /// since as much again is looked at.
    fn redact(&self, text: &str) -> String {
        let secrets: Vec<&str> = self.0.iter().map(|secret| secret.as_str()).collect();
        redact_to(up_to(text, WINDOW), &secrets, MAX_BODY)
    }
}

/// The password in the header of basic authentication; nothing in any other.
fn password_in(header: &str) -> Zeroizing<String> {
    let pair = header
        .strip_prefix("Basic ")
        .and_then(|encoded| BASE64_STANDARD.decode(encoded).ok())
        .and_then(|pair| String::from_utf8(pair).ok())
        .map(Zeroizing::new);
    let password = pair.as_ref().and_then(|pair| pair.split_once(':'));
    Zeroizing::new(password.map_or_else(String::new, |(_, password)| password.to_owned()))
}

/// Calls `found` with every text that stands under a name of a secret.
fn each_secret(value: &Value, oauth: bool, found: &mut impl FnMut(&str)) {
    const NAMES: [&str; 5] = [
        "sastoken",
        "secretaccesskey",
        "privatekey",
        "clientsecret",
        "password",
    ];
    const OAUTH: [&str; 3] = ["code", "devicecode", "refreshtoken"];
    let is_secret = |name: &str| NAMES.contains(&name) || oauth && OAUTH.contains(&name);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('_', "").to_ascii_lowercase();
                match value {
                    Value::String(secret) if is_secret(&name) => {
                        if !secret.is_empty() {
                            found(secret);
                        }
                    }
                    value => each_secret(value, oauth, found),
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| each_secret(item, oauth, found)),
        _ => {}
    }
}

/// What is secret of a secret by itself: the signature of a SAS token, each line of a key; and all
/// of it decoded, since it may come back so.
fn parts_of(secret: &str) -> Vec<Zeroizing<String>> {
    let signature = secret
        .split('&')
        .filter_map(|part| part.strip_prefix("sig="));
    let lines = secret.lines().filter(|line| !line.starts_with("-----"));
    let parts = [secret].into_iter().chain(signature).chain(lines);
    parts
        .flat_map(|part| [part.to_owned(), unescaped(part)].map(Zeroizing::new))
        .filter(|part| part.len() >= MIN_SECRET_LENGTH && part.as_str() != secret)
        .collect()
}

/// How long the service asks to wait: in seconds, or until a date by its own clock.
pub(crate) fn retry_after(reply: &Reply) -> Option<Duration> {
    let now = date_of(reply).unwrap_or_else(Timestamp::now);
    pause(reply.header(RETRY_AFTER)?, now)
}

fn pause(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = http_date(value)?.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_in_both_forms() {
        let now = "2026-06-19T01:30:16Z".parse().unwrap();
        for (value, expected) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Fri, 19 Jun 2026 01:30:21 GMT", Some(5)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("soon", None),
            ("1.5", None),
        ] {
            assert_eq!(
                pause(value, now),
                expected.map(Duration::from_secs),
                "{value}"
            );
        }
    }
}
