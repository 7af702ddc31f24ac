//! What the handlers share: the request, the reply, the limit, the faults and the record.

pub(crate) mod call;
pub(crate) mod faults;
pub(crate) mod limit;
pub(crate) mod recorder;
pub(crate) mod reply;
pub(crate) mod shared;
