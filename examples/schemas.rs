//! Writes a JSON Schema of each payload, so that an editor completes and checks payload files.
//!
//! ```console
//! cargo run --example schemas --no-default-features --features schema
//! ```
//!
//! They go to `docs/schemas/`, or to the directory named as an argument. A payload file names its
//! own, as `"$schema": "…/IntegrationInput.json"`; the validator passes over that.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | they are written, and their names printed; or this text (`--help`) |
//! | 1 | a file could not be written |

use std::error::Error;
use std::path::PathBuf;

use anaplan_sdk::models::cloud_works::{
    ConnectionBodyInput, ConnectionInput, ConnectionPatch, IntegrationInput,
    IntegrationProcessInput, NotificationConfigInput, ScheduleInput,
};
use anaplan_sdk::models::flows::FlowInput;
use schemars::{JsonSchema, schema_for};

#[macro_use]
mod output;

fn main() -> Result<(), Box<dyn Error>> {
    if output::helped(include_str!("schemas.rs")) {
        return Ok(());
    }
    let directory = std::env::args_os()
        .nth(1)
        .map_or_else(default_directory, PathBuf::from);
    std::fs::create_dir_all(&directory)?;
    macro_rules! write_each {
        ($($input:ident)*) => {$(
            let path = directory.join(concat!(stringify!($input), ".json"));
            std::fs::write(&path, schema::<$input>()?)?;
            say!("{}", path.display());
        )*};
    }
    write_each! {
        ConnectionInput ConnectionBodyInput ConnectionPatch
        IntegrationInput IntegrationProcessInput
        ScheduleInput NotificationConfigInput FlowInput
    }
    Ok(())
}

fn default_directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/schemas")
}

fn schema<I: JsonSchema>() -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(&schema_for!(I))? + "\n")
}
