//! What is found, what is left alone, and that nothing of it is shown.

use super::*;
use crate::base::RepoPath;
use proptest::prelude::*;

/// Digits and letters in no order; `seed` makes another.
fn noise(seed: u64, length: usize, alphabet: &str) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            letters[usize::try_from(state >> 33).unwrap() % letters.len()]
        })
        .collect()
}

fn start_of(text: &str, length: usize) -> &str {
    text.get(..length).unwrap()
}

const BASE62: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";

fn kinds_in(path: &str, text: &str) -> Vec<&'static str> {
    let path = RepoPath::new(path).unwrap();
    scan(&path, text).leaks(&path, text, &Key::new("k")).into_iter().map(|leak| leak.kind).collect()
}

/// A value of each of the kinds agents are given most.
fn samples(seed: u64) -> Vec<(&'static str, String)> {
    let b = |length| noise(seed, length, BASE62);
    let h = |length| noise(seed, length, HEX);
    vec![
        ("anthropic-api-key", format!("sk-ant-api03-{}AA", b(93))),
        ("anthropic-oauth-token", format!("sk-ant-oat01-{}AA", b(93))),
        ("anthropic-admin-key", format!("sk-ant-admin01-{}AA", b(93))),
        ("openai-project-key", format!("sk-proj-{}", b(120))),
        ("openai-api-key", format!("sk-{}", b(48))),
        ("google-api-key", format!("AIza{}", b(35))),
        ("aws-access-key-id", format!("AKIA{}", noise(seed, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))),
        ("github-personal-token", format!("ghp_{}", b(36))),
        ("github-fine-grained-token", format!("github_pat_{}_{}", b(22), b(59))),
        ("gitlab-personal-token", format!("glpat-{}", b(20))),
        ("linear-api-key", format!("lin_api_{}", b(40))),
        ("notion-token", format!("ntn_{}", b(46))),
        ("notion-legacy-token", format!("secret_{}", b(43))),
        ("atlassian-api-token", format!("ATATT3xFfGF0{}={}", b(170), h(8))),
        (
            "slack-bot-token",
            format!("xoxb-{}-{}-{}", noise(seed, 12, "123456789"), noise(seed + 1, 12, "123456789"), b(24)),
        ),
        ("stripe-secret-key", format!("sk_live_{}", b(24))),
        ("hugging-face-token", format!("hf_{}", b(34))),
        ("sendgrid-api-key", format!("SG.{}.{}", b(22), b(43))),
        ("npm-token", format!("npm_{}", b(36))),
        ("supabase-access-token", format!("sbp_{}", h(40))),
        ("telegram-bot-token", format!("{}:AA{}", noise(seed, 10, "123456789"), b(33))),
        ("database-url-password", format!("postgres://app:{}@db.internal.net:5432/main", b(18))),
        ("json-web-token", format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI5ODIzNDUifQ.{}", b(43))),
        ("azure-client-secret", format!("{}8Q~{}", b(3), b(34))),
    ]
}

#[test]
fn every_kind_is_found_in_every_place() {
    for (kind, value) in samples(7).into_iter().chain(samples(11)) {
        let places = [
            (".mcp.json", format!("{{\"mcpServers\": {{\"a\": {{\"env\": {{\"X\": \"{value}\"}}}}}}}}")),
            (
                ".mcp.json",
                format!("{{\"mcpServers\": {{\"a\": {{\"args\": [\"-y\", \"--x\", \"{value}\"]}}}}}}"),
            ),
            (
                ".mcp.json",
                format!(
                    "{{\"mcpServers\": {{\"a\": {{\"headers\": {{\"Authorization\": \"Bearer {value}\"}}"
                ),
            ),
            (".env", format!("A=1\nX={value}\n")),
            ("CLAUDE.md", format!("# Setup\n\nCall it with {value}, please.\n")),
            ("hook.sh", format!("curl -H \"X: {value}\" https://api.internal.net")),
        ];
        for (path, text) in places {
            assert_eq!(kinds_in(path, &text), [kind], "{path}: {text}");
        }
    }
}

#[test]
fn secrets_without_a_mark_are_known_by_their_name() {
    let (hex, mixed) = (noise(3, 32, HEX), noise(5, 40, BASE62));
    for (path, text, kind) in [
        (".env", format!("DATADOG_API_KEY={hex}"), "datadog-key"),
        ("CLAUDE.md", format!("export COHERE_API_KEY={mixed}"), "cohere-api-key"),
        ("CLAUDE.md", format!("The Azure OpenAI key is `{hex}`."), "azure-openai-key"),
        (".mcp.json", format!("{{\"args\": [\"--api-key\", \"{mixed}\"]}}"), "named-secret"),
        (
            ".mcp.json",
            format!("{{\"url\": \"https://mcp.internal.net/sse?apiKey={mixed}\"}}"),
            "named-secret",
        ),
        (".env", "DB_PASSWORD=Xk9#mPq2$vL!z".to_owned(), "named-secret"),
        ("settings.json", format!("{{\"aws_secret_access_key\": \"{mixed}\"}}"), "aws-secret-access-key"),
        (".mcp.json", format!("{{\"env\": {{\"TOKEN\": \"${{TOKEN:-{mixed}}}\"}}}}"), "named-secret"),
    ] {
        assert_eq!(kinds_in(path, &text), [kind], "{text}");
    }
}

#[test]
fn key_blocks_are_found_on_one_line_and_on_many() {
    let body: Vec<String> = (0..8).map(|line| noise(line, 64, BASE62)).collect();
    for (start, end, joint) in [
        ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "\n"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----", "\n    "),
        ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "\\n"),
    ] {
        let text = format!("key: \"{start}{joint}{}{joint}{end}\"", body.join(joint));
        assert_eq!(kinds_in("a.yaml", &text), ["private-key"], "{text}");
        let path = RepoPath::new("a.yaml").unwrap();
        let masked = scan(&path, &text).masked(&text);
        assert!(masked.contains(start) && !masked.contains(start_of(&body[0], 8)), "{masked}");
    }
    assert!(
        kinds_in("a.md", "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----").is_empty()
    );
    assert!(
        kinds_in("a.md", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxyz\n")
            .is_empty()
    );
}

#[test]
fn keys_of_openssh_are_found_though_their_header_repeats() {
    let header = encode(
        b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01\0\0\0\x33\0\0\0\x0bssh-ed25519",
    );
    let header = header.trim_end_matches('=');
    let text = format!(
        "-----BEGIN OPENSSH PRIVATE KEY-----\n{header}{}\n{}\n-----END OPENSSH PRIVATE KEY-----\n",
        noise(4, 30, BASE62),
        noise(6, 70, BASE62)
    );
    assert_eq!(kinds_in("id_ed25519", &text), ["private-key"], "{text}");
}

#[test]
fn a_few_digits_in_order_make_no_sample() {
    // One of a thousand tokens of digits has six in a row; half of a documentation's sample is in order.
    let token = format!("1/1234567{}:{}", noise(3, 9, "02468"), noise(5, 32, HEX));
    assert_eq!(kinds_in("a.md", &format!("asana {token}")), ["asana-token"]);
    let sample = format!("1/123456789012345:{}", "0123456789abcdef".repeat(2));
    assert!(kinds_in("a.md", &format!("asana {sample}")).is_empty());
}

#[test]
fn passwords_without_a_name_are_found() {
    let secret = noise(8, 12, BASE62) + "7";
    for (path, text, kind) in [
        ("a.cs", format!("new NetworkCredential(\"ada\", \"{secret}\")"), "named-secret"),
        ("a.sh", format!("sshpass -p {secret} ssh ada@host"), "named-secret"),
        ("a.sh", format!("mysql -u root -p{secret} shop"), "named-secret"),
        (".pgpass", format!("db.internal:5432:shop:ada:{secret}\n"), "named-secret"),
        ("a.sh", format!("curl \\\n  -u ada:{secret} https://api.internal.net"), "basic-authorization"),
        ("a.sh", format!("curl --user ada:'{secret}' https://api.internal.net"), "basic-authorization"),
        ("a.sh", format!("curl -u \"{secret}:\" https://api.internal.net"), "basic-authorization"),
        (
            ".docker/config.json",
            format!(
                "{{\"auths\": {{\"hub\": {{\"auth\": \"{}\"}}}}}}",
                encode(format!("ada:{secret}").as_bytes())
            ),
            "basic-authorization",
        ),
        (
            "a.json",
            format!("\"git+https://{}:x-oauth-basic@github.com/a/b\"", noise(2, 40, HEX)),
            "url-password",
        ),
        ("a.xml", format!("<secret>{{vendor id {}}}</secret>", noise(2, 32, HEX)), "named-secret"),
        ("a.txt", format!("twilio token - '{}'", noise(2, 32, HEX)), "twilio-auth-token"),
        (
            "a.md",
            format!("mongodb+srv://ada:{}@shop.abcde.mongodb.net/a", "Blue7Berry"),
            "database-url-password",
        ),
    ] {
        assert_eq!(kinds_in(path, &text), [kind], "{text}");
    }
    for (path, text) in [
        ("a.cs", "new NetworkCredential(user, password)"),
        ("a.sh", "sshpass -p \"$PASSWORD\" ssh ada@host"),
        ("a.sh", "mysql -u root -p shop < dump.sql"),
        (".pgpass", "# hostname:port:database:username:password\ndb.internal:5432:*:ada:password\n"),
        ("a.sh", "curl -u \"$USER:$PASSWORD\" https://api.internal.net"),
        ("a.sh", "curl -u ada https://api.internal.net"),
        ("a.json", "\"git+https://${TOKEN}:x-oauth-basic@github.com/a/b\""),
        ("a.xml", "<secret>{AQAAABAAAAAgq8Zk3mQ8vT2pLw9xRbq8Zk3mQ8vT2pLw9xRb}</secret>"),
        ("a.md", "mongodb://user:password@localhost/a and mongodb+srv://user:pass@cluster.example.com/a"),
    ] {
        assert!(kinds_in(path, text).is_empty(), "{text} {:?}", kinds_in(path, text));
    }
}

#[test]
fn chosen_passwords_are_known_by_their_name_alone() {
    let path = RepoPath::new("a.py").unwrap();
    let text = format!("user = 'ada'\npassword = '{}'\n", "whiteduke");
    let leaks = scan(&path, &text).leaks(&path, &text, &Key::new("k"));
    assert_eq!(leaks.iter().map(|leak| leak.confidence).collect::<Vec<_>>(), [Confidence::Named]);
}

#[test]
fn what_is_hidden_once_is_found() {
    let secret = format!("ghp_{}", noise(9, 36, BASE62));
    // `token=` and the secret, as base64.
    let plain = format!("https://x.internal.net/cb?next=%3Ftoken%3D{secret}");
    assert_eq!(kinds_in("a.md", &plain), ["github-personal-token"]);
    let encoded = encode(format!("{{\"token\": \"{secret}\"}}").as_bytes());
    assert_eq!(kinds_in("a.md", &format!("data: {encoded}")), ["github-personal-token"]);
    let basic = encode(b"deploy:Zx8Kq2LmWv7Rt4Yp");
    assert_eq!(kinds_in("a.md", &format!("Authorization: Basic {basic}")), ["basic-authorization"]);
}

fn encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let bits = chunk.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            (0..4).map(move |part| {
                if part > chunk.len() {
                    '='
                } else {
                    char::from(ALPHABET[usize::try_from((bits >> (18 - 6 * part)) & 63).unwrap()])
                }
            })
        })
        .collect()
}

