//! One request on its way to the endpoint that answers it.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::emulator::Emulator;
use crate::http::{Request, Response};
use crate::message::Message;
use crate::params::Params;
use crate::preferences::DEFAULT;
use crate::refusal::Refusal;
use crate::token::Token;

pub(crate) type Answer = Result<Response, Refusal>;

/// An endpoint: how it is called, who may call it, what answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    method: &'static str,
    /// Segments between slashes; `{…}` takes any one segment.
    path: &'static str,
    pub(crate) access: Access,
    pub(crate) answer: fn(&mut Emulator, &Call) -> Answer,
}

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Back ends: the secret key.
    Secret,
    /// Also pages: the public key, and the endpoint looks at the token itself.
    Public,
    /// Also pages, for the user that the path names first, with this grant.
    Own(&'static str),
    /// Whoever reaches the port: the emulator's own controls.
    Control,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    BackEnd,
    /// A page; with a token in enhanced security mode.
    Page(Option<Token>),
}

/// A request with what is known of it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) request_id: &'a str,
    pub(crate) params: Vec<String>,
    pub(crate) caller: Caller,
    pub(crate) now: OffsetDateTime,
}

impl Route {
    pub(crate) const fn new(
        method: &'static str,
        path: &'static str,
        access: Access,
        answer: fn(&mut Emulator, &Call) -> Answer,
    ) -> Self {
        Self {
            method,
            path,
            access,
            answer,
        }
    }

    pub(crate) fn name(&self) -> (&'static str, &'static str) {
        (self.method, self.path)
    }

    /// What the path's placeholders stand for, when this is the endpoint.
    pub(crate) fn matches(&self, method: &str, segments: &[String]) -> Option<Vec<String>> {
        let pattern = self.path.split('/').skip(1);
        if self.method != method || pattern.clone().count() != segments.len() {
            return None;
        }
        let mut params = Vec::new();
        for (pattern, segment) in pattern.zip(segments) {
            match pattern.starts_with('{') {
                true => params.push(segment.clone()),
                false if pattern == segment => {}
                false => return None,
            }
        }
        Some(params)
    }
}

impl Call<'_> {
    /// What a placeholder of the path stands for, counted from 0.
    pub(crate) fn param(&self, index: usize) -> &str {
        self.params.get(index).map_or("", String::as_str)
    }

    /// Refuses a page unless its path names its own user, and its token lets it.
    ///
    /// The path of a preference set names the tenant too: any set but the default one is for a tenant.
    pub(crate) fn check_own(&self, grant: &str) -> Result<(), Refusal> {
        let query = self.query();
        let set = Some(self.param(1))
            .filter(|set| grant.starts_with("preferences/") && !set.is_empty() && *set != DEFAULT);
        let tenant = query.text("tenant")?.or(set);
        self.caller.check(self.param(0), grant, tenant)
    }

    pub(crate) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        self.request.object()
    }

    pub(crate) fn query(&self) -> Params {
        Params::from_query(&self.request.query)
    }
}

impl Caller {
    pub(crate) fn is_page(&self) -> bool {
        matches!(self, Self::Page(_))
    }

    /// Refuses a page that speaks for another user, or without the grant.
    pub(crate) fn check(
        &self,
        user_id: &str,
        grant: &str,
        tenant: Option<&str>,
    ) -> Result<(), Refusal> {
        match self {
            Self::BackEnd | Self::Page(None) => Ok(()),
            Self::Page(Some(token)) if token.user_id() != user_id => Err(Refusal::InvalidUserToken),
            Self::Page(Some(token)) if !token.may(grant, tenant) => {
                Err(Refusal::IncorrectTokenType)
            }
            Self::Page(Some(_)) => Ok(()),
        }
    }

    /// Refuses a page whose token says what it may do: no token reaches this.
    pub(crate) fn check_unlimited(&self) -> Result<(), Refusal> {
        match self {
            Self::BackEnd | Self::Page(None) => Ok(()),
            Self::Page(Some(_)) => Err(Refusal::IncorrectTokenType),
        }
    }

    /// Whether a message exists as far as this caller is concerned.
    pub(crate) fn knows(&self, message: &Message, grant: &str) -> bool {
        self.check(message.user_id(), grant, message.tenant.as_deref())
            .is_ok()
    }
}

/// 200 with a body.
pub(crate) fn ok(body: &Value) -> Answer {
    Ok(Response::of(200, body))
}

/// 204.
pub(crate) fn no_content() -> Answer {
    Ok(Response {
        status: 204,
        headers: Vec::new(),
        body: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_takes_its_path_and_no_other() {
        let route = Route::new(
            "GET",
            "/v1/users/{user}/feeds/{feed}",
            Access::Secret,
            |_, _| Err(Refusal::ResourceMissing),
        );
        let matched = |method: &str, path: &str| {
            let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
            route.matches(method, &segments)
        };
        let params = matched("GET", "v1/users/jane/feeds/f").unwrap();
        assert_eq!(params, ["jane", "f"]);
        assert_eq!(matched("PUT", "v1/users/jane/feeds/f"), None);
        assert_eq!(matched("GET", "v1/users/jane/feeds"), None);
        assert_eq!(matched("GET", "v1/users/jane/foods/f"), None);
    }
}
