//! Refusals in HubSpot's own words and shape.

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::dice::fingerprint;
use super::super::server::SeenRequest;

/// An error answer; its correlation id is added when the request is known.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: u16,
    body: Value,
}

impl Refusal {
    pub(super) fn no_token() -> Self {
        let message = "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview";
        Self::new(401, "INVALID_AUTHENTICATION", message)
    }

    pub(super) fn expired_token() -> Self {
        let message = "The OAuth token used to make this call expired 3 day(s) ago.";
        Self::new(401, "EXPIRED_AUTHENTICATION", message)
    }

    pub(super) fn missing_scopes() -> Self {
        let message = "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.";
        let mut refusal = Self::new(403, "MISSING_SCOPES", message);
        refusal.body["errors"] = json!([{
            "message": "One or more of the following scopes are required.",
            "context": { "requiredGranularScopes": ["crm.objects.contacts.read"] },
        }]);
        refusal.body["links"] = json!({ "scopes": "https://developers.hubspot.com/scopes" });
        refusal
    }

    pub(super) fn no_such_path() -> Self {
        Self::new(404, "OBJECT_NOT_FOUND", "Unable to find the requested path.")
    }

    /// The request's body is wrong; `detail` says where.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        let detail: String = detail.into();
        let mut refusal = Self::new(400, "VALIDATION_ERROR", &detail);
        refusal.body["errors"] = json!([{ "message": detail }]);
        refusal
    }

    fn new(status: u16, category: &str, message: &str) -> Self {
        Self {
            status,
            body: json!({ "status": "error", "message": message, "category": category }),
        }
    }

    pub(super) fn answer(mut self, request: &SeenRequest) -> Answer {
        let hash =
            format!("{:016x}{:016x}", fingerprint(&request.path), fingerprint(&request.body));
        let id = [&hash[..8], &hash[8..12], &hash[12..16], &hash[16..20], &hash[20..]].join("-");
        self.body["correlationId"] = json!(id);
        Answer::json(self.status, &self.body).with_header("x-hubspot-correlation-id", id)
    }
}
