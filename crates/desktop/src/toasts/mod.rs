//! Native notifications.

#[cfg(target_os = "linux")]
mod linux;
mod wording;

#[cfg(target_os = "linux")]
pub use linux::Toasts;
