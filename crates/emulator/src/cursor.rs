//! Cursors: opaque to clients, the id of an item inside an Erlang term for us.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

/// The cursor of an item: URL-safe base64 of the external term `%{id: id}`.
pub(crate) fn encode(id: &str) -> String {
    let mut term = HEAD.to_vec();
    term.extend((id.len() as u32).to_be_bytes());
    term.extend(id.as_bytes());
    URL_SAFE.encode(term)
}

/// The id inside a cursor; `None` for anything that `encode` did not make.
pub(crate) fn decode(cursor: &str) -> Option<String> {
    let term = URL_SAFE.decode(cursor).ok()?;
    let (length, id) = term.strip_prefix(HEAD)?.split_first_chunk()?;
    if u32::from_be_bytes(*length) as usize != id.len() {
        return None;
    }
    String::from_utf8(id.to_vec()).ok()
}

/// Version 131, a map of one pair, the atom `id`, the tag of a binary.
const HEAD: &[u8] = b"\x83t\0\0\0\x01d\0\x02idm";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_looks_like_knocks_and_reads_back() {
        let cursor = encode("3Fq0aBcDeFgHiJkLmNoPqRsTuVw");
        assert_eq!(
            cursor,
            "g3QAAAABZAACaWRtAAAAGzNGcTBhQmNEZUZnSGlKa0xtTm9QcVJzVHVWdw=="
        );
        assert_eq!(
            decode(&cursor).as_deref(),
            Some("3Fq0aBcDeFgHiJkLmNoPqRsTuVw")
        );
    }

    #[test]
    fn garbage_is_no_cursor() {
        for garbage in ["", "x", "g3QAAAAB", "g3QAAAABZAACaWRtAAAAGzNG", "%%%"] {
            assert_eq!(decode(garbage), None, "{garbage}");
        }
    }
}
