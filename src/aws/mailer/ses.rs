//! Refusals of SES that are about the account or the sender: every recipient's mail meets them
//! until a person has done something. Whatever is not known to be about one mail counts as such: a
//! mail that is tried in vain for a day costs less than one that is given up too soon.
//! <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors>

use crate::aws::failure::Failure;

/// What a person has to do; `None` for a refusal of one recipient or one mail.
pub(super) fn remedy(failure: &Failure, from: &str) -> Option<String> {
    let what = match failure.code.as_str() {
        "AccountSuspendedException" => {
            "SES has suspended this account: answer its mail in the AWS Support Center"
        }
        "SendingPausedException" => {
            "sending is paused in SES, for the account or for the configuration set: mend what made \
             somebody pause it, then resume it there"
        }
        "MailFromDomainNotVerifiedException" => {
            "the MAIL FROM domain of the sender is not verified: put its MX record right in DNS"
        }
        "NotFoundException" => {
            "SES has no such configuration set or identity: deploy the stack again, which makes it"
        }
        // In the sandbox it names recipients; that of the sender stops everybody.
        "MessageRejected" if failure.says(from) => {
            "the sender in [mail] is not verified in SES: verify the address or its domain there"
        }
        "MessageRejected" | "BadRequestException" | "ValidationException" => return None,
        _ if failure.is_denied() => {
            "the function `deliver` may not send as this sender: look at its role, and at the \
             policies of the SES identity"
        }
        _ => "SES refuses to send: look its code up in the documentation, and mend it in SES",
    };
    Some(what.to_owned())
}
