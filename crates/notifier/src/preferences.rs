//! What the person wants to be told of, as Knock keeps it: fetched when it is looked at, changed one by one.

use std::collections::{BTreeMap, VecDeque};

use doorbell_knock::{
    ChannelPreference, Failure, Persistence, Preference, PreferenceSet, PreferenceSetId,
    Preferences as Set, Request, UserId, api,
};
use tracing::warn;

use crate::{
    account::Account,
    action::PreferenceKind,
    event::{Effect, Line},
    view::{PreferenceSwitch, PreferencesView},
    words::Words,
};

/// The preferences of an account, as far as they are known.
#[derive(Debug, Default)]
pub(crate) struct Preferences {
    /// What the server last said.
    said: Option<Set>,
    /// What is to be asked next; a change is asked for again only when the one before was answered.
    waiting: VecDeque<Asked>,
    on_its_way: Option<Asked>,
    trouble: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Asked {
    Read,
    Set {
        kind: PreferenceKind,
        key: String,
        on: bool,
    },
}

impl Preferences {
    /// Somebody looks at them.
    pub(crate) fn look(&mut self) {
        if !self.waiting.contains(&Asked::Read) && self.on_its_way != Some(Asked::Read) {
            self.waiting.push_back(Asked::Read);
        }
        self.trouble = None;
    }

    /// The person switches one of them.
    pub(crate) fn set(&mut self, kind: PreferenceKind, key: String, on: bool) {
        self.trouble = None;
        self.waiting.push_back(Asked::Set { kind, key, on });
    }

    /// The line that answers was lost.
    pub(crate) fn start_over(&mut self) {
        if let Some(asked) = self.on_its_way.take() {
            self.waiting.push_front(asked);
        }
    }

    fn ask(&mut self, user: &UserId) -> Option<Request> {
        if self.on_its_way.is_some() {
            return None;
        }
        let asked = self.waiting.pop_front()?;
        let id = PreferenceSetId::default();
        let request = match &asked {
            Asked::Read => api::preference_set(user, &id, None),
            Asked::Set { kind, key, on } => {
                let change = change(*kind, key.clone(), *on);
                api::set_preferences(user, &id, &change, Persistence::Merge)
            }
        };
        self.on_its_way = Some(asked);
        Some(request)
    }

    fn came(&mut self, result: Result<PreferenceSet, Failure>, words: &Words) {
        let asked = self.on_its_way.take();
        match result {
            Ok(set) => self.said = Some(set.preferences),
            Err(failure) => {
                warn!(%failure, "preferences were not taken");
                let what = match asked {
                    Some(Asked::Set { .. }) => "preference-refused",
                    Some(Asked::Read) | None => "preferences-unfetched",
                };
                let failure = failure.to_string().into();
                self.trouble = Some(words.with(what, [("failure", failure)]));
                // What was to come after it was meant as a part of it.
                self.waiting.clear();
            }
        }
    }

    /// What is shown: the server's word, and the changes on their way laid on top. A workflow or a category that none
    /// of them names is wanted; it is shown where the person has items of it.
    pub(crate) fn view(
        &self,
        user: String,
        met: impl Iterator<Item = (PreferenceKind, String)>,
    ) -> PreferencesView {
        let mut switches: BTreeMap<(PreferenceKind, String), (bool, bool)> = BTreeMap::new();
        if let Some(said) = &self.said {
            for (kind, key) in met {
                switches.insert((kind, key), (true, false));
            }
            for (kind, preferences) in [
                (PreferenceKind::Workflow, &said.workflows),
                (PreferenceKind::Category, &said.categories),
            ] {
                for (key, preference) in preferences {
                    let state = match preference {
                        Preference::Subscribed(on) => (*on, false),
                        Preference::Detailed(_) | Preference::Other(_) => (true, true),
                    };
                    switches.insert((kind, key.clone()), state);
                }
            }
            for (key, preference) in &said.channel_types {
                let state = match preference {
                    ChannelPreference::Subscribed(on) => (*on, false),
                    ChannelPreference::When(_) | ChannelPreference::Other(_) => (true, true),
                };
                switches.insert((PreferenceKind::ChannelType, key.clone()), state);
            }
            for asked in self.on_its_way.iter().chain(&self.waiting) {
                if let Asked::Set { kind, key, on } = asked {
                    switches.insert((*kind, key.clone()), (*on, false));
                }
            }
        }
        let switches = switches.into_iter();
        PreferencesView {
            user,
            busy: self.on_its_way.is_some() || !self.waiting.is_empty(),
            loaded: self.said.is_some(),
            problem: self.trouble.clone(),
            switches: switches
                .map(|((kind, key), (on, depends))| PreferenceSwitch {
                    kind,
                    key,
                    on,
                    depends,
                })
                .collect(),
        }
    }
}

impl Account {
    /// Asks for what is due of the preferences, one request at a time.
    pub(crate) fn ask_preferences(&mut self, out: &mut Vec<Effect>) {
        if let Some(request) = self.preferences.ask(&self.credentials.user_id) {
            let line = self.line;
            out.push(Effect::Preferences { line, request });
        }
    }