#[test]
fn references_placeholders_and_samples_are_quiet() {
    for value in [
        "${GITHUB_TOKEN}",
        "${env:GITHUB_TOKEN}",
        "${input:github}",
        "op://vault/github/token",
        "$GITHUB_TOKEN",
        "{{ token }}",
        "vault://kv/github#token",
        "<your-token>",
        "YOUR_GITHUB_TOKEN",
        "sk-...",
        "xxxx",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "changeme",
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "sk-your-key-here",
        "%GITHUB_TOKEN%",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        "postgres://user:password@localhost:5432/db",
        "postgresql://postgres:postgres@db:5432/app",
        "mongodb://${USER}:${PASS}@host/db",
        "redis://:password@localhost",
        "sk-ant-api03-...",
        "AIzaSyXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "REPLACE_ME",
        "sk_test_1234567890abcdef",
        "https://user:pass@example.com",
        "ghp_1234567890abcdefghijklmnopqrstuvwxyz",
        "xoxb-your-token",
        "process.env.TOKEN",
    ] {
        for (path, text) in [
            (
                ".mcp.json",
                format!("{{\"mcpServers\": {{\"a\": {{\"env\": {{\"GITHUB_TOKEN\": \"{value}\"}}}}}}}}"),
            ),
            (
                ".mcp.json",
                format!(
                    "{{\"mcpServers\": {{\"a\": {{\"headers\": {{\"Authorization\": \"Bearer {value}\"}}}}}}}}"
                ),
            ),
            (".env", format!("API_KEY={value}\n")),
            ("CLAUDE.md", format!("Set `API_KEY` to `{value}`, or token: {value}\n")),
        ] {
            assert!(kinds_in(path, &text).is_empty(), "{path}: {text} {:?}", kinds_in(path, &text));
        }
    }
}

