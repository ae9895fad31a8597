//! What the owner of a feed has set for those who show it.

use serde_json::Value;

/// Settings of a feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedSettings {
    /// Whether the plan asks for a word of thanks to Knock beside the feed.
    pub branding_required: bool,
}

impl FeedSettings {
    /// Reads the answer to [`api::feed_settings`](crate::api::feed_settings); what it does not say is not required.
    pub fn parse(body: &[u8]) -> Self {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        Self {
            branding_required: answer["features"]["branding_required"] == true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branding_is_required_only_where_the_answer_says_so() {
        for (body, required) in [
            (r#"{"features":{"branding_required":true}}"#, true),
            (r#"{"features":{"branding_required":false}}"#, false),
            (r#"{"features":{"branding_required":"true"}}"#, false),
            (r#"{"features":[]}"#, false),
            ("[]", false),
            ("", false),
        ] {
            let settings = FeedSettings::parse(body.as_bytes());
            assert_eq!(settings.branding_required, required, "{body}");
        }
    }
}
