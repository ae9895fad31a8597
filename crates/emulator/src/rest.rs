//! The endpoints: which path does what, and who may ask.

mod absent;
mod bulk_operations;
mod channel_data;
mod console;
mod controls;
mod feeds;
mod marks;
mod messages;
mod objects;
mod preferences;
mod schedules;
mod subject;
mod subscriptions;
mod tenants;
mod users;
mod workflows;

use time::OffsetDateTime;

use crate::call::{Access, Answer, Call, Caller, Route};
use crate::emulator::Emulator;
use crate::http::Request;
use crate::rates;
use crate::refusal::Refusal;
use crate::token::Token;

/// Every endpoint there is; where two match, the first answers.
const ENDPOINTS: &[&[Route]] = &[
    feeds::ROUTES,
    messages::ROUTES,
    marks::ROUTES,
    users::ROUTES,
    preferences::ROUTES,
    channel_data::ROUTES,
    tenants::ROUTES,
    subscriptions::ROUTES,
    objects::ROUTES,
    bulk_operations::ROUTES,
    workflows::ROUTES,
    schedules::ROUTES,
    absent::ROUTES,
    controls::ROUTES,
    console::ROUTES,
];

impl Emulator {
    pub(crate) fn answer(
        &mut self,
        request: &Request,
        request_id: &str,
        now: OffsetDateTime,
    ) -> Answer {
        let segments = request.segments().ok_or(Refusal::ResourceMissing)?;
        let found = ENDPOINTS.iter().copied().flatten().find_map(|route| {
            let params = route.matches(&request.method, &segments)?;
            Some((route, params))
        });
        let (route, params) = found.ok_or(Refusal::ResourceMissing)?;
        let caller = match route.access {
            Access::Control => Caller::BackEnd,
            Access::Secret | Access::Public | Access::Own(_) => {
                self.caller(request, route.access, now)?
            }
        };
        let call = Call {
            request,
            request_id,
            params,
            caller,
            now,
        };
        if let Access::Own(grant) = route.access {
            call.check_own(grant)?;
        }
        if self.config.rate_limits && route.access != Access::Control {
            let of = match &call.caller {
                Caller::Page(Some(token)) => Some(token.user_id()),
                _ if route.name().1 == rates::FEED => Some(call.param(0)),
                Caller::BackEnd | Caller::Page(None) => None,
            };
            if !self.rates.admits(route, of, now) {
                return Err(Refusal::RateLimited);
            }
        }
        (route.answer)(self, &call)
    }

    /// Who calls, by key and token; refused when the endpoint is not for them.
    fn caller(
        &self,
        request: &Request,
        access: Access,
        now: OffsetDateTime,
    ) -> Result<Caller, Refusal> {
        let authorization = request.header("authorization").unwrap_or_default();
        let key = authorization
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        match key.map(|(_, key)| key.trim()) {
            Some(key) if key == self.config.secret_key => Ok(Caller::BackEnd),
            Some(key) if key == self.config.public_key => match self.config.enhanced_security {
                _ if access == Access::Secret => Err(Refusal::IncorrectTokenType),
                true => {
                    let token = request.header("x-knock-user-token");
                    Ok(Caller::Page(Some(Token::verify(token, &self.config, now)?)))
                }
                false => Ok(Caller::Page(None)),
            },
            _ => Err(Refusal::ApiKeyMissing),
        }
    }

    pub(crate) fn check_channel(&self, feed_id: &str) -> Result<(), Refusal> {
        match feed_id.eq_ignore_ascii_case(&self.config.feed_id) {
            true => Ok(()),
            false => Err(Refusal::ChannelInvalid),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const DESCRIBED: &str = include_str!("../../../docs/openapi.yaml");

    /// Operations of the document, as `GET /v1/users/{}`: what stands between braces is a matter of taste.
    fn described() -> BTreeSet<String> {
        let (mut operations, mut path) = (BTreeSet::new(), "");
        let paths = DESCRIBED.lines().skip_while(|line| *line != "paths:");
        for line in paths.skip(1).take_while(|line| line.starts_with(' ')) {
            let word = line.trim().trim_end_matches(':');
            match line.len() - line.trim_start().len() {
                2 => path = word,
                4 => drop(operations.insert(plain(word, path))),
                _ => {}
            }
        }
        operations
    }

    fn plain(method: &str, path: &str) -> String {
        let segments = path
            .split('/')
            .map(|segment| match segment.starts_with('{') {
                true => "{}",
                false => segment,
            });
        let path: Vec<&str> = segments.collect();
        format!("{} {}", method.to_uppercase(), path.join("/"))
    }

    #[test]
    fn every_endpoint_is_described_in_the_openapi_document_and_no_other() {
        let routes = ENDPOINTS.iter().copied().flatten().map(Route::name);
        let routes: BTreeSet<String> = routes.map(|(method, path)| plain(method, path)).collect();
        let described = described();
        let missing: Vec<&String> = routes.difference(&described).collect();
        assert!(missing.is_empty(), "docs/openapi.yaml lacks {missing:?}");
        let gone: Vec<&String> = described.difference(&routes).collect();
        assert!(gone.is_empty(), "docs/openapi.yaml has too much: {gone:?}");
    }
}
