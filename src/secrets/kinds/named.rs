//! Kinds whose values have no mark of their own: what they are is said by the name they stand under.
//!
//! `DATADOG_API_KEY=` and 32 hexadecimal digits is a key of Datadog. The name has to hold one of the words; whether it
//! speaks of a secret at all, and whether the value may be one, is decided before (`assign`).

use super::{Kind, other};

/// A kind that is known by the name its value stands under.
#[derive(Debug)]
pub(in crate::secrets) struct Named {
    /// The kind.
    pub(in crate::secrets) kind: Kind,
    /// One of these stands in the name, in lower case.
    pub(in crate::secrets) words: &'static [&'static str],
    /// What the value looks like.
    pub(in crate::secrets) value: &'static str,
}

const fn n(
    id: &'static str,
    title: &'static str,
    words: &'static [&'static str],
    value: &'static str,
    source: &'static str,
) -> Named {
    Named { kind: other(id, title, source), words, value }
}

/// A UUID.
const UUID: &str = "[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$";

pub(in crate::secrets) static NAMED: &[Named] = &[
    n("aws-secret-access-key", "AWS secret access key", &["aws_secret", "aws-secret", "awssecret", "secret_access_key", "secretaccesskey"], r"[A-Za-z0-9/+]{40}=?$", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"),
    n("aws-session-token", "AWS session token", &["aws_session", "session_token"], r"[A-Za-z0-9/+=]{100,}$", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html"),
    n("azure-openai-key", "Azure OpenAI key", &["azure", "cognitive", "openai"], r"(?:[0-9a-fA-F]{32}|[A-Za-z0-9]{84})$", "https://learn.microsoft.com/en-us/azure/ai-services/authentication"),
    n("azure-devops-token", "Azure DevOps token", &["azure_devops", "ado_pat", "devops", "system_accesstoken"], r"(?:[a-z2-7]{52}|[A-Za-z0-9]{84})$", "https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate"),
    n("datadog-key", "Datadog key", &["datadog", "dd_api", "dd_app", "dd-api"], r"[0-9a-f]{32}(?:[0-9a-f]{8})?$", "https://docs.datadoghq.com/account_management/api-app-keys/"),
    n("cohere-api-key", "Cohere API key", &["cohere", "co_api"], r"[A-Za-z0-9]{40}$", "https://docs.cohere.com/reference/about"),
    n("mistral-api-key", "Mistral API key", &["mistral", "codestral"], r"[A-Za-z0-9]{32}$", "https://docs.mistral.ai/getting-started/quickstart"),
    n("deepgram-api-key", "Deepgram API key", &["deepgram"], r"[0-9a-f]{40}$", "https://developers.deepgram.com/docs/create-additional-api-keys"),
    n("assemblyai-api-key", "AssemblyAI API key", &["assemblyai", "assembly_ai"], r"[0-9a-f]{32}$", "https://www.assemblyai.com/docs/api-reference/overview"),
    n("serper-api-key", "Serper API key", &["serper"], r"[0-9a-f]{40}$", "https://serper.dev"),
    n("serpapi-key", "SerpApi key", &["serpapi", "serp_api"], r"[0-9a-f]{64}$", "https://serpapi.com/search-api"),
    n("exa-api-key", "Exa API key", &["exa_", "exa-", "exaapi"], UUID, "https://docs.exa.ai/reference/getting-started"),
    n("pinecone-legacy-key", "Pinecone API key", &["pinecone"], UUID, "https://docs.pinecone.io/guides/projects/manage-api-keys"),
    n("zhipu-api-key", "Z.ai API key", &["zhipu", "zai", "z_ai", "glm", "bigmodel"], r"[0-9a-f]{32}\.[A-Za-z0-9]{16}$", "https://docs.z.ai/api-reference/introduction"),
    n("ollama-api-key", "Ollama API key", &["ollama"], r"[0-9a-f]{32}\.[\w-]{20,}$", "https://docs.ollama.com/cloud"),
    n("wandb-legacy-key", "Weights & Biases API key", &["wandb"], r"[0-9a-f]{40}$", "https://docs.wandb.ai/support/find_api_key"),
    n("cloudflare-api-key", "Cloudflare key", &["cloudflare", "cf_api", "cf-api"], r"(?:[0-9a-f]{37}|[\w-]{40})$", "https://developers.cloudflare.com/fundamentals/api/get-started/create-token/"),
    n("vercel-legacy-token", "Vercel token", &["vercel"], r"[A-Za-z0-9]{24}$", "https://vercel.com/docs/rest-api"),
    n("heroku-legacy-key", "Heroku API key", &["heroku"], UUID, "https://devcenter.heroku.com/articles/platform-api-quickstart"),
    n("railway-token", "Railway token", &["railway"], UUID, "https://docs.railway.com/reference/public-api"),
    n("linode-token", "Linode token", &["linode"], r"[0-9a-f]{64}$", "https://techdocs.akamai.com/linode-api/reference/get-started"),
    n("hetzner-token", "Hetzner token", &["hetzner", "hcloud"], r"[A-Za-z0-9]{64}$", "https://docs.hetzner.cloud/#getting-started"),
    n("fastly-token", "Fastly token", &["fastly"], r"[\w-]{32}$", "https://www.fastly.com/documentation/reference/api/auth-tokens/"),
    n("ibm-cloud-key", "IBM Cloud API key", &["ibm", "watson"], r"[\w-]{44}$", "https://cloud.ibm.com/docs/account?topic=account-userapikey"),
    n("okta-token", "Okta token", &["okta"], r"00[\w-]{40}$", "https://developer.okta.com/docs/guides/create-an-api-token/main/"),
    n("auth0-secret", "Auth0 client secret", &["auth0"], r"[\w-]{64}$", "https://auth0.com/docs/get-started/applications/application-settings"),
    n("pagerduty-api-key", "PagerDuty API key", &["pagerduty", "pager_duty", "pd_"], r"(?:[uye]\+)?[\w+-]{18,20}$|[0-9a-f]{32}$", "https://support.pagerduty.com/main/docs/api-access-keys"),
    n("opsgenie-api-key", "Opsgenie API key", &["opsgenie", "ops_genie"], UUID, "https://support.atlassian.com/opsgenie/docs/api-key-management/"),
    n("twilio-auth-token", "Twilio auth token", &["twilio"], r"[0-9a-f]{32}$", "https://www.twilio.com/docs/iam/api/authtoken"),
    n("mailgun-key", "Mailgun key", &["mailgun"], r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}$", "https://documentation.mailgun.com/docs/mailgun/user-manual/api-key-mgmt"),
    n("postmark-token", "Postmark token", &["postmark"], UUID, "https://postmarkapp.com/developer/api/overview"),
    n("algolia-key", "Algolia key", &["algolia"], r"[0-9a-f]{32}$", "https://www.algolia.com/doc/guides/security/api-keys/"),
    n("airtable-legacy-key", "Airtable API key", &["airtable"], r"key[A-Za-z0-9]{14}$", "https://airtable.com/developers/web/api/authentication"),
    n("jira-legacy-token", "Atlassian API token", &["jira", "atlassian", "confluence"], r"[A-Za-z0-9]{24}$", "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"),
    n("trello-key", "Trello key", &["trello"], r"[0-9a-f]{32}(?:[0-9a-f]{32})?$", "https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/"),
    n("monday-token", "monday.com token", &["monday"], r"[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}$", "https://developer.monday.com/api-reference/docs/authentication"),
    n("shortcut-token", "Shortcut token", &["shortcut", "clubhouse"], UUID, "https://developer.shortcut.com/api/rest/v3"),
    n("todoist-token", "Todoist token", &["todoist"], r"[0-9a-f]{40}$", "https://developer.todoist.com/api/v1/"),
    n("coda-token", "Coda token", &["coda"], UUID, "https://coda.io/developers/apis/v1"),
    n("zendesk-token", "Zendesk token", &["zendesk"], r"[A-Za-z0-9]{40}$", "https://developer.zendesk.com/api-reference/introduction/security-and-auth/"),
    n("gitea-token", "Gitea or Forgejo token", &["gitea", "forgejo", "codeberg"], r"[0-9a-f]{40}$", "https://docs.gitea.com/development/api-usage"),
    n("jenkins-token", "Jenkins token", &["jenkins"], r"(?:11)?[0-9a-f]{32}$", "https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/"),
    n("codecov-token", "Codecov token", &["codecov"], UUID, "https://docs.codecov.com/docs/codecov-tokens"),
    n("snowflake-password", "Snowflake password", &["snowflake"], r"\S{8,}$", "https://docs.snowflake.com/en/user-guide/python-connector-api"),
    n("qdrant-key", "Qdrant key", &["qdrant"], r"[\w.|-]{30,}$", "https://qdrant.tech/documentation/cloud/authentication/"),
    n("weaviate-key", "Weaviate key", &["weaviate", "wcs_"], r"[A-Za-z0-9]{30,}$", "https://docs.weaviate.io/cloud/manage-clusters/authentication"),
    n("upstash-token", "Upstash token", &["upstash"], r"[A-Za-z0-9=_-]{30,}$", "https://upstash.com/docs/redis/features/restapi"),
    n("coinbase-secret", "Coinbase secret", &["coinbase"], r"[A-Za-z0-9=+/_-]{32,}$", "https://docs.cdp.coinbase.com/get-started/authentication/overview"),
    n("paypal-secret", "PayPal secret", &["paypal"], r"[\w-]{60,90}$", "https://developer.paypal.com/api/rest/"),
    n("wireguard-key", "WireGuard private key", &["privatekey", "presharedkey"], r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$", "https://www.wireguard.com/quickstart/"),
    n("newrelic-license-key", "New Relic license key", &["newrelic", "new_relic"], r"[0-9a-f]{32,36}(?:NRAL)?$", "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"),
    n("splunk-token", "Splunk token", &["splunk"], UUID, "https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector"),
    n("discord-client-secret", "Discord client secret", &["discord"], r"[\w-]{32}$", "https://discord.com/developers/docs/topics/oauth2"),
    n("spotify-secret", "Spotify client secret", &["spotify"], r"[0-9a-f]{32}$", "https://developer.spotify.com/documentation/web-api/concepts/apps"),
    n("reddit-client-secret", "Reddit client secret", &["reddit"], r"[\w-]{27,30}$", "https://github.com/reddit-archive/reddit/wiki/OAuth2"),
];
