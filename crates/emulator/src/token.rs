//! User tokens: JWTs that say on whose behalf a page calls, and what it may do.

use std::collections::BTreeMap;

use jsonwebtoken::{Algorithm, Header, Validation, decode, encode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tracing::debug;

use crate::config::Config;
use crate::refusal::Refusal;
use crate::signing_key::SigningKey;

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    user_id: String,
    /// By resource; `None` is everything that is the user's own.
    grants: Option<BTreeMap<Resource, Vec<String>>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Resource {
    User(String),
    Tenant(String),
}

impl Token {
    /// Checks what a page sent as its token, in an environment in enhanced security mode.
    pub(crate) fn verify(
        text: Option<&str>,
        config: &Config,
        now: OffsetDateTime,
    ) -> Result<Self, Refusal> {
        let key = config.signing_key.as_ref().ok_or(Refusal::NoSigningKey)?;
        let text = text
            .filter(|text| !text.is_empty())
            .ok_or(Refusal::MissingUserToken)?;
        let claims = signed_claims(text, key)?;
        let refused = |reason| {
            debug!(reason, "refused a user token");
            Refusal::InvalidUserToken
        };
        let user_id = claims["sub"].as_str().filter(|sub| !sub.is_empty());
        let user_id = user_id.ok_or_else(|| refused("it has no sub"))?.to_owned();
        match &claims["exp"] {
            Value::Null => {}
            exp => match exp.as_f64() {
                Some(exp) if exp > now.unix_timestamp() as f64 => {}
                Some(_) => return Err(refused("it is expired")),
                None => return Err(refused("its exp is not a number")),
            },
        }
        let grants = match claims["explicit_grants"] {
            Value::Bool(true) => Some(grants(&claims["grants"])),
            _ => None,
        };
        Ok(Self { user_id, grants })
    }

    pub(crate) fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Whether the token lets its user do this; `tenant` is what the call is limited to, if it is.
    pub(crate) fn may(&self, grant: &str, tenant: Option<&str>) -> bool {
        let Some(grants) = &self.grants else {
            return true;
        };
        let granted = |resource: Resource| {
            grants
                .get(&resource)
                .is_some_and(|names| names.iter().any(|name| same_grant(name, grant)))
        };
        granted(Resource::User(self.user_id.clone()))
            || tenant.is_some_and(|tenant| granted(Resource::Tenant(tenant.to_owned())))
    }
}

fn signed_claims(text: &str, key: &SigningKey) -> Result<Value, Refusal> {
    // Expiry is checked apart, against the emulator's own clock.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    match decode::<Value>(text, &key.decoding(), &validation) {
        Ok(token) => Ok(token.claims),
        Err(error) => {
            debug!(%error, "refused a user token");
            Err(Refusal::InvalidUserToken)
        }
    }
}

/// `{"https://api.knock.app/v1/users/jane": {"user/feed_read": [{}]}}`; tenants in two spellings.
fn grants(claim: &Value) -> BTreeMap<Resource, Vec<String>> {
    let mut grants = BTreeMap::new();
    for (uri, names) in claim.as_object().into_iter().flatten() {
        let Some(resource) = Resource::parse(uri) else {
            debug!("ignored a grant of a resource that is neither user nor tenant");
            continue;
        };
        let names = names.as_object().into_iter().flatten();
        grants.insert(resource, names.map(|(name, _)| name.clone()).collect());
    }
    grants
}

impl Resource {
    fn parse(uri: &str) -> Option<Self> {
        let (_, path) = uri.split_once("/v1/")?;
        let id = |text: &str| {
            let id = percent_decode_str(text).decode_utf8().ok()?;
            Some(id.into_owned()).filter(|id| !id.is_empty())
        };
        if let Some(user) = path.strip_prefix("users/") {
            return id(user).map(Self::User);
        }
        let tenant = path
            .strip_prefix("tenants/")
            .or(path.strip_prefix("objects/$tenants/"))?;
        id(tenant).map(Self::Tenant)
    }
}

/// Older examples leave out the `user/` before `feed_read`, or write `user_feed/read`.
fn same_grant(given: &str, wanted: &str) -> bool {
    given == wanted
        || matches!(
            (given, wanted),
            ("feed/read" | "user_feed/read", "user/feed_read")
                | ("feed/write" | "user_feed/write", "user/feed_write")
        )
}

/// Signs a token for a user; `more` is laid over the claims.
pub(crate) fn mint(
    key: &SigningKey,
    user_id: &str,
    expires_in_seconds: i64,
    more: &Map<String, Value>,
    now: OffsetDateTime,
) -> Result<String, Refusal> {
    let issued = now.unix_timestamp();
    let mut claims = json!({
        "sub": user_id,
        "iat": issued,
        "exp": issued.saturating_add(expires_in_seconds),
    });
    for (name, value) in more {
        claims[name] = value.clone();
    }
    encode(&Header::new(Algorithm::RS256), &claims, &key.encoding()).map_err(|error| {
        debug!(%error, "could not sign a token");
        Refusal::NoSigningKey
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(grants: Value) -> Token {
        Token {
            user_id: "jane doe".into(),
            grants: Some(super::grants(&grants)),
        }
    }

    #[test]
    fn a_grant_on_the_user_reaches_every_tenant() {
        let token = token(json!({
            "https://api.knock.app/v1/users/jane%20doe": {"user/feed_read": [{}]},
        }));
        assert!(token.may("user/feed_read", None) && token.may("user/feed_read", Some("acme")));
        assert!(!token.may("user/feed_write", None));
    }

    #[test]
    fn a_grant_on_a_tenant_reaches_that_tenant_only_in_either_spelling() {
        for uri in [
            "https://api.knock.app/v1/tenants/acme",
            "https://api.knock.app/v1/objects/$tenants/acme",
        ] {
            let token = token(json!({uri: {"feed/read": []}}));
            assert!(token.may("user/feed_read", Some("acme")));
            assert!(!token.may("user/feed_read", None));
            assert!(!token.may("user/feed_read", Some("other")));
        }
    }

    #[test]
    fn a_grant_on_another_user_is_no_grant() {
        let token = token(json!({
            "https://api.knock.app/v1/users/someone": {"user/feed_read": [{}]},
        }));
        assert!(!token.may("user/feed_read", None));
    }
}
