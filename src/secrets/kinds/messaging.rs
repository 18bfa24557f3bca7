//! Tokens and webhooks of chats, mail and telephony.

use super::{Kind, k, w};

const SLACK: &str = "https://docs.slack.dev/authentication/tokens/";

pub(super) static KINDS: &[Kind] = &[
    k("slack-bot-token", "Slack bot token", &["xoxb-"], r"[A-Za-z0-9]{8,}-[A-Za-z0-9-]{12,}", SLACK),
    k("slack-user-token", "Slack user token", &["xoxp-"], r"\d{6,}-[A-Za-z0-9-]{14,}", SLACK),
    k(
        "slack-legacy-token",
        "Slack token",
        &["xoxa-", "xoxo-", "xoxs-", "xoxr-", "xoxc-", "xoxd-"],
        r"[A-Za-z0-9%-]{16,}",
        SLACK,
    ),
    k(
        "slack-config-token",
        "Slack configuration token",
        &["xoxe.xoxp-", "xoxe.xoxb-", "xoxe-"],
        r"[A-Za-z0-9-]{20,}",
        SLACK,
    ),
    k("slack-app-token", "Slack app-level token", &["xapp-"], r"\d[\w/+-]{20,}", SLACK),
    k(
        "slack-webhook",
        "Slack webhook",
        &["hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/"],
        r"[A-Za-z0-9]{8,}/[A-Za-z0-9]{6,}/[A-Za-z0-9/]{16,}",
        "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/",
    ),
    k(
        "discord-webhook",
        "Discord webhook",
        &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"],
        r"\d{15,21}/[\w-]{50,}",
        "https://discord.com/developers/docs/resources/webhook",
    ),
    k(
        "teams-webhook",
        "Microsoft Teams webhook",
        &["webhook.office.com/webhookb2/"],
        r"[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}",
        "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook",
    ),
    k(
        "google-chat-webhook",
        "Google Chat webhook",
        &["chat.googleapis.com/v1/spaces/"],
        r"[\w-]{8,}/messages\?key=[\w-]{30,}&token=[\w%-]{30,}",
        "https://developers.google.com/workspace/chat/quickstart/webhooks",
    ),
    k(
        "zapier-webhook",
        "Zapier webhook",
        &["hooks.zapier.com/hooks/catch/"],
        r"\d{4,}/[a-z0-9]{6,}",
        "https://help.zapier.com/hc/en-us/articles/8496288690317",
    ),
    w(
        "twilio-api-key",
        "Twilio API key",
        &["SK"],
        r"[0-9a-f]{32}",
        "https://www.twilio.com/docs/iam/api-keys",
    ),
    w(
        "twilio-account-sid",
        "Twilio account",
        &["AC"],
        r"[0-9a-f]{32}",
        "https://www.twilio.com/docs/iam/api/account",
    ),
    k(
        "sendgrid-api-key",
        "SendGrid API key",
        &["SG."],
        r"[\w-]{16,32}\.[\w-]{36,64}",
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
    ),
    w(
        "mailgun-api-key",
        "Mailgun API key",
        &["key-"],
        r"[0-9a-z]{32}",
        "https://documentation.mailgun.com/docs/mailgun/user-manual/api-key-mgmt",
    ),
    w(
        "resend-api-key",
        "Resend API key",
        &["re_"],
        r"[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,}",
        "https://resend.com/docs/dashboard/api-keys/introduction",
    ),
    k(
        "brevo-api-key",
        "Brevo API key",
        &["xkeysib-", "xsmtpsib-"],
        r"[0-9a-f]{64}-[A-Za-z0-9]{16}",
        "https://developers.brevo.com/docs/getting-started",
    ),
    k(
        "mapbox-secret-token",
        "Mapbox secret token",
        &["sk.eyJ", "tk.eyJ"],
        r"[\w-]{20,}\.[\w-]{20,}",
        "https://docs.mapbox.com/help/dive-deeper/access-tokens/",
    ),
    k("ntfy-token", "ntfy token", &["tk_"], r"[a-z0-9]{29}", "https://docs.ntfy.sh/config/#access-tokens"),
    k(
        "klaviyo-api-key",
        "Klaviyo API key",
        &["pk_"],
        r"[0-9a-f]{34}",
        "https://developers.klaviyo.com/en/docs/authenticate_",
    ),
    k(
        "stytch-secret",
        "Stytch secret",
        &["secret-live-", "secret-test-"],
        r"[\w=-]{36,}",
        "https://stytch.com/docs/api/authentication",
    ),
];
