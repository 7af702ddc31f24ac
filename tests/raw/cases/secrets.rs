//! What was sent in secret does not come back in an error, in whatever spelling it is repeated.

use std::error::Error as _;

use anaplan_sdk::{Credentials, Error};
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, Engine};
use serde_json::json;

use super::{Client, Reply, Server, builder_of, client_of, maybe_async, test};

/// With all that the spellings write otherwise, and a percent sign of its own.
const SECRET: &str = "sv=2024/08&sig=q+W<e>'r\"t%2Fy:zu";

fn json_escaped(secret: &str) -> String {
    let secret = secret.replace('\\', "\\\\").replace('"', "\\\"");
    secret
        .replace('/', "\\/")
        .replace('=', "\\u003d")
        .replace('+', "\\u002B")
        .replace('&', "\\u0026")
}

fn every_character_escaped(secret: &str) -> String {
    secret
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04X}"))
        .collect()
}

fn percent(secret: &str) -> String {
    let kept = |b: u8| b.is_ascii_alphanumeric();
    let coded = |b: u8| {
        if kept(b) {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    secret.bytes().map(coded).collect()
}

fn html(secret: &str) -> String {
    secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
        .replace('=', "&#61;")
        .replace('+', "&#x2B;")
        .replace('/', "&#x2f;")
}

fn aligned(secret: &str, shift: usize) -> String {
    BASE64_STANDARD.encode(format!("{}{secret}, it was", &"xyz"[..shift]))
}

/// All that an error tells.
fn told(error: &Error) -> String {
    let mut told = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut next = error.source();
    while let Some(error) = next {
        told += &format!("{error}\n{error:?}\n");
        next = error.source();
    }
    match error {
        Error::Api(error) => told += &error.body,
        Error::Decode(error) => told += &error.body,
        _ => {}
    }
    told
}

/// A service that repeats what a connection was created with: in a refusal's message, in a page,
/// in an answer that cannot be read.
#[maybe_async]
async fn repeats(spelt: &str) {
    for (status, body) in [
        (
            400,
            json!({"status": {"code": 400, "message": format!("wrong: {spelt}.")}}).to_string(),
        ),
        (400, format!("<html>wrong: {spelt}.</html>")),
        (
            400,
            format!(r#"{{"status": {{"code": 400, "message": "wrong: {spelt}."}}}}"#),
        ),
        (502, format!("wrong: {spelt}.")),
        (200, format!(r#"{{"connections": {{"what": "{spelt}."}}}}"#)),
        (200, json!({"success": false, "message": spelt}).to_string()),
    ] {
        let reply = body.clone();
        let server = Server::start(move |_| Reply::new(status, "application/json", &reply));
        let connection = json!({"type": "AzureBlob", "body": {
            "name": "A", "storageAccountName": "acct", "containerName": "raw",
            "sasToken": SECRET, "authMethod": "SAS-based",
        }});
        let created = client_of(&server).cw().create_connection(connection).await;
        let told = told(&created.unwrap_err());
        assert!(!told.contains(spelt), "{body}\nis told as\n{told}");
        assert!(told.contains("[redacted]"), "{body}\nis told as\n{told}");
        assert!(told.contains("wrong") || status == 200, "{told}");
    }
}

macro_rules! spellings {
    ($($name:ident: $spelt:expr;)*) => {$(
        #[maybe_async]
        #[test]
        async fn $name() {
            let spelt: String = $spelt;
            repeats(&spelt).await;
        }
    )*};
}

spellings! {
    as_it_is: SECRET.to_owned();
    json_escapes: json_escaped(SECRET);
    json_escapes_of_every_character: every_character_escaped(SECRET);
    json_in_json: json_escaped(SECRET).replace('\\', "\\\\").replace('"', "\\\"");
    percent_in_upper_case: percent(SECRET);
    percent_in_lower_case: percent(SECRET).replace("%3D", "%3d").replace("%2F", "%2f").replace("%2B", "%2b");
    percent_in_part: SECRET.replace('"', "%22").replace('=', "%3D");
    percent_of_percent: percent(&percent(SECRET));
    html_entities: html(SECRET);
    html_of_percent: percent(SECRET).replace('%', "&#37;");
    percent_of_html: percent(&html(SECRET));
    percent_in_json: percent(SECRET).replace('%', "\\u0025");
    html_in_json: html(SECRET).replace('&', "\\u0026");
    base64_aligned_at_0: aligned(SECRET, 0);
    base64_aligned_at_1: aligned(SECRET, 1);
    base64_aligned_at_2: aligned(SECRET, 2);
    base64_by_itself: BASE64_STANDARD.encode(SECRET);
    base64_without_padding: BASE64_STANDARD_NO_PAD.encode(SECRET);
    base64_for_urls: BASE64_URL_SAFE.encode(format!("\u{f8}\u{ff}??{SECRET}??>>"));
    base64_of_percent: BASE64_STANDARD.encode(percent(SECRET));
    base64_of_json: BASE64_STANDARD.encode(json_escaped(SECRET));
    base64_of_base64: BASE64_STANDARD.encode(aligned(SECRET, 1));
    base64_in_percent: percent(&aligned(SECRET, 2));
    base64_in_json: aligned(SECRET, 1).replace('/', "\\/").replace('+', "\\u002b").replace('=', "\\u003d");
    base64_in_json_with_a_plus: aligned(SECRET, 0).replace('+', "\\u002b").replacen("\\u002b", "+", 1).replace('/', "\\/");
    decoded_by_the_service: SECRET.replace("%2F", "/");
    the_signature_by_itself: SECRET.split_once("sig=").unwrap().1.to_owned();
    the_signature_decoded: SECRET.split_once("sig=").unwrap().1.replace("%2F", "/");
}

#[maybe_async]
#[test]
async fn a_line_of_a_key_is_a_secret_by_itself() {
    const LINE: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
    let server = Server::start(|_| {
        let message = format!("cannot parse line 2: {LINE}");
        Reply::json(400, &json!({"status": {"code": 400, "message": message}}))
    });
    let connection = json!({"type": "GoogleBigQuery", "body": {
        "name": "G", "dataset": "set",
        "serviceAccountKey": {
            "type": "service_account", "project_id": "p", "private_key_id": "i",
            "private_key": format!("-----BEGIN PRIVATE KEY-----\n{LINE}\nZm9vYmFy\n-----END PRIVATE KEY-----\n"),
            "client_email": "a@p.iam.gserviceaccount.com",
            "client_id": "1", "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": "https://oauth2.googleapis.com/token",
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/a",
        },
    }});
    let created = client_of(&server).cw().create_connection(connection).await;
    let told = told(&created.unwrap_err());
    assert!(!told.contains(LINE), "{told}");
    assert!(told.contains("line 2: [redacted]"), "{told}");
}

#[maybe_async]
#[test]
async fn a_token_that_is_repeated_in_another_spelling() {
    const TOKEN: &str = "raw+token/of=the&client==";
    for spelt in [
        percent(TOKEN),
        json_escaped(TOKEN),
        html(TOKEN),
        aligned(TOKEN, 1),
    ] {
        let body = format!(r#"{{"status": {{"code": 403, "message": "no: {spelt}"}}}}"#);
        let reply = body.clone();
        let server = Server::start(move |_| Reply::new(403, "application/json", &reply));
        let client = builder_of(&server)
            .credentials(Credentials::token(TOKEN))
            .build()
            .unwrap();
        let error = client.cw().list_connections().await.unwrap_err();
        let told = told(&error);
        assert!(!told.contains(&spelt), "{told}");
        assert!(told.contains("[redacted]"), "{told}");
    }
}

#[maybe_async]
#[test]
async fn the_name_of_a_field_that_cannot_be_read_is_redacted() {
    const TOKEN: &str = "raw-token-of-the-client";
    let server = Server::start(|_| {
        Reply::new(
            200,
            "application/json",
            format!(r#"{{"user": {{"{TOKEN}": 1}}}}"#),
        )
    });
    let client = builder_of(&server)
        .credentials(Credentials::token(TOKEN))
        .build()
        .unwrap();
    let error = client.current_user().await.unwrap_err();
    assert!(!told(&error).contains(TOKEN), "{error:?}");
}

/// Nothing that a builder, a client or an error prints tells what a URL holds in secret.
#[maybe_async]
#[test]
async fn urls_with_a_password() {
    for url in [
        "https://ada:s3cret-of-ada@corp.example/2/0",
        "https://ada:s3cret-of-ada@corp.example:99999/2/0",
        "https://ada:s3cret-of-ada/@corp.example/2/0",
        "https://ada:s3cret-of-ada",
        "https://ada:s3cret-of-ada%40corp.example",
        "https:ada:s3cret-of-ada@corp.example",
        "https:\\\\ada:s3cret-of-ada@corp.example",
        "ada:s3cret-of-ada@corp.example",
        "https://corp.example/2/0?key=s3cret-of-ada",
        "https://corp.example/2/0#s3cret-of-ada",
        "s3cret-of-ada",
    ] {
        let with = |set: fn(super::ClientBuilder, &str) -> super::ClientBuilder| {
            let builder = Client::builder().credentials(Credentials::token("raw-token"));
            let builder = set(builder, url);
            let mut told = format!("{builder:?} {builder:#?}");
            match builder.build() {
                Ok(client) => told += &format!("{client:?} {client:#?}"),
                Err(error) => told += &format!("{error} {error:?}"),
            }
            assert!(!told.contains("s3cret"), "{url}: {told}");
        };
        with(|builder, url| builder.cloudworks_url(url));
        with(|builder, url| builder.auth_url(url));
        with(|builder, url| builder.api_url(url));
        with(|builder, url| builder.oauth_url(url));
        // A word by itself is the name of a proxy's host.
        if url == "s3cret-of-ada" {
            continue;
        }
        let builder = Client::builder().proxy(url);
        let told = format!("{builder:?} {builder:#?}");
        assert!(!told.contains("s3cret"), "{url}: {told}");
    }
}

#[maybe_async]
#[test]
async fn a_port_that_is_none() {
    for port in [
        "99999",
        "65536",
        "0",
        "",
        "-1",
        "80x",
        "4433333333333333333",
    ] {
        let url = format!("https://corp.example:{port}/2/0");
        let client = Client::builder()
            .credentials(Credentials::token("raw-token"))
            .cloudworks_url(&url)
            .build();
        let told = client.expect_err(&url).to_string();
        assert!(told.contains("`cloudworks_url`"), "{told}");
        assert!(told.contains("expected"), "{told}");
    }
    let client = Client::builder()
        .credentials(Credentials::token("raw-token"))
        .cloudworks_url("https://x:99999")
        .build();
    let told = client.unwrap_err().to_string();
    assert!(told.contains("port") && told.contains("65535"), "{told}");
}
