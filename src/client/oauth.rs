//! The log-ins of OAuth that a person takes part in.

use secrecy::SecretString;

use super::super::maybe_async;
use super::session::{Session, TokenOrigin};
use super::{ClientBuilder, Result};
use crate::auth::{AuthorizationRequest, DeviceLogin, OAuthApp, OAuthTokens, login};
use crate::http::request::Host;
use crate::models::ValidToken;

/// The log-ins of OAuth that a person takes part in; from
/// [`ClientBuilder::oauth`](ClientBuilder::oauth).
///
/// Each brings a refresh token, which goes into the app's store, if it has one. From then on a
/// client stays logged in by itself, with
/// [`Credentials::oauth`](crate::Credentials::oauth) and the same app.
///
/// - **Device grant**: [`device_login`](Self::device_login), then
///   [`wait_for_device`](Self::wait_for_device). For machines without a browser. The user needs a
///   password: single sign-on does not take part in it.
/// - **Authorization code grant**: [`authorization`](Self::authorization), then
///   [`exchange_redirect`](Self::exchange_redirect). For web applications, and for scripts whose
///   user pastes the URL that the browser was sent to. Works with single sign-on.
#[derive(Clone)]
pub struct OAuth {
    session: Session,
    app: OAuthApp,
}

impl std::fmt::Debug for OAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OAuth").field(&self.app).finish()
    }
}

impl ClientBuilder {
    /// The log-ins of OAuth for this app, with the hosts, the timeouts and the retry policy of this
    /// builder; its credentials do not count. No network is touched.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config), when something cannot be right.
    pub fn oauth(self, app: OAuthApp) -> Result<OAuth> {
        Ok(OAuth {
            session: Session::new(&self.settings, self.native, TokenOrigin::None)?,
            app,
        })
    }
}

impl OAuth {
    /// Begins a log-in of the authorization code grant: where to send the user's browser, and
    /// what it has to bring back. No network is touched.
    ///
    #[doc = oauth_example!(
        "let login = oauth.authorization()?;\n\
         println!(\"Open {}\\nand paste the URL that you end at:\", login.url());\n\
         let mut pasted = String::new();\n\
         std::io::stdin().read_line(&mut pasted).expect(\"a line\");\n\
         oauth.exchange_redirect(&pasted, login.state())", "?;"
    )]
    /// # Errors
    /// [`Error::Config`](crate::Error::Config), when the app has no `redirect_uri`.
    pub fn authorization(&self) -> Result<AuthorizationRequest> {
        login::authorization(&self.app, self.session.base_url(Host::OAuth))
    }
}

#[maybe_async]
impl OAuth {
    /// Ends a log-in of the authorization code grant by the URL that the browser was sent to:
    /// checks its `state`, and exchanges its `code`. The refresh token is saved before this
    /// returns, if the app has a store.
    ///
    #[doc = oauth_example!(
        "// In the handler of the redirect URI: `state` comes from the user's session.\n\
         # let (url, state) = (\"https://corp.example/callback?code=a&state=b\", \"b\");\n\
         let tokens = oauth.exchange_redirect(url, state)", "?;\n\
         let user = oauth.validate(tokens.access_token())", "?;\n\
         println!(\"{:?} has logged in\", user.user_email);"
    )]
    /// # Errors
    /// [`Error::Auth`](crate::Error::Auth) when the redirect belongs to another log-in, the user
    /// said no, or the service refuses the code; and as every call.
    ///
    /// Reference: `POST /oauth/token`, grant type `authorization_code`.
    pub async fn exchange_redirect(&self, url: &str, state: &str) -> Result<OAuthTokens> {
        let code = login::code_in(url, state)?;
        self.exchange_code(code).await
    }

    /// The same by the `code` alone. Compare the `state` before you call it.
    ///
    /// # Errors
    /// As [`exchange_redirect`](Self::exchange_redirect).
    pub async fn exchange_code(&self, code: impl Into<SecretString>) -> Result<OAuthTokens> {
        let step = login::exchange(&self.app, &code.into())?;
        self.session.follow_to_the_end(step).await
    }

    /// Exchanges a refresh token, for applications that keep the tokens of many users. A client
    /// does it by itself.
    ///
    #[doc = oauth_example!(
        "# let kept = \"r3fresh\";\n\
         let tokens = oauth.refresh(kept)", "?;\n\
         if let Some(next) = tokens.refresh_token() {\n    \
             // Keep this one: the old one is good no longer.\n    \
             # let _ = next;\n\
         }"
    )]
    /// # Errors
    /// [`Error::Auth`](crate::Error::Auth) when the service refuses it; and as every call.
    ///
    /// Reference: `POST /oauth/token`, grant type `refresh_token`.
    pub async fn refresh(&self, refresh_token: impl Into<SecretString>) -> Result<OAuthTokens> {
        let step = login::refresh(&self.app, &refresh_token.into())?;
        self.session.follow_to_the_end(step).await
    }

    /// Asks the token service whose token this is, and how long it is good.
    ///
    #[doc = oauth_example!(
        "# let tokens = oauth.refresh(\"r3fresh\")", "?;\n\
         let token = oauth.validate(tokens.access_token())", "?;\n\
         println!(\"{:?}, until {:?}\", token.user_email, token.expires_at);"
    )]
    /// # Errors
    /// [`Error::Auth`](crate::Error::Auth) when it is not good; and as every call.
    ///
    /// Reference: `GET /token/validate`.
    pub async fn validate(&self, access_token: &SecretString) -> Result<ValidToken> {
        let (request, header) = login::validation(access_token)?;
        let answer = self
            .session
            .ask(&request, Some(header), login::read_validation)
            .await;
        answer.map_err(login::not_valid)
    }

    /// Begins a log-in of the device grant: what the user enters, and where.
    ///
    #[doc = oauth_example!(
        "let login = oauth.device_login()", "?;\n\
         println!(\"Enter {} at {}\", login.user_code, login.verification_uri);\n\
         oauth.wait_for_device(&login)", "?;"
    )]
    /// # Errors
    /// [`Error::Auth`](crate::Error::Auth) when the app may not do this; and as every call.
    ///
    /// Reference: `POST /oauth/device/code`.
    pub async fn device_login(&self) -> Result<DeviceLogin> {
        let request = login::device(&self.app)?;
        let answer = self.session.ask(&request, None, login::read_device).await;
        answer.map_err(login::device_refused)
    }

    /// Waits until the user has entered the code, asking as often as the service likes. The
    /// refresh token is saved before this returns, if the app has a store.
    ///
    /// # Errors
    /// [`Error::Auth`](crate::Error::Auth) when the user says no, or does nothing in time.
    /// Trouble on the way is waited out.
    ///
    /// Reference: `POST /oauth/token`, grant type
    /// `urn:ietf:params:oauth:grant-type:device_code`.
    pub async fn wait_for_device(&self, login: &DeviceLogin) -> Result<OAuthTokens> {
        let step = login::poll(&self.app, login)?;
        self.session.follow(step).await
    }
}
