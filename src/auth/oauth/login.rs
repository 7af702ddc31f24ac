//! The log-ins of OAuth that a person takes part in.

use std::time::{Duration, Instant};

use aws_lc_rs::{constant_time, rand};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use http::{HeaderValue, Method};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::{
    AuthorizationRequest, DeviceLogin, OAuthApp, OAuthTokens, REGION, code_of, failed,
    is_of_oauth_service, parse, read,
};
use crate::auth::token::{TokenResponse, sensitive, without_content};
use crate::auth::{LogInRequest, LogInStep};
use crate::error::{AuthError, Error, Result};
use crate::http::Reply;
use crate::http::request::{Host, Request, Safety};
use crate::http::response::{self, Undecodable};
use crate::models::ValidToken;
use crate::models::lenient::Lenient;

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Where to send the browser.
pub(crate) fn authorization(app: &OAuthApp, base: &str) -> Result<AuthorizationRequest> {
    app.check()?;
    let mut state = Zeroizing::new([0; 32]);
    rand::fill(&mut *state)
        .map_err(|_| Error::config("the crypto library gives no random bytes"))?;
    let state = BASE64_URL_SAFE_NO_PAD.encode(*state);
    let query = Request::new(
        "authorize",
        Method::GET,
        Safety::Safe,
        ["auth", "authorize"],
    )
    .query("response_type", "code")
    .query("client_id", &app.client_id)
    .query("redirect_uri", redirect_uri(app)?)
    .query("scope", &app.scope)
    .query("state", &state);
    Ok(AuthorizationRequest {
        url: format!("{base}/{}?{}", query.path, query.query),
        state: state.into(),
    })
}

fn redirect_uri(app: &OAuthApp) -> Result<&str> {
    app.redirect_uri
        .as_deref()
        .ok_or_else(|| Error::config("the authorization code grant needs `OAuthApp::redirect_uri`"))
}

/// The code in the URL that the browser was sent back to, if it is the answer to this request.
pub(crate) fn code_in(redirected: &str, state: &str) -> Result<SecretString> {
    let redirected = redirected.trim();
    let (_, query) = redirected.split_once('?').unwrap_or(("", redirected));
    let query = query.split('#').next().unwrap_or_default();
    let part = |wanted: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == wanted)?;
        let value = Zeroizing::new(value.replace('+', " "));
        Some(percent_decode_str(&value).decode_utf8().ok()?.into_owned())
    };
    let brought = Zeroizing::new(part("state").unwrap_or_default());
    if constant_time::verify_slices_are_equal(brought.as_bytes(), state.as_bytes()).is_err() {
        return Err(AuthError::new(
            "the redirect does not belong to this log-in (its `state` is another): start again",
        )
        .into());
    }
    if let Some(code) = part("error") {
        let description = part("error_description").unwrap_or_default();
        return Err(AuthError {
            code: Some(code),
            ..AuthError::new(format!("the log-in was not granted: {description}"))
        }
        .into());
    }
    match part("code") {
        Some(code) if !code.is_empty() => Ok(code.into()),
        _ => Err(AuthError::new(
            "the redirect holds no `code`: give the whole URL that the browser was sent to",
        )
        .into()),
    }
}

/// Exchanges an authorization code.
pub(crate) fn exchange(app: &OAuthApp, code: &SecretString) -> Result<LogInStep<OAuthTokens>> {
    app.check()?;
    let mut body = json!({
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "code": code.expose_secret(),
        "redirect_uri": redirect_uri(app)?,
    });
    if let Some(secret) = app.secret()? {
        body["client_secret"] = secret.into();
    }
    let request = app.token_request("exchange_code", body)?;
    Ok(granted(
        app,
        request,
        &format!(
            "the code was used, has expired, or belongs to another client or `redirect_uri`; or \
             the client secret is wrong; or {REGION}. Log in again"
        ),
    ))
}

/// Exchanges a refresh token.
pub(crate) fn refresh(app: &OAuthApp, token: &SecretString) -> Result<LogInStep<OAuthTokens>> {
    app.check()?;
    Ok(granted(
        app,
        app.refresh_request(token)?,
        &format!(
            "the refresh token has expired, was revoked or was used before; or the client is \
             wrong; or {REGION}"
        ),
    ))
}

