//! Words that speak of secrets and of the services that have them: no secret consists of them.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words of which a value may consist without being a secret.
static VOCABULARY: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a abc above access account add admin administrator age an and any api apikey app application auth \
     authorization aws azure bar baz bearer below blank bot cd ci client code config cred credential \
     credentials database db default demo dev development docker empty enter env environment fake false \
     fill foo for from generated get github gitlab goes google guest hash header here hunter id in is it \
     jwt key keys letmein linear literal live local localhost login master minio minioadmin mock mongo my \
     mypassword mysecret mysql mytoken name new nil no none not notion null oauth old openai optional or \
     pass passphrase passwd password pat personal pg pgpassword plain postgres postgresql private prod \
     production project public put pw pwd qwerty rabbitmq real redis required root sa secret secrets secure see \
     server service set sk slack some staging string strong super supersecret tbd test testing text the \
     this todo token topsecret true undefined unset unused use used user username value var variable via \
     web webhook welcome with xxx yes you yyy zzz \
     airflow alice backup bob cassandra clickhouse cluster company compose confidential consul current \
     directus django doe dolphin drupal elastic elasticsearch email ghost gitea grafana hasura hello host \
     influx influxdb jane jenkins john joomla kafka keycloak kong kubernetes langfuse laravel mail mariadb \
     metabase milvus mongodb monitor nats nextcloud node odoo opensearch owner pgadmin prometheus qdrant \
     rails replica replicator sandbox sensitive smtp sonar sonarqube strapi supabase superset superuser \
     temporal timescale traefik tutorial vault weaviate wonderland wordpress worker workshop world wrong \
     zabbix does exist exists incorrect invalid java nothing python ruby"
        .split_whitespace()
        .collect()
});

/// Words that speak of secrets and nothing else, with a number at most: `my-secret-token`, `password123`.
pub(super) fn is_vocabulary(lower: &str) -> bool {
    let mut letters = 0;
    let all = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).all(|part| {
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.len() - word.len();
        letters += word.len();
        (word.is_empty() || is_word(word)) && digits <= 6
    });
    all && letters > 0
}

fn is_word(word: &str) -> bool {
    VOCABULARY.contains(word) || is_compound(word)
}

/// Up to three words run together: `dbpassword`, `mysecretkey`. Four and more are a phrase that somebody chose.
fn is_compound(word: &str) -> bool {
    const MOST: usize = 3;
    let bytes = word.as_bytes();
    if !(6..=30).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_lowercase) {
        return false;
    }
    // The fewest words that make up the text before each place.
    let mut fewest = [usize::MAX; 31];
    fewest[0] = 0;
    for end in 2..=bytes.len() {
        for start in end.saturating_sub(13)..=end - 2 {
            let so_far = fewest.get(start).copied().unwrap_or(usize::MAX);
            let known = so_far < MOST
                && word.get(start..end).is_some_and(|part| {
                    (part.len() > 2 || matches!(part, "my" | "db")) && VOCABULARY.contains(part)
                });
            if let Some(slot) = fewest.get_mut(end).filter(|slot| known && so_far + 1 < **slot) {
                *slot = so_far + 1;
            }
        }
    }
    fewest.get(bytes.len()).is_some_and(|count| *count <= MOST)
}

/// The same after `p@ssw0rd` has been read as people read it.
pub(super) fn is_leet_vocabulary(value: &str) -> bool {
    let stem = value.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
    is_leet_words(value) || (stem.len() >= 4 && is_leet_words(stem))
}

fn is_leet_words(value: &str) -> bool {
    let plain: String = value
        .chars()
        .map(|character| match character.to_ascii_lowercase() {
            '@' | '4' => 'a',
            '0' => 'o',
            '3' => 'e',
            '$' | '5' => 's',
            '1' => 'i',
            '!' | '?' | '#' => '-',
            other => other,
        })
        .collect();
    is_vocabulary(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_run_together_and_with_digits_for_letters() {
        for value in ["password", "my-secret-token", "dbpassword", "mysecretkey", "password123", "wordpress"]
        {
            assert!(is_vocabulary(value), "{value}");
        }
        for value in ["P@ssw0rd", "s3cr3t", "P@ssw0rd123", "Str0ngP4ss!", "adm1n"] {
            assert!(is_leet_vocabulary(value), "{value}");
        }
        for value in ["zk4lpq7wtx", "whiteduke", "thisismypassword", "blooberry"] {
            assert!(!is_vocabulary(value) && !is_leet_vocabulary(value), "{value}");
        }
    }
}