    /// The answer, unless another line has taken over meanwhile.
    pub(crate) fn preferences_came(&mut self, line: Line, result: Result<PreferenceSet, Failure>) {
        if line != self.line {
            return;
        }
        self.preferences.came(result, &self.words);
    }

    pub(crate) fn preferences_view(&self) -> PreferencesView {
        let items = self.feeds.iter().flat_map(|slot| slot.feed.items());
        let met = items.flat_map(|item| {
            let workflow = item.source.key.clone();
            let workflow = (!workflow.is_empty()).then_some((PreferenceKind::Workflow, workflow));
            let categories = item.source.categories.clone().into_iter();
            let categories = categories.map(|name| (PreferenceKind::Category, name));
            workflow.into_iter().chain(categories).collect::<Vec<_>>()
        });
        let feed = (PreferenceKind::ChannelType, "in_app_feed".to_owned());
        let user = self.credentials.user_id.to_string();
        self.preferences.view(user, met.chain([feed]))
    }
}

/// The write that switches one preference and leaves the others.
fn change(kind: PreferenceKind, key: String, on: bool) -> Set {
    let mut set = Set::default();
    match kind {
        PreferenceKind::Workflow => {
            set.workflows.insert(key, Preference::Subscribed(on));
        }
        PreferenceKind::Category => {
            set.categories.insert(key, Preference::Subscribed(on));
        }
        PreferenceKind::ChannelType => {
            let on = ChannelPreference::Subscribed(on);
            set.channel_types.insert(key, on);
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::words::Language;

    #[test]
    fn what_no_preference_names_is_wanted_and_shown_where_there_are_items_of_it() {
        let mut preferences = Preferences::default();
        assert_eq!(view(&preferences).switches, []);
        read(&mut preferences);
        assert_eq!(
            switches(&preferences),
            ["Workflow billing off", "Workflow new-comment on"]
        );
    }

    #[test]
    fn a_switch_turns_at_once_and_back_when_knock_refuses() {
        let mut preferences = Preferences::default();
        read(&mut preferences);
        preferences.set(PreferenceKind::Workflow, "new-comment".to_owned(), false);
        preferences.set(PreferenceKind::Workflow, "billing".to_owned(), true);
        let request: Request = preferences.ask(&user()).unwrap();
        assert_eq!(
            request.body.unwrap(),
            json!({"workflows": {"new-comment": false}, "__persistence_strategy__": "merge"})
        );
        assert_eq!(preferences.ask(&user()), None, "one at a time");
        assert_eq!(
            switches(&preferences),
            ["Workflow billing on", "Workflow new-comment off"]
        );
        preferences.came(Err(Failure::TooLarge), &Words::of(Language::English));
        assert_eq!(
            switches(&preferences),
            ["Workflow billing off", "Workflow new-comment on"]
        );
        let problem = view(&preferences).problem.unwrap();
        assert!(problem.contains("as it was"), "{problem}");
    }

    #[test]
    fn what_was_on_its_way_over_a_lost_line_is_asked_again() {
        let mut preferences = Preferences::default();
        preferences.look();
        preferences.look();
        let first = preferences.ask(&user());
        preferences.start_over();
        assert_eq!(preferences.ask(&user()), first);
        assert!(view(&preferences).busy);
    }

    fn read(preferences: &mut Preferences) {
        preferences.look();
        preferences.ask(&user()).expect("a request");
        let set = json!({"id": "default", "workflows": {"billing": false}});
        let set = PreferenceSet::parse(set.to_string().as_bytes());
        preferences.came(set, &Words::of(Language::English));
    }

    fn switches(preferences: &Preferences) -> Vec<String> {
        let words = |switch: &PreferenceSwitch| {
            let on = if switch.on { "on" } else { "off" };
            format!("{:?} {} {on}", switch.kind, switch.key)
        };
        view(preferences).switches.iter().map(words).collect()
    }

    fn view(preferences: &Preferences) -> PreferencesView {
        let met = (PreferenceKind::Workflow, "new-comment".to_owned());
        preferences.view("ada".to_owned(), [met].into_iter())
    }

    fn user() -> UserId {
        UserId::parse("ada").unwrap()
    }
}
