//! What an environment remembers: rows that are kept, and snapshots.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::clock::Clock;
use crate::emulator::Emulator;
use crate::idempotency::Idempotency;
use crate::ids::Ids;
use crate::messages::Messages;
use crate::pending::Pending;
use crate::recipients::Recipients;
use crate::schedules::Schedule;
use crate::table::{Keep, Table};

/// One entry that is kept outside of memory; without a value it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which table it belongs to.
    pub table: String,
    /// JSON.
    pub key: String,
    /// JSON.
    pub value: Option<String>,
}

/// Everything an environment remembers, at one moment. Workflows, faults and sockets are not part of it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    ids: Ids,
    clock: Clock,
    recipients: Recipients,
    messages: Messages,
    bulk_operations: Table<String, serde_json::Value>,
    idempotency: Idempotency,
    pending: Pending,
    schedules: Table<u64, Schedule>,
}

/// What was last kept of the values that are no tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Singles {
    ids: (u64, u64),
    clock: Clock,
}

impl Emulator {
    /// From now on `take_changes` tells of everything, what is there already first.
    pub fn track_changes(&mut self) {
        self.tables()
            .into_iter()
            .for_each(|(_, table)| table.track());
        self.kept = Some(None);
    }

    /// The rows that changed since the last call, when changes are tracked.
    pub fn take_changes(&mut self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (name, table) in self.tables() {
            let changes = table.take_changes().into_iter();
            rows.extend(changes.map(|(key, value)| Row {
                table: name.to_owned(),
                key,
                value,
            }));
        }
        let singles = Singles {
            ids: self.ids.state(),
            clock: self.clock,
        };
        if self.kept.is_some_and(|kept| kept != Some(singles)) {
            self.kept = Some(Some(singles));
            rows.extend(singles.rows());
        }
        rows
    }

    /// Becomes what the rows say: all that `take_changes` ever told of, as it was last. Changes are tracked.
    ///
    /// # Errors
    ///
    /// Which row is none of this version's.
    pub fn bring_back(&mut self, rows: &[Row]) -> Result<(), String> {
        self.restore(&Snapshot::empty(self.config.seed));
        for Row { table, key, value } in rows {
            let Some(value) = value else {
                continue;
            };
            let wrong = || format!("the row {key} of {table} is not of this version");
            if table == SINGLES {
                self.bring_back_single(key, value).ok_or_else(wrong)?;
                continue;
            }
            let found = self.tables().into_iter().find(|(name, _)| name == table);
            let (_, table) = found.ok_or_else(wrong)?;
            table.put(key, value).map_err(|_| wrong())?;
        }
        self.track_changes();
        self.take_changes();
        Ok(())
    }

    fn bring_back_single(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            IDS => self.ids = Ids::at(serde_json::from_str(value).ok()?),
            CLOCK => {
                let held: Option<OffsetDateTime> = serde_json::from_str(value).ok()?;
                self.clock = held.map_or(Clock::Running, Clock::Held);
            }
            _ => return None,
        }
        Some(())
    }

    /// What it remembers now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            ids: self.ids.clone(),
            clock: self.clock,
            recipients: self.recipients.clone(),
            messages: self.messages.clone(),
            bulk_operations: self.bulk_operations.clone(),
            idempotency: self.idempotency.clone(),
            pending: self.pending.clone(),
            schedules: self.schedules.clone(),
        }
    }

    /// Remembers what it did then, and nothing since; the clock goes back too.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        let then = snapshot.clone();
        self.ids = then.ids;
        self.clock = then.clock;
        self.recipients.become_as(then.recipients);
        self.messages.become_as(then.messages);
        self.bulk_operations.become_as(then.bulk_operations);
        self.idempotency.0.become_as(then.idempotency.0);
        self.pending.waiting.become_as(then.pending.waiting);
        self.pending.passed.become_as(then.pending.passed);
        self.schedules.become_as(then.schedules);
    }

    fn tables(&mut self) -> Vec<(&'static str, &mut dyn Keep)> {
        vec![
            ("recipients", &mut self.recipients.known),
            ("preferences", &mut self.recipients.preferences.0),
            ("channel_data", &mut self.recipients.channel_data),
            ("subscriptions", &mut self.recipients.subscriptions),
            ("messages", &mut self.messages),
            ("bulk_operations", &mut self.bulk_operations),
            ("idempotency", &mut self.idempotency.0),
            ("waiting", &mut self.pending.waiting),
            ("passed", &mut self.pending.passed),
            ("schedules", &mut self.schedules),
        ]
    }
}

impl Snapshot {
    fn empty(seed: u64) -> Self {
        Self {
            ids: Ids::new(seed),
            clock: Clock::Running,
            recipients: Recipients::default(),
            messages: Messages::default(),
            bulk_operations: Table::default(),
            idempotency: Idempotency::default(),
            pending: Pending::default(),
            schedules: Table::default(),
        }
    }
}

impl Singles {
    fn rows(self) -> [Row; 2] {
        let held = match self.clock {
            Clock::Running => None,
            Clock::Held(at) => Some(at),
        };
        let held = serde_json::to_string(&held).expect("a time is numbers");
        let row = |key: &str, value| Row {
            table: SINGLES.to_owned(),
            key: key.to_owned(),
            value: Some(value),
        };
        [
            row(IDS, format!("[{},{}]", self.ids.0, self.ids.1)),
            row(CLOCK, held),
        ]
    }
}

/// Snapshots by name.
pub(crate) type Snapshots = BTreeMap<String, Snapshot>;

const SINGLES: &str = "singles";
const IDS: &str = "ids";
const CLOCK: &str = "clock";