fn granted(app: &OAuthApp, request: Request, advice: &str) -> LogInStep<OAuthTokens> {
    let (app, advice) = (app.clone(), advice.to_owned());
    LogInRequest::new(request, read, move |granted| match granted {
        Ok(response) => Ok(LogInStep::Done(app.keep(OAuthTokens(response))?)),
        Err(error) => Err(failed(error, &advice).into()),
    })
    .into()
}

/// Begins a log-in of the device grant.
pub(crate) fn device(app: &OAuthApp) -> Result<Request> {
    app.check()?;
    Request::post("device_login", ["oauth", "device", "code"])
        .at(Host::OAuth)
        // A code that is not used expires.
        .safety(Safety::Idempotent)
        .json(&json!({"client_id": app.client_id, "scope": app.scope}))
}

pub(crate) fn device_refused(error: Error) -> Error {
    let advice = format!(
        "check the client id, and that the app is registered for the device grant; or {REGION}"
    );
    failed(error, &advice).into()
}

pub(crate) fn read_device(reply: &Reply) -> Result<DeviceLogin, Undecodable> {
    #[derive(Deserialize)]
    struct DeviceReply {
        device_code: SecretString,
        user_code: String,
        verification_uri: String,
        verification_uri_complete: Option<String>,
        #[serde(default)]
        expires_in: Lenient<i64>,
        #[serde(default)]
        interval: Lenient<i64>,
    }
    let wire: DeviceReply = parse(&reply.body)?;
    let seconds = |number: Lenient<i64>, otherwise| {
        let seconds = number.truncated().and_then(|n| u64::try_from(n).ok());
        Duration::from_secs(seconds.unwrap_or(otherwise))
    };
    Ok(DeviceLogin {
        user_code: wire.user_code,
        verification_uri: wire.verification_uri,
        verification_uri_complete: wire.verification_uri_complete,
        expires_in: seconds(wire.expires_in, 900),
        interval: seconds(wire.interval, 5),
        device_code: wire.device_code,
        began: Instant::now(),
    })
}

/// Polls until the user has decided.
pub(crate) fn poll(app: &OAuthApp, login: &DeviceLogin) -> Result<LogInStep<OAuthTokens>> {
    // Not all at once, if the service should ask for no pause.
    let interval = login.interval.max(Duration::from_secs(1));
    ask_device(app.clone(), login.clone(), interval)
}

fn ask_device(app: OAuthApp, login: DeviceLogin, wait: Duration) -> Result<LogInStep<OAuthTokens>> {
    if login.began.elapsed().saturating_add(wait) >= login.expires_in {
        return Err(expired().into());
    }
    let mut request = app.token_request(
        "wait_for_device",
        json!({
            "grant_type": DEVICE_GRANT,
            "client_id": app.client_id,
            "device_code": login.device_code.expose_secret(),
        }),
    )?;
    request.is_device_poll = true;
    let ask = LogInRequest::new(request, read, move |granted| {
        after_poll(granted, app, login, wait)
    });
    Ok(ask.after(wait).into())
}

fn after_poll(
    granted: Result<TokenResponse>,
    app: OAuthApp,
    login: DeviceLogin,
    wait: Duration,
) -> Result<LogInStep<OAuthTokens>> {
    const SLOWER: Duration = Duration::from_secs(5);
    let error = match granted {
        Ok(response) => return Ok(LogInStep::Done(app.keep(OAuthTokens(response))?)),
        Err(error) => error,
    };
    match (code_of(&error), error.status()) {
        (Some("authorization_pending"), _) => ask_device(app, login, wait),
        (Some("slow_down"), _) => ask_device(app, login, wait + SLOWER),
        (Some("expired_token"), _) => Err(expired().into()),
        (Some("access_denied"), _) => Err(failed(error, "the user said no").into()),
        // The service, or the way to it, is in trouble: the user may still say yes. RFC 8628 wants
        // it asked less often then, too.
        (_, Some(429 | 500..)) => ask_device(app, login, wait + SLOWER),
        _ if matches!(error, Error::Transport(_)) => ask_device(app, login, wait + SLOWER),
        // A firewall's page: the request did not reach the service.
        _ if matches!(&error, Error::Api(refusal) if !is_of_oauth_service(refusal)) => {
            ask_device(app, login, wait + SLOWER)
        }
        (Some("invalid_grant"), _) => {
            Err(failed(error, "the device code is no longer valid: log in again").into())
        }
        _ => {
            let advice = format!("check the client id, and log in again; or {REGION}");
            Err(failed(error, &advice).into())
        }
    }
}

