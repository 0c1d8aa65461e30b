//! A web page must not be able to drive the seed listeners: what its browser would send.

const METHODS: [&str; 9] =
    ["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"];

/// Whether a line begins an HTTP request, or is the header that every request holds.
pub(crate) fn is_http(line: &str) -> bool {
    // Whatever else is said begins with another letter, mostly.
    if !matches!(line.as_bytes(), [b'G' | b'P' | b'H' | b'D' | b'O' | b'T' | b'C' | b'h', ..]) {
        return false;
    }
    let method = line.split(' ').next().unwrap_or_default();
    let request = METHODS.contains(&method) && line.contains(" HTTP/");
    request || line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("host:"))
}

#[cfg(test)]
mod tests {
    use super::is_http;

    #[test]
    fn requests_and_host_headers_are_seen() {
        for line in ["GET / HTTP/1.1", "POST /x?y HTTP/1.0", "Host: localhost", "HOST:x"] {
            assert!(is_http(line), "{line}");
        }
        for line in ["GET", "GET ready", "hosts: two", "¿Ho", "LISTAR", "get / http/1.1"] {
            assert!(!is_http(line), "{line}");
        }
    }
}
