//! What the Integration API shows: workspaces, models and what they hold.

mod action;
mod export;
mod file;
mod import;
mod model;
mod process;
mod workspace;

pub use action::*;
pub use export::*;
pub use file::*;
pub use import::*;
pub use model::*;
pub use process::*;
pub use workspace::*;
