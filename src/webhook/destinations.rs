//! Where calls may go: addresses of the open internet, and those that whoever runs the service has allowed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;
use ipnet::IpNet;

/// Ports that calls go to, unless the address is allowed by hand.
const PORTS: [u16; 2] = [443, 8443];
/// Characters of a URL at most.
const LONGEST: usize = 2_000;

/// A stretch of addresses from a text: `10.0.0.0/8`, `fd00::/8`, or a single address.
pub fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Where calls may go.
#[derive(Debug, Clone, Default)]
pub struct Destinations {
    allowed: Vec<IpNet>,
}

impl Destinations {
    /// The open internet, and these.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Whether somebody may have a call go there: https, the usual ports, a host by name or by an address that is open to
    /// all. Addresses that are allowed by hand may be called over http and on any port.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self, url: &str) -> Result<Uri, &'static str> {
        if url.len() > LONGEST || url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err("must be a plain URL of at most 2,000 characters");
        }
        let uri: Uri = url.parse().map_err(|_| "must be a URL")?;
        let authority = uri.authority().ok_or("must be a URL with a host")?;
        if authority.as_str().contains('@') || url.contains('#') {
            return Err("must have neither user nor fragment");
        }
        let host = authority.host();
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        if literal.is_some_and(|address| self.allowed_by_hand(address)) {
            let plain = matches!(uri.scheme_str(), Some("http" | "https"));
            return if plain { Ok(uri) } else { Err("must be https") };
        }
        if uri.scheme_str() != Some("https") {
            return Err("must be https");
        }
        if !PORTS.contains(&port(&uri)) {
            return Err("must be on port 443 or 8443");
        }
        match literal {
            Some(address) if !open(address) => Err("must not be an address of an inner network"),
            None if !is_name(host) => Err("must have a host by its full name"),
            _ => Ok(uri),
        }
    }

    /// Whether a call may be connected to this address now, whatever name led to it.
    pub fn admits(&self, address: IpAddr, uri: &Uri) -> bool {
        let plain = uri.scheme_str() == Some("https") && PORTS.contains(&port(uri));
        self.allowed_by_hand(address) || (plain && open(address))
    }

    fn allowed_by_hand(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|network| network.contains(&address))
    }
}

/// The port of a URL.
pub(super) fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 })
}

/// A full name: no number in another spelling, no name that only an inner network knows.
fn is_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_lowercase();
    let Some((_, last)) = host.rsplit_once('.') else { return false };
    let letters = last.chars().any(|c| c.is_ascii_alphabetic()) && !last.starts_with("0x");
    let inner = ["local", "localhost", "internal", "localdomain", "home", "lan", "corp", "arpa"].contains(&last);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    letters && !inner && host.chars().all(plain)
}

/// Whether an address is one of the open internet.
fn open(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => open_v4(address),
        IpAddr::V6(address) => open_v6(address),
    }
}

fn open_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let closed = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !closed
}

fn open_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3; in it 2001::/23 serves protocols, and 2002::/16 and the like carry addresses of version 4.
    let global = first & 0xe000 == 0x2000;
    let protocol = first == 0x2001 && second < 0x0200;
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    global && !protocol && !documentation && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    // T-30: what is no address of the open internet, in every spelling, is refused.
    #[test]
    fn inner_addresses_are_refused_in_every_spelling() {
        let none = Destinations::default();
        for url in [
            "https://hooks.example.com/x?y=1",
            "https://hooks.example.com:8443/",
            "https://93.184.216.34/",
            "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        ] {
            assert!(none.check(url).is_ok(), "{url}");
        }
        for url in [
            "http://hooks.example.com/",
            "ftp://hooks.example.com/",
            "https://hooks.example.com:22/",
            "https://user@hooks.example.com/",
            "https://user:pass@hooks.example.com/",
            "https://hooks.example.com/#x",
            "https://hooks.example.com/a b",
            "https://hooks.example.com\\@127.0.0.1/",
            "hooks.example.com",
            "/hooks",
            "",
            "https://",
            "https://localhost/",
            "https://metadata/",
            "https://metadata.google.internal/",
            "https://printer.local/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://a.0x7f/",
            "https://0.0.0.0/",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://100.64.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://192.0.0.8/",
            "https://192.0.2.1/",
            "https://192.88.99.1/",
            "https://198.18.0.1/",
            "https://198.51.100.1/",
            "https://203.0.113.1/",
            "https://224.0.0.1/",
            "https://240.0.0.1/",
            "https://255.255.255.255/",
            "https://[::]/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[64:ff9b:1::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[2001::1]/",
            "https://[2001:db8::1]/",
            "https://[3fff::1]/",
            "https://[fc00::1]/",
            "https://[fd12:3456::1]/",
            "https://[fe80::1]/",
            "https://[fec0::1]/",
            "https://[ff02::1]/",
            "https://[100::1]/",
            "unix:/run/x.sock",
            "https://unix.sock%2Fx/",
        ] {
            assert!(none.check(url).is_err(), "{url}");
        }
    }

    // T-30: whoever runs the service lets calls into an inner network, by address and for that address alone.
    #[test]
    fn an_inner_network_is_allowed_by_hand() {
        let some = Destinations::new(["10.0.0.0/8", "127.0.0.1", "fd00::/8"].into_iter().filter_map(network).collect());
        for url in ["http://10.9.8.7:8080/x", "http://127.0.0.1:1/", "https://[fd00::5]/", "https://[::ffff:10.0.0.1]/"]
        {
            let uri = some.check(url).unwrap_or_else(|why| panic!("{url}: {why}"));
            let address = uri.host().expect("a host").trim_matches(['[', ']']).parse().expect("an address");
            assert!(some.admits(address, &uri), "{url}");
        }
        for url in ["http://11.0.0.1/", "http://127.0.0.2/", "https://192.168.0.1/", "http://hooks.example.com/"] {
            assert!(some.check(url).is_err(), "{url}");
        }
        // A name is judged by where it leads.
        let uri = some.check("https://hooks.example.com/").expect("a name");
        let at = |text: &str| some.admits(text.parse().expect("an address"), &uri);
        assert!(at("93.184.216.34") && at("10.0.0.1") && !at("127.0.0.2") && !at("::1") && !at("169.254.169.254"));
        for bad in ["", "10.0.0.0/33", "x/8", "fd00::/129", "10.0.0.0/-1"] {
            assert_eq!(network(bad), None, "{bad}");
        }
        let all = network("0.0.0.0/0").expect("all of them");
        assert!(all.contains(&"1.2.3.4".parse::<IpAddr>().expect("an address")));
    }
}
