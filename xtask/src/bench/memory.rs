use std::fs;

use anyhow::{Context, Result};

/// What a process keeps in memory, in KiB, as Linux counts it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Everything resident, shared libraries in full.
    pub(crate) rss: u64,
    /// Resident, with what is shared divided among those who share it.
    pub(crate) pss: u64,
    /// Its own: heap and stacks.
    pub(crate) anonymous: u64,
}

impl Memory {
    pub(crate) fn of(process: u32) -> Result<Self> {
        let file = format!("/proc/{process}/smaps_rollup");
        let text = fs::read_to_string(&file).with_context(|| file.clone())?;
        Self::parse(&text).with_context(|| format!("{file} has another form"))
    }

    fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(Self {
            rss: field("Rss:")?,
            pss: field("Pss:")?,
            anonymous: field("Anonymous:")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_found_among_the_others() {
        let text = "00400000-7ffc [rollup]\nRss:   5200 kB\nPss:   3100 kB\nPss_Dirty: 90 kB\nAnonymous:  900 kB\n";
        let memory = Memory::parse(text).unwrap();
        assert_eq!(
            (memory.rss, memory.pss, memory.anonymous),
            (5200, 3100, 900)
        );
        assert!(Memory::parse("Rss: 1 kB").is_none());
    }
}
