use std::fmt;
use std::ops::AddAssign;

/// How many tests passed and how many did not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub passed: u64,
    pub failed: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Who prints the report, and so how its summary reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reporter {
    /// `test result: ok. 8 passed; 0 failed; 0 ignored; …`, once a binary.
    Cargo,
    /// `Tests  1 failed | 34 passed (35)`, once.
    Vitest,
    /// `12 passed (3.4s)` and `1 failed`, a line each.
    Playwright,
}

impl Reporter {
    /// What this line adds to the count; most lines add nothing.
    pub(crate) fn read(self, line: &str) -> Count {
        let line = line.trim();
        let summary = match self {
            Self::Cargo => line.strip_prefix("test result: "),
            Self::Vitest => line
                .strip_prefix("Tests ")
                .filter(|rest| rest.starts_with(' ')),
            Self::Playwright => Some(line).filter(|line| is_playwright_summary(line)),
        };
        summary.map(numbers).unwrap_or_default()
    }
}

fn is_playwright_summary(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next().is_some_and(|word| word.parse::<u64>().is_ok())
        && matches!(words.next(), Some("passed" | "failed" | "flaky"))
        && words.next().is_none_or(|rest| rest.starts_with('('))
}

/// The numbers that stand before "passed" and "failed"; a flaky test has failed.
fn numbers(summary: &str) -> Count {
    let words: Vec<&str> = summary
        .split(|c: char| c.is_whitespace() || ";|,.".contains(c))
        .collect();
    let before = |name: &str| -> u64 {
        words
            .windows(2)
            .filter(|pair| pair[1] == name)
            .filter_map(|pair| pair[0].parse::<u64>().ok())
            .sum()
    };
    Count {
        passed: before("passed"),
        failed: before("failed") + before("flaky"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reporter: Reporter, line: &str, passed: u64, failed: u64) {
        assert_eq!(reporter.read(line), Count { passed, failed }, "{line}");
    }

    #[test]
    fn summaries_are_read_as_each_reporter_writes_them() {
        let cargo =
            "test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        check(Reporter::Cargo, cargo, 7, 2);
        check(Reporter::Vitest, "      Tests  35 passed (35)", 35, 0);
        check(
            Reporter::Vitest,
            "      Tests  1 failed | 34 passed (35)",
            34,
            1,
        );
        check(Reporter::Playwright, "  12 passed (3.4s)", 12, 0);
        check(Reporter::Playwright, "  1 failed", 0, 1);
        check(Reporter::Playwright, "  1 flaky", 0, 1);
    }

    #[test]
    fn other_lines_count_nothing() {
        check(
            Reporter::Cargo,
            "test a_refused_mark_is_dropped ... ok",
            0,
            0,
        );
        check(Reporter::Vitest, " Test Files  5 passed (5)", 0, 0);
        check(
            Reporter::Playwright,
            "  ✓  3 list.spec.ts:12:1 › 12 passed rows (1.2s)",
            0,
            0,
        );
    }
}
