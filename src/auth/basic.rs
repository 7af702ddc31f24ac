//! E-mail and password; a bare token.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use base64::prelude::{BASE64_STANDARD, Engine};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::refusal::{ALLOWED_ADDRESSES, failure, final_refusal, is_of_token_service};
use super::token::{self, Token, sensitive};
use super::{AuthScheme, LogInRequest, LogInStep};
use crate::error::{Error, Result};
use crate::http::request::{Host, Request, Safety};
use crate::secret_parsing;

pub(super) struct Basic {
    pub(super) email: String,
    pub(super) password: SecretString,
}

impl AuthScheme for Basic {
    fn check(&self) -> Result<()> {
        if self.email.is_empty() || self.password.expose_secret().is_empty() {
            return Err(Error::config("the e-mail or the password is empty"));
        }
        if self.email.contains(':') {
            return Err(Error::config(
                "the e-mail contains a colon, which basic authentication cannot carry",
            ));
        }
        // https://www.rfc-editor.org/rfc/rfc7617#section-2: no control characters.
        for (what, text) in [
            ("e-mail", &*self.email),
            ("password", self.password.expose_secret()),
        ] {
            if text.contains(char::is_control) {
                return Err(Error::config(format!(
                    "the {what} holds a line end or another control character: leave it out \
                     (`trim_end` of what was read from a file)"
                )));
            }
        }
        Ok(())
    }

    fn begin(self: Arc<Self>) -> Result<LogInStep<Token>> {
        let pair = Zeroizing::new(format!("{}:{}", self.email, self.password.expose_secret()));
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(&*pair));
        let ask = LogInRequest::new(log_in(), token::read, |granted| match granted {
            Ok(response) => Ok(LogInStep::Done(response.into_token()?)),
            Err(error) => Err(failure(error, is_of_token_service, |refusal| {
                final_refusal(
                    refusal,
                    &format!(
                        "check the e-mail and the password; under single sign-on only exception \
                         users have one, and passwords expire; {ALLOWED_ADDRESSES}"
                    ),
                )
            })),
        });
        Ok(ask.authorized(sensitive("Basic ", &encoded)?).into())
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials::basic({:?}, [redacted])", self.email)
    }
}

/// Idempotent: a second token does no harm.
pub(super) fn log_in() -> Request {
    Request::post("authenticate", ["token", "authenticate"])
        .at(Host::Auth)
        .safety(Safety::Idempotent)
}

pub(super) struct StaticToken(pub(super) SecretString);

impl StaticToken {
    fn token(&self) -> Result<Token> {
        let value =
            secret_parsing::value(self.0.expose_secret(), secret_parsing::SecretKind::Token);
        let value = value.map_err(|advice| Error::config(format!("the token: {advice}")))?;
        Token::new(&value.into(), None, Instant::now())
    }
}

impl AuthScheme for StaticToken {
    fn check(&self) -> Result<()> {
        self.token().map(drop)
    }

    fn can_renew(&self) -> bool {
        false
    }

    fn begin(self: Arc<Self>) -> Result<LogInStep<Token>> {
        Ok(LogInStep::Done(self.token()?))
    }
}

impl fmt::Debug for StaticToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials::token([redacted])")
    }
}
