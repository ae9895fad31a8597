use crate::signing_key::SigningKey;

/// What one emulated environment is made of.
///
/// `Default` is the demo environment: fixed keys, one feed channel, one identified user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Seed of every generated id; the same calls at the same times give the same ids.
    pub seed: u64,
    /// Key that clients send (`pk_…`).
    pub public_key: String,
    /// Key that back ends send (`sk_…`).
    pub secret_key: String,
    /// Channel id of the one in-app feed, a UUID.
    pub feed_id: String,
    /// User that is already identified when the environment starts.
    pub user_id: String,
    /// Name of that user.
    pub user_name: String,
    /// Whether every call with the public key needs a token of its user.
    pub enhanced_security: bool,
    /// The key that signs those tokens.
    pub signing_key: Option<SigningKey>,
    /// Whether more calls than the documented tiers allow are answered 429.
    pub rate_limits: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 0,
            public_key: "pk_test_doorbell_demo".into(),
            secret_key: "sk_test_doorbell_demo".into(),
            feed_id: "d00fbe11-1de5-4e0d-a11e-5ca1ab1ec0de".into(),
            user_id: "demo-user".into(),
            user_name: "Robin Demo".into(),
            enhanced_security: false,
            signing_key: None,
            rate_limits: false,
        }
    }
}
