//! What stands for an address, and what does not.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use buzzer::net::{TcpListener, ToSocketAddrs, lookup_host};

use crate::run;

async fn all(host: impl ToSocketAddrs) -> Vec<SocketAddr> {
    lookup_host(host).await.unwrap().collect()
}

#[test]
fn addresses_in_all_their_shapes_are_known_without_a_lookup() {
    run(async {
        let v4: SocketAddr = "127.0.0.1:80".parse().unwrap();
        let v6: SocketAddr = "[::1]:80".parse().unwrap();
        assert_eq!(all(v4).await, [v4]);
        assert_eq!(all("127.0.0.1:80").await, [v4]);
        assert_eq!(all("127.0.0.1:80".to_owned()).await, [v4]);
        assert_eq!(all(("127.0.0.1", 80)).await, [v4]);
        assert_eq!(all(("127.0.0.1".to_owned(), 80)).await, [v4]);
        assert_eq!(all((Ipv4Addr::LOCALHOST, 80)).await, [v4]);
        assert_eq!(all(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80)).await, [v4]);
        assert_eq!(all("[::1]:80").await, [v6]);
        assert_eq!(all(("::1", 80)).await, [v6]);
        assert_eq!(all((IpAddr::from(Ipv6Addr::LOCALHOST), 80)).await, [v6]);
        assert_eq!(all((Ipv6Addr::LOCALHOST, 80)).await, [v6]);
        assert_eq!(
            all(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, 0, 0)).await,
            [v6]
        );
        assert_eq!(all(&[v4, v6][..]).await, [v4, v6]);
        assert_eq!(all(&&v4).await, [v4]);
    });
}

#[test]
fn a_name_is_looked_up_on_a_thread_while_the_loop_goes_on() {
    run(async {
        let ports = |found: Vec<SocketAddr>| {
            assert!(!found.is_empty());
            assert!(found.iter().all(|address| address.ip().is_loopback()));
            assert!(found.iter().all(|address| address.port() == 80));
        };
        ports(all("localhost:80").await);
        ports(all(("localhost", 80)).await);
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        assert!(listener.local_addr().unwrap().ip().is_loopback());
    });
}

#[test]
fn what_is_no_address_is_an_error_that_quotes_it() {
    run(async {
        for text in ["", "localhost", "localhost:", "localhost:http", "a:65536"] {
            let error = lookup_host(text).await.map(drop).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
            let said = error.to_string();
            assert!(said.contains(&format!("{text:?}")), "{said}");
        }
    });
}

#[test]
fn a_name_that_is_unknown_is_an_error_that_names_it() {
    run(async {
        // No resolver is asked for a name that can't be one.
        let error = lookup_host("not a host:80").await.map(drop).unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with("look up not a host: "), "{said}");
    });
}
