//! The table of Meta's errors: first rule that fits. Sources: the Ads Insights error table of
//! 21 May 2026, the rate limiting page, and what connectors and issue threads report.

use std::time::Duration;

use crate::sources::fault::Remedy;

/// Which errors a rule is about. An empty list or text fits everything.
pub(super) struct Rule {
    pub codes: &'static [i64],
    pub subcodes: &'static [i64],
    /// Part of the message, in lower case.
    pub says: &'static str,
    pub http: &'static [u16],
    pub transient: Option<bool>,
    pub verdict: Verdict,
}

/// What an error means.
pub(super) struct Verdict {
    pub class: &'static str,
    pub remedy: Remedy,
    pub sentence: &'static str,
    pub action: &'static str,
}

const ANY: Rule = Rule {
    codes: &[],
    subcodes: &[],
    says: "",
    http: &[],
    transient: None,
    verdict: UNKNOWN_REFUSED,
};

const RETRY: Remedy = Remedy::Retry { after: None };
/// In the full access tier; five times as long in the other. Headers go before it.
const WAIT: Remedy = Remedy::Wait { at_least: Duration::from_secs(60) };
const SMALLER_PAGE: Remedy = Remedy::Shrink { page: true };
/// A smaller page does not help here: the range counts.
const SHORTER_RANGE: Remedy = Remedy::Shrink { page: false };

const LATER: &str = "Wait until Meta works again; metastatus.com tells of its trouble.";
const WAITING: &str = "Wait an hour: the limit ends by itself; where it comes back every week, ask for \
    full access of the Marketing API in Meta's App Dashboard, or run fewer tools on the account.";
const NEW_TOKEN: &str = "Make a new token: in Meta Business Settings open Users > System users, \
    choose the one for this report, press \"Generate new token\" with the permission ads_read, and \
    store it as WEEKLEDGER_META_TOKEN.";
const GRANT: &str = "In Meta Business Settings open Users > System users, choose the one for this \
    report, and assign it the ad account with at least \"View performance\"; its token needs the \
    permission ads_read.";
const MAINTAINER: &str =
    "Tell whoever maintains this program, and install the version that mends its request.";
/// By then the program has asked for less, and for a job of Meta's.
const LESS: &str =
    "Wait some hours; where Ads Manager does not show the week either, tell Meta's support.";
const APP: &str = "An administrator opens developers.facebook.com/apps, chooses the app and does \
    what \"Required actions\" asks for (such as verifying the business or switching the app to \
    Live). No new token is needed for it.";

pub(super) const UNKNOWN_REFUSED: Verdict = Verdict {
    class: "request_refused",
    remedy: Remedy::Pull,
    sentence: "Meta refused the request.",
    action: MAINTAINER,
};
pub(super) const UNKNOWN_UNAVAILABLE: Verdict = Verdict {
    class: "provider_unavailable",
    remedy: RETRY,
    sentence: "Meta has trouble of its own.",
    action: LATER,
};
const UNAVAILABLE: Verdict = UNKNOWN_UNAVAILABLE;
const LIMITED: Verdict = Verdict {
    class: "rate_limited",
    remedy: WAIT,
    sentence: "Meta allows no more requests for a while.",
    action: WAITING,
};
const TOO_MUCH: Verdict = Verdict {
    class: "too_much_data",
    remedy: SMALLER_PAGE,
    sentence: "Meta finds the request too large.",
    action: LESS,
};
const TOO_LONG: Verdict = Verdict { remedy: SHORTER_RANGE, ..TOO_MUCH };
const NO_PERMISSION: Verdict = Verdict {
    class: "permission_missing",
    remedy: Remedy::Pull,
    sentence: "Meta does not let the token read this ad account.",
    action: GRANT,
};
const INVALID_REQUEST: Verdict = Verdict {
    class: "request_invalid",
    remedy: Remedy::Pull,
    sentence: "Meta does not accept a part of the request.",
    action: MAINTAINER,
};
const TOKEN: Verdict = Verdict {
    class: "token_invalid",
    remedy: Remedy::NewToken,
    sentence: "Meta no longer accepts the access token.",
    action: NEW_TOKEN,
};
const BLOCKED: Verdict = Verdict {
    class: "app_blocked",
    remedy: Remedy::Report,
    sentence: "Meta has blocked the app that the token belongs to.",
    action: APP,
};

