//! Whether a recipient wants to hear of a workflow in the feed.

use serde_json::{Map, Value};

use crate::condition::Condition;
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
    pub(crate) scope: &'a Value,
}

impl Sending<'_> {
    /// Whether the preferences let it through: every entry that applies must.
    ///
    /// `layers` are preference sets, the one that counts least first.
    pub(crate) fn is_wanted(&self, layers: &[Value]) -> bool {
        let mut set = Map::new();
        for layer in layers.iter().filter_map(Value::as_object) {
            let mut layer = layer.clone();
            layer.retain(|_, part| !part.is_null());
            merge::deep(&mut set, &layer);
        }
        let part = |part: Part| set.get(part.name()).unwrap_or(&Value::Null);
        let categories = part(Part::Categories);
        self.categories
            .iter()
            .all(|category| self.admits(&categories[category.as_str()]))
            && self.admits(&part(Part::Workflows)[self.workflow])
            && self.channel_admits(&Value::Object(set.clone()))
            && (!self.is_commercial
                || self.setting_admits(set.get(COMMERCIAL).unwrap_or(&Value::Null)))
    }

    /// An entry of a workflow or a category: yes, no, or by channel and condition.
    fn admits(&self, entry: &Value) -> bool {
        self.setting_admits(entry) && self.channel_admits(entry)
    }

    /// A channel's own entry beats the one of its type.
    fn channel_admits(&self, parts: &Value) -> bool {
        match &parts[Part::Channels.name()][self.channel_id] {
            Value::Null => self.setting_admits(&parts[Part::ChannelTypes.name()]["in_app_feed"]),
            setting => self.setting_admits(setting),
        }
    }

    /// Nothing said is yes.
    fn setting_admits(&self, setting: &Value) -> bool {
        match setting {
            Value::Bool(wanted) => *wanted,
            Value::Object(setting) => {
                let conditions = setting.get("conditions").unwrap_or(&Value::Null);
                Condition::parse_all("conditions", conditions)
                    .is_ok_and(|all| all.iter().all(|one| one.holds(self.scope)))
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(layers: &[Value]) -> bool {
        let categories = ["collaboration".to_owned(), "mentions".to_owned()];
        Sending {
            workflow: "new-comment",
            categories: &categories,
            is_commercial: true,
            channel_id: "feed",
            scope: &json!({"recipient": {"plan": "team"}}),
        }
        .is_wanted(layers)
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
}
