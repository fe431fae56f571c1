//! Who may open a connection (L-06).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::limits::EdgeLimits;

/// Counts open connections, in all and per address.
#[derive(Debug)]
pub struct Admission {
    most: usize,
    most_per_address: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    per_address: HashMap<IpAddr, usize>,
}

impl Admission {
    /// Nobody is here yet.
    pub fn new(limits: &EdgeLimits) -> Arc<Self> {
        Arc::new(Self {
            most: limits.connections,
            most_per_address: limits.connections_per_address,
            open: Mutex::default(),
        })
    }

    /// A place for a connection from `address`, until it is dropped.
    ///
    /// # Errors
    /// The name of the limit that is reached.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Place, &'static str> {
        let address = counted_as(address);
        let mut open = self.open();
        if open.all >= self.most {
            return Err("connections");
        }
        if self.most_per_address > 0 {
            let here = open.per_address.entry(address).or_default();
            if *here >= self.most_per_address {
                return Err("connections_per_address");
            }
            *here += 1;
        }
        open.all += 1;
        Ok(Place { admission: Arc::clone(self), address })
    }

    #[cfg(test)]
    fn open_connections(&self) -> usize {
        self.open().all
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, address: IpAddr) {
        let mut open = self.open();
        open.all -= 1;
        if let Some(here) = open.per_address.get_mut(&address) {
            *here -= 1;
            if *here == 0 {
                open.per_address.remove(&address);
            }
        }
    }
}

/// One customer of IPv6 usually has a network of 64 bits: counting single addresses would count nothing.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The place of one open connection.
#[derive(Debug)]
pub struct Place {
    admission: Arc<Admission>,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.admission.leave(self.address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(connections: usize, connections_per_address: usize) -> Arc<Admission> {
        Admission::new(&EdgeLimits { connections, connections_per_address, ..EdgeLimits::default() })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn the_last_place_is_given_once_and_again_after_it_is_free() {
        let admission = admission(2, 0);
        let first = admission.admit(ip("10.0.0.1")).expect("free");
        let _second = admission.admit(ip("10.0.0.1")).expect("free");
        assert_eq!(admission.admit(ip("10.0.0.2")).err(), Some("connections"));
        drop(first);
        assert!(admission.admit(ip("10.0.0.2")).is_ok());
        assert_eq!(admission.open_connections(), 1);
    }

    #[test]
    fn one_address_cannot_take_all_places() {
        let admission = admission(10, 1);
        let first = admission.admit(ip("10.0.0.1")).expect("free");
        assert_eq!(admission.admit(ip("::ffff:10.0.0.1")).err(), Some("connections_per_address"));
        let _other = admission.admit(ip("10.0.0.2")).expect("free");
        drop(first);
        assert!(admission.admit(ip("10.0.0.1")).is_ok());
        let _network = admission.admit(ip("2001:db8:0:1::1")).expect("free");
        assert_eq!(admission.admit(ip("2001:db8:0:1:ffff::2")).err(), Some("connections_per_address"));
        assert!(admission.admit(ip("2001:db8:0:2::1")).is_ok());
        assert_eq!(admission.open().per_address.len(), 2);
    }
}
