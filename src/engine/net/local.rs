//! Whether an address is on this machine.

use std::net::IpAddr;

use reqwest::Url;

/// By its name alone: `localhost`, or an address of the loopback.
pub fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