#[test]
fn a_leak_tells_nothing() {
    let path = RepoPath::new(".mcp.json").unwrap();
    for (_, value) in samples(21) {
        let text = format!("{{\"env\": {{\"A_TOKEN\": \"{value}\"}}}} // {value}");
        let found = scan(&path, &text);
        let leaks = found.leaks(&path, &text, &Key::new("0123456789abcdef"));
        assert!(!leaks.is_empty(), "{value}");
        let mut said = format!("{leaks:?}{}{}", serde_json::to_string(&leaks).unwrap(), found.masked(&text));
        for leak in &leaks {
            said.push_str(&(leak.message() + &leak.help()));
        }
        let secret = value.rsplit("://app:").next().unwrap().split('@').next().unwrap();
        let own = secret.get(leaks[0].prefix.len()..).unwrap_or("");
        for window in own.as_bytes().windows(8) {
            let window = std::str::from_utf8(window).unwrap();
            assert!(!said.contains(window), "{window} of {value} in {said}");
        }
        assert!(leaks.iter().all(|leak| leak.fingerprint == leaks[0].fingerprint));
    }
}

#[test]
fn a_fingerprint_depends_on_key_kind_and_value_only() {
    let one = |path: &str, text: &str, key: &str| {
        let path = RepoPath::new(path).unwrap();
        scan(&path, text).leaks(&path, text, &Key::new(key))[0].fingerprint.clone()
    };
    let (a, b) = (format!("ghp_{}", noise(1, 36, BASE62)), format!("ghp_{}", noise(2, 36, BASE62)));
    let first = one("a.md", &a, "k");
    assert_eq!(first, one("b/c.json", &format!("\n\n{{\"t\": \"{a}\"}}"), "k"));
    assert!(first != one("a.md", &b, "k") && first != one("a.md", &a, "l"));
    assert!(first.0.starts_with("v1:") && first.0.len() == 35);
}

