use doorbell_knock::UserId;
use doorbell_notifier::{BadTokenSource, TokenSource};

use super::reader::{Reader, Table, Unfit, Value, Wants, must};

/// An `[[account]]` table: where an account's user tokens come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountSettings {
    /// Whose tokens they are; everybody's when none.
    pub user_id: Option<UserId>,
    pub token_source: Option<TokenSource>,
    /// Schemes beside http and https that links of its items may have, in small letters.
    pub schemes: Vec<String>,
}

impl Table for AccountSettings {
    fn set(&mut self, key: &str, value: Value<'_, '_>, _: &mut Reader<'_>) -> Wants<()> {
        match key {
            "user_id" => {
                let user = UserId::parse(value.text()?);
                self.user_id = Some(user.map_err(|_| must("the id of a user"))?);
            }
            "token_command" => {
                let command = words(value).ok_or_else(|| must(COMMAND))?;
                let source = TokenSource::command(command).map_err(|_| must(COMMAND))?;
                self.set_source(source)?;
            }
            "token_url" => {
                let source = TokenSource::url(value.text()?).map_err(|error| match error {
                    BadTokenSource::Url(_)
                    | BadTokenSource::NoProgram
                    | BadTokenSource::ZeroByte => must(ADDRESS),
                })?;
                self.set_source(source)?;
            }
            "schemes" => {
                let schemes = value.texts().map_err(|_| must(SCHEMES))?;
                let schemes: Option<Vec<String>> =
                    schemes.iter().map(|scheme| scheme_of(scheme)).collect();
                self.schemes = schemes.ok_or_else(|| must(SCHEMES))?;
            }
            _ => return Err(Unfit::Unknown),
        }
        Ok(())
    }
}

/// The scheme in small letters, if links of strangers may have it.
///
/// Some schemes are never let through: what they lead to is no place but a program, or a file of this computer.
fn scheme_of(text: &str) -> Option<String> {
    let scheme = text.to_ascii_lowercase();
    let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let is_scheme =
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(letters);
    (is_scheme && !NEVER.contains(&&*scheme)).then_some(scheme)
}

impl AccountSettings {
    fn set_source(&mut self, source: TokenSource) -> Wants<()> {
        if self.token_source.is_some() {
            return Err(must(
                "left out: the account has another source of tokens already",
            ));
        }
        self.token_source = Some(source);
        Ok(())
    }
}

/// A list of words as they are, or one text that is split as a shell would, without anything else that a shell does.
fn words(value: Value<'_, '_>) -> Option<Vec<String>> {
    match value.texts() {
        Ok(words) => Some(words),
        Err(_) => shlex::split(value.text().ok()?),
    }
}

const COMMAND: &str =
    "a program with its arguments, such as [\"knock-token\", \"--user\", \"jane\"]";
const SCHEMES: &str = "a list of schemes without what follows them, such as [\"slack\"]; file, data and javascript are never opened";
const NEVER: [&str; 7] = [
    "about",
    "blob",
    "data",
    "file",
    "javascript",
    "vbscript",
    "view-source",
];
const ADDRESS: &str =
    "an https address without user name and password, or one on this computer with http";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[track_caller]
    fn source(line: &str, expected: &TokenSource) {
        let (settings, complaints) = Settings::parse(&format!("[[account]]\n{line}\n"));
        assert_eq!(complaints, [], "{line}");
        let source = settings.accounts[0].token_source.as_ref();
        assert!(source == Some(expected), "{line}: {source:?}");
    }

    #[test]
    fn each_account_may_have_a_source_of_tokens() {
        let text = r#"
[[account]]
user_id = "ada"
token_command = ["mint", "--for", "ada"]

[[account]]
token_url = "https://app.test/token"
"#;
        let (settings, complaints) = Settings::parse(text);
        assert_eq!(complaints, []);
        let command = ["mint", "--for", "ada"].map(str::to_owned);
        let expected = [
            (
                Some(UserId::parse("ada").unwrap()),
                TokenSource::command(command.into()).unwrap(),
            ),
            (None, TokenSource::url("https://app.test/token").unwrap()),
        ];
        assert!(settings.config().tokens == expected);
    }

    #[test]
    fn a_command_may_be_one_text_that_no_shell_reads() {
        let command = |words: &[&str]| {
            let words = words.iter().map(|word| (*word).to_owned());
            TokenSource::command(words.collect()).unwrap()
        };
        source("token_command = \"mint\"", &command(&["mint"]));
        source(
            r#"token_command = 'mint "a b" $HOME | cat'"#,
            &command(&["mint", "a b", "$HOME", "|", "cat"]),
        );
        source(
            r#"token_command = ["C:\\mint.exe", "a b"]"#,
            &command(&["C:\\mint.exe", "a b"]),
        );
    }

    #[test]
    fn what_is_no_source_is_named_with_its_line_and_not_repeated() {
        for (line, words) in [
            ("token_command = []", "token_command must be a program"),
            ("token_command = [\"\"]", "token_command must be a program"),
            ("token_command = 7", "token_command must be a program"),
            (
                "token_command = \"a 'b\"",
                "token_command must be a program",
            ),
            (
                "token_url = \"http://secret.test\"",
                "must be an https address",
            ),
            ("token_url = \"secret\"", "must be an https address"),
            ("token_url = [\"a\"]", "token_url must be text"),
            ("user_id = \"..\"", "user_id must be the id of a user"),
            ("token = \"secret\"", "\"token\" is no setting"),
        ] {
            let (settings, complaints) = Settings::parse(&format!("[[account]]\n{line}\n"));
            assert_eq!(settings.config().tokens.len(), 0);
            let [complaint] = &complaints[..] else {
                panic!("{line}: {complaints:?}");
            };
            assert_eq!(complaint.line, 2, "{line}");
            assert!(complaint.words.contains(words), "{line}: {complaint}");
            assert!(!complaint.words.contains("secret"), "{line}: {complaint}");
        }
    }

    #[test]
    fn schemes_that_lead_into_this_computer_are_never_let_through() {
        let (settings, complaints) = Settings::parse(
            "[[account]]\nuser_id = \"ada\"\nschemes = [\"Slack\", \"x-note+1\"]\n",
        );
        assert_eq!(complaints, []);
        let ada = || Some(UserId::parse("ada").unwrap());
        let expected = ["slack", "x-note+1"].map(|scheme| (ada(), scheme.to_owned()));
        assert_eq!(settings.config().schemes, expected);
        for list in [
            "\"slack\"",
            "[1]",
            "[\"slack\", \"JavaScript\"]",
            "[\"file\"]",
            "[\"slack:\"]",
            "[\"\"]",
            "[\"1a\"]",
        ] {
            let (settings, complaints) =
                Settings::parse(&format!("[[account]]\nschemes = {list}\n"));
            assert_eq!(settings.config().schemes, [], "{list}");
            assert!(
                complaints[0]
                    .words
                    .contains("schemes must be a list of schemes"),
                "{list}: {complaints:?}"
            );
        }
    }

    #[test]
    fn of_two_sources_of_one_account_the_first_counts() {
        let text = "[[account]]\ntoken_url = \"https://a.test\"\ntoken_command = \"mint\"\n";
        let (settings, complaints) = Settings::parse(text);
        assert_eq!(settings.config().tokens.len(), 1);
        assert!(
            complaints[0].words.contains("another source"),
            "{complaints:?}"
        );
    }
}
