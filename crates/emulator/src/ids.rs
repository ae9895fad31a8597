//! Ids that depend on nothing but the seed and the time.

use fastrand::Rng;
use time::OffsetDateTime;

/// Source of message ids, UUIDs and request ids.
///
/// Each kind has a stream of its own: how often somebody asks does not change what the next message is called.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    messages: Rng,
    uuids: Rng,
    requests: Rng,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        let mut seeds = Rng::with_seed(seed);
        Self {
            messages: seeds.fork(),
            uuids: seeds.fork(),
            requests: seeds.fork(),
        }
    }

    /// Goes on where another source was; with requests it begins anew.
    pub(crate) fn at((messages, uuids): (u64, u64)) -> Self {
        Self {
            messages: Rng::with_seed(messages),
            uuids: Rng::with_seed(uuids),
            requests: Rng::with_seed(!messages ^ uuids),
        }
    }

    /// What the ids to come depend on.
    pub(crate) fn state(&self) -> (u64, u64) {
        (self.messages.get_seed(), self.uuids.get_seed())
    }

    /// A KSUID: 27 characters of base62 over 4 bytes of seconds and 16 bytes of chance.
    pub(crate) fn ksuid(&mut self, now: OffsetDateTime) -> String {
        let seconds = u32::try_from(now.unix_timestamp() - KSUID_EPOCH).unwrap_or(0);
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&seconds.to_be_bytes());
        self.messages.fill(&mut bytes[4..]);
        base62(bytes)
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let mut bytes = [0_u8; 16];
        self.uuids.fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }

    /// 20 letters and digits for `X-Request-ID`.
    pub(crate) fn request(&mut self) -> String {
        (0..20).map(|_| self.requests.alphanumeric()).collect()
    }
}

/// Big-endian bytes as 27 base62 digits; 62^27 is just over 2^160, so they always fit.
fn base62(mut bytes: [u8; 20]) -> String {
    let mut digits = [b'0'; 27];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0_u32;
        for byte in &mut bytes {
            let value = remainder << 8 | u32::from(*byte);
            *byte = (value / 62) as u8;
            remainder = value % 62;
        }
        *digit = ALPHABET[remainder as usize];
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// 2014-05-13, where KSUID counts from.
const KSUID_EPOCH: i64 = 1_400_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ksuid_has_27_characters_and_sorts_by_second() {
        let mut ids = Ids::new(1);
        let first = ids.ksuid(OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap());
        let second = ids.ksuid(OffsetDateTime::from_unix_timestamp(1_800_000_001).unwrap());
        assert_eq!(first.len(), 27);
        assert!(first < second, "{first} {second}");
    }

    #[test]
    fn the_largest_ksuid_is_the_documented_one() {
        assert_eq!(base62([0xff; 20]), "aWgEPTl1tmebfsQzFP4bxwgy80V");
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        assert_eq!(Ids::new(7).uuid(), Ids::new(7).uuid());
        assert_ne!(Ids::new(7).uuid(), Ids::new(8).uuid());
    }

    #[test]
    fn what_is_asked_in_between_changes_no_message_id() {
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        let (mut quiet, mut busy) = (Ids::new(1), Ids::new(1));
        busy.request();
        busy.uuid();
        assert_eq!(quiet.ksuid(now), busy.ksuid(now));
    }

    #[test]
    fn a_uuid_says_version_4() {
        let uuid = Ids::new(3).uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
    }
}
