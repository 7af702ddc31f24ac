//! A "no" of the service.

/// What is said of a body that is not what it should be.
pub(crate) const INVALID_BODY: &str = "Invalid request body";

/// A "no" of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    pub(crate) fn invalid() -> Self {
        Self::new(400, INVALID_BODY)
    }

    pub(crate) fn duplicate() -> Self {
        Self::new(400, "Duplicate resource name not allowed")
    }

    pub(crate) fn not_found(noun: &str, id: &str) -> Self {
        Self::new(404, format!("{noun} {id} was not found"))
    }
}