#[test]
fn a_baseline_knows_values_and_paths() {
    use super::baseline::Baseline;
    let (a, b) = (format!("ghp_{}", noise(1, 36, BASE62)), format!("ghp_{}", noise(2, 36, BASE62)));
    let key = Key::new("salt");
    let leaks = |path: &str, text: &str| {
        let path = RepoPath::new(path).unwrap();
        scan(&path, text).leaks(&path, text, &key)
    };
    let mut known = Baseline { version: 1, salt: Some("salt".to_owned()), ..Baseline::default() };
    assert_eq!(known.add(&leaks("a.md", &a), &key, "rotated, history only"), 1);
    assert_eq!(known.add(&leaks("a.md", &a), &key, "another reason"), 0);
    assert_eq!(known.secrets[0].reason, "rotated, history only");
    assert!(known.key(Some("another")).is_ok(), "its salt is what it was made with");
    let keyed = Baseline { salt: None, ..known.clone() };
    assert!(
        keyed.key(None).is_err() && keyed.key(Some("another")).is_err() && keyed.key(Some("salt")).is_ok()
    );
    let mut read = Baseline::read(&known.write().unwrap()).unwrap();
    assert_eq!(read, known);
    let today = jiff::civil::date(2026, 11, 22);
    assert!(read.on(today).covers(&leaks("a.md", &format!("moved\n{a}"))[0]), "lines do not matter");
    assert!(!read.on(today).covers(&leaks("a.md", &b)[0]), "another secret on the same line is new");
    assert!(!read.on(today).covers(&leaks("b.md", &a)[0]), "nor does it cover another file");
    assert_eq!(read.on(today).unused().count(), 1);
    read.secrets[0].expires = Some(jiff::civil::date(2026, 11, 21));
    let mut applied = read.on(today);
    assert!(!applied.covers(&leaks("a.md", &a)[0]), "it has expired");
    assert_eq!(applied.expired().count(), 1);
    assert!(Baseline::read("version: 2").is_err());
    assert!(
        Baseline::read("version: 1\nsecrets:\n- fingerprint: v1:0\n  path: a\n")
            .unwrap_err()
            .contains("reason")
    );
    let text = known.write().unwrap();
    assert!(!text.contains(a.get(4..12).unwrap()));
}

