//! What the real network stack makes of bad servers.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;
use weighbridge::base::Secret;
use weighbridge::host::{Http as _, HttpError, Request, ReqwestHttp};

fn get(url: &str) -> Request {
    Request {
        method: http::Method::GET,
        url: url.to_owned(),
        headers: vec![],
        credential: Secret::new("Bearer t").map(|secret| ("authorization".to_owned(), secret)),
        body: bytes::Bytes::new(),
    }
}

/// A server that reads one request and answers with these bytes, perhaps none, then closes.
fn serve(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _read = stream.read(&mut [0; 4096]);
        let _written = stream.write_all(answer);
    });
    format!("http://{address}/path?token=hush")
}

#[tokio::test]
async fn outcomes_are_told_apart() {
    let http = ReqwestHttp::new().with_read_timeout(Duration::from_millis(300));
    let closed_port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    assert!(matches!(http.send(get(&closed_port)).await, Err(HttpError::Connect { .. })));
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", b"nonsense\r\n\r\n"] {
        let outcome = http.send(get(&serve(answer))).await;
        assert!(matches!(&outcome, Err(HttpError::NoAnswer { .. })), "{outcome:?}");
        assert!(!outcome.unwrap_err().to_string().contains("hush"));
    }
    for url in ["not a url", "ftp://x/", "http://"] {
        let outcome = http.send(get(url)).await;
        assert!(matches!(outcome, Err(HttpError::Invalid { .. })), "{url}: {outcome:?}");
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let outcome = http.send(get(&format!("http://{}/", silent.local_addr().unwrap()))).await;
    assert!(
        matches!(&outcome, Err(HttpError::NoAnswer { reason, .. }) if reason.contains("silent")),
        "{outcome:?}"
    );

    let found = http
        .send(get(&serve(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nX-A: b\r\ncontent-length: 2\r\n\r\nok",
        )))
        .await
        .unwrap();
    assert_eq!((found.status, found.header("x-a"), found.body.as_ref()), (302, Some("b"), &b"ok"[..]));
}

#[tokio::test]
async fn a_body_without_end_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _read = stream.read(&mut [0; 4096]);
        let _head = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        let block = vec![b'x'; 1 << 20];
        while stream.write_all(&block).is_ok() {}
    });
    let outcome = ReqwestHttp::new().send(get(&format!("http://{address}/"))).await;
    assert!(
        matches!(&outcome, Err(HttpError::NoAnswer { reason, .. }) if reason.contains("33554432")),
        "{outcome:?}"
    );
}
