//! Whether a recipient wants to hear of a workflow in the feed.

use serde_json::{Map, Value};

use crate::condition::{Conditions, View};
use crate::merge;
use crate::preferences::{COMMERCIAL, Part};

/// What is about to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending<'a> {
    pub(crate) workflow: &'a str,
    pub(crate) categories: &'a [String],
    pub(crate) is_commercial: bool,
    pub(crate) channel_id: &'a str,
    /// What conditions look at.
    pub(crate) view: View<'a>,
}

impl Sending<'_> {
    /// The entry of the preferences that stops it; nothing when every one that applies lets it through.
    ///
    /// `layers` are preference sets, the one that counts least first.
    pub(crate) fn objection(&self, layers: &[Value]) -> Option<String> {
        let mut set = Map::new();
        for layer in layers.iter().filter_map(Value::as_object) {
            let mut layer = layer.clone();
            layer.retain(|_, part| !part.is_null());
            merge::deep(&mut set, &layer);
        }
        let set = Value::Object(set);
        let (workflows, categories) = (Part::Workflows.name(), Part::Categories.name());
        let of_category = |category: &String| {
            let entry = &set[categories][category.as_str()];
            self.entry(&format!("{categories}.{category}"), entry)
        };
        let of_workflow = || {
            let entry = &set[workflows][self.workflow];
            self.entry(&format!("{workflows}.{}", self.workflow), entry)
        };
        let of_offers = || {
            let entry = &set[COMMERCIAL];
            self.setting(COMMERCIAL, entry)
                .filter(|_| self.is_commercial)
        };
        self.categories
            .iter()
            .find_map(of_category)
            .or_else(of_workflow)
            .or_else(|| self.channel("", &set))
            .or_else(of_offers)
    }

    /// An entry of a workflow or a category: yes, no, or by channel and condition.
    fn entry(&self, path: &str, entry: &Value) -> Option<String> {
        self.setting(path, entry)
            .or_else(|| self.channel(&format!("{path}."), entry))
    }

    /// A channel's own entry beats the one of its type.
    fn channel(&self, path: &str, parts: &Value) -> Option<String> {
        let (channels, types) = (Part::Channels.name(), Part::ChannelTypes.name());
        match &parts[channels][self.channel_id] {
            Value::Null => {
                let path = format!("{path}{types}.{CHANNEL_TYPE}");
                self.setting(&path, &parts[types][CHANNEL_TYPE])
            }
            setting => self.setting(&format!("{path}{channels}.{}", self.channel_id), setting),
        }
    }

    /// Nothing said is yes.
    fn setting(&self, path: &str, setting: &Value) -> Option<String> {
        match setting {
            Value::Bool(false) => Some(format!("{path} is false")),
            Value::Object(setting) => {
                let conditions = setting.get("conditions").unwrap_or(&Value::Null);
                let failing = match Conditions::parse_flat(path, conditions) {
                    Ok(conditions) => conditions.failing(self.view),
                    Err(_) => Some("its conditions cannot be read".to_owned()),
                };
                failing.map(|reason| format!("{path}: {reason}"))
            }
            _ => None,
        }
    }
}

/// What a feed is.
const CHANNEL_TYPE: &str = "in_app_feed";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn objection(layers: &[Value]) -> Option<String> {
        let categories = ["collaboration".to_owned(), "mentions".to_owned()];
        Sending {
            workflow: "new-comment",
            categories: &categories,
            is_commercial: true,
            channel_id: "feed",
            view: View {
                scope: &json!({"recipient": {"plan": "team"}}),
                now: time::OffsetDateTime::UNIX_EPOCH,
            },
        }
        .objection(layers)
    }

    fn wanted(layers: &[Value]) -> bool {
        objection(layers).is_none()
    }

    #[test]
    fn every_entry_that_applies_must_let_it_through() {
        let when = |plan: &str| json!({"conditions": [{"variable": "recipient.plan", "operator": "equal_to", "argument": plan}]});
        for (set, expected) in [
            (json!({}), true),
            (json!({"channel_types": {"email": false}}), true),
            (json!({"channel_types": {"in_app_feed": false}}), false),
            (
                json!({"channel_types": {"in_app_feed": false}, "channels": {"feed": true}}),
                true,
            ),
            (
                json!({"channel_types": {"in_app_feed": true}, "channels": {"feed": false}}),
                false,
            ),
            (json!({"workflows": {"new-comment": false}}), false),
            (json!({"workflows": {"other": false}}), true),
            (
                json!({"workflows": {"new-comment": {"channel_types": {"in_app_feed": false}}}}),
                false,
            ),
            (
                json!({"workflows": {"new-comment": true}, "categories": {"mentions": false}}),
                false,
            ),
            (
                json!({"categories": {"mentions": {"channels": {"feed": false}}}}),
                false,
            ),
            (
                json!({"channel_types": {"in_app_feed": when("team")}}),
                true,
            ),
            (
                json!({"channel_types": {"in_app_feed": when("free")}}),
                false,
            ),
            (json!({"workflows": {"new-comment": when("free")}}), false),
            (json!({"commercial_subscribed": false}), false),
        ] {
            assert_eq!(wanted(std::slice::from_ref(&set)), expected, "{set}");
        }
    }

    #[test]
    fn an_upper_layer_decides_what_it_says_and_leaves_the_rest() {
        let lower = json!({"workflows": {"new-comment": false}, "categories": {"mentions": true}});
        let upper = json!({"workflows": {"new-comment": true}, "categories": null});
        assert!(wanted(&[lower.clone(), upper]));
        assert!(!wanted(&[lower, json!({"workflows": {"other": true}})]));
    }

    #[test]
    fn the_entry_that_stops_it_is_named() {
        let free =
            json!([{"variable": "recipient.plan", "operator": "equal_to", "argument": "free"}]);
        for (set, expected) in [
            (
                json!({"workflows": {"new-comment": false}}),
                "workflows.new-comment is false",
            ),
            (
                json!({"categories": {"mentions": {"channel_types": {"in_app_feed": false}}}}),
                "categories.mentions.channel_types.in_app_feed is false",
            ),
            (
                json!({"channels": {"feed": false}}),
                "channels.feed is false",
            ),
            (
                json!({"channel_types": {"in_app_feed": {"conditions": free}}}),
                "channel_types.in_app_feed: recipient.plan equal_to free (it is \"team\")",
            ),
            (
                json!({"commercial_subscribed": false}),
                "commercial_subscribed is false",
            ),
        ] {
            assert_eq!(objection(&[set]).as_deref(), Some(expected));
        }
    }
}