#[test]
fn scrub_blots_out_what_has_a_form() {
    let secret = format!("ghp_{}", noise(1, 36, BASE62));
    assert_eq!(
        scrub("plain words, commit 0123456789abcdef0123456789abcdef01234567"),
        "plain words, commit 0123456789abcdef0123456789abcdef01234567"
    );
    assert_eq!(scrub(&format!("feature/{secret}-x")), format!("feature/ghp_{}-x", "X".repeat(36)));
}

#[test]
fn hostile_texts_take_no_longer() {
    for piece in [
        "sk-",
        "token=",
        "key='",
        "-----BEGIN PRIVATE KEY-----",
        "eyJ",
        "a://b:c@",
        "%41",
        "\"token\": \"",
        "AKIA",
        "0/1/",
        "x.",
        "Bearer ",
        "password=",
        "user='a' password='b' ",
        "curl -u \\\n",
        "mysql -p ",
        "NetworkCredential(\"a\", ",
        "<secret>{a ",
        "A_PASSWORD=b;",
        "the password is '",
    ] {
        let text = piece.repeat(400_000 / piece.len());
        let started = std::time::Instant::now();
        let path = RepoPath::new("a.json").unwrap();
        let found = scan(&path, &text);
        let _ = found.masked(&text);
        assert!(started.elapsed().as_secs() < 20, "{piece}: {:?}", started.elapsed());
    }
}

proptest! {
    #[test]
    fn masks_keep_lines_and_hide(before in "[ -~\n]{0,40}", body in "[A-Za-z0-9]{36}", after in "[ \n,\"]{1}[ -~\n]{0,40}") {
        prop_assume!(body.bytes().collect::<std::collections::BTreeSet<_>>().len() > 12);
        let text = format!("{before} ghp_{body}{after}");
        let path = RepoPath::new("a.md").unwrap();
        let masked = scan(&path, &text).masked(&text);
        prop_assert_eq!(masked.chars().count(), text.chars().count());
        prop_assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
        let sample = quiet::is_sample(&body);
        prop_assert!(sample || !masked.contains(start_of(&body, 12)));
    }

    #[test]
    fn nothing_panics(text in "(?s)[ -~\n\u{e4}\u{1f600}\"'=:@]{0,300}", name in "[a-z.]{1,12}") {
        if let Some(path) = RepoPath::new(&name) {
            let found = scan(&path, &text);
            let _ = (found.leaks(&path, &text, &Key::new("k")), found.masked(&text), scrub(&text));
        }
    }
}

#[test]
fn the_documents_say_how_many_kinds_there_are() {
    let (formats, all) = (kinds::formats(), all_kinds().count());
    let tens = |count: usize| count / 10 * 10;
    let said = format!("Some {} kinds with a beginning or mark of their own", tens(formats));
    assert!(include_str!("../../docs/secrets.md").contains(&said), "{said}");
    let said = format!("some {} kinds of keys, tokens and passwords", tens(all));
    assert!(include_str!("../../README.md").contains(&said), "{said}");
}
