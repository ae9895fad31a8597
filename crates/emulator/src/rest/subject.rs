use crate::call::Call;
use crate::owner::Owner;

/// Of whom a path speaks, and what it says after that.
pub(super) struct Subject<'a> {
    pub(super) owner: Owner,
    rest: &'a [String],
}

impl<'a> Subject<'a> {
    /// `/v1/users/{user}/…`
    pub(super) fn user(call: &'a Call) -> Self {
        Self {
            owner: Owner::user(call.param(0)),
            rest: call.params.get(1..).unwrap_or_default(),
        }
    }

    /// `/v1/objects/{collection}/{object}/…`
    pub(super) fn object(call: &'a Call) -> Self {
        Self {
            owner: Owner::object(call.param(0), call.param(1)),
            rest: call.params.get(2..).unwrap_or_default(),
        }
    }

    pub(super) fn param(&self, index: usize) -> &str {
        self.rest.get(index).map_or("", String::as_str)
    }
}