fn expired() -> AuthError {
    AuthError {
        code: Some("expired_token".to_owned()),
        ..AuthError::new("nobody entered the code in time: start the log-in again")
    }
}

/// Asks the token service about a token.
pub(crate) fn validation(token: &SecretString) -> Result<(Request, HeaderValue)> {
    let request =
        Request::new("validate", Method::GET, Safety::Safe, ["token", "validate"]).at(Host::Auth);
    let header = sensitive("AnaplanAuthToken ", token.expose_secret())?;
    Ok((request, header))
}

pub(crate) fn read_validation(reply: &Reply) -> Result<ValidToken, Undecodable> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Info {
        expires_at: Lenient<i64>,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct UserInfo {
        user_id: Option<String>,
        user_guid: Option<String>,
        customer_guid: Option<String>,
    }
    let info: Option<Info> =
        response::optional(&reply.body, "tokenInfo").map_err(without_content)?;
    let user: Option<UserInfo> =
        response::optional(&reply.body, "userInfo").map_err(without_content)?;
    let (info, user) = (info.unwrap_or_default(), user.unwrap_or_default());
    let ends = info.expires_at.truncated();
    Ok(ValidToken {
        user_email: user.user_id,
        user_id: user.user_guid,
        customer_id: user.customer_guid,
        expires_at: ends.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
    })
}

