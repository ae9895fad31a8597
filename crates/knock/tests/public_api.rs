//! The public API is what `public-api.txt` says, so that nobody changes it unawares.

#[path = "../../phoenix/tests/listing/mod.rs"]
mod listing;

#[test]
fn the_public_api_is_the_one_checked_in() {
    listing::check(env!("CARGO_MANIFEST_DIR"), "doorbell_knock");
}
