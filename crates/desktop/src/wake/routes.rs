//! The kernel's news of routes (rtnetlink), for systems without NetworkManager.

use std::io;

use rustix::{
    io::Errno,
    net::{AddressFamily, SocketFlags, SocketType, bind, netlink::SocketAddrNetlink, socket_with},
};
use tokio::{net::UnixDatagram, sync::mpsc};

/// Says each time a route to everywhere is new, until nobody wants to know.
pub(super) async fn listen(connected: mpsc::UnboundedSender<()>) -> io::Result<()> {
    let socket = subscribed()?;
    let mut bytes = vec![0; BUFFER_BYTES];
    loop {
        let is_news = match socket.recv(&mut bytes).await {
            Ok(count) => leads_everywhere(&bytes[..count]),
            // More came than was kept for us; a route may have been among it.
            Err(error) if error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) => true,
            Err(error) => return Err(error),
        };
        if is_news && connected.send(()).is_err() {
            return Ok(());
        }
    }
}

/// A socket to the kernel that hears of IPv4 and IPv6 routes.
fn subscribed() -> io::Result<UnixDatagram> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        flags,
        None, // NETLINK_ROUTE
    )?;
    bind(&socket, &SocketAddrNetlink::new(0, GROUPS))?;
    // Of another family, but datagrams are received from it in the same way.
    UnixDatagram::from_std(std::os::unix::net::UnixDatagram::from(socket))
}

/// Whether one of these messages tells of a new route to all addresses, or to half of them as VPNs have it.
///
/// Each begins with a `nlmsghdr` (length, type, flags, sequence, port) and goes on with a `rtmsg` (family, length of
/// the destination's prefix, …), both of linux/rtnetlink.h, in the byte order of this computer.
fn leads_everywhere(mut messages: &[u8]) -> bool {
    while let Some((head, kind)) = messages.get(..4).zip(messages.get(4..6)) {
        let length = u32::from_ne_bytes(head.try_into().unwrap_or_default()) as usize;
        let kind = u16::from_ne_bytes(kind.try_into().unwrap_or_default());
        let Some(body) = messages.get(HEADER_BYTES..length) else {
            return false;
        };
        if kind == NEW_ROUTE && body.get(1).is_some_and(|&prefix| prefix <= 1) {
            return true;
        }
        messages = messages
            .get(length.next_multiple_of(4)..)
            .unwrap_or_default();
    }
    false
}

/// `RTMGRP_IPV4_ROUTE` and `RTMGRP_IPV6_ROUTE`.
const GROUPS: u32 = 0x40 | 0x400;
/// `RTM_NEWROUTE`.
const NEW_ROUTE: u16 = 24;
const HEADER_BYTES: usize = 16;
/// The kernel cuts its messages to a page, or to 8 KiB.
const BUFFER_BYTES: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    /// A message of this type about a route with this prefix.
    fn message(kind: u16, prefix: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let body = [2, prefix, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0];
        let length = (HEADER_BYTES + body.len()) as u32;
        bytes.extend(length.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(body);
        bytes
    }

    #[test]
    fn only_a_new_route_to_everywhere_is_news() {
        for (messages, news) in [
            (message(NEW_ROUTE, 0), true),
            (message(NEW_ROUTE, 1), true),
            (message(NEW_ROUTE, 24), false),
            // A route that is gone.
            (message(25, 0), false),
            (
                [message(NEW_ROUTE, 24), message(NEW_ROUTE, 0)].concat(),
                true,
            ),
            ([message(25, 0), message(NEW_ROUTE, 32)].concat(), false),
        ] {
            assert_eq!(leads_everywhere(&messages), news, "{messages:?}");
        }
    }

    #[test]
    fn what_is_cut_short_or_lies_about_its_length_is_no_news_and_ends() {
        let whole = message(NEW_ROUTE, 0);
        for end in 0..whole.len() {
            assert!(!leads_everywhere(&whole[..end]), "{end}");
        }
        for length in [0_u32, 1, 15, 16, 17, 4096, u32::MAX] {
            let mut lying = message(25, 0);
            lying[..4].copy_from_slice(&length.to_ne_bytes());
            lying.extend(message(25, 0));
            assert!(!leads_everywhere(&lying), "{length}");
        }
    }
}
