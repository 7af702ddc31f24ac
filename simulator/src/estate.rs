//! What a simulator holds when it starts: a small company's integrations, under fixed ids.
//!
//! The ids are the same in every simulator, so that a document can quote them.

/// The user who made everything; her password is the simulator's.
pub const USER: &str = "8a81b08e5e8c6f27015ea4f0d2c10aa1";
/// Her e-mail.
pub const USER_EMAIL: &str = "ada.planner@example.com";
/// The customer, as `GET /token/validate` names it.
pub const CUSTOMER: &str = "8a81b08e4ee6d87c014ef37b3ef40b3c";
/// The workspace of all integrations.
pub const WORKSPACE: &str = "8a81b09d599f3c6e0159f605560c2630";
/// The model of all integrations.
pub const MODEL: &str = "8896D8C366BC48E5A3182B9F5CE10526";

/// An Amazon S3 connection, `Sales bucket`.
pub const S3_CONNECTION: &str = "1f0b3c6d7e8a4b5c9d0e1f2a3b4c5d6e";
/// An Azure Blob connection, `Raw data`.
pub const AZURE_CONNECTION: &str = "5e634ba338444d2ea26ce384a70b5705";
/// A Google BigQuery connection, `Warehouse`.
pub const BIGQUERY_CONNECTION: &str = "9c4d2e7f1a3b4c6d8e0f2a4b6c8d0e1f";

/// An import from Azure, `Products from blob`, with a schedule.
pub const IMPORT: &str = "840ccd8a279a454d99577d9538f24f09";
/// An export to BigQuery, with a mapping, `Forecast to warehouse`.
pub const EXPORT: &str = "c0fa795faac047468a59c8dbe3752d75";
/// A process with two jobs, `Load everything`.
pub const PROCESS: &str = "2b7e151628aed2a6abf7158809cf4f3c";
/// A process without jobs, `Nightly clean-up`, with a schedule.
pub const PROCESS_ONLY: &str = "6bc1bee22e409f96e93d7e117393172a";
/// An import from S3 that has never run, `Sales from bucket`.
pub const NEVER_RUN: &str = "ae2d8a571e03ac9c9eb76fac45af8e51";

/// A flow of two steps, `Refresh and publish`: [`IMPORT`], then [`EXPORT`]; it has a schedule and has run.
pub const FLOW: &str = "30c81c46a35ce411e5fbc1191a0a52ef";
/// A flow of three steps, one of them skipped, `Nightly`.
pub const NIGHTLY_FLOW: &str = "f69f2445df4f9b17ad2b417be66c3710";

/// A run of [`IMPORT`] that went well.
pub const SUCCESSFUL_RUN: &str = "91a01d97958d44baaa58ad8a3d45804e";
/// A run of [`IMPORT`] that left rows out.
pub const PARTIAL_RUN: &str = "7b562956986244d789de52acd06c9205";
/// A run of [`IMPORT`] that failed, with a run error and a dump.
pub const FAILED_RUN: &str = "152b8666a0234754afc36f1cde0fd9d2";
/// A run of [`PROCESS`] that failed in [`FAILED_ACTION`], which has a dump.
pub const FAILED_PROCESS_RUN: &str = "d2c10aa18a81b08e5e8c6f27015ea4f0";
/// The import that failed in [`FAILED_PROCESS_RUN`].
pub const FAILED_ACTION: &str = "112000000001";
