//! The sentences that people read, in their language, from the catalogues under `words/`.

use std::{fmt, sync::Arc};

use fluent_bundle::{
    FluentArgs, FluentError, FluentResource, FluentValue, concurrent::FluentBundle,
};
use unic_langid::{LanguageIdentifier, langid};

/// In which language Doorbell speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// The language of a locale such as `de_AT.UTF-8`; English where there is no other for it.
    pub fn of_locale(locale: &str) -> Language {
        let language = locale.split(['-', '_', '.', '@']).next();
        match language.unwrap_or_default().to_lowercase().as_str() {
            "de" => Language::German,
            _ => Language::English,
        }
    }

    fn id(self) -> LanguageIdentifier {
        match self {
            Language::English => langid!("en"),
            Language::German => langid!("de"),
        }
    }

    fn catalogue(self) -> &'static str {
        match self {
            Language::English => include_str!("../words/en/app.ftl"),
            Language::German => include_str!("../words/de/app.ftl"),
        }
    }
}

/// All sentences of one language. It is cheap to clone.
#[derive(Clone)]
pub(crate) struct Words(Arc<FluentBundle<FluentResource>>);

impl Words {
    pub(crate) fn of(language: Language) -> Words {
        let mut bundle = FluentBundle::new_concurrent(vec![language.id()]);
        // Marks around what is filled in would be for texts that change direction, which neither language does.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(language.catalogue().to_owned());
        let resource = resource.unwrap_or_else(|(usable, _)| usable);
        bundle.add_resource_overriding(resource);
        Words(Arc::new(bundle))
    }

    /// The sentence of this name.
    pub(crate) fn say(&self, name: &str) -> String {
        self.with(name, [])
    }

    /// The sentence of this name with these values in it.
    pub(crate) fn with<const N: usize>(
        &self,
        name: &str,
        values: [(&'static str, FluentValue<'_>); N],
    ) -> String {
        let args: FluentArgs<'_> = values.into_iter().collect();
        let pattern = self.0.get_message(name).and_then(|message| message.value());
        let mut errors: Vec<FluentError> = Vec::new();
        match pattern {
            Some(pattern) => {
                let text = self.0.format_pattern(pattern, Some(&args), &mut errors);
                text.into_owned()
            }
            // Tests keep every name in every catalogue.
            None => name.to_owned(),
        }
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({:?})", self.0.locales)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn both_catalogues_have_the_same_sentences_and_each_is_said_somewhere() {
        let names = |language: Language| {
            let resource = FluentResource::try_new(language.catalogue().to_owned());
            assert!(resource.is_ok(), "{language:?}");
            let lines = language.catalogue().lines();
            let names = lines.filter_map(|line| Some(line.split_once(" = ")?.0.to_owned()));
            names.collect::<BTreeSet<String>>()
        };
        let names_in_english = names(Language::English);
        assert_eq!(names_in_english, names(Language::German));
        let mut source = String::new();
        read(
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
            &mut source,
        );
        for name in &names_in_english {
            assert!(
                source.contains(&format!("\"{name}\"")),
                "{name} is never said"
            );
        }
    }

    #[test]
    fn what_is_filled_in_is_the_same_in_both_catalogues() {
        let blanks = |language: Language| {
            let text = language.catalogue();
            let mut blanks: Vec<BTreeSet<&str>> = Vec::new();
            for line in text.lines() {
                if line.contains(" = ") {
                    blanks.push(BTreeSet::new());
                }
                let Some(last) = blanks.last_mut() else {
                    continue;
                };
                last.extend(line.split('{').skip(1).filter_map(|rest| {
                    let name = rest.trim_start().strip_prefix('$')?;
                    name.split([' ', '}']).next()
                }));
            }
            blanks
        };
        assert_eq!(blanks(Language::English), blanks(Language::German));
    }

    #[test]
    fn a_number_decides_the_form() {
        let words = |language| {
            let words = Words::of(language);
            [1, 3].map(|count| words.with("undo-archived", [("count", count.into())]))
        };
        assert_eq!(words(Language::English), ["Archived", "Archived 3 items"]);
        assert_eq!(
            words(Language::German),
            ["Archiviert", "3 Einträge archiviert"]
        );
    }

    #[test]
    fn a_locale_has_a_language() {
        for (locale, language) in [
            ("de_AT.UTF-8", Language::German),
            ("de", Language::German),
            ("DE-de", Language::German),
            ("en_GB", Language::English),
            ("C", Language::English),
            ("den", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    fn read(directory: &Path, source: &mut String) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, source);
            } else if path.file_name().is_some_and(|name| name != "words.rs") {
                source.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
}
