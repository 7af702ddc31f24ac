//! Users of the tenant.

use super::{Client, Pages, Result, maybe_async};
use crate::directory::take;
use crate::models::User;
use crate::models::cloud_works::UserId;
use crate::operations;
use crate::paging::Listing;

pub(crate) fn all_users() -> Listing<User> {
    Listing::of_users(operations::list_users())
}

#[maybe_async]
impl Client {
    /// All users of the tenant, also those who may not log in. For administrators.
    ///
    #[doc = example!(
        "for user in client.list_users()", "? {\n    \
         println!(\"{} {:?}\", user.id, user.email);\n}"
    )]
    /// # Errors
    /// 401 or 403 for users without the role; and as every call;
    /// [`Error::IncompleteList`](crate::Error::IncompleteList) when the service's pages contradict
    /// each other.
    ///
    /// Reference: `GET /users` of the Integration API.
    pub async fn list_users(&self) -> Result<Vec<User>> {
        self.session.for_models().list(all_users()).await
    }

    /// The user with this id or e-mail address. Only users like it are asked for, since the list is
    /// that of the whole tenant.
    ///
    #[doc = example!(
        "let user = client.find_user(\"ada.planner@example.com\")", "?;\n\
         println!(\"{}\", user.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`](crate::Error::Lookup) when there is none, with the nearest names, or when
    /// several have that name, with what tells them apart; and as every call.
    pub async fn find_user(&self, id_or_email: &str) -> Result<User> {
        if !id_or_email.contains('@') {
            return self.get_user(id_or_email).await;
        }
        let alike = Listing::of_users(operations::find_user().query("s", id_or_email));
        let alike = self.session.for_models().list(alike).await?;
        Ok(take(alike, id_or_email, "the users of the tenant")?)
    }

    /// The same list as [`list_users`](Self::list_users), page by page.
    pub fn user_pages(&self) -> Pages<User> {
        Pages::new(&self.session.for_models(), all_users())
    }

    /// One user.
    ///
    #[doc = example!(
        "let user = client.get_user(\"8a81b08e5e8c6f27015ea4f0d2c10aa1\")", "?;"
    )]
    /// # Errors
    /// 404 when there is none that the caller may see; and as every call.
    ///
    /// Reference: `GET /users/{userId}` of the Integration API.
    pub async fn get_user(&self, id: impl Into<UserId>) -> Result<User> {
        let id = id.into();
        let request = operations::get_user(id.as_str());
        self.session.for_models().fetch(request, "user").await
    }
}
