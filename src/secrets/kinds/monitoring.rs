//! Keys of what watches over systems: metrics, logs, errors, analytics, incidents.

use super::{Kind, k, w};

const NEW_RELIC: &str = "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/";
const GRAFANA: &str = "https://grafana.com/docs/grafana/latest/administration/service-accounts/";
const SENTRY: &str = "https://docs.sentry.io/account/auth-tokens/";
const POSTHOG: &str = "https://posthog.com/docs/api";
const AXIOM: &str = "https://axiom.co/docs/reference/tokens";

pub(super) static KINDS: &[Kind] = &[
    k("sentry-token", "Sentry token", &["sntrys_eyJ", "sntrys_"], r"[A-Za-z0-9+/=_-]{40,}", SENTRY),
    k("sentry-user-token", "Sentry user token", &["sntryu_", "sntryi_", "sntrya_"], r"[0-9a-f]{64}", SENTRY),
    k("grafana-cloud-token", "Grafana Cloud token", &["glc_"], r"[A-Za-z0-9+/=]{32,}", GRAFANA),
    k(
        "grafana-service-token",
        "Grafana service account token",
        &["glsa_"],
        r"[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}",
        GRAFANA,
    ),
    k("grafana-api-key", "Grafana API key", &["eyJrIjoi"], r"[A-Za-z0-9+/_-]{40,}={0,2}", GRAFANA),
    k("newrelic-user-key", "New Relic user key", &["NRAK-"], r"[A-Z0-9]{26,28}", NEW_RELIC),
    k("newrelic-admin-key", "New Relic admin key", &["NRAA-"], r"[0-9a-f]{27}", NEW_RELIC),
    k(
        "newrelic-ingest-key",
        "New Relic ingest key",
        &["NRII-", "NRIQ-", "NRRA-", "NRSP-", "NRIL-"],
        r"[\w-]{20,}",
        NEW_RELIC,
    ),
    k(
        "dynatrace-token",
        "Dynatrace token",
        &["dt0c01.", "dt0s01.", "dt0s02.", "dt0s16."],
        r"[A-Z0-9]{8,24}\.[A-Z0-9]{60,64}",
        "https://docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients/access-tokens",
    ),
    k(
        "honeycomb-key",
        "Honeycomb key",
        &["hcaik_", "hcbik_", "hccik_", "hcxik_", "hcxmk_", "hcamk_"],
        r"[a-z0-9]{26,}",
        "https://docs.honeycomb.io/configure/environments/manage-api-keys/",
    ),
    k(
        "pagerduty-token",
        "PagerDuty token",
        &["pdus+_", "pdeu+_"],
        r"[\w-]{20,}",
        "https://support.pagerduty.com/main/docs/api-access-keys",
    ),
    k(
        "launchdarkly-key",
        "LaunchDarkly key",
        &["sdk-", "api-"],
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "https://launchdarkly.com/docs/home/account/api",
    ),
    k("posthog-key", "PostHog personal key", &["phx_"], r"[A-Za-z0-9_]{30,}", POSTHOG),
    k("posthog-secure-key", "PostHog secure key", &["phs_"], r"[A-Za-z0-9_]{30,}", POSTHOG),
    k(
        "axiom-token",
        "Axiom token",
        &["xaat-", "xapt-"],
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        AXIOM,
    ),
    k(
        "logfire-token",
        "Logfire token",
        &["pylf_v1_", "pylf_v2_"],
        r"[A-Za-z]{2}_[A-Za-z0-9]{30,}",
        "https://logfire.pydantic.dev/docs/how-to-guides/create-write-tokens/",
    ),
    k(
        "configcat-key",
        "ConfigCat SDK key",
        &["configcat-sdk-1/"],
        r"[\w-]{22}/[\w-]{22}",
        "https://configcat.com/docs/sdk-reference/overview/",
    ),
    k(
        "rootly-api-key",
        "Rootly API key",
        &["rootly_"],
        r"[0-9a-f]{64}",
        "https://docs.rootly.com/api-reference/overview",
    ),
    k(
        "incident-io-key",
        "incident.io API key",
        &["inc_"],
        r"[0-9a-f]{60,}",
        "https://api-docs.incident.io/tag/Authentication",
    ),
    w(
        "statsig-key",
        "Statsig secret key",
        &["secret-"],
        r"[A-Za-z0-9]{40,50}",
        "https://docs.statsig.com/access-management/api-keys",
    ),
    k(
        "elastic-api-key",
        "Elastic Cloud API key",
        &["essu_"],
        r"[A-Za-z0-9+/=]{30,}",
        "https://www.elastic.co/docs/deploy-manage/api-keys/elastic-cloud-api-keys",
    ),
    k("traceloop-api-key", "Traceloop API key", &["tl_"], r"[0-9a-f]{60,}", "https://www.traceloop.com/docs"),
];
