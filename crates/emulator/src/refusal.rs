//! Every answer that is not a success.

use serde_json::{Value, json};

use crate::http::Response;

/// Why a request was refused. Knock's codes, with its statuses where they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No key, or not one of this environment's.
    ApiKeyMissing,
    /// A public key without a user token, in enhanced security mode.
    MissingUserToken,
    /// A user token that is not signed by this environment, expired, or of another user.
    InvalidUserToken,
    /// Enhanced security mode without a key to check tokens by.
    NoSigningKey,
    /// A public key on an endpoint for back ends, or a token without the grant.
    IncorrectTokenType,
    /// No such path, user, message or operation.
    ResourceMissing,
    /// The path names a channel that this environment does not have.
    ChannelInvalid,
    /// The trigger names a workflow that does not exist.
    WorkflowMissing,
    /// The trigger's actor is an id that was never identified.
    ActorMissing,
    /// A parameter or a field of the body is wrong.
    InvalidParams { field: String, message: String },
    /// The body is not JSON.
    MalformedBody,
    /// The body is larger than the server takes.
    PayloadTooLarge,
    /// More calls than the endpoint's tier allows.
    RateLimited,
    /// As many connections are open as there may be.
    TooManyConnections(usize),
    /// The body does not come.
    SlowBody,
    /// As many things are remembered as may be.
    Full(&'static str),
    /// What changed could not be written to the file of state.
    NotKept,
    /// Knock has this, the emulator does not.
    NotEmulated(&'static str),
    /// A failure that was asked for through `Emulator::fail_requests`.
    Injected {
        status: u16,
        retry_after: Option<u64>,
    },
}

impl Refusal {
    pub(crate) fn invalid(field: &str, message: &str) -> Self {
        Self::InvalidParams {
            field: field.into(),
            message: message.into(),
        }
    }

    fn parts(&self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::ApiKeyMissing => (
                401,
                "api_key_missing",
                "authentication_error",
                "The API key supplied is not valid.",
            ),
            Self::MissingUserToken => (
                401,
                "missing_user_token",
                "authentication_error",
                "A user token is required when using a public API key.",
            ),
            Self::InvalidUserToken => (
                401,
                "invalid_user_token",
                "authentication_error",
                "The user token supplied is invalid.",
            ),
            Self::NoSigningKey => (
                422,
                "missing_jwt_signing_key",
                "invalid_request_error",
                "This environment has no signing key.",
            ),
            Self::IncorrectTokenType => (
                403,
                "incorrect_token_type",
                "authentication_error",
                "This endpoint cannot be called with this token.",
            ),
            Self::ResourceMissing => (
                404,
                "resource_missing",
                "api_error",
                "The resource you requested does not exist",
            ),
            Self::ChannelInvalid => (
                422,
                "channel_invalid",
                "invalid_request_error",
                "The channel supplied is invalid.",
            ),
            Self::WorkflowMissing => (
                404,
                "workflow_missing",
                "invalid_request_error",
                "The workflow could not be found.",
            ),
            Self::ActorMissing => (
                422,
                "actor_missing",
                "invalid_request_error",
                "The actor supplied was never identified.",
            ),
            Self::InvalidParams { .. } => (
                422,
                "invalid_params",
                "invalid_request_error",
                "One or more parameters supplied were invalid",
            ),
            Self::MalformedBody => (
                400,
                "invalid_params",
                "invalid_request_error",
                "The request body is not valid JSON.",
            ),
            Self::PayloadTooLarge => (
                413,
                "payload_too_large",
                "invalid_request_error",
                "The request body is too large.",
            ),
            Self::TooManyConnections(_) => (
                503,
                "too_many_connections",
                "api_error",
                "As many connections are open as the emulator takes.",
            ),
            Self::SlowBody => (
                408,
                "request_timeout",
                "invalid_request_error",
                "The request body did not come in time.",
            ),
            Self::Full(_) => (
                507,
                "emulator_full",
                "api_error",
                "The emulator remembers as much as it may.",
            ),
            Self::NotKept => (
                500,
                "state_not_kept",
                "api_error",
                "The state could not be written to its file; the log says why.",
            ),
            Self::NotEmulated(_) => (
                501,
                "not_emulated",
                "api_error",
                "The emulator does not have this.",
            ),
            Self::RateLimited | Self::Injected { status: 429, .. } => {
                (429, "rate_limited", "api_error", "Too many requests.")
            }
            Self::Injected { status, .. } => (
                *status,
                "injected_failure",
                "api_error",
                "The emulator was told to fail this request.",
            ),
        }
    }

    pub(crate) fn response(&self) -> Response {
        let (status, code, kind, message) = self.parts();
        let mut body = json!({"code": code, "message": message, "status": status, "type": kind});
        if let Self::InvalidParams { field, message } = self {
            body["errors"] = json!([{"field": field, "message": message, "type": Value::Null}]);
        }
        if let Self::TooManyConnections(bound) = self {
            body["message"] = json!(format!(
                "The emulator takes {bound} connections at a time; close some, or start it with a higher --max-connections."
            ));
        }
        if let Self::Full(what) = self {
            body["message"] = json!(format!(
                "The emulator remembers as many {what} as it may; delete some, or reset it with POST /_emulator/reset."
            ));
        }
        if let Self::NotEmulated(what) = self {
            body["message"] = json!(format!("The emulator does not have {what}."));
        }
        let response = Response::of(status, &body);
        match self {
            Self::RateLimited => response.with("retry-after", "1"),
            // The SDKs for back ends heed this; asking again would change nothing.
            Self::NotEmulated(_) => response.with("x-should-retry", "false"),
            Self::Injected {
                retry_after: Some(seconds),
                ..
            } => response.with("retry-after", seconds.to_string()),
            _ => response,
        }
    }
}
