//! Connections: how CloudWorks reaches a bucket, a container or a dataset.

use super::{
    CloudWorks, CreatedItem, Pages, Result, SearchPolicy, agrees, create_named, maybe_async,
    operations,
};
use serde_json::json;

use crate::directory::{CLOUD_WORKS, take};
use crate::error::Error;
use crate::http::request::checked;
use crate::models::cloud_works::{
    Connection, ConnectionBodyInput, ConnectionId, ConnectionInput, ConnectionPatch,
};
use crate::paging::Listing;

fn all_connections() -> Listing<Connection> {
    Listing::new(operations::list_connections(), "connections")
}

#[maybe_async]
impl CloudWorks<'_> {
    /// All connections that the user may see.
    ///
    #[doc = example!(
        "for connection in client.cw().list_connections()", "? {\n    \
         println!(\"{}\", connection.id);\n}"
    )]
    /// # Errors
    /// As every call; [`Error::IncompleteList`] when the service's pages contradict each other.
    ///
    /// Reference: `GET /integrations/connections`.
    pub async fn list_connections(&self) -> Result<Vec<Connection>> {
        self.session.list(all_connections()).await
    }

    /// The connection with this id or exact name, from the whole list.
    ///
    #[doc = example!(
        "let connection = client.cw().find_connection(\"Raw data\")", "?;\n\
         println!(\"{}\", connection.id);"
    )]
    /// # Errors
    /// [`Error::Lookup`] when there is none, with the nearest names, or when several have that
    /// name, with what tells them apart; and as every call.
    pub async fn find_connection(&self, id_or_name: &str) -> Result<Connection> {
        let all = self.list_connections().await?;
        Ok(take(all, id_or_name, CLOUD_WORKS)?)
    }

    /// The same list as [`list_connections`](Self::list_connections), page by page.
    pub fn connection_pages(&self) -> Pages<Connection> {
        Pages::new(self.session, all_connections())
    }

    /// Creates a connection; the service tests its credentials while doing so.
    ///
    /// Takes a [`ConnectionInput`], one of the bodies it is made from, or a
    /// [`serde_json::Value`]. It is checked before anything is sent.
    ///
    #[doc = example!(
        "let blob = AzureBlobConnectionInput::builder()\n    \
             .name(\"My Blob\")\n    \
             .storage_account_name(\"mystorageaccount\")\n    \
             .container_name(\"raw\")\n    \
             .sas_token(\"sp=rl&st=2025-05-10T19:29:44Z...\")\n    \
             .build();\n\
         let id = client.cw().create_connection(blob)", "?;"
    )]
    /// # Errors
    /// [`Error::Validation`] for a payload that cannot be right; from the service 400 for
    /// credentials that do not work or a name that is taken; and as every call.
    ///
    /// Reference: `POST /integrations/connections`.
    pub async fn create_connection<C>(&self, connection: C) -> Result<ConnectionId>
    where
        C: TryInto<ConnectionInput>,
        Error: From<C::Error>,
    {
        let connection = checked(connection)?;
        let request = operations::create_connection().json(&connection)?;
        let keys = ("connections", "connectionId");
        let sent = serde_json::to_value(&connection).unwrap_or_default();
        let read = |found: Connection| CreatedItem {
            name: found.name().unwrap_or_default().to_owned(),
            date: found.creation_date,
            is_as_sent: agrees(&json!({ "type": found.connection_type }), &sent)
                && agrees(&found.body, &sent["body"]),
            by: found.created_by,
            id: found.id,
        };
        let listing = all_connections();
        let search = SearchPolicy::RefusedWhenDoubled;
        let name = connection.name();
        create_named(self.session, search, request, keys, name, listing, read).await
    }

    /// Replaces a connection's body: every field again, the secret included.
    ///
    #[doc = example!(
        "let s3 = AmazonS3ConnectionInput::builder()\n    \
             .name(\"My Bucket\")\n    \
             .bucket_name(\"raw\")\n    \
             .access_key_id(\"AKIA...\")\n    \
             .secret_access_key(\"...\")\n    \
             .build();\n\
         client.cw().update_connection(\"5e634ba338444d2ea26ce384a70b5705\", s3)", "?;"
    )]
    /// # Errors
    /// As [`create_connection`](Self::create_connection); 404 when there is no such connection.
    ///
    /// Reference: `PUT /integrations/connections/{connectionId}`.
    pub async fn update_connection<B>(&self, id: impl Into<ConnectionId>, body: B) -> Result<()>
    where
        B: TryInto<ConnectionBodyInput>,
        Error: From<B::Error>,
    {
        let (id, body) = (id.into(), checked(body)?);
        let request = operations::update_connection(id.as_str());
        self.session.perform(request.json(&body)?).await
    }

    /// Changes some fields of a connection, at least one.
    ///
    /// That some fields can be given alone is documented by one source, and unproven against the
    /// live service. Where it answers 400, give the whole body, its secret included, by
    /// [`update_connection`](Self::update_connection): the error's hint says so.
    ///
    #[doc = example!(
        "let patch = serde_json::json!({ \"name\": \"Another name\" });\n\
         client.cw().patch_connection(\"5e634ba338444d2ea26ce384a70b5705\", patch)", "?;"
    )]
    /// # Errors
    /// As [`create_connection`](Self::create_connection); 404 when there is no such connection.
    ///
    /// Reference: `PATCH /integrations/connections/{connectionId}`.
    pub async fn patch_connection<P>(&self, id: impl Into<ConnectionId>, patch: P) -> Result<()>
    where
        P: TryInto<ConnectionPatch>,
        Error: From<P::Error>,
    {
        let (id, patch) = (id.into(), checked(patch)?);
        let request = operations::patch_connection(id.as_str());
        self.session.perform(request.json(&patch)?).await
    }

    /// Deletes a connection that no integration refers to.
    ///
    #[doc = example!(
        "client.cw().delete_connection(\"5e634ba338444d2ea26ce384a70b5705\")", "?;"
    )]
    /// # Errors
    /// 409 while an integration refers to it, 404 when there is none; and as every call.
    ///
    /// Reference: `DELETE /integrations/connections/{connectionId}`.
    pub async fn delete_connection(&self, id: impl Into<ConnectionId>) -> Result<()> {
        let id = id.into();
        let request = operations::delete_connection(id.as_str());
        self.session.perform(request).await
    }
}
