use doorbell_notifier::{Action, Toast};

/// Plain text for a notification daemon that reads the body as markup.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The actions of a toast as the notification specification lists them: key, label, key, label.
pub(super) fn actions(toast: &Toast) -> Vec<String> {
    let mut actions = vec![DEFAULT.to_owned(), "Open".to_owned()];
    for (number, button) in toast.buttons.iter().enumerate() {
        actions.extend([number.to_string(), button.label.clone()]);
    }
    actions
}

/// What the action with this key does.
pub(super) fn action(toast: &Toast, key: &str) -> Option<Action> {
    if key == DEFAULT {
        return Some(toast.default.clone());
    }
    let number: usize = key.parse().ok()?;
    toast
        .buttons
        .get(number)
        .map(|button| button.action.clone())
}

const DEFAULT: &str = "default";

#[cfg(test)]
mod tests {
    use doorbell_notifier::{Mark, ToastButton, ToastKey};

    use super::*;

    fn toast() -> Toast {
        let button = |label: &str, action| ToastButton {
            label: label.to_owned(),
            action,
        };
        Toast {
            key: ToastKey::Trouble,
            replaces: None,
            title: "3 new".to_owned(),
            body: String::new(),
            default: Action::OpenWindow,
            buttons: vec![
                button("Read all", Action::MarkAll { mark: Mark::Read }),
                button("Later", Action::Dismiss),
            ],
            items: Vec::new(),
        }
    }

    #[test]
    fn markup_in_a_body_is_shown_and_not_obeyed() {
        assert_eq!(
            escape("1 < 2 & <b>3</b> \"ü\""),
            "1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt; \"ü\""
        );
    }

    #[test]
    fn each_action_key_leads_back_to_its_action() {
        let toast = toast();
        assert_eq!(
            actions(&toast),
            ["default", "Open", "0", "Read all", "1", "Later"]
        );
        assert_eq!(action(&toast, "default"), Some(Action::OpenWindow));
        assert_eq!(
            action(&toast, "0"),
            Some(Action::MarkAll { mark: Mark::Read })
        );
        assert_eq!(action(&toast, "1"), Some(Action::Dismiss));
    }

    #[test]
    fn a_key_that_was_never_given_leads_nowhere() {
        for key in ["2", "-1", "", "Open", "99999999999999999999"] {
            assert_eq!(action(&toast(), key), None, "{key:?}");
        }
    }
}
