//! Tokens of issue trackers, wikis, design tools and other places where work is written down.

use super::{Kind, k, w};

const LINEAR: &str = "https://linear.app/developers/graphql";
const NOTION: &str = "https://developers.notion.com/reference/authentication";
const ATLASSIAN: &str =
    "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/";
const FIGMA: &str = "https://developers.figma.com/docs/rest-api/authentication/";

pub(super) static KINDS: &[Kind] = &[
    k("linear-api-key", "Linear API key", &["lin_api_"], r"[A-Za-z0-9]{32,}", LINEAR),
    k("linear-oauth-token", "Linear OAuth token", &["lin_oauth_"], r"[A-Za-z0-9]{32,}", LINEAR),
    k("linear-webhook-secret", "Linear webhook secret", &["lin_wh_"], r"[A-Za-z0-9]{20,}", LINEAR),
    k("notion-token", "Notion token", &["ntn_"], r"[A-Za-z0-9]{40,50}", NOTION),
    w("notion-legacy-token", "Notion token", &["secret_"], r"[A-Za-z0-9]{40,50}", NOTION),
    k("atlassian-api-token", "Atlassian API token", &["ATATT3x", "ATATT"], r"[A-Za-z0-9=_-]{40,}", ATLASSIAN),
    k(
        "atlassian-service-key",
        "Atlassian service account key",
        &["ATSTT3x"],
        r"[A-Za-z0-9=_-]{40,}",
        ATLASSIAN,
    ),
    k("atlassian-admin-key", "Atlassian admin key", &["ATCTT"], r"[A-Za-z0-9=_-]{60,}", ATLASSIAN),
    k(
        "trello-token",
        "Trello token",
        &["ATTA"],
        r"[0-9a-f]{64,72}",
        "https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/",
    ),
    k(
        "asana-token",
        "Asana token",
        &["0/", "1/", "2/"],
        r"\d{10,}(?:/\d+)?:[0-9a-f]{32}",
        "https://developers.asana.com/docs/personal-access-token",
    ),
    k(
        "clickup-token",
        "ClickUp token",
        &["pk_"],
        r"\d{5,}_[A-Z0-9]{32}",
        "https://developer.clickup.com/docs/authentication",
    ),
    k("figma-token", "Figma token", &["figd_", "figo_", "figu_", "figr_", "figor_"], r"[\w-]{36,}", FIGMA),
    k(
        "postman-api-key",
        "Postman API key",
        &["PMAK-"],
        r"[0-9a-f]{24}-[0-9a-f]{34}",
        "https://learning.postman.com/docs/developer/postman-api/authentication/",
    ),
    k(
        "contentful-token",
        "Contentful token",
        &["CFPAT-"],
        r"[\w-]{40,}",
        "https://www.contentful.com/developers/docs/references/authentication/",
    ),
    k(
        "typeform-token",
        "Typeform token",
        &["tfp_"],
        r"[\w.=-]{40,}",
        "https://www.typeform.com/developers/get-started/personal-access-token/",
    ),
    k(
        "dropbox-token",
        "Dropbox token",
        &["sl.u.", "sl."],
        r"[\w-]{100,}",
        "https://developers.dropbox.com/oauth-guide",
    ),
    k(
        "hubspot-token",
        "HubSpot token",
        &["pat-na1-", "pat-na2-", "pat-eu1-", "pat-ap1-"],
        r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "https://developers.hubspot.com/docs/guides/apps/private-apps/overview",
    ),
    k(
        "salesforce-token",
        "Salesforce access token",
        &["00D"],
        r"[A-Za-z0-9]{12,15}![\w.]{80,}",
        "https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_access_tokens.htm",
    ),
    k(
        "readme-api-key",
        "ReadMe API key",
        &["rdme_"],
        r"[a-z0-9]{60,}",
        "https://docs.readme.com/main/reference/intro/authentication",
    ),
    k(
        "canva-secret",
        "Canva client secret",
        &["cnvca"],
        r"[\w-]{40,}",
        "https://www.canva.dev/docs/connect/authentication/",
    ),
    k(
        "adobe-secret",
        "Adobe client secret",
        &["p8e-", "p8-"],
        r"[\w-]{32}",
        "https://developer.adobe.com/developer-console/docs/guides/authentication/",
    ),
    k(
        "frameio-token",
        "Frame.io token",
        &["fio-u-"],
        r"[\w-]{60,}",
        "https://developer.adobe.com/frameio/guides/Authentication/",
    ),
    k("lichess-token", "Lichess token", &["lip_", "lio_"], r"[A-Za-z0-9]{20,}", "https://lichess.org/api"),
    k(
        "cal-com-key",
        "Cal.com API key",
        &["cal_live_"],
        r"[0-9a-f]{32}",
        "https://cal.com/docs/api-reference/v2/introduction",
    ),
    k(
        "plane-api-key",
        "Plane API key",
        &["plane_api_"],
        r"[0-9a-f]{32}",
        "https://developers.plane.so/api-reference/introduction",
    ),
];
