//! Anaplan CloudWorks in a box.
