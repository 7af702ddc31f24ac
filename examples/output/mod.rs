//! How the examples print: what `--help` shows, and lines that nobody may be there to read.

#![allow(
    dead_code,
    unused_macros,
    reason = "no example needs all of it, and each loads it"
)]

/// Prints a line. Whoever read it through a pipe, such as `head`, may have gone: that is no error,
/// and what is under way goes on to its end.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($words)*);
    }};
}

/// The same, for what is no result.
macro_rules! note {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

/// With `--help`, prints the head of the example, so that there is one text for both.
pub(crate) fn helped(source: &str) -> bool {
    let wanted = std::env::args()
        .skip(1)
        .any(|word| word == "--help" || word == "-h");
    if wanted {
        for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
            say!("{}", line.strip_prefix(' ').unwrap_or(line));
        }
    }
    wanted
}
