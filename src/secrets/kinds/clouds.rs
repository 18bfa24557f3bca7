//! Keys of clouds and of the platforms that run things.

use super::{Kind, k, w};

const AWS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
const GOOGLE: &str = "https://cloud.google.com/docs/authentication/api-keys";
const GOOGLE_OAUTH: &str = "https://developers.google.com/identity/protocols/oauth2";
const CLOUDFLARE: &str = "https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/";
const VERCEL: &str = "https://vercel.com/docs/rest-api";
const SUPABASE: &str = "https://supabase.com/docs/guides/api/api-keys";

pub(super) static KINDS: &[Kind] = &[
    k("aws-access-key-id", "AWS access key", &["AKIA", "ASIA", "ABIA", "ACCA"], r"[A-Z0-9]{16}", AWS),
    k("aws-bedrock-key", "Amazon Bedrock API key", &["ABSKQmVkcm9ja0FQSUtleS", "ABSK"], r"[A-Za-z0-9+/]{90,}={0,2}", "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"),
    k("aws-bedrock-short-key", "Amazon Bedrock short-term key", &["bedrock-api-key-"], r"[A-Za-z0-9+/=]{60,}", "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"),
    k("google-api-key", "Google API key", &["AIza"], r"[\w-]{35}", GOOGLE),
    k("google-auth-key", "Google authorization key", &["AQ.Ab"], r"[\w-]{40,}", GOOGLE),
    k("google-oauth-secret", "Google OAuth client secret", &["GOCSPX-"], r"[\w-]{28}", GOOGLE_OAUTH),
    k("google-access-token", "Google access token", &["ya29."], r"[\w-]{30,}", GOOGLE_OAUTH),
    w("google-refresh-token", "Google refresh token", &["1//0"], r"[\w-]{40,}", GOOGLE_OAUTH),
    k("azure-storage-key", "Azure storage key", &["AccountKey="], r"[A-Za-z0-9+/]{86}==", "https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string"),
    k("azure-shared-access-key", "Azure shared access key", &["SharedAccessKey=", "SharedSecretValue="], r"[A-Za-z0-9+/]{42,}={0,2}", "https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas"),
    w("azure-sas-signature", "Azure shared access signature", &["&sig=", "?sig=", ";sig="], r"[A-Za-z0-9%+/]{40,}(?:=|%3[dD])?", "https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas"),
    k("digitalocean-token", "DigitalOcean token", &["dop_v1_", "doo_v1_", "dor_v1_"], r"[0-9a-f]{64}", "https://docs.digitalocean.com/reference/api/create-personal-access-token/"),
    k("cloudflare-token", "Cloudflare API token", &["cfut_", "cfat_", "cfk_"], r"[A-Za-z0-9]{40,}", CLOUDFLARE),
    k("cloudflare-origin-key", "Cloudflare Origin CA key", &["v1.0-"], r"[0-9a-f]{24}-[0-9a-f]{100,}", CLOUDFLARE),
    k("heroku-api-key", "Heroku API key", &["HRKU-"], r"[\w-]{36,}", "https://devcenter.heroku.com/articles/platform-api-quickstart"),
    k("vercel-token", "Vercel token", &["vcp_", "vci_", "vca_", "vcr_"], r"[A-Za-z0-9]{24,}", VERCEL),
    k("netlify-token", "Netlify token", &["nfp_", "nfc_", "nfo_", "nfu_"], r"[A-Za-z0-9]{36,}", "https://docs.netlify.com/api/get-started/"),
    k("fly-token", "Fly.io token", &["FlyV1 fm1r_", "FlyV1 fm2_", "fm1r_", "fm2_", "fo1_"], r"[A-Za-z0-9+/=_,-]{40,}", "https://fly.io/docs/security/tokens/"),
    k("render-api-key", "Render API key", &["rnd_"], r"[A-Za-z0-9]{28,}", "https://render.com/docs/api"),
    k("supabase-access-token", "Supabase access token", &["sbp_"], r"(?:v0_|oauth_)?[0-9a-f]{40}", SUPABASE),
    k("supabase-secret-key", "Supabase secret key", &["sb_secret_"], r"[\w-]{20,}", SUPABASE),
    k("alibaba-access-key", "Alibaba Cloud access key", &["LTAI"], r"[A-Za-z0-9]{12,26}", "https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair"),
    k("tencent-secret-id", "Tencent Cloud secret id", &["AKID"], r"[A-Za-z0-9]{32}", "https://www.tencentcloud.com/document/product/598/34228"),
    k("yandex-api-key", "Yandex Cloud API key", &["AQVN"], r"[\w-]{35,38}", "https://yandex.cloud/en/docs/iam/concepts/authorization/api-key"),
    k("yandex-iam-token", "Yandex Cloud IAM token", &["t1.9eu"], r"[\w.=-]{60,}", "https://yandex.cloud/en/docs/iam/concepts/authorization/iam-token"),
    k("scaleway-key", "Scaleway access key", &["SCW"], r"[A-Z0-9]{17}", "https://www.scaleway.com/en/docs/iam/concepts/"),
    k("akamai-token", "Akamai token", &["akab-"], r"[a-z0-9]{16}-[a-z0-9]{16}", "https://techdocs.akamai.com/developer/docs/edgegrid"),
    k("tailscale-key", "Tailscale key", &["tskey-"], r"(?:[a-z]+-)?[A-Za-z0-9]{6,}-[A-Za-z0-9]{10,}|[A-Za-z0-9]{10,}", "https://tailscale.com/kb/1085/auth-keys"),
    k("openshift-token", "OpenShift token", &["sha256~"], r"[\w-]{43}", "https://docs.openshift.com/container-platform/latest/authentication/understanding-authentication.html"),
    k("facebook-token", "Facebook access token", &["EAACEdEose0cBA", "EAAC", "EAAM", "EAAB", "EAAG"], r"[A-Za-z0-9]{80,}", "https://developers.facebook.com/docs/facebook-login/guides/access-tokens"),
    k("twitter-bearer-token", "X bearer token", &["AAAAAAAAAAAAAAAAAAAAA"], r"[A-Za-z0-9%]{50,}", "https://docs.x.com/fundamentals/authentication/oauth-2-0/bearer-tokens"),
    k("onepassword-service-token", "1Password service account token", &["ops_eyJ"], r"[A-Za-z0-9+/_-]{100,}={0,3}", "https://developer.1password.com/docs/service-accounts/"),
    w("onepassword-secret-key", "1Password secret key", &["A3-"], r"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}", "https://support.1password.com/secret-key-security/"),
    k("doppler-token", "Doppler token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], r"(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}", "https://docs.doppler.com/reference/auth-token-formats"),
    k("infisical-token", "Infisical token", &["st."], r"[0-9a-f]{24}\.[0-9a-f]{32}\.[0-9a-f]{32}", "https://infisical.com/docs/documentation/platform/token"),
    k("google-fcm-key", "Firebase server key", &["AAAA"], r"[\w-]{7}:APA91b[\w-]{100,}", "https://firebase.google.com/docs/cloud-messaging/auth-server"),
];
