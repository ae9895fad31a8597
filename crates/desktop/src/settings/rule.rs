use doorbell_notifier::{Rule, Tell};

use super::{
    reader::{Reader, Table, Unfit, Value, Wants},
    view::RuleSetting,
    words::{TELLS, word_of},
};

/// A `[[rule]]` table.
impl Table for RuleSetting {
    fn set(&mut self, key: &str, value: Value<'_, '_>, _: &mut Reader<'_>) -> Wants<()> {
        match key {
            "workflow" => self.workflow = Some(value.text()?.to_owned()),
            "category" => self.category = Some(value.text()?.to_owned()),
            "tell" => self.tell = word_of(&TELLS, &value.one_of(&TELLS)?),
            _ => return Err(Unfit::Unknown),
        }
        Ok(())
    }
}

impl Default for RuleSetting {
    fn default() -> Self {
        Self {
            workflow: None,
            category: None,
            tell: word_of(&TELLS, &Tell::default()),
        }
    }
}

impl RuleSetting {
    /// What it means to the app.
    pub(super) fn rule(&self) -> Rule {
        let tell = TELLS.iter().find(|(word, _)| *word == self.tell);
        Rule {
            workflow: self.workflow.clone(),
            category: self.category.clone(),
            tell: tell.map_or(Tell::default(), |(_, tell)| *tell),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn rules_are_read_in_their_order() {
        let text = "[[rule]]\nworkflow = \"digest\"\ncategory = \"social\"\ntell = \"ignore\"\n\
                    [[rule]]\ncategory = \"billing\"\ntell = \"badge\"\n[[rule]]\n";
        let (settings, complaints) = Settings::parse(text);
        assert_eq!(complaints, []);
        let rule = |workflow: Option<&str>, category: Option<&str>, tell| Rule {
            workflow: workflow.map(str::to_owned),
            category: category.map(str::to_owned),
            tell,
        };
        assert_eq!(
            settings.config().rules,
            [
                rule(Some("digest"), Some("social"), Tell::Ignore),
                rule(None, Some("billing"), Tell::Badge),
                rule(None, None, Tell::Toast),
            ]
        );
    }

    #[test]
    fn what_a_rule_cannot_say_is_named_with_its_line() {
        for (line, words) in [
            (
                "tell = \"shout\"",
                "tell must be \"toast\", \"badge\" or \"ignore\"",
            ),
            ("workflow = 7", "workflow must be text"),
            ("category = \"\"", "category must be text"),
            ("tenant = \"a\"", "\"tenant\" is no setting"),
        ] {
            let (settings, complaints) = Settings::parse(&format!("[[rule]]\n{line}\n"));
            assert_eq!(settings.rules, [RuleSetting::default()], "{line}");
            let [complaint] = &complaints[..] else {
                panic!("{line}: {complaints:?}");
            };
            assert_eq!(complaint.line, 2, "{line}");
            assert!(complaint.words.contains(words), "{line}: {complaint}");
        }
    }
}
