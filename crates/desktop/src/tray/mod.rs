//! The icon in the tray, its tooltip and its menu.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::{Look, Tray};
