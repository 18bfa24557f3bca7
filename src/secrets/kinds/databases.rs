//! Tokens of hosted databases and data platforms. Passwords in their addresses are found by `address`.

use super::{Kind, k, w};

pub(super) static KINDS: &[Kind] = &[
    k(
        "planetscale-token",
        "PlanetScale token",
        &["pscale_tkn_", "pscale_pw_", "pscale_oauth_"],
        r"[\w.=-]{32,}",
        "https://planetscale.com/docs/api/reference/service-tokens",
    ),
    k("neon-api-key", "Neon API key", &["napi_"], r"[a-z0-9]{50,}", "https://neon.com/docs/manage/api-keys"),
    k(
        "neon-password",
        "Neon password",
        &["npg_"],
        r"[A-Za-z0-9]{12,}",
        "https://neon.com/docs/connect/connect-from-any-app",
    ),
    k(
        "databricks-token",
        "Databricks token",
        &["dapi"],
        r"[0-9a-f]{32}(?:-\d)?",
        "https://docs.databricks.com/aws/en/dev-tools/auth/pat",
    ),
    k(
        "databricks-secret",
        "Databricks OAuth secret",
        &["dose"],
        r"[0-9a-f]{32}",
        "https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m",
    ),
    k(
        "mongodb-atlas-secret",
        "MongoDB Atlas service account secret",
        &["mdb_sa_sk_"],
        r"[\w-]{30,}",
        "https://www.mongodb.com/docs/atlas/api/service-accounts/token/",
    ),
    w(
        "mongodb-voyage-key",
        "MongoDB model key",
        &["al-"],
        r"[\w-]{43}",
        "https://www.mongodb.com/docs/voyageai/management/api-keys/",
    ),
    k(
        "airtable-token",
        "Airtable personal access token",
        &["pat"],
        r"[A-Za-z0-9]{14}\.[0-9a-f]{64}",
        "https://airtable.com/developers/web/guides/personal-access-tokens",
    ),
    k(
        "aiven-token",
        "Aiven token",
        &["aivenv1"],
        r"[A-Za-z0-9+/]{80,}={0,2}",
        "https://aiven.io/docs/platform/concepts/authentication-tokens",
    ),
    k(
        "influxdb-token",
        "InfluxDB token",
        &["apiv3_"],
        r"[\w-]{60,}",
        "https://docs.influxdata.com/influxdb3/core/admin/tokens/",
    ),
    k(
        "tinybird-token",
        "Tinybird token",
        &["p.eyJ"],
        r"[\w-]{20,}\.[\w-]{20,}",
        "https://www.tinybird.co/docs/forward/administration/tokens",
    ),
    k(
        "astra-token",
        "Astra DB token",
        &["AstraCS:"],
        r"[A-Za-z0-9]{20,}:[0-9a-f]{60,}",
        "https://docs.datastax.com/en/astra-db-serverless/administration/manage-application-tokens.html",
    ),
    k(
        "convex-deploy-key",
        "Convex deploy key",
        &["prod:", "dev:", "preview:"],
        r"[a-z0-9-]{6,40}\|ey[A-Za-z0-9+/=]{40,}",
        "https://docs.convex.dev/cli/deploy-key-types",
    ),
];
