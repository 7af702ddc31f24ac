//! The tenant, its workspaces, and what could not be read of it.

use super::known::{Found, Known};
use crate::estate::Subject;

pub(super) fn near_limit(known: &Known<'_>) -> Vec<Found> {
    let limits = known.estate.tenant.as_ref();
    let counted =
        limits.and_then(|limits| Some((limits.tenant_current_count?, limits.tenant_max_allowed?)));
    let near = counted
        .filter(|(count, most)| *most > 0 && count.saturating_mul(10) >= most.saturating_mul(9));
    let message = near.map(|(count, most)| format!("{count} integrations of {most}"));
    message
        .map(|message| Found::new(None, message))
        .into_iter()
        .collect()
}

pub(super) fn workspace_full(known: &Known<'_>) -> Vec<Found> {
    let workspaces = known.directory().into_iter();
    let found = workspaces
        .flat_map(|all| &all.workspaces)
        .filter_map(|workspace| {
            let (size, most) = (workspace.current_size?, workspace.size_allowance?);
            let is_full = most > 0 && i128::from(size) * 100 >= i128::from(most) * 95;
            let message = format!("{size} bytes of {most}");
            is_full.then(|| Found::new(Subject::of(workspace), message))
        });
    found.collect()
}

pub(super) fn nothing_listed(known: &Known<'_>) -> Vec<Found> {
    let connections = known.estate.connections.iter().flatten();
    let is_empty = known.integrations().next().is_none() && connections.count() == 0;
    let message = "neither connections nor integrations are listed";
    is_empty
        .then(|| Found::new(None, message))
        .into_iter()
        .collect()
}

pub(super) fn not_read(known: &Known<'_>) -> Vec<Found> {
    let gaps = known.estate.gaps.iter();
    let found = gaps.map(|gap| {
        let status = gap
            .status
            .map(|status| format!("{status} "))
            .unwrap_or_default();
        let message = format!("{}: {status}{}", gap.depth, gap.reason);
        Found::new(gap.subject.clone(), message)
    });
    found.collect()
}
