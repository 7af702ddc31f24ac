//! The error codes of runs.

/// What is known of an `executionErrorCode`; `None` for a code that was not seen.
///
/// The service documents no codes. These meanings were seen on runs.
///
/// ```
/// use anaplan_sdk::runs::known_meaning;
///
/// assert!(known_meaning(38).unwrap().contains("rejected"));
/// assert_eq!(known_meaning(77), None);
/// ```
pub fn known_meaning(code: i64) -> Option<&'static str> {
    Some(match code {
        12 => {
            "an import met values of another type than the model expects, such as text for a number"
        }
        35 => "seen on runs that failed; the service does not say what it means",
        38 => "a partial success: the run went through, and some rows were rejected",
        39 => "seen on runs that failed; the service does not say what it means",
        _ => return None,
    })
}