pub(crate) fn not_valid(error: Error) -> Error {
    match error {
        Error::Api(refusal) if refusal.status == 401 => AuthError {
            status: Some(401),
            code: refusal.code,
            ..AuthError::new("the token is not valid: it has expired, was revoked or never existed")
        }
        .into(),
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::error::{ApiError, TransportError, TransportErrorKind};

    fn app() -> OAuthApp {
        OAuthApp::new("b1946ac92492d2347c6235b4d2611184")
            .redirect_uri("https://corp.example/call back?x=1")
    }

    #[test]
    fn the_url_of_a_log_in() {
        let one = authorization(&app(), "https://us1a.app.anaplan.com").unwrap();
        let two = authorization(&app(), "https://us1a.app.anaplan.com").unwrap();
        assert_ne!(one.state(), two.state());
        assert_eq!(one.state().len(), 43);
        assert_eq!(
            one.url(),
            format!(
                "https://us1a.app.anaplan.com/auth/authorize?response_type=code\
                 &client_id=b1946ac92492d2347c6235b4d2611184\
                 &redirect_uri=https%3A%2F%2Fcorp.example%2Fcall%20back%3Fx%3D1\
                 &scope=openid%20profile%20email%20offline_access&state={}",
                one.state()
            )
        );
        assert!(authorization(&OAuthApp::new("x"), "https://x").is_err());
    }

    #[test]
    fn the_code_of_a_redirect() {
        let code = |redirected: &str| code_in(redirected, "st-a_te");
        for redirected in [
            "https://corp.example/cb?code=c%2F0de&state=st-a_te",
            "  https://corp.example/cb?x=1&state=st-a_te&code=c%2F0de#frag \n",
            "code=c%2F0de&state=st-a_te",
        ] {
            assert_eq!(code(redirected).unwrap().expose_secret(), "c/0de");
        }
        for (redirected, problem) in [
            (
                "https://corp.example/cb?code=c0de&state=other",
                "start again",
            ),
            ("https://corp.example/cb?code=c0de", "start again"),
            ("https://corp.example/cb?state=st-a_te", "holds no `code`"),
            (
                "https://corp.example/cb?error=access_denied&error_description=said+no&state=st-a_te",
                "said no",
            ),
        ] {
            let error = code(redirected).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
            assert!(!error.contains("c0de"), "{error}");
        }
    }

    fn login() -> DeviceLogin {
        DeviceLogin {
            user_code: "ABCD-EFGH".into(),
            verification_uri: "https://iam.anaplan.com/activate".into(),
            verification_uri_complete: None,
            expires_in: Duration::from_secs(900),
            interval: Duration::from_secs(5),
            device_code: "d3vice".into(),
            began: Instant::now(),
        }
    }

    fn ask(step: Result<LogInStep<OAuthTokens>>) -> LogInRequest<OAuthTokens> {
        match step.unwrap() {
            LogInStep::Send(ask) => *ask,
            LogInStep::Done(_) => panic!("tokens without asking"),
        }
    }

    fn refusal(status: u16, code: Option<&str>) -> Result<TokenResponse> {
        Err(Error::Api(Box::new(ApiError {
            code: code.map(str::to_owned),
            ..ApiError::bare("wait_for_device", status)
        })))
    }

    fn broken() -> Result<TokenResponse> {
        Err(Error::Transport(Box::new(TransportError::bare(
            "wait_for_device",
            TransportErrorKind::Broken,
        ))))
    }

    #[test]
    fn polls_go_by_the_error_and_not_by_the_status() {
        let mut next = ask(poll(&app(), &login()));
        let mut waits = vec![next.after.as_secs()];
        for answer in [
            refusal(403, Some("authorization_pending")),
            refusal(400, Some("authorization_pending")),
            refusal(429, Some("slow_down")),
            refusal(403, Some("slow_down")),
            refusal(429, Some("authorization_pending")),
            broken(),
            refusal(503, None),
            refusal(403, None),
            refusal(401, Some("Unauthorized")),
        ] {
            assert!(next.request.is_device_poll);
            next = ask((next.then)(answer));
            waits.push(next.after.as_secs());
        }
        assert_eq!(waits, [5, 5, 5, 10, 15, 15, 20, 25, 30, 35]);
        let body: Value = serde_json::from_slice(next.request.body.as_ref().unwrap()).unwrap();
        assert_eq!(
            body,
            json!({
                "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
                "client_id": "b1946ac92492d2347c6235b4d2611184",
                "device_code": "d3vice",
            })
        );
        let response = TokenResponse::new("access".into(), None);
        assert!(matches!((next.then)(Ok(response)), Ok(LogInStep::Done(_))));
    }

    #[test]
    fn polls_that_end() {
        for (answer, word) in [
            (
                refusal(403, Some("expired_token")),
                "start the log-in again",
            ),
            (refusal(403, Some("access_denied")), "said no"),
            (refusal(429, Some("access_denied")), "said no"),
            (refusal(403, Some("invalid_grant")), "log in again"),
            (refusal(401, Some("invalid_client")), "log in again"),
        ] {
            let first = ask(poll(&app(), &login()));
            let error = (first.then)(answer).err().unwrap().to_string();
            assert!(error.contains(word), "{error}");
            assert!(!error.contains("d3vice"), "{error}");
        }
        let late = DeviceLogin {
            expires_in: Duration::from_secs(4),
            ..login()
        };
        assert!(poll(&app(), &late).is_err());
    }

    #[test]
    fn an_error_that_comes_as_a_success_is_one() {
        let reply = Reply {
            body: br#"{"error":"authorization_pending"}"#[..].into(),
            ..Reply::empty()
        };
        let undecodable = read(&reply).err().unwrap();
        assert_eq!(
            (&*undecodable.path, &*undecodable.message),
            ("error", "authorization_pending")
        );
    }

    #[test]
    fn replies_with_what_they_may_lack() {
        let reply = |body: &'static str| Reply {
            body: body.as_bytes().into(),
            ..Reply::empty()
        };
        let body = r#"{"access_token":"a","refresh_token":"","expires_in":"2100","x":1}"#;
        let response = read(&reply(body)).ok().unwrap();
        assert_eq!(response.lifetime, Some(Duration::from_secs(2100)));
        assert!(response.oauth.refresh_token.is_none());
        let body = r#"{"device_code":"d","user_code":"u","verification_uri":"v"}"#;
        let login = read_device(&reply(body)).unwrap();
        assert_eq!(login.interval, Duration::from_secs(5));
        for body in [
            r#"{"access_token":["s3cret"]}"#,
            "s3cret",
            r#"{"token":"s3cret"}"#,
        ] {
            let undecodable = read(&reply(body)).err().unwrap();
            assert!(!format!("{undecodable:?}").contains("s3cret"), "{body}");
        }
    }
}