/// Meta offers no field that tells the mode: only such a refusal does.
const DEVELOPMENT: Verdict = Verdict {
    class: "app_in_development",
    remedy: Remedy::Report,
    sentence: "The app that the token belongs to is still in development mode, in which it serves \
        nobody but the people who have a role in it.",
    action: "An administrator opens developers.facebook.com/apps, chooses the app and switches it from \
        Development to Live at the top of the page. No new token is needed for it.",
};
const TIER_TOO_LOW: Verdict = Verdict {
    class: "access_tier_too_low",
    remedy: Remedy::Report,
    sentence: "The app has only development access, which may not read this ad account.",
    action: "An administrator opens developers.facebook.com/apps, chooses the app, and under App \
        Review asks for the Marketing API Access Tier; for ad accounts of the own business it is \
        enough to switch the app to Live and claim the account.",
};

const fn token(subcode: &'static [i64], class: &'static str, sentence: &'static str) -> Rule {
    Rule { codes: &[190], subcodes: subcode, verdict: Verdict { class, sentence, ..TOKEN }, ..ANY }
}

pub(super) const RULES: &[Rule] = &[
    // Messages that mean the same under any code.
    Rule { says: "reduce the amount of data", verdict: TOO_MUCH, ..ANY },
    Rule { says: "api access blocked", verdict: BLOCKED, ..ANY },
    Rule { says: "api access deactivated", verdict: BLOCKED, ..ANY },
    Rule { says: "development mode", verdict: DEVELOPMENT, ..ANY },
    Rule { says: "development access", verdict: TIER_TOO_LOW, ..ANY },
    // The token.
    token(
        &[458],
        "token_app_removed",
        "The person or system user behind the access token has removed the app.",
    ),
    Rule {
        codes: &[190],
        subcodes: &[459, 464],
        verdict: Verdict {
            class: "token_user_blocked",
            sentence: "Meta wants the person behind the access token to log in and confirm something.",
            action: "The owner of the token logs in to facebook.com and does what it asks for; the token \
                of a system user, made in Meta Business Settings under Users > System users, never \
                needs that.",
            ..TOKEN
        },
        ..ANY
    },
    token(
        &[460],
        "token_password_changed",
        "The access token ended because its owner's password was changed.",
    ),
    token(&[463], "token_expired", "The access token for Meta has expired."),
    token(
        &[467],
        "token_invalid",
        "The access token for Meta was withdrawn or its owner logged out.",
    ),
    token(
        &[493],
        "token_unused",
        "The access token ended because its owner has not used the app for 90 days.",
    ),
    Rule {
        codes: &[190],
        says: "expired",
        verdict: Verdict {
            class: "token_expired",
            sentence: "The access token for Meta has expired.",
            ..TOKEN
        },
        ..ANY
    },
    Rule { codes: &[190], verdict: TOKEN, ..ANY },
    Rule {
        codes: &[102],
        verdict: Verdict {
            class: "token_session_ended",
            sentence: "The login behind the access token has ended.",
            ..TOKEN
        },
        ..ANY
    },
    // Limits: before is_transient, which Meta sets on some of them.
    Rule { codes: &[4, 17, 32, 341, 613], verdict: LIMITED, ..ANY },
    Rule {
        codes: &[80_000, 80_001, 80_002, 80_003, 80_004, 80_005, 80_006, 80_008, 80_009, 80_014],
        verdict: LIMITED,
        ..ANY
    },
    // The official table of Ads Insights.
    Rule { codes: &[-2], verdict: UNAVAILABLE, ..ANY },
    Rule { codes: &[-3], verdict: TOO_LONG, ..ANY },
    Rule { codes: &[2], subcodes: &[1_504_038], verdict: TOO_LONG, ..ANY },
    Rule { codes: &[2], subcodes: &[1_504_041, 1_504_042], verdict: INVALID_REQUEST, ..ANY },
    Rule {
        codes: &[2],
        subcodes: &[1_504_044],
        verdict: Verdict { remedy: Remedy::RetryThenJob, ..UNAVAILABLE },
        ..ANY
    },
    Rule { codes: &[100], subcodes: &[1_504_018, 1_487_534], verdict: TOO_LONG, ..ANY },
    Rule { codes: &[100], subcodes: &[3_191_001], verdict: NO_PERMISSION, ..ANY },
    Rule {
        codes: &[100],
        subcodes: &[33],
        verdict: Verdict {
            class: "account_not_found",
            sentence: "Meta knows no such ad account, or does not show it to this token.",
            action: "Compare meta_account in the configuration with the number in Ads Manager \
                (after act_); if it is right, assign the ad account to this report's user in Meta \
                Business Settings under Users > System users.",
            ..NO_PERMISSION
        },
        ..ANY
    },
    Rule { codes: &[100], says: "missing permissions", verdict: NO_PERMISSION, ..ANY },
    Rule {
        codes: &[100],
        says: "weren't there while creating the report run",
        verdict: UNAVAILABLE,
        ..ANY
    },
    // Trouble of Meta's own.
    Rule {
        codes: &[1],
        subcodes: &[2_853_001],
        verdict: Verdict {
            class: "profile_not_linked",
            sentence: "The person behind the access token is not linked to the business that owns the ad account.",
            ..NO_PERMISSION
        },
        ..ANY
    },
    Rule { codes: &[1, 2, 960, 1150, 2601], verdict: UNAVAILABLE, ..ANY },
    Rule {
        codes: &[2642],
        verdict: Verdict {
            class: "cursor_expired",
            remedy: Remedy::Restart,
            sentence: "Meta forgot how far the listing had come.",
            action: LATER,
        },
        ..ANY
    },
    Rule { transient: Some(true), verdict: UNAVAILABLE, ..ANY },
    // The app.
    Rule { codes: &[270], verdict: TIER_TOO_LOW, ..ANY },
    Rule {
        codes: &[294],
        verdict: Verdict {
            class: "access_tier_too_low",
            sentence: "The app is not admitted to the Marketing API, or the token lacks the permission for it.",
            action: "An administrator opens developers.facebook.com/apps, chooses the app, adds the \
                product Marketing API, and then makes a new token with the permission ads_read.",
            remedy: Remedy::Report,
        },
        ..ANY
    },
    Rule {
        codes: &[2635],
        verdict: Verdict {
            class: "api_version_retired",
            remedy: Remedy::Report,
            sentence: "Meta has retired this version of its Marketing API.",
            action: "Set api_version under [sources.meta] to a version that Meta still serves; its own \
                words or developers.facebook.com/docs/graph-api/changelog name it.",
        },
        ..ANY
    },
    Rule {
        codes: &[104],
        verdict: Verdict {
            class: "proof_required",
            remedy: Remedy::Report,
            sentence: "The app demands a signature (appsecret_proof) with every request.",
            action: "An administrator opens developers.facebook.com/apps, chooses the app, then \
                Settings > Advanced, and turns off \"Require app secret\".",
        },
        ..ANY
    },
    Rule {
        codes: &[368],
        verdict: Verdict {
            class: "temporarily_blocked",
            sentence: "Meta has blocked the person or app behind the token for a while, as a safety measure.",
            action: "Log in to Meta Business Suite as the token's owner and do what it asks for.",
            remedy: Remedy::Report,
        },
        ..ANY
    },
    // This account.
    Rule { codes: &[10, 200], verdict: NO_PERMISSION, ..ANY },
    Rule {
        codes: &[3],
        verdict: Verdict {
            class: "capability_missing",
            sentence: "The app is not allowed to make this kind of request.",
            action: "An administrator opens developers.facebook.com/apps, chooses the app, and adds \
                the product Marketing API.",
            remedy: Remedy::Pull,
        },
        ..ANY
    },
    Rule {
        codes: &[3018],
        verdict: Verdict {
            class: "range_too_old",
            sentence: "Meta keeps figures for 37 months; the week lies before.",
            action: "Run `weekledger backfill --from WEEK --to WEEK` with later weeks only.",
            remedy: Remedy::Pull,
        },
        ..ANY
    },
    Rule { codes: &[100, 2500], verdict: INVALID_REQUEST, ..ANY },
    // Answers without a known code.
    Rule { http: &[401], verdict: TOKEN, ..ANY },
    Rule { http: &[403], verdict: NO_PERMISSION, ..ANY },
    Rule { http: &[408, 425], verdict: UNAVAILABLE, ..ANY },
    Rule { http: &[429], verdict: LIMITED, ..ANY },
    Rule {
        http: &[301, 302, 303, 307, 308, 404, 410],
        verdict: Verdict {
            class: "address_wrong",
            remedy: Remedy::Report,
            sentence: "Meta's interface is not at the configured address.",
            action: "Correct base_url or api_version under [sources.meta]; the usual host is \
                graph.facebook.com, and developers.facebook.com/docs/graph-api/changelog \
                names the versions.",
        },
        ..ANY
    },
];
