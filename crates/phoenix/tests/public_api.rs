//! The public API is what `public-api.txt` says, so that nobody changes it unawares.

mod listing;

#[test]
fn the_public_api_is_the_one_checked_in() {
    listing::check(env!("CARGO_MANIFEST_DIR"), "doorbell_phoenix");
}

#[test]
fn a_listing_shows_what_others_see_and_nothing_else() {
    let source = r#"
        //! Docs.
        pub use other::Thing;
        use std::fmt;
        /// Docs.
        #[derive(Debug)]
        #[allow(dead_code)]
        pub struct Shown { pub a: u8, b: Hidden }
        pub struct Wrapper(pub u8, Hidden);
        struct Hidden;
        pub(crate) fn inside() {}
        pub fn outside(mut x: u8) -> u8 { x += 1; x }
        impl Shown {
            pub fn seen(&self) { self.unseen() }
            fn unseen(&self) {}
        }
        impl Hidden { pub fn never() {} }
        impl fmt::Display for Shown { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { Ok(()) } }
        impl From<Hidden> for Shown { fn from(_: Hidden) -> Self { todo!() } }
        pub const LIMIT: usize = 7;
        #[cfg(test)]
        mod tests {}
    "#;
    let items = syn::parse_file(source).expect("it is Rust").items;
    let listing = listing::lay_out([("a_crate".to_owned(), items)].into());
    let expected = "// a_crate

#[derive(Debug)]
pub struct Shown {
    pub a: u8,
}
impl Shown {
    pub fn seen(&self) {}
}
impl fmt::Display for Shown {}
pub const LIMIT: usize = 7;
pub fn outside(x: u8) -> u8 {}
pub struct Wrapper(pub u8, _);
pub use other::Thing;

";
    assert_eq!(listing, expected);
}
