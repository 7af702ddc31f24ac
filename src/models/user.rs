//! Users of the tenant, and what is known of a valid token.

use jiff::Timestamp;

use super::reply_macro::reply;

reply! {
    /// A user of the tenant.
    pub struct User {
        @required {
            /// Its id: 32 lowercase hexadecimal digits.
            id: String,
        }
        /// The e-mail address.
        email: Option<String>,
        /// The given name.
        first_name: Option<String>,
        /// The family name.
        last_name: Option<String>,
        /// Whether the user may log in.
        active: Option<bool>,
        /// Whether the user has agreed to e-mails.
        email_opt_in: Option<bool>,
        /// The tenant that the user belongs to.
        customer_id: Option<String>,
        /// When the user logged in last.
        last_login_date: Option<Timestamp>,
    }
}

/// What the token service says of a token that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValidToken {
    /// The e-mail address of its user.
    pub user_email: Option<String>,
    /// The id of its user.
    pub user_id: Option<String>,
    /// The tenant.
    pub customer_id: Option<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}
