//! Refusals in the Graph API's own words and shape.

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::dice::fingerprint;
use super::super::server::SeenRequest;

/// An error answer; its trace id is added when the request is known.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: u16,
    message: String,
    kind: &'static str,
    code: i64,
    subcode: Option<i64>,
    user: Option<(&'static str, String)>,
}

impl Refusal {
    fn oauth(code: i64, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status: 400, message, kind: "OAuthException", code, subcode: None, user: None }
    }

    pub(super) fn no_token() -> Self {
        Self::oauth(190, "Invalid OAuth access token - Cannot parse access token")
    }

    pub(super) fn expired_token() -> Self {
        let message = "Error validating access token: Session has expired on Friday, 06-Nov-26 00:00:00 PST. The current time is Monday, 09-Nov-26 05:00:00 PST.";
        Self { subcode: Some(463), ..Self::oauth(190, message) }
    }

    pub(super) fn unknown_object(method: &str, id: &str) -> Self {
        let message = format!(
            "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api",
            method.to_lowercase(),
        );
        Self { kind: "GraphMethodException", subcode: Some(33), ..Self::oauth(100, message) }
    }

    pub(super) fn unknown_path(path: &str) -> Self {
        Self::oauth(2500, format!("Unknown path components: {path}"))
    }

    /// Invalid parameter; the message says `(#100)` itself, as the API's do.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::oauth(100, message)
    }

    pub(super) fn unknown_field(field: &str, node: &str) -> Self {
        let message =
            format!("(#100) Tried accessing nonexisting field ({field}) on node type ({node})");
        Self::invalid(message)
    }

    pub(super) fn unknown_insights_field(field: &str) -> Self {
        let message = format!(
            "(#100) {field} is not valid for fields param. please check https://developers.facebook.com/docs/marketing-api/reference/ads-insights/ for all valid values"
        );
        Self::invalid(message)
    }

    /// Something that the API can do and the simulator cannot; better said than answered wrongly.
    pub(super) fn not_simulated(what: &str) -> Self {
        let user = Some(("Not simulated", format!("The simulator does not serve {what}.")));
        Self { user, ..Self::invalid(format!("(#100) The simulator does not serve {what}")) }
    }

    pub(super) fn too_long_ago() -> Self {
        Self::oauth(
            3018,
            "(#3018) The start date of the time range cannot be beyond 37 months from the current date",
        )
    }

    pub(super) fn invalid_cursor() -> Self {
        Self::oauth(2642, "(#2642) Invalid cursors values")
    }

    pub(super) fn run_not_ready() -> Self {
        Self {
            subcode: Some(1_815_107),
            ..Self::oauth(2601, "(#2601) Error accessing adreport job")
        }
    }

    /// The error object without a trace id.
    pub(super) fn inner(&self) -> Value {
        let mut error = json!({ "message": self.message, "type": self.kind, "code": self.code });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if let Some((title, message)) = &self.user {
            error["error_user_title"] = json!(title);
            error["error_user_msg"] = json!(message);
        }
        error
    }

    pub(super) fn answer(&self, request: &SeenRequest) -> Answer {
        let mut error = self.inner();
        error["fbtrace_id"] = json!(format!("A{:022x}", fingerprint(&request.path)));
        let challenge =
            format!("OAuth \"Facebook Platform\" \"invalid_request\" \"{}\"", self.code);
        Answer::json(self.status, &json!({ "error": error }))
            .with_header("www-authenticate", challenge)
    }
}
